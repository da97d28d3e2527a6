// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <vector>

#include "sw/search/sampler/acquisition_hv.h"
#include "sw/search/sampler/grey_view.h"
#include "sw/search/sampler/pareto.h"
#include "sw/search/sampler/random_stream.h"

namespace mase::search {

/// What makes a candidate worth a trial, in logarithms: expected improvement for one objective,
/// expected hypervolume improvement for two, it and a random Chebyshev scalarisation (ParEGO) in
/// turn for three, the scalarisation beyond; plus the probability of meeting the modelled
/// constraints. While nothing feasible is known, that probability alone.
class GpGoal {
 public:
  /// Never a scalarisation of three objectives.
  static constexpr int kHypervolumeTurn = -1;

  /// known: minimised objectives of the feasible points, measured or fantasised. `turn` picks
  /// between two goals; `random` the weights of a scalarisation.
  GpGoal(const GreyView& view, const std::vector<Losses>& known, int turn, RandomStream& random);

  /// A scalarisation, and a best score that says its optimum is known: less than a thousandth of
  /// the front's extent can be expected.
  bool exhausted(double best_score) const;

  double score(const Exact& exact, const std::vector<Belief>& metrics) const;

 private:
  const GreyView& view_;
  bool any_feasible_;
  double best_ = 0.0;         ///< one objective, or of the scalarisation
  std::vector<double> unit_;  ///< [objectives] spread of the known values
  std::vector<double> weights_, ideal_;
  std::optional<HypervolumeImprovement> hypervolume_;
};

}  // namespace mase::search
