// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "gen/graph/graph.h"

namespace mase::model {

enum class Precision { k32, k64, kBf16 };
/// "32", "64", "bf16". Errors: UserError N010 for anything else; "16-mixed" is named with the
/// reason why it is not here.
Precision parse_precision(const std::string& name);
std::string to_string(Precision precision);

enum class Device { kCpu, kGpu };
/// "auto" and "cpu" are the CPU; "gpu" needs a CUDA build of LibTorch and a device.
/// Errors: UserError N011 (unknown name, mps, no CUDA), with what to do.
Device parse_accelerator(const std::string& name);

/// What carries out one run of nodes when a network is evaluated.
enum class Arithmetic { kFloat, kExactFloat32, kExactFloat64, kInteger };
std::string to_string(Arithmetic arithmetic);

/// Row-major results of an evaluation.
struct Matrix {
  int64_t rows = 0;
  int64_t columns = 0;
  std::vector<double> values;  ///< natural units; exact for quantised networks while |q| < 2^53
};

struct NetworkOptions {
  Precision precision =
      Precision::k32;  ///< of parameters and of training; kBf16 keeps float32 parameters
  Device device = Device::kCpu;
};

/// A LibTorch module made from any graph. Parameters are float masters in one flat buffer.
///
/// Evaluation cuts the chain into runs of float and of quantised nodes. A quantised run is
/// bit-exact: its values are integers held as float32 when no partial sum can pass 2^24, as float64
/// below 2^53, and pass::evaluate computes beyond. A float value enters a quantised run rounded
/// half to even into its input format. A ReLU or flatten that is not quantised stays in the run of
/// its producer.
///
/// Training (sw/train) is quantisation-aware: values are rounded into their formats in the forward
/// pass, the gradient is the identity inside the clamp range and zero outside. A quantised batch
/// norm folds the statistics of the batch into a and b, rounds both, and keeps running statistics
/// as a float one does.
class Network {
 public:
  /// Errors: UserError G0xx (graph not legal), P00x (formats missing), N011.
  explicit Network(const graph::Graph& graph, const NetworkOptions& options = {});
  ~Network();
  Network(Network&&) noexcept;
  Network& operator=(Network&&) noexcept;

  /// The graph with the present parameters.
  graph::Graph to_graph() const;
  /// Writes the present parameters into a graph of the same nodes. Errors: InternalError when a
  /// node is missing.
  void copy_to(graph::Graph& graph) const;
  /// Takes the parameters of a graph of the same nodes.
  void copy_from(const graph::Graph& graph);

  int64_t features_in() const;
  int64_t features_out() const;
  const NetworkOptions& options() const;
  /// The widest arithmetic any run of nodes needs.
  Arithmetic arithmetic() const;

  /// Forward pass. Shapes: [rows * features_in] row-major, natural units -> [rows, features_out].
  /// Errors: UserError F003 for a NaN that meets a quantiser, naming tensor and index.
  Matrix outputs(std::span<const float> x, int64_t batch = 4096) const;
  Matrix outputs(std::span<const double> x, int64_t batch = 4096) const;

  struct Impl;
  Impl& impl() { return *impl_; }  ///< for sw/train, which computes gradients

 private:
  std::unique_ptr<Impl> impl_;
};

/// Loss and accuracy over a split.
struct Evaluation {
  double loss = 0;  ///< mean cross-entropy, in float64
  double accuracy =
      0;  ///< share of rows whose largest output (the first of equal ones) is the label
  int64_t rows = 0;
  std::vector<int64_t> predictions;
};

/// Shapes: outputs [rows, classes], labels [rows]. Errors: UserError N012 when a label is no class.
Evaluation score(const Matrix& outputs, std::span<const int64_t> labels);
Evaluation evaluate(const Network& network, std::span<const float> x,
                    std::span<const int64_t> labels, int64_t batch = 4096);

}  // namespace mase::model
