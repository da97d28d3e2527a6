// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/casts.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "gen/fixed/channels.h"
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

/// Formats of the channels, each with its own.
using Formats = std::vector<Format>;

Formats all_of(const Format& one, const Formats& channels, size_t count) {
  return channels.empty() ? Formats(count, one) : channels;
}

bool all_lossless(const Formats& from, const Formats& to) {
  for (size_t c = 0; c < to.size(); ++c) {
    if (fixed::dropped(from[c])) continue;
    if (fixed::dropped(to[c]) || !lossless(from[c], to[c])) return false;
  }
  return true;
}

/// One cast in place of two, channel by channel, if there is one.
std::optional<Formats> merged(const Formats& first, const Formats& second) {
  Formats both;
  for (size_t c = 0; c < first.size(); ++c) {
    constexpr Format kDropped{0, 0, false};
    if (fixed::dropped(first[c]) || fixed::dropped(second[c])) {
      both.push_back(kDropped);
      continue;
    }
    if (first[c].frac != second[c].frac) return std::nullopt;
    both.push_back(intersection(first[c], second[c]).value_or(kDropped));
  }
  return both;
}

/// The cast of one channel in place of a pure clamp and then `step`.
std::optional<Format> clamp_and_cast(const Format& before, const Format& clamped, CastStep step,
                                     const Format& to) {
  constexpr Format kDropped{0, 0, false};
  if (fixed::dropped(before) || fixed::dropped(clamped) || fixed::dropped(to)) return kDropped;
  if (before.frac != clamped.frac) return std::nullopt;
  if (lossless(clamped, to)) return clamped;
  if (clamped.frac == to.frac) return intersection(clamped, to).value_or(kDropped);
  step.to = to;
  if (const auto both = clamp_and_round(before, clamped, step)) return both;
  const auto end = [&](Wide q) { return fixed::requantise(q, clamped, to, step.rounding); };
  if (end(clamped.min()) == 0 && end(clamped.max()) == 0) return kDropped;
  return std::nullopt;
}

std::optional<Formats> clamped_and_cast(const Formats& before, const Formats& clamped,
                                        const CastStep& step, const Formats& to) {
  Formats both;
  for (size_t c = 0; c < to.size(); ++c) {
    const auto one = clamp_and_cast(before[c], clamped[c], step, to[c]);
    if (!one) return std::nullopt;
    both.push_back(*one);
  }
  return both;
}

CastStep with_formats(CastStep step, Formats formats) {
  const bool one = std::all_of(formats.begin(), formats.end(), [&](const Format& f) {
    return f == formats.front() && !fixed::dropped(f);
  });
  step.to = one ? formats.front() : fixed::common_format(formats);
  step.channels = one ? Formats{} : std::move(formats);
  return step;
}

std::vector<CastStep> simplify_channels(Formats here, const Format& from,
                                        const std::vector<CastStep>& steps, size_t count) {
  here = all_of(from, here, count);
  Formats before;  // what the last step reads
  std::vector<CastStep> result;
  for (const auto& step : steps) {
    Formats to = all_of(step.to, step.channels, count);
    if (!step.stands_alone) {
      if (all_lossless(here, to)) continue;
      if (!result.empty() && !result.back().stands_alone) {
        if (auto both = merged(here, to)) {
          here = *both;
          result.back() = with_formats(std::move(result.back()), std::move(*both));
          continue;
        }
        if (auto both = clamped_and_cast(before, here, step, to)) {
          here = *both;
          result.back() = with_formats(std::move(result.back()), std::move(*both));
          result.back().rounding = step.rounding;
          continue;
        }
      }
    }
    before = std::exchange(here, to);
    result.push_back(with_formats(step, std::move(to)));
  }
  return result;
}

}  // namespace

std::vector<CastStep> simplify_casts(const Format& from, const std::vector<CastStep>& steps,
                                     const std::vector<Format>& from_channels) {
  size_t count = from_channels.size();
  for (const auto& step : steps) count = std::max(count, step.channels.size());
  if (count > 0) return simplify_channels(from_channels, from, steps, count);
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
