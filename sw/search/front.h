// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <vector>

#include "sw/search/sampler/problem.h"

namespace mase::search {

/// What decides which of two trials is better.
struct Scored {
  int number = 0;
  std::vector<double> values;  ///< [objectives]
  double violation = 0;        ///< 0: every constraint holds
};

/// `a` is no worse in any objective and better in one. A NaN is worse than any number.
bool dominates(const std::vector<Direction>& directions, const std::vector<double>& a,
               const std::vector<double>& b);

/// Indices of the best of `trials`, in their order: with one objective the best feasible one (the
/// first of equals), with several all feasible ones that no other feasible one dominates. Where
/// none is feasible: the one that violates least. Empty only when `trials` is.
std::vector<size_t> best_of(const std::vector<Direction>& directions,
                            const std::vector<Scored>& trials);

/// Indices of a front's members, those first that span most of it: each next one adds the most to
/// the hypervolume of those before, every axis scaled to the front's own range. With one objective
/// the order given. values: [n][objectives].
std::vector<size_t> by_span(const std::vector<Direction>& directions,
                            const std::vector<std::vector<double>>& values);

/// best_of, kept up to date while trials arrive.
class Front {
 public:
  explicit Front(std::vector<Direction> directions) : directions_(std::move(directions)) {}
  void add(Scored trial);
  const std::vector<Scored>& members() const { return members_; }

 private:
  std::vector<Direction> directions_;
  std::vector<Scored> members_;
};

}  // namespace mase::search
