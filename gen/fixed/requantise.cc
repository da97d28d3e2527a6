// SPDX-License-Identifier: Apache-2.0
#include "gen/fixed/requantise.h"

#include <algorithm>

#include "gen/base/error.h"

namespace mase::fixed {

Wide requantise(Wide q, const Format& from, const Format& to, Rounding rounding) {
  MASE_CHECK(from.contains(q), "{} is outside {}", to_string(q), to_string(from));
  const int shift = from.frac - to.frac;
  if (shift > 0) {
    Wide rounded = 0;
    if (shift >= 126) {
      // |q| < 2^125: the quotient's magnitude is below one half.
      rounded = (rounding == Rounding::kFloor && q < 0) ? -1 : 0;
    } else {
      rounded = q >> shift;  // floor
      if (rounding == Rounding::kHalfEven) {
        const Wide rest = q - (rounded << shift);
        const Wide half = Wide{1} << (shift - 1);
        if (rest > half || (rest == half && (rounded & 1) != 0)) ++rounded;
      }
    }
    return std::clamp(rounded, to.min(), to.max());
  }
  // Left shift: saturate before shifting so that nothing overflows.
  const int up = -shift;
  if (q == 0) return 0;
  if (up >= 64 || q > (to.max() >> up)) {
    if (q > 0) return to.max();
    if (up >= 64) return to.min();
  }
  // Division towards zero: a shift of the negative bound would round it down and miss the
  // saturation.
  if (q < 0 && (!to.is_signed || q < -(-to.min() >> up))) return to.min();
  return q << up;
}

}  // namespace mase::fixed
