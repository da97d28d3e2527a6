// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/casts.h"

#include <algorithm>
#include <optional>

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
    result.push_back(step);
  }
  return result;
}

}  // namespace mase::arch
