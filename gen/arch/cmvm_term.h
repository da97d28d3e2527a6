// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

namespace mase::arch::cmvm {

/// Sums of 2^depth stay in 64 bits: higher depth limits are taken for this one. Arrivals are at
/// most kMostArrival, and nobody adds 2^24 terms.
inline constexpr int kMostLevels = 56;

/// A summand: (negative ? -1 : 1) * wire * 2^shift.
struct Term {
  int wire = 0;
  int shift = 0;
  bool negative = false;
  friend bool operator==(const Term&, const Term&) = default;
};

/// What is left to add for one output or one wire to come.
using Row = std::vector<Term>;

}  // namespace mase::arch::cmvm
