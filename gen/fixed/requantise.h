// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gen/fixed/format.h"

namespace mase::fixed {

/// Cast between formats: with s = from.frac - to.frac, clamp(s > 0 ? round(q / 2^s) : q * 2^-s).
/// Exact for every legal pair, saturating. Units: raw integers.
/// Errors: q must lie in `from` (InternalError). Source: numerics of this project; mirrored by
/// rtl/mase_cast.sv.
Wide requantise(Wide q, const Format& from, const Format& to,
                Rounding rounding = Rounding::kHalfEven);

}  // namespace mase::fixed
