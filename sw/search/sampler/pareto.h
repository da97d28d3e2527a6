// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "sw/search/sampler/problem.h"

namespace mase::search {

/// Values of the objectives as losses: maximised ones negated. NaN counts as the worst.
using Losses = std::vector<double>;
Losses losses(const Problem& problem, const std::vector<double>& values);

/// a is nowhere worse than b and somewhere better.
bool dominates(const Losses& a, const Losses& b);

/// Non-domination ranks, 0 the best; equal vectors share one. Stops when at least `wanted` points
/// have a rank and gives the others -1. points: [n][objectives]. Two objectives: O(n log n) a
/// front; more: O(n front).
std::vector<int> domination_ranks(const std::vector<Losses>& points, size_t wanted);

/// NSGA-II's crowding distance of each point within one front: over the objectives, the gap between
/// the two neighbours over the range of finite values; infinite at the ends; an objective whose
/// values are all equal is skipped. Source: Deb et al. 2002.
std::vector<double> crowding_distances(const std::vector<Losses>& front);

/// Volume dominated by the points and bounded by the reference; points that do not dominate it are
/// passed over. Exact for any number of objectives: O(n log n) for two and three, recursive slices
/// beyond.
double hypervolume(const std::vector<Losses>& points, const Losses& reference);

/// What each point adds to the others: hypervolume(all) - hypervolume(all but it). Zero for
/// dominated points and for duplicates.
std::vector<double> hypervolume_contributions(const std::vector<Losses>& points,
                                              const Losses& reference);

/// Indices of `wanted` points chosen greedily, each adding the most to the hypervolume of those
/// before; distinct points first. wanted <= points.size().
std::vector<size_t> hypervolume_subset(const std::vector<Losses>& points, const Losses& reference,
                                       size_t wanted);

}  // namespace mase::search
