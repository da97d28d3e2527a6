// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "gen/arch/unrolled.h"

namespace mase::arch {

/// Index bits of the largest table: two LUT6 and a multiplexer for each half of an output bit.
inline constexpr int kMostTableBits = 8;

/// Turns outputs that depend on few bits of the inputs into tables where the adders that nobody
/// else needs and the cast cost more LUTs than that, and drops those adders. Before registers are
/// placed. True where it did so.
bool use_tables(Unrolled& unrolled, const Stage& stage, const std::vector<Interval>& inputs);

/// LUTs of the tables; bits that are constant, a bit of an input, or the same as another are free.
int64_t table_luts(const Unrolled& unrolled);

/// Bits of table t's index.
int index_bits(const Unrolled& unrolled, const LookupTable& table);

}  // namespace mase::arch
