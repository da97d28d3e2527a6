// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

namespace mase::arch::cmvm {

struct Digit {
  int shift = 0;
  bool negative = false;
};

/// Canonical signed digits: no two neighbours, the fewest there are. |value| < 2^62.
std::vector<Digit> canonical_digits(int64_t value);

/// How many those are.
int digit_count(int64_t value);

}  // namespace mase::arch::cmvm
