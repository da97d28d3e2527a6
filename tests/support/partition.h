// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cmath>
#include <optional>

#include "gen/arch/cost.h"
#include "gen/arch/partition.h"

namespace mase::test {

/// `part` of it, rounded down.
inline arch::Resources share(const arch::Resources& of, double part) {
  const auto some = [&](int64_t n) { return static_cast<int64_t>(static_cast<double>(n) * part); };
  return {some(of.lut), some(of.ff), some(of.dsp), std::floor(2 * of.bram36 * part) / 2};
}

/// `options` with `parts` SLRs, from SLR 0 on, that are as small as the design can be cut into.
/// Nothing where it cannot be cut into exactly so many.
inline std::optional<arch::HardwareOptions> cut_into(size_t parts, const graph::Graph& graph,
                                                     arch::HardwareOptions options) {
  const auto whole = arch::build_hardware(graph, options);
  const arch::Resources all = arch::estimate(whole);
  arch::Chain chain{arch::estimate_stages(whole), {}};
  for (size_t i = 0; i + 1 < whole.stages.size(); ++i)
    chain.widths.push_back(int64_t{whole.stages[i].lanes_out} * whole.stages[i].out.width);
  options.super_long_lines = 23040;
  for (double part = 1.0 / static_cast<double>(parts); part < 2.5; part *= 1.03) {
    options.slrs.clear();
    for (size_t k = 0; k < parts; ++k)
      options.slrs.push_back({static_cast<int>(k), share(all, part)});
    const auto ends = arch::choose_cuts(chain, options.slrs, options.super_long_lines);
    if (!ends) continue;
    return ends->size() == parts ? std::optional(options) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace mase::test
