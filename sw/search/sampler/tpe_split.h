// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "sw/search/sampler/problem.h"
#include "sw/search/sampler/random_stream.h"

namespace mase::search {

/// The better and the other trials, each in the order of the trials' numbers.
struct TpeSplit {
  std::vector<const Trial*> better, other;
};

/// Splits COMPLETE and PRUNED trials (in the order of their numbers): feasible ones first, by value
/// or by non-domination rank, the front that does not fit cut by hypervolume; then pruned ones;
/// then infeasible ones by violation, until `wanted` are better. Equal values are ordered at
/// random.
TpeSplit split_trials(const Problem& problem, const std::vector<const Trial*>& finished,
                      size_t wanted, RandomStream& random);

/// Reference point of some points: a tenth beyond the worst value in each objective.
std::vector<double> reference_beyond(const std::vector<std::vector<double>>& points);

/// Weights of the better set with several objectives: what each feasible trial adds to the
/// hypervolume of the set, over the largest, but at least a fifth (Optuna 4.9 gives 1e-12 to
/// dominated ones, which leaves a handful of kernels); 1e-12 for infeasible ones.
std::vector<double> hypervolume_weights(const Problem& problem,
                                        const std::vector<const Trial*>& better);

}  // namespace mase::search
