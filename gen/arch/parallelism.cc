// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <tuple>

#include "gen/arch/hardware_graph.h"
#include "gen/base/error.h"

namespace mase::arch {

Parallelism choose_parallelism(int64_t inputs, int64_t outputs, int64_t target_ii,
                               int preferred_in) {
  MASE_CHECK(target_ii >= 1, "target_ii {}", target_ii);
  using Rank = std::tuple<int64_t, bool, int64_t, int64_t>;
  std::optional<Rank> best_rank;
  Parallelism best{static_cast<int>(inputs), static_cast<int>(outputs)};
  for (int64_t p = 1; p <= inputs; ++p) {
    const int64_t beats = (inputs + p - 1) / p;
    if (beats > target_ii) continue;
    const int64_t groups = std::min(outputs, target_ii / beats);
    const int64_t q = (outputs + groups - 1) / groups;
    const int64_t padded = beats * p - inputs + ((outputs + q - 1) / q) * q - outputs;
    const Rank rank{p * q, p != preferred_in, padded, p};
    if (!best_rank || rank < *best_rank) {
      best_rank = rank;
      best = {static_cast<int>(p), static_cast<int>(q)};
    }
  }
  return best;
}

}  // namespace mase::arch
