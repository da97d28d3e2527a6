// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/nsga_elite.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

namespace mase::search {

bool constrained_dominates(const Problem& problem, const Trial& a, const Trial& b) {
  const double over_a = violation(problem, a), over_b = violation(problem, b);
  if (over_a > 0.0 || over_b > 0.0) return over_a < over_b;
  return dominates(losses(problem, a.values), losses(problem, b.values));
}

std::vector<int> constrained_ranks(const Problem& problem,
                                   const std::vector<const Trial*>& trials) {
  std::vector<int> ranks(trials.size(), -1);
  std::vector<size_t> feasible;
  std::vector<Losses> points;
  std::set<double> violations;
  for (size_t i = 0; i < trials.size(); ++i) {
    const double over = violation(problem, *trials[i]);
    if (over > 0.0) {
      violations.insert(over);
    } else {
      feasible.push_back(i);
      points.push_back(losses(problem, trials[i]->values));
    }
  }
  const auto front = domination_ranks(points, points.size());
  int worst = -1;
  for (size_t k = 0; k < feasible.size(); ++k) {
    ranks[feasible[k]] = front[k];
    worst = std::max(worst, front[k]);
  }
  for (size_t i = 0; i < trials.size(); ++i) {
    if (ranks[i] >= 0) continue;
    const auto at = violations.find(violation(problem, *trials[i]));
    ranks[i] = worst + 1 + static_cast<int>(std::distance(violations.begin(), at));
  }
  return ranks;
}

std::vector<const Trial*> elite(const Problem& problem, const std::vector<const Trial*>& trials,
                                size_t size, Niching niching, RandomStream& random) {
  const auto ranks = constrained_ranks(problem, trials);
  std::vector<const Trial*> chosen;
  for (int rank = 0; chosen.size() < std::min(size, trials.size()); ++rank) {
    std::vector<const Trial*> front;
    for (size_t i = 0; i < trials.size(); ++i) {
      if (ranks[i] == rank) front.push_back(trials[i]);
    }
    if (chosen.size() + front.size() <= size) {
      chosen.insert(chosen.end(), front.begin(), front.end());
      continue;
    }
    const size_t open = size - chosen.size();
    std::vector<Losses> points;
    for (const Trial* trial : front) points.push_back(losses(problem, trial->values));
    std::vector<size_t> order;
    if (niching == Niching::kCrowding) {
      const auto distances = crowding_distances(points);
      order.resize(front.size());
      std::iota(order.begin(), order.end(), size_t{0});
      std::stable_sort(order.begin(), order.end(),
                       [&](size_t a, size_t b) { return distances[a] > distances[b]; });
    } else {
      std::vector<Losses> kept;
      for (const Trial* trial : chosen) kept.push_back(losses(problem, trial->values));
      order = fill_niches(kept, points, open, random);
    }
    for (size_t k = 0; k < open; ++k) chosen.push_back(front[order[k]]);
  }
  return chosen;
}

}  // namespace mase::search
