// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/metrics.h"

namespace mase::arch {

namespace {

using graph::Node;
using graph::Op;

constexpr int kFloatBits = 32;

int64_t multiplies(const Node& node) {
  if (node.op == Op::kLinear) return node.in_features * node.out_features;
  return node.op == Op::kBatchNorm1d ? node.num_features : 0;
}

int64_t adds(const Node& node) {
  if (node.op == Op::kLinear)
    return (node.in_features - 1 + (node.bias ? 1 : 0)) * node.out_features;
  return node.op == Op::kBatchNorm1d ? node.num_features : 0;
}

int64_t offsets(const Node& node) {
  if (node.op == Op::kLinear) return node.bias ? node.out_features : 0;
  return node.op == Op::kBatchNorm1d ? node.num_features : 0;
}

/// Of the channels together; `channels` are empty where all of them have the format `one`.
int64_t bits_of(const std::vector<fixed::Format>& channels, const fixed::Format& one,
                int64_t count) {
  if (channels.empty()) return count * one.width;
  int64_t sum = 0;
  for (const fixed::Format& channel : channels) sum += channel.width;
  return sum;
}

int64_t rows_of(const Node& node) {
  return node.op == Op::kLinear ? node.out_features : node.num_features;
}

/// Bits of a column of weights: of the scale of a batch norm.
int64_t column_bits(const Node& node) {
  if (!node.quantised()) return rows_of(node) * kFloatBits;
  return bits_of(graph::weight_channels(node), graph::weight_format(node), rows_of(node));
}

/// Bits of all weights.
int64_t weight_bits(const Node& node) {
  return column_bits(node) * (node.op == Op::kLinear ? node.in_features : 1);
}

/// Sum over the multiplies of data_in_width * weight_width.
int64_t product_bits(const Node& node) {
  if (!node.quantised()) return multiplies(node) * kFloatBits * kFloatBits;
  const auto data = graph::data_in_channels(node), weight = graph::weight_channels(node);
  const fixed::Format one_data = graph::data_in_format(node),
                      one_weight = graph::weight_format(node);
  if (node.op == Op::kLinear) return bits_of(data, one_data, node.in_features) * column_bits(node);
  int64_t sum = 0;
  for (size_t c = 0; c < static_cast<size_t>(node.num_features); ++c) {
    sum += int64_t{data.empty() ? one_data.width : data[c].width} *
           (weight.empty() ? one_weight.width : weight[c].width);
  }
  return sum;
}

}  // namespace

int64_t flops(const graph::Graph& graph) {
  int64_t sum = 0;
  for (const Node& node : graph.nodes) sum += multiplies(node) + adds(node);
  return sum;
}

int64_t bitops(const graph::Graph& graph) {
  int64_t sum = 0;
  for (const Node& node : graph.nodes) {
    if (multiplies(node) > 0) sum += product_bits(node);
  }
  return sum;
}

int64_t model_size_bits(const graph::Graph& graph) {
  int64_t sum = 0;
  for (const Node& node : graph.nodes) {
    if (multiplies(node) > 0) sum += weight_bits(node);
    const int64_t count = offsets(node);
    if (count == 0) continue;
    sum += node.quantised() ? bits_of(graph::bias_channels(node), graph::bias_format(node), count)
                            : count * kFloatBits;
  }
  return sum;
}

double average_bitwidth(const graph::Graph& graph) {
  int64_t elements = 0, bits = 0;
  for (const Node& node : graph.nodes) {
    if (node.op != Op::kLinear || !node.quantised()) continue;
    elements += multiplies(node);
    bits += weight_bits(node);
  }
  return elements == 0 ? kFloatBits : static_cast<double>(bits) / static_cast<double>(elements);
}

double memory_density(const graph::Graph& graph, double compare_to) {
  return compare_to / average_bitwidth(graph);
}

}  // namespace mase::arch
