// SPDX-License-Identifier: Apache-2.0
#include "gen/graph/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "gen/base/error.h"
#include "gen/fixed/channels.h"

namespace mase::graph {

namespace {

struct OpName {
  Op op;
  const char* name;
  const char* torch_type;
};

constexpr std::array kOps{
    OpName{Op::kPlaceholder, "placeholder", "x"},
    OpName{Op::kFlatten, "flatten", "Flatten"},
    OpName{Op::kLinear, "linear", "Linear"},
    OpName{Op::kBatchNorm1d, "batch_norm1d", "BatchNorm1d"},
    OpName{Op::kRelu, "relu", "ReLU"},
    OpName{Op::kOutput, "output", "output"},
};

const Bits& require(const Node& node, const std::optional<Bits>& value, const char* key) {
  if (!value) {
    throw UserError("G030",
                    fmt::format("{} ({}): quant.{} is missing", node.name, to_string(node.op), key),
                    {}, fmt::format("give {} in the node's quantisation config", key));
  }
  return *value;
}

/// Empty where all channels have one format.
std::vector<fixed::Format> channels_of(const std::optional<Bits>& width,
                                       const std::optional<Bits>& frac, bool is_signed) {
  std::vector<fixed::Format> channels;
  if (!width) return channels;
  const size_t count = std::max(width->each().size(), frac ? frac->each().size() : 0);
  for (size_t c = 0; c < count; ++c) {
    const int bits = width->at(c);
    channels.push_back({bits, bits == 0 ? 0 : frac ? frac->at(c) : bits / 2, is_signed});
  }
  const bool one = std::all_of(channels.begin(), channels.end(), [&](const fixed::Format& f) {
    return f == channels.front() && !fixed::dropped(f);
  });
  if (one) channels.clear();
  return channels;
}

fixed::Format format_of(const Node& node, const std::optional<Bits>& width,
                        const std::optional<Bits>& frac, const char* what, bool is_signed) {
  const Bits& bits = require(node, width, fmt::format("{}_width", what).c_str());
  const auto channels = channels_of(width, frac, is_signed);
  if (!channels.empty()) return fixed::common_format(channels);
  const fixed::Format format{bits.at(0), frac ? frac->at(0) : bits.at(0) / 2, is_signed};
  fixed::check_operand(format, fmt::format("{}: {}", node.name, what));
  return format;
}

const Quant& quant_of(const Node& node) {
  MASE_CHECK(node.quantised(), "{} is not quantised", node.name);
  return *node.quant;
}

}  // namespace

int Bits::all() const {
  MASE_CHECK(each_.empty(), "one number is asked for, {} are there", each_.size());
  return all_;
}

Bits Bits::half() const {
  if (each_.empty()) return all_ / 2;
  std::vector<int> halves = each_;
  for (int& bits : halves) bits /= 2;
  return halves;
}

bool Quant::per_channel() const {
  const auto is = [](const std::optional<Bits>& bits) { return bits && bits->per_channel(); };
  return is(data_in_width) || is(data_in_frac_width) || is(weight_width) || is(weight_frac_width) ||
         is(bias_width) || is(bias_frac_width) || is(data_out_width) || is(data_out_frac_width);
}

std::string to_string(Op op) {
  return std::find_if(kOps.begin(), kOps.end(), [&](const OpName& o) { return o.op == op; })->name;
}

std::optional<Op> parse_op(const std::string& name) {
  for (const auto& entry : kOps) {
    if (name == entry.name) return entry.op;
  }
  return std::nullopt;
}

std::string torch_type(Op op) {
  return std::find_if(kOps.begin(), kOps.end(), [&](const OpName& o) { return o.op == op; })
      ->torch_type;
}

int64_t Tensor::elements() const {
  int64_t n = 1;
  for (const int64_t d : shape) n *= d;
  return n;
}

const Tensor& Node::parameter(const std::string& key) const {
  const auto it = parameters.find(key);
  MASE_CHECK(it != parameters.end(), "{} has no parameter {}", name, key);
  return it->second;
}

const Node* Graph::find(const std::string& name) const {
  const auto it =
      std::find_if(nodes.begin(), nodes.end(), [&](const Node& n) { return n.name == name; });
  return it == nodes.end() ? nullptr : &*it;
}

Node* Graph::find(const std::string& name) {
  return const_cast<Node*>(std::as_const(*this).find(name));
}

const Node& Graph::placeholder() const {
  const auto it = std::find_if(nodes.begin(), nodes.end(),
                               [](const Node& n) { return n.op == Op::kPlaceholder; });
  MASE_CHECK(it != nodes.end(), "graph {} has no placeholder", name);
  return *it;
}

const Node& Graph::output() const {
  const auto it =
      std::find_if(nodes.begin(), nodes.end(), [](const Node& n) { return n.op == Op::kOutput; });
  MASE_CHECK(it != nodes.end(), "graph {} has no output", name);
  return *it;
}

int64_t features_out(const Graph& graph, const Node& node) {
  switch (node.op) {
    case Op::kPlaceholder: {
      int64_t n = 1;
      for (const int64_t d : node.shape) n *= d;
      return n;
    }
    case Op::kLinear: return node.out_features;
    case Op::kBatchNorm1d: return node.num_features;
    default: {
      const Node* input = node.inputs.empty() ? nullptr : graph.find(node.inputs.front());
      MASE_CHECK(input != nullptr, "{} has no producer", node.name);
      return features_out(graph, *input);
    }
  }
}

int64_t parameter_count(const Graph& graph) {
  int64_t count = 0;
  for (const auto& node : graph.nodes) {
    for (const auto& [key, tensor] : node.parameters) {
      if (key == "weight" || key == "bias") count += tensor.elements();
    }
  }
  return count;
}

Node make_linear(const std::string& name, const std::string& input, int64_t in, int64_t out,
                 bool bias) {
  Node node{.name = name, .op = Op::kLinear, .inputs = {input}};
  node.in_features = in;
  node.out_features = out;
  node.bias = bias;
  node.parameters["weight"] = {
      {out, in}, Dtype::kF32, std::vector<double>(static_cast<size_t>(in * out))};
  if (bias)
    node.parameters["bias"] = {{out}, Dtype::kF32, std::vector<double>(static_cast<size_t>(out))};
  return node;
}

Node make_batch_norm1d(const std::string& name, const std::string& input, int64_t features) {
  Node node{.name = name, .op = Op::kBatchNorm1d, .inputs = {input}};
  node.num_features = features;
  const auto filled = [&](double value) {
    return Tensor{
        {features}, Dtype::kF32, std::vector<double>(static_cast<size_t>(features), value)};
  };
  node.parameters["weight"] = filled(1);
  node.parameters["bias"] = filled(0);
  node.parameters["running_mean"] = filled(0);
  node.parameters["running_var"] = filled(1);
  return node;
}

Node make_relu(const std::string& name, const std::string& input) {
  return {.name = name, .op = Op::kRelu, .inputs = {input}};
}

fixed::Format data_in_format(const Node& node) {
  const Quant& q = quant_of(node);
  return format_of(node, q.data_in_width, q.data_in_frac_width, "data_in", node.op != Op::kRelu);
}

fixed::Format weight_format(const Node& node) {
  const Quant& q = quant_of(node);
  return format_of(node, q.weight_width, q.weight_frac_width, "weight", true);
}

fixed::Format bias_format(const Node& node) {
  const Quant& q = quant_of(node);
  return format_of(node, q.bias_width, q.bias_frac_width, "bias", true);
}

std::optional<fixed::Format> data_out_format(const Node& node) {
  const Quant& q = quant_of(node);
  if (!q.data_out_width) return std::nullopt;
  return format_of(node, q.data_out_width, q.data_out_frac_width, "data_out", node.op != Op::kRelu);
}

std::vector<fixed::Format> data_in_channels(const Node& node) {
  const Quant& q = quant_of(node);
  return channels_of(q.data_in_width, q.data_in_frac_width, node.op != Op::kRelu);
}

std::vector<fixed::Format> weight_channels(const Node& node) {
  const Quant& q = quant_of(node);
  return channels_of(q.weight_width, q.weight_frac_width, true);
}

std::vector<fixed::Format> bias_channels(const Node& node) {
  const Quant& q = quant_of(node);
  return channels_of(q.bias_width, q.bias_frac_width, true);
}

std::vector<fixed::Format> data_out_channels(const Node& node) {
  const Quant& q = quant_of(node);
  return channels_of(q.data_out_width, q.data_out_frac_width, node.op != Op::kRelu);
}

Hardware overlay(Hardware base, const Hardware& top) {
  if (top.style) base.style = top.style;
  if (top.parallelism_in) base.parallelism_in = top.parallelism_in;
  if (top.parallelism_out) base.parallelism_out = top.parallelism_out;
  if (top.weight_storage) base.weight_storage = top.weight_storage;
  if (top.multiplier) base.multiplier = top.multiplier;
  if (top.fuse) base.fuse = top.fuse;
  if (top.adders_per_stage || top.target_mhz) {  // either takes the place of the other
    base.adders_per_stage = top.adders_per_stage;
    base.target_mhz = top.target_mhz;
  }
  if (top.extra_adder_depth) base.extra_adder_depth = top.extra_adder_depth;
  return base;
}

}  // namespace mase::graph
