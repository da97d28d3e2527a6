// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/casts.h"

#include <algorithm>
#include <optional>

#include "gen/fixed/requantise.h"

namespace mase::arch {

using fixed::Format;
using fixed::Wide;

bool lossless(const Format& from, const Format& to) {
  const int up = to.frac - from.frac;
  if (up < 0 || from.width + up > 126) return false;
  return (from.min() << up) >= to.min() && (from.max() << up) <= to.max();
}

namespace {

/// The format whose range is the intersection of two ranges of one fraction, if there is one.
std::optional<Format> intersection(const Format& a, const Format& b) {
  if (a.is_signed == b.is_signed) return Format{std::min(a.width, b.width), a.frac, a.is_signed};
  const Format& positive = a.is_signed ? b : a;
  const Format& with_sign = a.is_signed ? a : b;
  if (with_sign.width == 1) return std::nullopt;  // only zero is left; no format says that
  return Format{std::min(positive.width, with_sign.width - 1), a.frac, false};
}

/// The one cast from `before` that is a pure clamp to `clamped` and then `step`, if a format says
/// that. Rounding is monotone: what the clamp cuts off is rounded to what its bounds are rounded
/// to.
std::optional<Format> clamp_and_round(const Format& before, const Format& clamped,
                                      const CastStep& step) {
  if (clamped.frac != before.frac || step.to.frac >= clamped.frac) return std::nullopt;
  const Format whole{120, step.to.frac, true};
  const auto rounded = [&](Wide q, const Format& from) {
    return fixed::requantise(q, from, whole, step.rounding);
  };
  const Wide low = std::max(rounded(clamped.min(), clamped), step.to.min());
  const Wide high = std::min(rounded(clamped.max(), clamped), step.to.max());
  const Wide least = rounded(before.min(), before), most = rounded(before.max(), before);
  for (int width = 1; width <= step.to.width; ++width) {
    for (const bool is_signed : {false, true}) {
      const Format to{width, step.to.frac, is_signed};
      const bool low_fits = to.min() == low || (least >= low && least >= to.min());
      const bool high_fits = to.max() == high || (most <= high && most <= to.max());
      if (low <= high && low_fits && high_fits) return to;
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<CastStep> simplify_casts(const Format& from, const std::vector<CastStep>& steps) {
  std::vector<CastStep> result;
  const auto here = [&]() -> const Format& { return result.empty() ? from : result.back().to; };
  for (const auto& step : steps) {
    if (step.stands_alone) {
      result.push_back(step);
      continue;
    }
    if (lossless(here(), step.to)) continue;
    if (!result.empty() && !result.back().stands_alone && result.back().to.frac == step.to.frac) {
      if (const auto both = intersection(result.back().to, step.to)) {
        result.back().to = *both;
        continue;
      }
    }
    if (!result.empty() && !result.back().stands_alone) {
      const Format& before = result.size() > 1 ? result[result.size() - 2].to : from;
      if (const auto both = clamp_and_round(before, result.back().to, step)) {
        result.back().to = *both;
        result.back().rounding = step.rounding;
        continue;
      }
    }
    result.push_back(step);
  }
  return result;
}

}  // namespace mase::arch
