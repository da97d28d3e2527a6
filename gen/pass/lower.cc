// SPDX-License-Identifier: Apache-2.0
#include "gen/pass/lower.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>

#include "gen/base/error.h"
#include "gen/fixed/quantise.h"
#include "gen/fixed/requantise.h"

namespace mase::pass {

namespace {

using fixed::Format;
using fixed::Wide;
using graph::Node;
using graph::Op;

constexpr int kMaxAccumulator = 120;  // bits; keeps every intermediate of the reference inside 128

/// Says at once every node that cannot be lowered, since a user repairs them together.
void check_quantised(const graph::Graph& graph) {
  std::vector<std::string> bare;
  for (const auto& node : graph.nodes) {
    if ((node.op == Op::kLinear || node.op == Op::kBatchNorm1d) && !node.quantised()) {
      bare.push_back(fmt::format("{} ({})", node.name, to_string(node.op)));
    }
  }
  if (!bare.empty()) {
    throw UserError(
        "P001",
        fmt::format("{} of graph {} {} not quantised: data_in, weight and bias formats are missing",
                    fmt::join(bare, ", "), graph.name, bare.size() == 1 ? "is" : "are"),
        {},
        "quantise them first (mase-gen transform with [passes.quantize]; for a batch norm also "
        "[passes.fold_batch_norm])");
  }
}

Format input_format(const graph::Graph& graph) {
  const Node& x = graph.placeholder();
  if (x.quantised()) return data_in_format(x);
  for (const auto& node : graph.nodes) {
    if (node.op != Op::kPlaceholder && node.quantised()) return data_in_format(node);
  }
  throw UserError(
      "P002",
      fmt::format("graph {} has no quantised node: the format of its input is unknown", graph.name),
      {}, "quantise the graph, or give the placeholder a data_in format");
}

Format check_accumulator(const IntegerNode& node, Format acc) {
  if (acc.width > kMaxAccumulator) {
    throw UserError("P003",
                    fmt::format("{}: its exact accumulator needs {} bits, allowed {}", node.name,
                                acc.width, kMaxAccumulator),
                    {}, "bring the fraction widths of data_in, weight and bias closer together");
  }
  return acc;
}

void check_alignment(const IntegerNode& node) {
  const int widest =
      std::max(node.alignment.product_shift + node.in.width + node.weight_format.width,
               node.alignment.bias_shift + (node.bias_format ? node.bias_format->width : 0));
  if (widest + 24 > kMaxAccumulator) check_accumulator(node, {widest + 24, 0, true});
}

/// What the constants of a node depend on, its parameters apart.
LowerCache::Key key_of(const Node& node, size_t index) {
  const graph::Quant& q = *node.quant;
  LowerCache::Key key{static_cast<int16_t>(index)};
  size_t at = 1;
  const auto add = [&](const std::optional<int>& width, const std::optional<int>& frac) {
    key[at++] = static_cast<int16_t>(width.value_or(0));
    key[at++] = static_cast<int16_t>(frac.value_or(width.value_or(0) / 2));
  };
  add(q.data_in_width, q.data_in_frac_width);
  add(q.weight_width, q.weight_frac_width);
  add(q.bias_width, q.bias_frac_width);
  return key;
}

void lower_affine(IntegerNode& out, const Node& node) {
  out.in = data_in_format(node);
  out.weight_format = weight_format(node);
  const bool has_bias = node.op == Op::kBatchNorm1d || node.bias;
  if (has_bias) out.bias_format = bias_format(node);
  out.alignment = fixed::align(out.in, out.weight_format, out.bias_format);
  check_alignment(out);
  if (node.op == Op::kLinear) {
    out.weight = fixed::quantise_all(node.parameter("weight").data, out.weight_format,
                                     node.name + ".weight");
    if (has_bias)
      out.bias =
          fixed::quantise_all(node.parameter("bias").data, *out.bias_format, node.name + ".bias");
  } else {
    const auto p = fixed::batch_norm1d_parameters(
        node.parameter("weight").data, node.parameter("bias").data,
        node.parameter("running_mean").data, node.parameter("running_var").data, node.eps);
    out.weight = fixed::quantise_all(p.scale, out.weight_format, node.name + ".weight");
    out.bias = fixed::quantise_all(p.bias, *out.bias_format, node.name + ".bias");
  }
  const size_t rows = static_cast<size_t>(out.features_out);
  out.row_sums = fixed::row_sums(out.weight, rows);
  out.acc = check_accumulator(
      out, fixed::linear_accumulator(out.weight, out.bias, rows, out.in, out.alignment));
}

void lower_affine(IntegerNode& out, const Node& node, size_t index, LowerCache* cache) {
  const auto key = cache == nullptr ? LowerCache::Key{} : key_of(node, index);
  const auto known = cache == nullptr ? nullptr : cache->find(key);
  if (known != nullptr) {
    out.in = known->in;
    out.acc = known->acc;
    out.weight_format = known->weight_format;
    out.bias_format = known->bias_format;
    out.alignment = known->alignment;
    out.weight = known->weight;
    out.bias = known->bias;
    out.row_sums = known->row_sums;
  } else {
    lower_affine(out, node);
    if (cache != nullptr) cache->add(key, std::make_shared<const IntegerNode>(out));
  }
  out.out = data_out_format(node).value_or(out.acc);
}

/// max(x, 0) of a format: the sign bit is no longer needed.
Format without_sign(const Format& format) {
  if (!format.is_signed) return format;
  return {std::max(format.width - 1, 1), format.frac, false};
}

IntegerNode lower_node(const graph::Graph& graph, const Node& node, const IntegerNode* producer,
                       size_t index, LowerCache* cache) {
  IntegerNode out{.name = node.name, .op = node.op};
  out.source = &node;
  const bool keeps = node.op == Op::kRelu || node.op == Op::kFlatten || node.op == Op::kOutput;
  out.features_out =
      keeps && producer != nullptr ? producer->features_out : features_out(graph, node);
  if (producer == nullptr) {
    out.producer = out.in = out.acc = out.out = input_format(graph);
    out.features_in = out.features_out;
    return out;
  }
  out.features_in = producer->features_out;
  out.producer = producer->out;
  if (node.quant) out.rounding = node.quant->rounding;
  switch (node.op) {
    case Op::kLinear:
    case Op::kBatchNorm1d: lower_affine(out, node, index, cache); break;
    case Op::kRelu:
      out.in = node.quantised() ? data_in_format(node) : out.producer;
      out.acc = without_sign(out.in);
      out.out = node.quantised() ? data_out_format(node).value_or(out.acc) : out.acc;
      break;
    default: out.in = out.acc = out.out = out.producer; break;
  }
  return out;
}

Wide relu(Wide x) { return std::max<Wide>(x, 0); }

std::vector<Wide> cast_all(std::vector<Wide> x, const Format& from, const Format& to,
                           fixed::Rounding rounding) {
  if (from == to) return x;
  for (Wide& value : x) value = fixed::requantise(value, from, to, rounding);
  return x;
}

/// From the end, where a producer nearly always is.
int index_of(const IntegerNetwork& network, const std::string& name) {
  int index = static_cast<int>(network.nodes.size()) - 1;
  while (index >= 0 && network.nodes[static_cast<size_t>(index)].name != name) --index;
  MASE_CHECK(index >= 0, "{} comes after its consumer", name);
  return index;
}

IntegerNetwork lower_verified(const graph::Graph& graph, LowerCache* cache,
                              std::vector<IntegerNode> memory) {
  check_quantised(graph);
  memory.clear();
  IntegerNetwork network{.name = graph.name, .nodes = std::move(memory)};
  network.nodes.reserve(graph.nodes.size());
  for (const auto& node : graph.nodes) {
    const size_t index = network.nodes.size();
    const int input = node.inputs.empty() ? -1 : index_of(network, node.inputs.front());
    const IntegerNode* producer = input < 0 ? nullptr : &network.nodes[static_cast<size_t>(input)];
    network.nodes.push_back(lower_node(graph, node, producer, index, cache));
    network.nodes.back().input = input;
  }
  return network;
}

}  // namespace

IntegerNetwork lower(const graph::Graph& graph) {
  graph::verify(graph);
  return lower_verified(graph, nullptr, {});
}

IntegerNetwork lower(const graph::Graph& graph, LowerCache& cache,
                     std::vector<IntegerNode> memory) {
  return lower_verified(graph, &cache, std::move(memory));
}

size_t LowerCache::Hash::operator()(const Key& key) const {
  uint64_t half[2];
  static_assert(sizeof half == sizeof key);
  std::memcpy(half, key.data(), sizeof half);
  const uint64_t mixed =
      (half[0] ^ (half[1] << 31 | half[1] >> 33)) * 0x9E3779B97F4A7C15u + half[1];
  return mixed ^ (mixed >> 29);
}

std::shared_ptr<const IntegerNode> LowerCache::find(const Key& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(key);
  return found == known_.end() ? nullptr : found->second;
}

void LowerCache::add(const Key& key, std::shared_ptr<const IntegerNode> node) {
  constexpr size_t kMost = 8192;  // a node of 1000 weights takes 8 kB
  const std::lock_guard lock(mutex_);
  if (known_.size() >= kMost) known_.clear();
  known_.emplace(key, std::move(node));
}

std::vector<Wide> evaluate(const IntegerNetwork& network, const std::vector<Wide>& x,
                           std::vector<std::vector<Wide>>* taps) {
  MASE_CHECK(static_cast<int64_t>(x.size()) == network.features_in(), "{} values for {} inputs",
             x.size(), network.features_in());
  std::vector<std::vector<Wide>> values;
  values.reserve(network.nodes.size());
  for (const auto& node : network.nodes) {
    if (node.input < 0) {
      for (const Wide value : x) {
        MASE_CHECK(node.out.contains(value), "input {} is outside {}", fixed::to_string(value),
                   to_string(node.out));
      }
      values.push_back(x);
      continue;
    }
    auto in =
        cast_all(values[static_cast<size_t>(node.input)], node.producer, node.in, node.rounding);
    if (node.op == Op::kLinear) {
      in = fixed::linear(node.weight, node.bias, in, node.alignment);
    } else if (node.op == Op::kBatchNorm1d) {
      in = fixed::batch_norm1d(node.weight, node.bias, in, node.alignment);
    } else if (node.op == Op::kRelu) {
      std::transform(in.begin(), in.end(), in.begin(), relu);
    }
    values.push_back(cast_all(std::move(in), node.acc, node.out, node.rounding));
  }
  auto result = values.back();
  if (taps != nullptr) *taps = std::move(values);
  return result;
}

}  // namespace mase::pass
