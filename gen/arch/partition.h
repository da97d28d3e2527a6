// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "gen/arch/hardware_graph.h"

namespace mase::arch {

/// True when every kind of `used` is within `most`.
bool fits(const Resources& used, const Resources& most);

/// The largest of used / most over the kinds of resources, 1 being full; infinite where something
/// is used of which there is none.
double fill(const Resources& used, const Resources& most);

/// Bits of valid, data and credit between the halves of a crossing that carries beats of `width`
/// bits.
int64_t seam_bits(int64_t width);

/// A chain to be cut: what each stage takes, and the bits of the beats between it and the next.
struct Chain {
  std::vector<Resources> stages;
  std::vector<int64_t> widths;  ///< [stages - 1]
};

/// The ends of the parts (the last is stages.size()) of the best cut: fewest SLRs, then fewest bits
/// across all seams, then the least full fullest SLR, then the earliest cuts. Each part and its
/// halves of crossings are within the budget of its SLR, and each seam has the lines. Nothing where
/// there is no such cut. Exact, by dynamic programming: O(SLRs * stages^2).
std::optional<std::vector<size_t>> choose_cuts(const Chain& chain,
                                               const std::vector<SlrBudget>& slrs, int64_t lines);

/// Cuts the design over as few of the SLRs as hold it: puts crossings into its stages and fills its
/// parts. A design that the first one holds stays as it is. Errors: UserError A018 (a stage is too
/// large for any of them; names its node and what it takes), A019 (they do not hold the design).
void partition(HardwareGraph& hardware, const std::vector<SlrBudget>& slrs, int64_t lines);

}  // namespace mase::arch
