// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "gen/arch/hardware_graph.h"

namespace mase::arch {

/// What synthesis can find in the words of a memory: one entry a number of the word.
struct LaneBits {
  uint64_t ones = 0;      ///< bits that are 1 in some word
  uint64_t zeros = 0;     ///< bits that are 0 in some word
  int distinct_bits = 0;  ///< bits that change and differ from the bit below, in some word

  uint64_t changing() const { return ones & zeros; }
};

/// Bits of a memory, looked at one column (a bit of the word, over all words) at a time.
struct RomStatistics {
  std::vector<LaneBits> lanes;
  int64_t depth = 0;
  int64_t changing_columns = 0;  ///< columns that are neither all 0 nor all 1
  int64_t distinct_columns = 0;  ///< different ones among them
  /// Of every column, lane by lane, lowest bit first: equal columns have equal signatures.
  std::vector<uint32_t> signatures;
};

/// The weights (batch norm: scales) in the word order of mase_linear.sv, into `statistics`, whose
/// memory is used again.
void weight_statistics(const Stage& stage, RomStatistics& statistics);
void bias_statistics(const Stage& stage, RomStatistics& statistics);

}  // namespace mase::arch
