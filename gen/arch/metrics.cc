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

int weight_bits(const Node& node) {
  return node.quantised() ? graph::weight_format(node).width : kFloatBits;
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
    const int64_t count = multiplies(node);
    if (count == 0) continue;
    const int data_bits = node.quantised() ? graph::data_in_format(node).width : kFloatBits;
    sum += count * data_bits * weight_bits(node);
  }
  return sum;
}

int64_t model_size_bits(const graph::Graph& graph) {
  int64_t sum = 0;
  for (const Node& node : graph.nodes) {
    if (const int64_t count = multiplies(node); count > 0) sum += count * weight_bits(node);
    if (const int64_t count = offsets(node); count > 0)
      sum += count * (node.quantised() ? graph::bias_format(node).width : kFloatBits);
  }
  return sum;
}

double average_bitwidth(const graph::Graph& graph) {
  int64_t elements = 0, bits = 0;
  for (const Node& node : graph.nodes) {
    if (node.op != Op::kLinear || !node.quantised()) continue;
    elements += multiplies(node);
    bits += multiplies(node) * weight_bits(node);
  }
  return elements == 0 ? kFloatBits : static_cast<double>(bits) / static_cast<double>(elements);
}

double memory_density(const graph::Graph& graph, double compare_to) {
  return compare_to / average_bitwidth(graph);
}

}  // namespace mase::arch
