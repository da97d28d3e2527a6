// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sw/data/dataset.h"
#include "sw/model/network.h"

namespace mase::train {

/// "adam", "adamw", "sgd". Errors: UserError T001 with the nearest name.
enum class OptimizerKind { kAdam, kAdamW, kSgd };
OptimizerKind parse_optimizer(const std::string& name);
std::string to_string(OptimizerKind kind);

/// PyTorch's definitions and defaults: betas 0.9 and 0.999, eps 1e-8, no momentum; weight decay is
/// added to the gradient by Adam and SGD and taken from the parameter by AdamW.
struct OptimizerOptions {
  OptimizerKind kind = OptimizerKind::kAdam;
  double weight_decay = 0;
};

/// What an optimiser must keep to go on as if it had never stopped.
struct OptimizerState {
  int64_t steps = 0;
  std::vector<double> first_moment,
      second_moment;  ///< [parameters], in the order of Network; empty for SGD
};

/// Computes gradients of a Network and updates its parameters. LibTorch stays behind this class.
class Learner {
 public:
  /// Errors: UserError T002 when bf16 is asked for on a quantised graph, whose rounding needs more
  /// than its 8 bits.
  Learner(model::Network& network, const OptimizerOptions& options);
  ~Learner();

  /// Gathers the rows of `split` in `order` into one contiguous matrix; batches are slices of it.
  void load(const data::Split& split, std::span<const int64_t> order);

  /// Forward and backward over `rows` gathered rows from `first`; gradients of mean cross-entropy
  /// times `scale` are added up. Returns the mean loss of the batch.
  double accumulate(int64_t first, int64_t rows, double scale);
  /// Accuracy of the batch last accumulated.
  double batch_accuracy() const;
  /// One optimiser step with this learning rate, and gradients back to zero.
  void update(double learning_rate);

  /// Gradient added up so far, by "<node>.<parameter>"; for tests.
  std::map<std::string, std::vector<double>> gradients() const;

  /// Every parameter, in the order of OptimizerState; and where "<node>.<parameter>" begins in it.
  std::vector<double> parameters() const;
  size_t offset(const std::string& name) const;
  void set_parameters(const std::vector<double>& values);
  /// Added to what accumulate() gathered.
  void add_gradient(const std::vector<double>& gradient);

  /// Mean over the latest steps of the squared gradient of every parameter, without the bias of
  /// Adam's first steps; empty for SGD, which keeps none.
  std::vector<double> squared_gradient() const;

  OptimizerState state() const;
  void restore(const OptimizerState& state);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Threads for LibTorch's operators. Small networks are fastest on one: with two they were 5 to 40
/// times slower on a busy machine, since threads then wait for one another longer than they
/// compute.
void set_threads(int count);

}  // namespace mase::train
