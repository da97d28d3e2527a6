// SPDX-License-Identifier: Apache-2.0
#include "gen/pass/lower.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

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
std::string key_of(const Node& node) {
  const graph::Quant& q = *node.quant;
  return fmt::format(
      "{} {} {} {} {} {} {}", node.name, q.data_in_width.value_or(0),
      q.data_in_frac_width.value_or(q.data_in_width.value_or(0) / 2), q.weight_width.value_or(0),
      q.weight_frac_width.value_or(q.weight_width.value_or(0) / 2), q.bias_width.value_or(0),
      q.bias_frac_width.value_or(q.bias_width.value_or(0) / 2));
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
  out.acc = check_accumulator(
      out, fixed::linear_accumulator(out.weight, out.bias, rows, out.in, out.alignment));
}

void lower_affine(IntegerNode& out, const Node& node, LowerCache* cache) {
  const std::string key = cache == nullptr ? "" : key_of(node);
  const auto known = cache == nullptr ? nullptr : cache->find(key);
  if (known != nullptr) {
    out.in = known->in;
    out.acc = known->acc;
    out.weight_format = known->weight_format;
    out.bias_format = known->bias_format;
    out.alignment = known->alignment;
    out.weight = known->weight;
    out.bias = known->bias;
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
                       LowerCache* cache) {
  IntegerNode out{.name = node.name, .op = node.op};
  out.source = &node;
  out.features_out = features_out(graph, node);
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
    case Op::kBatchNorm1d: lower_affine(out, node, cache); break;
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

IntegerNetwork lower_verified(const graph::Graph& graph, LowerCache* cache) {
  check_quantised(graph);
  IntegerNetwork network{.name = graph.name};
  std::map<std::string, int> index;
  for (const auto& node : graph.nodes) {
    const int input = node.inputs.empty() ? -1 : index.at(node.inputs.front());
    const IntegerNode* producer = input < 0 ? nullptr : &network.nodes[static_cast<size_t>(input)];
    IntegerNode lowered = lower_node(graph, node, producer, cache);
    lowered.input = input;
    index[node.name] = static_cast<int>(network.nodes.size());
    network.nodes.push_back(std::move(lowered));
  }
  return network;
}

}  // namespace

IntegerNetwork lower(const graph::Graph& graph) {
  graph::verify(graph);
  return lower_verified(graph, nullptr);
}

IntegerNetwork lower(const graph::Graph& graph, LowerCache& cache) {
  return lower_verified(graph, &cache);
}

std::shared_ptr<const IntegerNode> LowerCache::find(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(key);
  return found == known_.end() ? nullptr : found->second;
}

void LowerCache::add(const std::string& key, std::shared_ptr<const IntegerNode> node) {
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
