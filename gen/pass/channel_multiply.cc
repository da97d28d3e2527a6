// SPDX-License-Identifier: Apache-2.0
#include "gen/pass/channel_multiply.h"

#include <fmt/format.h>

#include <map>

#include "gen/base/error.h"

namespace mase::pass {

namespace {

using graph::Node;
using graph::Op;
using graph::Tensor;
using Mode = ChannelMultiply::Mode;

constexpr int64_t kMostFeatures = 65536;

const std::vector<std::pair<std::string, Mode>>& modes() {
  static const std::vector<std::pair<std::string, Mode>> table = {
      {"NA", Mode::kNone},
      {"output_only", Mode::kOutputOnly},
      {"input_only", Mode::kInputOnly},
      {"both", Mode::kBoth},
      {"inplace", Mode::kInplace}};
  return table;
}

std::string name_of(Mode mode) {
  for (const auto& [name, known] : modes()) {
    if (known == mode) return name;
  }
  MASE_CHECK(false, "mode {}", static_cast<int>(mode));
}

void check_factor(const Node& node, const char* what, int64_t factor, int64_t features) {
  if (factor >= 1 && factor <= kMostFeatures / std::max<int64_t>(features, 1)) return;
  throw UserError(
      "P031",
      fmt::format("{} ({}): {} {} times {} is not possible", node.name, to_string(node.op),
                  features, what, factor),
      {}, fmt::format("factors are whole numbers from 1 to {} here", kMostFeatures / features));
}

/// What the modes mean for the operator: a mode that it does not have is an error.
ChannelMultiply settled(const Node& node, ChannelMultiply wanted) {
  if (wanted.mode == Mode::kNone) return {};
  const bool linear = node.op == Op::kLinear;
  const bool element_wise = node.op == Op::kBatchNorm1d || node.op == Op::kRelu;
  if ((!linear && !element_wise) || linear == (wanted.mode == Mode::kInplace)) {
    throw UserError("P030",
                    fmt::format("{} ({}): channel multiplier '{}' does not apply to it", node.name,
                                to_string(node.op), name_of(wanted.mode)),
                    {},
                    linear         ? "a linear layer takes output_only, input_only, both or NA"
                    : element_wise ? "an element-wise node takes inplace or NA"
                                   : "only linear, batch_norm1d and relu nodes can be widened");
  }
  if (wanted.mode == Mode::kOutputOnly) wanted.input = 1;
  if (wanted.mode == Mode::kInputOnly) wanted.output = 1;
  if (wanted.mode == Mode::kInplace) wanted.output = wanted.input;
  if (linear) {
    check_factor(node, "inputs", wanted.input, node.in_features);
    check_factor(node, "outputs", wanted.output, node.out_features);
  } else {
    check_factor(node, "channels", wanted.input, std::max<int64_t>(node.num_features, 1));
  }
  return wanted;
}

std::map<std::string, ChannelMultiply> settle(
    const graph::Graph& graph, const std::vector<std::pair<std::string, ChannelMultiply>>& nodes) {
  std::vector<std::string> names;
  for (const auto& node : graph.nodes) names.push_back(node.name);
  std::map<std::string, ChannelMultiply> result;
  for (const auto& [name, wanted] : nodes) {
    const Node* node = graph.find(name);
    if (node == nullptr) {
      throw UserError("P033",
                      fmt::format("channel multiplier of {}: no node of graph {} has this name",
                                  name, graph.name),
                      {}, nearest_help(name, names));
    }
    result[name] = settled(*node, wanted);
  }
  return result;
}

/// Share of copy k of m in what its readers take from the unit; the shares sum to 1 and differ.
double share(int64_t k, int64_t m) {
  return 2.0 * static_cast<double>(k + 1) / (static_cast<double>(m) * static_cast<double>(m + 1));
}

double stored(double value, graph::Dtype dtype) {
  return dtype == graph::Dtype::kF32 ? static_cast<double>(static_cast<float>(value)) : value;
}

/// [n] -> [n * m]: every element m times.
void repeat(Tensor& tensor, int64_t m) {
  if (m == 1) return;
  std::vector<double> data;
  data.reserve(tensor.data.size() * static_cast<size_t>(m));
  for (const double value : tensor.data) data.insert(data.end(), static_cast<size_t>(m), value);
  tensor.data = std::move(data);
  tensor.shape = {static_cast<int64_t>(tensor.data.size())};
}

/// [out, in] -> [out * by_out, in * by_in].
void widen_weight(Tensor& weight, int64_t by_in, int64_t by_out) {
  const int64_t out = weight.shape[0], in = weight.shape[1];
  std::vector<double> data;
  data.reserve(static_cast<size_t>(out * by_out * in * by_in));
  for (int64_t o = 0; o < out * by_out; ++o) {
    for (int64_t i = 0; i < in * by_in; ++i) {
      const double value = weight.data[static_cast<size_t>(o / by_out * in + i / by_in)];
      data.push_back(stored(value * share(i % by_in, by_in), weight.dtype));
    }
  }
  weight.data = std::move(data);
  weight.shape = {out * by_out, in * by_in};
}

/// Who does not fit whom, or nothing.
std::optional<UserError> mismatch(const graph::Graph& graph,
                                  const std::map<std::string, ChannelMultiply>& factors) {
  std::map<std::string, int64_t> width;  // features that leave a node
  for (const auto& node : graph.nodes) {
    const auto found = factors.find(node.name);
    const ChannelMultiply f = found == factors.end() ? ChannelMultiply{} : found->second;
    const int64_t arriving = node.inputs.empty() ? 0 : width.at(node.inputs.front());
    int64_t expected = arriving, leaving = arriving;
    if (node.op == Op::kPlaceholder) {
      leaving = features_out(graph, node);
    } else if (node.op == Op::kLinear) {
      expected = node.in_features * f.input;
      leaving = node.out_features * f.output;
    } else if (node.op == Op::kBatchNorm1d) {
      expected = leaving = node.num_features * f.input;
    } else if (node.op == Op::kOutput) {
      expected = features_out(graph, node);
    }
    if (expected != arriving && node.op != Op::kPlaceholder) {
      const std::string reader = fmt::format("{} ({})", node.name, to_string(node.op));
      return UserError("P032",
                       fmt::format("{} gives {} values, {} expects {}", node.inputs.front(),
                                   arriving, reader, expected),
                       {},
                       node.op == Op::kOutput
                           ? "the network's outputs are the data set's classes: leave the last "
                             "layer's outputs as they are"
                           : "give both the same channel multiplier: the output factor of one is "
                             "the input factor of the next");
    }
    width[node.name] = leaving;
  }
  return std::nullopt;
}

}  // namespace

Mode parse_channel_mode(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& [known, mode] : modes()) {
    if (known == name) return mode;
    names.push_back(known);
  }
  throw UserError("P030", fmt::format("unknown channel multiplier name '{}'", name), {},
                  nearest_help(name, names));
}

std::optional<UserError> channel_mismatch(
    const graph::Graph& graph, const std::vector<std::pair<std::string, ChannelMultiply>>& nodes) {
  return mismatch(graph, settle(graph, nodes));
}

ChannelMultiplyResult channel_multiply(
    const graph::Graph& graph, const std::vector<std::pair<std::string, ChannelMultiply>>& nodes) {
  graph::verify(graph);
  const auto factors = settle(graph, nodes);
  if (const auto error = mismatch(graph, factors)) throw *error;
  ChannelMultiplyResult result{.graph = graph, .notes = {}};
  std::map<std::string, int64_t> arriving;  // factor that leaves a node
  for (Node& node : result.graph.nodes) {
    const auto found = factors.find(node.name);
    const ChannelMultiply f = found == factors.end() ? ChannelMultiply{} : found->second;
    const int64_t before = node.inputs.empty() ? 1 : arriving.at(node.inputs.front());
    arriving[node.name] = before;
    if (node.op == Op::kLinear) {
      widen_weight(node.parameters.at("weight"), f.input, f.output);
      if (node.bias) repeat(node.parameters.at("bias"), f.output);
      node.in_features *= f.input;
      node.out_features *= f.output;
      arriving[node.name] = f.output;
    } else if (node.op == Op::kBatchNorm1d) {
      for (auto& [key, tensor] : node.parameters) repeat(tensor, f.input);
      node.num_features *= f.input;
    } else if (node.op == Op::kRelu && f.mode == Mode::kInplace && f.input != before) {
      result.notes.push_back(
          fmt::format("{} (relu) has no width of its own: its channel multiplier {} is ignored, it "
                      "follows its input, which is multiplied by {}",
                      node.name, f.input, before));
    }
  }
  graph::verify(result.graph);
  return result;
}

}  // namespace mase::pass
