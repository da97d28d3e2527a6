// SPDX-License-Identifier: Apache-2.0
#include "gen/pass/lower.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>

#include "gen/base/error.h"
#include "gen/fixed/channels.h"
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

/// The node whose data_in is the format of the network's input.
const Node& input_node(const graph::Graph& graph) {
  const Node& x = graph.placeholder();
  if (x.quantised()) return x;
  for (const auto& node : graph.nodes) {
    if (node.op != Op::kPlaceholder && node.quantised()) return node;
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
  const auto add = [&](const std::optional<graph::Bits>& width,
                       const std::optional<graph::Bits>& frac) {
    const int bits = width ? width->all() : 0;
    key[at++] = static_cast<int16_t>(bits);
    key[at++] = static_cast<int16_t>(frac ? frac->all() : bits / 2);
  };
  add(q.data_in_width, q.data_in_frac_width);
  add(q.weight_width, q.weight_frac_width);
  add(q.bias_width, q.bias_frac_width);
  return key;
}

/// Constants of a format, or of one a row that are aligned to the common one.
fixed::Constants constants(std::span<const double> values, const Format& format,
                           const std::vector<Format>& rows, const std::string& tensor) {
  if (rows.empty()) return fixed::quantise_all(values, format, tensor);
  return fixed::quantise_channels(values, rows, true, tensor);
}

/// Sums of aligned weights stay below 2^62.
void check_row_sums(const IntegerNode& node) {
  constexpr Wide kLimit = Wide{1} << fixed::kMaxCommonWidth;
  const auto rows = static_cast<size_t>(node.features_out);
  const size_t columns = node.weight.size() / rows;
  for (size_t o = 0; o < rows; ++o) {
    Wide sum = 0;
    for (size_t i = 0; i < columns; ++i) {
      const Wide w = node.weight[o * columns + i];
      sum += w < 0 ? -w : w;
    }
    if (sum < kLimit) continue;
    throw UserError(
        "P004",
        fmt::format("{}: its weights, aligned to {}, add up to more than {} bits in "
                    "row {}",
                    node.name, to_string(node.weight_format), fixed::kMaxCommonWidth, o),
        {}, "bring the fraction widths of the rows of weight closer together");
  }
}

/// The accumulator for inputs whose channels have formats of their own.
Format channel_accumulator(const IntegerNode& node) {
  const auto rows = static_cast<size_t>(node.features_out);
  const size_t columns = node.weight.size() / rows;  // batch norm: 1
  Wide low = 0, high = 0;
  for (size_t o = 0; o < rows; ++o) {
    Wide row_low = 0, row_high = 0;
    for (size_t i = 0; i < columns; ++i) {
      const Format& channel = node.in_channels[node.op == Op::kLinear ? i : o];
      const Wide w = Wide{node.weight[o * columns + i]};
      const Wide a = w * channel_min(channel, node.in), b = w * channel_max(channel, node.in);
      row_low += std::min(a, b) * (Wide{1} << node.alignment.product_shift);
      row_high += std::max(a, b) * (Wide{1} << node.alignment.product_shift);
    }
    const Wide bias =
        node.bias.empty() ? 0 : Wide{node.bias[o]} * (Wide{1} << node.alignment.bias_shift);
    low = std::min(low, row_low + bias);
    high = std::max(high, row_high + bias);
  }
  return {fixed::signed_width_for(low, high), node.alignment.acc_frac, true};
}

void lower_affine(IntegerNode& out, const Node& node) {
  out.in = data_in_format(node);
  out.weight_format = weight_format(node);
  const bool has_bias = node.op == Op::kBatchNorm1d || node.bias;
  if (has_bias) out.bias_format = bias_format(node);
  out.alignment = fixed::align(out.in, out.weight_format, out.bias_format);
  check_alignment(out);
  const auto weight_rows = weight_channels(node);
  const auto bias_rows = has_bias ? bias_channels(node) : std::vector<Format>{};
  const auto weight_of = [&](std::span<const double> values) {
    return constants(values, out.weight_format, weight_rows, node.name + ".weight");
  };
  const auto bias_of = [&](std::span<const double> values) {
    return constants(values, *out.bias_format, bias_rows, node.name + ".bias");
  };
  if (node.op == Op::kLinear) {
    out.weight = weight_of(node.parameter("weight").data);
    if (has_bias) out.bias = bias_of(node.parameter("bias").data);
  } else {
    const auto p = fixed::batch_norm1d_parameters(
        node.parameter("weight").data, node.parameter("bias").data,
        node.parameter("running_mean").data, node.parameter("running_var").data, node.eps);
    out.weight = weight_of(p.scale);
    out.bias = bias_of(p.bias);
  }
  if (!weight_rows.empty()) check_row_sums(out);
  const size_t rows = static_cast<size_t>(out.features_out);
  out.row_sums = fixed::row_sums(out.weight, rows);
  out.in_channels = data_in_channels(node);
  out.acc = check_accumulator(
      out, out.in_channels.empty()
               ? fixed::linear_accumulator(out.weight, out.bias, rows, out.in, out.alignment)
               : channel_accumulator(out));
}

void lower_affine(IntegerNode& out, const Node& node, size_t index, LowerCache* cache) {
  if (node.quant->per_channel()) cache = nullptr;
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
  out.out_channels = data_out_channels(node);
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
    const Node& input = input_node(graph);
    out.producer = out.in = out.acc = out.out = data_in_format(input);
    out.in_channels = out.out_channels = data_in_channels(input);
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
      if (node.quantised()) {
        out.in_channels = data_in_channels(node);
        out.out_channels = data_out_channels(node);
      }
      break;
    default: out.in = out.acc = out.out = out.producer; break;
  }
  return out;
}

Wide relu(Wide x) { return std::max<Wide>(x, 0); }

std::vector<Wide> cast_all(std::vector<Wide> x, const Format& from, const Format& to,
                           const std::vector<Format>& channels, fixed::Rounding rounding) {
  for (size_t c = 0; c < channels.size(); ++c)
    x[c] = fixed::requantise_channel(x[c], from, channels[c], to, rounding);
  if (from == to || !channels.empty()) return x;
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

std::vector<int64_t> quantise_inputs(const IntegerNetwork& network, std::span<const double> x,
                                     const std::string& tensor) {
  const auto& channels = network.input_channels();
  if (channels.empty()) return fixed::quantise_all(x, network.input(), tensor);
  return fixed::quantise_channels(x, channels, false, tensor);
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
      MASE_CHECK(cast_all(x, node.out, node.out, node.out_channels, node.rounding) == x,
                 "an input is outside its channel's format");
      values.push_back(x);
      continue;
    }
    auto in = cast_all(values[static_cast<size_t>(node.input)], node.producer, node.in,
                       node.in_channels, node.rounding);
    if (node.op == Op::kLinear) {
      in = fixed::linear(node.weight, node.bias, in, node.alignment);
    } else if (node.op == Op::kBatchNorm1d) {
      in = fixed::batch_norm1d(node.weight, node.bias, in, node.alignment);
    } else if (node.op == Op::kRelu) {
      std::transform(in.begin(), in.end(), in.begin(), relu);
    }
    values.push_back(cast_all(std::move(in), node.acc, node.out, node.out_channels, node.rounding));
  }
  auto result = values.back();
  if (taps != nullptr) *taps = std::move(values);
  return result;
}

}  // namespace mase::pass
