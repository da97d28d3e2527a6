// SPDX-License-Identifier: Apache-2.0
#include "gen/fixed/quantise.h"

#include <fmt/format.h>

#include <cmath>

#include "gen/base/error.h"

namespace mase::fixed {

namespace {

/// Nearest integer, ties to even, without depending on the floating-point environment. |x| < 2^52.
double round_half_even(double x) {
  const double below = std::floor(x);
  const double rest = x - below;  // exact: both are multiples of ulp(x)
  if (rest < 0.5) return below;
  if (rest > 0.5) return below + 1;
  return std::fmod(below, 2.0) == 0.0 ? below : below + 1;
}

}  // namespace

int64_t quantise(double x, const Format& format) {
  MASE_CHECK(!std::isnan(x), "quantise of NaN");
  const double scaled = std::ldexp(x, format.frac);  // exact but for overflow to inf and denormals, both harmless
  if (scaled >= static_cast<double>(format.max())) return static_cast<int64_t>(format.max());
  if (scaled <= static_cast<double>(format.min())) return static_cast<int64_t>(format.min());
  return static_cast<int64_t>(round_half_even(scaled));
}

std::vector<int64_t> quantise_all(std::span<const double> values, const Format& format,
                                  const std::string& tensor) {
  std::vector<int64_t> result(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) {
      throw UserError("F003", fmt::format("{}: element {} is NaN and has no fixed-point value", tensor, i), {},
                      "find out why training or the data gave NaN (learning rate, missing values) and repair it");
    }
    result[i] = quantise(values[i], format);
  }
  return result;
}

double dequantise(Wide q, const Format& format) {
  return std::ldexp(static_cast<double>(q), -format.frac);
}

}  // namespace mase::fixed
