// SPDX-License-Identifier: Apache-2.0
#include "sw/model/zoo.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "gen/base/error.h"

namespace mase::model {

namespace {

std::string normalised(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

/// torch.Tensor.uniform_ on the CPU: the low 24 bits of a Mersenne Twister draw, scaled in float32
/// with one rounding (its AVX2 kernels are compiled with fused multiply-add).
class TorchUniform {
 public:
  explicit TorchUniform(uint64_t seed) : twister_(static_cast<uint32_t>(seed)) {}
  double draw(double bound) {
    const auto from = static_cast<float>(-bound);
    const auto to = static_cast<float>(bound);
    const float unit = static_cast<float>(twister_() & ((1U << 24) - 1)) * (1.0F / (1 << 24));
    return std::fma(unit, to - from, from);
  }

 private:
  std::mt19937 twister_;
};

class Builder {
 public:
  Builder(std::string name, std::vector<int64_t> input_shape, uint64_t seed) : uniform_(seed) {
    graph_.name = std::move(name);
    graph::Node x;
    x.name = "x";
    x.op = graph::Op::kPlaceholder;
    x.shape = std::move(input_shape);
    features_ = 1;
    for (const int64_t extent : x.shape) features_ *= extent;
    graph_.nodes.push_back(std::move(x));
  }

  Builder& flatten() {
    graph::Node node;
    node.name = next_name();
    node.op = graph::Op::kFlatten;
    node.inputs = {last()};
    graph_.nodes.push_back(std::move(node));
    return *this;
  }
  Builder& batch_norm() {
    graph_.nodes.push_back(graph::make_batch_norm1d(next_name(), last(), features_));
    return *this;
  }
  Builder& relu() {
    graph_.nodes.push_back(graph::make_relu(next_name(), last()));
    return *this;
  }
  /// torch.nn.Linear's reset_parameters: U(-1/sqrt(fan_in), 1/sqrt(fan_in)), weight first, then
  /// bias.
  Builder& linear(int64_t out) {
    graph::Node node = graph::make_linear(next_name(), last(), features_, out);
    const double gain = std::sqrt(2.0 / (1 + std::sqrt(5.0) * std::sqrt(5.0)));
    const double deviation = gain / std::sqrt(static_cast<double>(features_));
    fill(node.parameters.at("weight"), {out, features_}, std::sqrt(3.0) * deviation);
    fill(node.parameters.at("bias"), {out}, 1 / std::sqrt(static_cast<double>(features_)));
    graph_.nodes.push_back(std::move(node));
    features_ = out;
    return *this;
  }
  graph::Graph finish() {
    graph::Node node;
    node.name = "output";
    node.op = graph::Op::kOutput;
    node.inputs = {last()};
    graph_.nodes.push_back(std::move(node));
    graph::verify(graph_);
    return std::move(graph_);
  }

 private:
  std::string next_name() { return fmt::format("seq_blocks_{}", index_++); }
  const std::string& last() const { return graph_.nodes.back().name; }
  void fill(graph::Tensor& tensor, std::vector<int64_t> shape, double bound) {
    tensor.shape = std::move(shape);
    tensor.data.resize(static_cast<size_t>(tensor.elements()));
    for (double& value : tensor.data) value = uniform_.draw(bound);
  }

  graph::Graph graph_;
  TorchUniform uniform_;
  int64_t features_ = 0;
  int index_ = 0;
};

graph::Graph toy(uint64_t seed) {
  return Builder("toy", {1, 2, 2}, seed)
      .flatten()
      .linear(8)
      .relu()
      .linear(8)
      .relu()
      .linear(2)
      .finish();
}

/// BN, ReLU, then for every width a linear, optionally batch norm, and a ReLU.
graph::Graph jet_chain(const std::string& name, const std::vector<int64_t>& widths, bool batch_norm,
                       uint64_t seed) {
  Builder builder(name, {16}, seed);
  builder.batch_norm().relu();
  for (const int64_t width : widths) {
    builder.linear(width);
    if (batch_norm) builder.batch_norm();
    builder.relu();
  }
  return builder.finish();
}

graph::Graph mlp(const MlpOptions& options, const std::string& name, uint64_t seed) {
  if (options.widths.size() < 2) {
    throw UserError("N002",
                    fmt::format("model mlp: widths has {} number(s)", options.widths.size()), {},
                    "give features, hidden widths and classes, for example widths = [16, 32, 5]");
  }
  for (const int64_t width : options.widths) {
    if (width < 1 || width > 65536) {
      throw UserError("N002", fmt::format("model mlp: width {} in widths", width), {},
                      "allowed: 1 to 65536");
    }
  }
  if (options.activation != "relu" && options.activation != "none") {
    throw UserError("N002", fmt::format("model mlp: unknown activation '{}'", options.activation),
                    {}, nearest_help(options.activation, {"relu", "none"}));
  }
  Builder builder(name, {options.widths.front()}, seed);
  if (options.batch_norm) builder.batch_norm();
  for (size_t i = 1; i < options.widths.size(); ++i) {
    builder.linear(options.widths[i]);
    if (i + 1 == options.widths.size()) break;
    if (options.batch_norm) builder.batch_norm();
    if (options.activation == "relu") builder.relu();
  }
  return builder.finish();
}

}  // namespace

const std::vector<ModelInfo>& model_infos() {
  static const std::vector<ModelInfo> infos = {
      {"toy", "flatten, linear 4-8, ReLU, linear 8-8, ReLU, linear 8-2", 4, 2, 130, "toy_tiny"},
      {"jsc-tiny", "BN16, ReLU, linear 16-5, ReLU", 16, 5, 117, "jsc"},
      {"jsc-toy", "BN16, ReLU, then linear, BN, ReLU of 16-8-8-5", 16, 5, 327, "jsc"},
      {"jsc-10x", "BN16, ReLU, then linear, BN, ReLU of 16-60-32-5", 16, 5, 3363, "jsc"},
      {"jsc-three-linear-layers", "BN16, ReLU, then linear, ReLU of 16-16-16-5", 16, 5, 661, "jsc"},
      {"jsc-new", "the structure of jsc-toy", 16, 5, 327, "jsc"},
      {"jsc-s", "BN16, ReLU, then linear, BN, ReLU of 16-64-32-32-32-5", 16, 5, 5807, "jsc"},
      {"hls4ml-jet", "linear, ReLU of 16-64-32-32, linear 32-5", 16, 5, 4389, "jsc"},
      {"mlp", "linears of the widths you give, with or without batch norm and ReLU", 0, 0, 0, ""},
  };
  return infos;
}

const ModelInfo& find_model(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& info : model_infos()) {
    if (info.name == normalised(name)) return info;
    known.push_back(info.name);
  }
  throw UserError("N001", fmt::format("unknown model '{}'", name), {},
                  nearest_help(normalised(name), known));
}

graph::Graph build_model(const std::string& name, uint64_t seed,
                         const std::optional<MlpOptions>& options) {
  const std::string& canonical = find_model(name).name;
  if (canonical != "mlp" && options) {
    throw UserError(
        "N003",
        fmt::format(
            "model {} has a fixed structure; widths, batch_norm and activation describe mlp",
            canonical),
        {}, "use the model mlp, or leave its options out");
  }
  if (canonical == "toy") return toy(seed);
  if (canonical == "jsc-tiny") return jet_chain(canonical, {5}, false, seed);
  if (canonical == "jsc-toy" || canonical == "jsc-new")
    return jet_chain(canonical, {8, 8, 5}, true, seed);
  if (canonical == "jsc-10x") return jet_chain(canonical, {60, 32, 5}, true, seed);
  if (canonical == "jsc-three-linear-layers") return jet_chain(canonical, {16, 16, 5}, false, seed);
  if (canonical == "jsc-s") return jet_chain(canonical, {64, 32, 32, 32, 5}, true, seed);
  if (canonical == "hls4ml-jet") return mlp({{16, 64, 32, 32, 5}, false, "relu"}, canonical, seed);
  MASE_CHECK(canonical == "mlp", "model {} has no builder", canonical);
  if (!options) {
    throw UserError("N002", "model mlp needs its widths", {},
                    "for example widths = [16, 32, 5] in the table [mlp] of the configuration");
  }
  return mlp(*options, canonical, seed);
}

}  // namespace mase::model
