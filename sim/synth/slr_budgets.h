// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "gen/arch/hardware_graph.h"
#include "sim/synth/target.h"

namespace mase::synth {

/// Of an SLR by default: fuller ones are hard to route, and platforms keep a part for themselves.
inline constexpr double kSlrShare = 0.7;

/// The SLRs that a design may take, the first one `first`, at most `most` of them, each next to the
/// one before: upwards, or downwards where more of them are. `shares`: what may be used of each
/// SLR of the device; one number: of all; none: kSlrShare. Errors: UserError Y013 (`first` is no
/// SLR of the target, a wrong number of shares).
std::vector<arch::SlrBudget> slr_budgets(const Target& target, int first, int64_t most,
                                         const std::vector<double>& shares = {});

}  // namespace mase::synth
