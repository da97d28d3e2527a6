// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "gen/arch/cmvm_builder.h"
#include "gen/arch/pair_table.h"

namespace mase::arch::cmvm {

/// How two-term sub-expressions are ranked; one point of the search.
struct Ranking {
  double first = 1.0;    ///< uses that the pair's own adder is worth
  double overlap = 0.5;  ///< weight of the bits that meet against a constant worth of an adder
  double slack = 0.0;    ///< penalty for operands of unequal depth, under a depth limit
  double noise = 0.0;    ///< relative, by a hash of the pair and the seed
  uint64_t seed = 0;
};

/// What a pair of `uses` uses, less that of its own adder, is worth where so many bits of its
/// operands meet.
double worth_of(const Ranking& ranking, Pair pair, double uses, int meeting_bits);

/// Levels each row may take: one entry a row, or empty where nothing limits them.
using Limits = std::vector<int>;

/// Replaces pairs of terms that occur in several rows (or several times in one), up to shift and
/// sign, by one new wire, best ranked first, until none occurs twice. Rows keep to their limits.
/// Returns the steps taken: hash-table operations, the unit of the search's budget.
int64_t share_pairs(Builder& builder, std::vector<Row>& rows, const Limits& limits,
                    const Ranking& ranking);

/// Adds up what is left of every row, cheapest adder first, within its limit. Returns steps.
int64_t add_up(Builder& builder, std::vector<Row>& rows, const Limits& limits);

}  // namespace mase::arch::cmvm
