// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

namespace mase::arch::cmvm {

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
