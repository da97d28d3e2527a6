// SPDX-License-Identifier: Apache-2.0
#include "gen/pass/fold_batch_norm.h"

#include <fmt/format.h>

#include <algorithm>

#include "gen/base/error.h"
#include "gen/fixed/affine.h"

namespace mase::pass {

namespace {

using graph::Dtype;
using graph::Graph;
using graph::Node;
using graph::Op;
using graph::Tensor;

void refuse_quantised(const Node& node) {
  if (node.quantised()) {
    throw UserError("P020",
                    fmt::format("{} ({}) is quantised already; folding works on float parameters",
                                node.name, to_string(node.op)),
                    {}, "fold first, then quantise");
  }
}

fixed::AffineParameters affine_of(const Node& norm) {
  return fixed::batch_norm1d_parameters(norm.parameter("weight").data, norm.parameter("bias").data,
                                        norm.parameter("running_mean").data,
                                        norm.parameter("running_var").data, norm.eps);
}

Tensor& bias_of(Node& linear) {
  if (!linear.bias) {
    linear.bias = true;
    linear.parameters["bias"] = {
        {linear.out_features},
        Dtype::kF64,
        std::vector<double>(static_cast<size_t>(linear.out_features), 0.0)};
  }
  return linear.parameters["bias"];
}

/// y = a * (W x + b) + c
void fold_after(Node& linear, const Node& norm) {
  const auto p = affine_of(norm);
  Tensor& bias = bias_of(linear);
  Tensor& weight = linear.parameters["weight"];
  const size_t columns = static_cast<size_t>(linear.in_features);
  for (size_t o = 0; o < p.scale.size(); ++o) {
    for (size_t i = 0; i < columns; ++i) weight.data[o * columns + i] *= p.scale[o];
    bias.data[o] = p.scale[o] * bias.data[o] + p.bias[o];
  }
  weight.dtype = bias.dtype = Dtype::kF64;
}

/// y = W (a * x + c) + b
void fold_before(Node& linear, const Node& norm) {
  const auto p = affine_of(norm);
  Tensor& bias = bias_of(linear);
  Tensor& weight = linear.parameters["weight"];
  const size_t columns = static_cast<size_t>(linear.in_features);
  for (size_t o = 0; o < bias.data.size(); ++o) {
    for (size_t i = 0; i < columns; ++i) {
      bias.data[o] += weight.data[o * columns + i] * p.bias[i];
      weight.data[o * columns + i] *= p.scale[i];
    }
  }
  weight.dtype = bias.dtype = Dtype::kF64;
}

Node* only_reader(Graph& graph, const std::string& name) {
  for (auto& node : graph.nodes) {
    if (std::find(node.inputs.begin(), node.inputs.end(), name) != node.inputs.end()) return &node;
  }
  return nullptr;
}

void remove_node(Graph& graph, const std::string& name, const std::string& producer) {
  for (auto& node : graph.nodes)
    std::replace(node.inputs.begin(), node.inputs.end(), name, producer);
  std::erase_if(graph.nodes, [&](const Node& node) { return node.name == name; });
}

}  // namespace

FoldResult fold_batch_norm(const Graph& graph) {
  graph::verify(graph);
  FoldResult result{.graph = graph};
  std::vector<std::string> norms;
  for (const auto& node : graph.nodes) {
    if (node.op == Op::kBatchNorm1d) norms.push_back(node.name);
  }
  for (const auto& name : norms) {
    const Node norm = *result.graph.find(name);
    Node* producer = result.graph.find(norm.inputs.front());
    Node* reader = only_reader(result.graph, name);
    Node* target = producer->op == Op::kLinear                      ? producer
                   : reader != nullptr && reader->op == Op::kLinear ? reader
                                                                    : nullptr;
    if (target == nullptr) {
      result.kept.push_back(name);
      continue;
    }
    refuse_quantised(norm);
    refuse_quantised(*target);
    target == producer ? fold_after(*target, norm) : fold_before(*target, norm);
    result.folded.push_back(fmt::format("{} -> {}", name, target->name));
    remove_node(result.graph, name, norm.inputs.front());
  }
  graph::verify(result.graph);
  return result;
}

}  // namespace mase::pass
