// SPDX-License-Identifier: Apache-2.0
#include "sim/synth/slr_budgets.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gen/base/error.h"

namespace mase::synth {

std::vector<arch::SlrBudget> slr_budgets(const Target& target, int first, int64_t most,
                                         const std::vector<double>& shares) {
  MASE_CHECK(most >= 1, "{} SLRs", most);
  if (first < 0 || first >= target.slrs) {
    throw UserError("Y013", fmt::format("--slr {}: {} has no such SLR", first, target.name), {},
                    fmt::format("allowed: 0 to {}", target.slrs - 1));
  }
  if (shares.size() > 1 && static_cast<int>(shares.size()) != target.slrs) {
    throw UserError("Y013",
                    fmt::format("slr_budget has {} numbers, {} has {} SLRs", shares.size(),
                                target.name, target.slrs),
                    {}, "give one number, or one for each SLR from SLR 0 on");
  }
  const auto within = [&](int64_t n) { return std::min(most, n); };
  const int64_t up = within(target.slrs - first), down = within(first + 1);
  std::vector<arch::SlrBudget> slrs;
  for (int k = 0; k < std::max(up, down); ++k) {
    const int slr = up >= down ? first + k : first - k;
    const double share = shares.empty()       ? kSlrShare
                         : shares.size() == 1 ? shares[0]
                                              : shares[static_cast<size_t>(slr)];
    const auto of = [&](int64_t all) {
      return static_cast<int64_t>(std::floor(static_cast<double>(all) * share + 1e-6));
    };
    const arch::Resources& all = target.slr.resources;
    slrs.push_back(
        {slr,
         {of(all.lut), of(all.ff), of(all.dsp), std::floor(2 * all.bram36 * share + 1e-6) / 2}});
  }
  return slrs;
}

}  // namespace mase::synth
