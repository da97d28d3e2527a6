// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sw/search/problem_builder.h"
#include "sw/search/storage/storage.h"

namespace mase::search {

/// One of the trials that a search reports.
struct BestTrial {
  TrialRecord record;
  Evaluation evaluation;               ///< the figures that are reported
  std::optional<Evaluation> modelled;  ///< those that the study chose it by, where measured anew
  std::vector<std::string> violated;   ///< names of the constraints that do not hold
};

struct BestOptions {
  bool remeasure = true;
  int limit = 50;                           ///< trials that are measured at most, those first that
                                            ///< span most of the front's hypervolume
  int jobs = 1;                             ///< measurements at once
  const std::atomic<bool>* stop = nullptr;  ///< becomes true: no further trial is measured
  /// Before every measurement, one call at a time: how many have begun, how many are known to be
  /// needed.
  std::function<void(int done, int wanted)> progress;
};

struct BestResult {
  std::vector<BestTrial> trials;   ///< by number; the Pareto front, or the best one
  std::vector<BestTrial> dropped;  ///< measured, and then no longer among the best
  bool feasible = false;           ///< the trials keep every constraint
  std::vector<std::string>
      notes;  ///< for the user: what was not measured and why, what was dropped
};

/// The best trials of a study. With `remeasure` and where tools can measure what the study
/// modelled, the best are measured, compared again with the figures found, and so on until all of
/// the best are measured; the result does not depend on `jobs`. A tool that is missing or fails is
/// a note, and the trial keeps its modelled figures. Only trials with a point of the space can be
/// reported.
BestResult best_trials(const SearchProblem& problem, const std::vector<TrialRecord>& trials,
                       const BestOptions& options = {});

/// Of a front, the trial with the best sum of scaled metrics, each counted in its direction; of one
/// objective, the best. Errors: InternalError for an empty list.
const BestTrial& winner_of(const SearchProblem& problem, const std::vector<BestTrial>& trials);

}  // namespace mase::search
