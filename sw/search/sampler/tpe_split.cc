// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/tpe_split.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sw/search/sampler/pareto.h"

namespace mase::search {
namespace {

/// Feasible COMPLETE trials 0, PRUNED 1, infeasible 2.
int group_of(const Problem& problem, const Trial& trial) {
  if (trial.state == TrialState::kPruned) return 1;
  return violation(problem, trial) > 0.0 ? 2 : 0;
}

/// `wanted` of the feasible trials: whole fronts, and the best share of the next one.
std::vector<size_t> best_by_rank(const std::vector<Losses>& points, size_t wanted) {
  std::vector<size_t> chosen;
  const auto ranks = domination_ranks(points, wanted);
  for (int rank = 0; chosen.size() < wanted; ++rank) {
    std::vector<size_t> front;
    for (size_t i = 0; i < points.size(); ++i) {
      if (ranks[i] == rank) front.push_back(i);
    }
    if (front.empty()) break;
    if (chosen.size() + front.size() <= wanted) {
      chosen.insert(chosen.end(), front.begin(), front.end());
      continue;
    }
    std::vector<Losses> candidates;
    for (const size_t i : front) candidates.push_back(points[i]);
    const Losses reference = reference_beyond(candidates);
    const size_t open = wanted - chosen.size();
    if (std::all_of(reference.begin(), reference.end(),
                    [](double r) { return std::isfinite(r); })) {
      for (const size_t k : hypervolume_subset(candidates, reference, open)) {
        chosen.push_back(front[k]);
      }
    } else {
      chosen.insert(chosen.end(), front.begin(), front.begin() + static_cast<int64_t>(open));
    }
  }
  return chosen;
}

}  // namespace

std::vector<double> reference_beyond(const std::vector<std::vector<double>>& points) {
  std::vector<double> reference = points.at(0);
  for (const auto& point : points) {
    for (size_t j = 0; j < point.size(); ++j) reference[j] = std::max(reference[j], point[j]);
  }
  for (double& worst : reference) {
    worst = std::max(1.1 * worst, 0.9 * worst);
    if (worst == 0.0) worst = 1e-12;
  }
  return reference;
}

TpeSplit split_trials(const Problem& problem, const std::vector<const Trial*>& finished,
                      size_t wanted, RandomStream& random) {
  std::vector<size_t> shuffled(finished.size());
  std::iota(shuffled.begin(), shuffled.end(), size_t{0});
  random.shuffle(shuffled);
  std::vector<size_t> groups[3];
  for (const size_t i : shuffled) {
    groups[group_of(problem, *finished[i])].push_back(i);
  }
  std::vector<bool> is_better(finished.size(), false);
  wanted = std::min(wanted, finished.size());
  size_t taken = 0;
  auto& feasible = groups[0];
  if (wanted > 0 && !feasible.empty()) {
    std::vector<Losses> points;
    for (const size_t i : feasible) points.push_back(losses(problem, finished[i]->values));
    const size_t share = std::min(wanted, feasible.size());
    std::vector<size_t> chosen(feasible.size());
    std::iota(chosen.begin(), chosen.end(), size_t{0});
    if (share < feasible.size()) {
      if (problem.directions.size() == 1) {
        std::stable_sort(chosen.begin(), chosen.end(),
                         [&](size_t a, size_t b) { return points[a][0] < points[b][0]; });
      } else {
        chosen = best_by_rank(points, share);
      }
      chosen.resize(std::min(share, chosen.size()));
    }
    for (const size_t k : chosen) is_better[feasible[k]] = true;
    taken = chosen.size();
  }
  const auto by_violation = [&](size_t a, size_t b) {
    return violation(problem, *finished[a]) < violation(problem, *finished[b]);
  };
  std::stable_sort(groups[2].begin(), groups[2].end(), by_violation);
  for (const int group : {1, 2}) {
    for (const size_t i : groups[group]) {
      if (taken >= wanted) break;
      is_better[i] = true;
      ++taken;
    }
  }
  TpeSplit split;
  for (size_t i = 0; i < finished.size(); ++i) {
    (is_better[i] ? split.better : split.other).push_back(finished[i]);
  }
  return split;
}

std::vector<double> hypervolume_weights(const Problem& problem,
                                        const std::vector<const Trial*>& better) {
  constexpr double kInfeasible = 1e-12, kLeast = 0.2;
  std::vector<double> weights(better.size(), kInfeasible);
  std::vector<Losses> points;
  std::vector<size_t> index;
  for (size_t i = 0; i < better.size(); ++i) {
    if (group_of(problem, *better[i]) != 0) continue;
    points.push_back(losses(problem, better[i]->values));
    index.push_back(i);
  }
  if (points.empty()) return std::vector<double>(better.size(), 1.0);
  const Losses reference = reference_beyond(points);
  const bool finite =
      std::all_of(reference.begin(), reference.end(), [](double r) { return std::isfinite(r); });
  if (!finite) return std::vector<double>(better.size(), 1.0);
  const auto contributions = hypervolume_contributions(points, reference);
  const double largest = *std::max_element(contributions.begin(), contributions.end());
  for (size_t k = 0; k < points.size(); ++k) {
    weights[index[k]] = largest > 0.0 ? std::max(kLeast, contributions[k] / largest) : 1.0;
  }
  return weights;
}

}  // namespace mase::search
