// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/cmvm_digits.h"

#include <bit>

namespace mase::arch::cmvm {

std::vector<Digit> canonical_digits(int64_t value) {
  // 3v and v agree where no digit is: the bits of 3v without v are the positive digits one place
  // up, those of v without 3v the negative ones.
  const uint64_t v = static_cast<uint64_t>(value < 0 ? -value : value), triple = 3 * v;
  std::vector<Digit> digits;
  for (uint64_t bits = (triple ^ v) >> 1; bits != 0; bits &= bits - 1) {
    const int shift = std::countr_zero(bits);
    const bool positive = ((triple >> (shift + 1)) & 1) != 0;
    digits.push_back({shift, positive == (value < 0)});
  }
  return digits;
}

int digit_count(int64_t value) {
  const uint64_t v = static_cast<uint64_t>(value < 0 ? -value : value);
  return std::popcount((3 * v ^ v) >> 1);
}

}  // namespace mase::arch::cmvm
