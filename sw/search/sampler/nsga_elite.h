// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "sw/search/sampler/pareto.h"
#include "sw/search/sampler/problem.h"
#include "sw/search/sampler/random_stream.h"

namespace mase::search {

/// Feasible before infeasible; two infeasible ones by violation; two feasible ones by Pareto.
/// Source: Deb et al. 2002, constrained domination.
bool constrained_dominates(const Problem& problem, const Trial& a, const Trial& b);

/// Ranks, 0 the best: feasible trials by non-domination, then infeasible ones, a rank for each
/// violation.
std::vector<int> constrained_ranks(const Problem& problem, const std::vector<const Trial*>& trials);

/// How the front that does not fit is cut.
enum class Niching { kCrowding, kReferencePoints };

/// `size` of the trials: whole fronts while they fit, then a part of the next one: the least
/// crowded (NSGA-II) or those that fill the emptiest directions (NSGA-III, Deb and Jain 2014).
std::vector<const Trial*> elite(const Problem& problem, const std::vector<const Trial*>& trials,
                                size_t size, Niching niching, RandomStream& random);

/// All vectors of `objectives` non-negative integers of sum `divisions`: NSGA-III's directions.
std::vector<Losses> reference_directions(size_t objectives, int divisions);

/// NSGA-III's choice: indices into `last` of `wanted` points that join `kept`.
std::vector<size_t> fill_niches(const std::vector<Losses>& kept, const std::vector<Losses>& last,
                                size_t wanted, RandomStream& random);

}  // namespace mase::search
