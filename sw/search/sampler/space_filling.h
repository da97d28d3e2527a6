// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sw/search/sampler/problem.h"
#include "sw/search/sampler/sobol.h"

namespace mase::search {

/// Scrambled Sobol points of a space; trial n has point n, so that no counter is shared between
/// workers. Discrete axes: each choice has an equal share of [0, 1).
class SpaceFilling {
 public:
  SpaceFilling(const Problem& problem, uint64_t seed);

  /// `attempt` 1, 2, ...: other points of this trial's, far down the sequence, for when the first
  /// one is taken.
  Point at(int number, int attempt) const;

 private:
  std::vector<Parameter> parameters_;
  Sobol sobol_;
};

}  // namespace mase::search
