// SPDX-License-Identifier: Apache-2.0
// Private to the LibTorch sources of sw, each of which includes <torch/torch.h> before this file:
// no header of the project includes LibTorch itself.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gen/pass/lower.h"
#include "sw/model/network.h"

namespace mase::model {

/// Nodes of the chain that are computed in one way.
struct Run {
  bool quantised = false;
  std::vector<size_t> nodes;  ///< indices into the graph's nodes
  graph::Graph graph;         ///< quantised: these nodes as a graph of their own, for pass::lower
};

/// A lowered run with its constants as tensors, made anew whenever parameters have changed.
struct LoweredRun {
  Arithmetic arithmetic = Arithmetic::kFloat;
  pass::IntegerNetwork network;
  std::vector<at::Tensor> weight, bias;  ///< one a network node; undefined where there is none
};

struct Network::Impl {
  graph::Graph graph;  ///< structure, formats, and the parameters as they were given
  /// Training has changed parameters. Until then `graph` holds them, also where float32 could not
  /// (a folded batch norm is float64), so that what is evaluated is what is emitted.
  bool moved = false;
  NetworkOptions options;
  at::Device device = at::kCPU;
  at::ScalarType dtype = at::kFloat;

  at::Tensor flat;       ///< every trainable parameter, one after the other
  at::Tensor flat_grad;  ///< their gradients; the leaves' .grad are views of it
  std::map<std::string, at::Tensor>
      leaves;  ///< "<node>.<parameter>": views of flat that require grad
  std::map<std::string, at::Tensor> buffers;  ///< running_mean, running_var
  std::vector<Run> runs;

  const at::Tensor& leaf(const graph::Node& node, const char* parameter) const {
    return leaves.at(node.name + "." + parameter);
  }

  /// Training forward of one batch; builds the autograd graph and updates running statistics.
  at::Tensor forward_train(const at::Tensor& x);
  /// Float forward of one node in evaluation mode.
  at::Tensor forward_float(const graph::Node& node, const at::Tensor& x) const;
  LoweredRun lower(const Run& run) const;
  /// The present parameters of `node`.
  void read_parameters(const graph::Node& node, graph::Node& to) const;
};

/// y = f(x) of a lowered run; x in natural units (any float type), result in natural units as
/// float64.
at::Tensor evaluate_run(const LoweredRun& run, const at::Tensor& x, at::Device device);

/// Narrowest arithmetic whose partial sums and values are all exact.
Arithmetic choose_arithmetic(const pass::IntegerNetwork& network);

}  // namespace mase::model
