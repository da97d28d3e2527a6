// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "gen/graph/graph.h"
#include "sw/train/weight_cost.h"

namespace mase::train {

class Learner;

/// [train.regularizer]
struct RegularizerOptions {
  RegularizerKind kind = RegularizerKind::kNone;
  double strength = 0.1;      ///< loss for every mean charge of a weight
  int64_t warmup_epochs = 0;  ///< epochs without it
  int64_t ramp_epochs = 0;    ///< epochs after these until it has its whole strength
  /// Share that the pruning schedule takes away: of the weights (bitops), or of the adder bits that
  /// the signed digits of the first epoch cost (lut). 0: no schedule.
  double final_sparsity = 0;
  int64_t prune_begin_epoch = 0;
  std::optional<int64_t> prune_end_epoch;  ///< none: three quarters of max_epochs

  bool acts() const {
    return kind != RegularizerKind::kNone && (strength > 0 || final_sparsity > 0);
  }
  /// The first epoch at whose end nothing of the schedule is ahead; epochs before it are no
  /// candidates for the best.
  int64_t settled_epoch(int64_t max_epochs) const;
  int64_t prune_end(int64_t max_epochs) const;
  double strength_in(int64_t epoch) const;
  /// Zhu and Gupta 2017: final_sparsity (1 - (1 - t)^3), t the part of the schedule that is over
  /// at the end of the epoch.
  double sparsity_after(int64_t epoch, int64_t max_epochs) const;
  friend bool operator==(const RegularizerOptions&, const RegularizerOptions&) = default;
};

/// Errors: UserError T009 naming the number out of range and what is allowed, T010 when there is
/// nothing to regularise: no linear of the graph is quantised.
void check_regularizer(const RegularizerOptions& options, int64_t max_epochs,
                       const graph::Graph& graph);
/// The numbers alone. Errors: UserError T009.
void check_regularizer(const RegularizerOptions& options, int64_t max_epochs);

/// What a resumed run needs; empty while nothing acts.
struct RegularizerState {
  std::vector<double> masters;  ///< [parameters] before digits are taken away
  std::vector<double> limits;   ///< [costed weights] signed digits a weight may have; kFree: any
  double first_cost = 0;        ///< adder bits of all signed digits before the first epoch
  double best_objective = 0;    ///< validation loss and regulariser of the best epoch
};

struct RegularizerFigures {
  double value = 0;      ///< mean charge of a weight
  double sparsity = 0;   ///< share of the weights that are 0
  double lut_proxy = 0;  ///< adder bits of the unrolled linears, sharing nothing
};

/// Drives the weights of quantised linears to hardware that is cheap when unrolled.
/// * The loss gets strength times the mean charge of a weight, each weighted by the bits of its
///   input; a weight that is 0 at the end of an epoch stays 0.
/// * The schedule takes whole weights (bitops) or single signed digits (lut) away at the end of
///   epochs, first those that add least loss for what they save. The loss a change adds is
///   estimated as half the squared change times the curvature, for which the squared gradients
///   stand in (LeCun, Denker and Solla 1989, with the empirical Fisher information as diagonal).
/// * lut also takes every digit away that adds less loss than strength charges for it: a proximal
///   step. SGD keeps no squared gradients: every weight then counts by its size, and this step is
///   left out.
/// A weight that may have few digits only is rounded to them in every batch, and its gradient
/// passes straight through to a master value.
class Regularizer {
 public:
  static constexpr int kFree = 64;

  /// For a graph with quantised linears. `learner`: of the network made from it. `rows_a_step`: of
  /// whose mean loss a step follows the gradient.
  Regularizer(const graph::Graph& graph, Learner& learner, const RegularizerOptions& options,
              int64_t max_epochs, int64_t rows_a_step);

  /// Right before and right after an optimiser step.
  void before_update(int64_t epoch);
  void after_update();
  /// Fixes zeros and prunes; before validation.
  void end_epoch(int64_t epoch);

  RegularizerFigures figures() const;  ///< of what the network holds now
  RegularizerState state() const;
  void restore(const RegularizerState& state);

 private:
  struct Costed {  ///< one weight
    size_t at;     ///< in the flat parameters
    size_t layer, row;
    int bits;  ///< of its input; 0 where that or the row is dropped
    int limit = kFree;
  };
  struct Candidate;

  const fixed::Format& format(const Costed& weight) const {
    return layers_[weight.layer].rows[weight.row];
  }
  int64_t present(const Costed& weight, const std::vector<double>& values) const;
  double digit_cost(const std::vector<double>& values) const;
  void prune_weights(double share, const std::vector<double>& curvature);
  void prune_digits(double share, const std::vector<double>& curvature, double worth);
  bool finite() const;
  void sweep_dead();
  void publish();

  Learner& learner_;
  RegularizerOptions options_;
  int64_t max_epochs_, rows_a_step_;
  std::vector<CostedLayer> layers_;
  std::vector<bool> feeds_next_;  ///< [layers]: nothing but ReLU and flatten up to the next one
  std::vector<size_t> first_;     ///< [layers + 1] of weights_
  std::vector<Costed> weights_;
  std::vector<double> masters_;
  double total_bits_ = 0, first_cost_ = 0;
};

}  // namespace mase::train
