// SPDX-License-Identifier: Apache-2.0
#include "gen/fixed/quantise.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gen/base/error.h"

namespace mase::fixed {

namespace {

/// Nearest integer, ties to even, for |x| < 2^51: where the sum's unit is 1, the processor's own
/// roundTiesToEven does it.
double round_half_even(double x) {
  constexpr double kUnitOne = 6755399441055744.0;  // 1.5 * 2^52
  return (x + kUnitOne) - kUnitOne;
}

}  // namespace

int64_t quantise(double x, const Format& format) {
  MASE_CHECK(!std::isnan(x), "quantise of NaN");
  const double scaled =
      std::ldexp(x, format.frac);  // exact but for overflow to inf and denormals, both harmless
  if (scaled >= static_cast<double>(format.max())) return static_cast<int64_t>(format.max());
  if (scaled <= static_cast<double>(format.min())) return static_cast<int64_t>(format.min());
  return static_cast<int64_t>(round_half_even(scaled));
}

std::vector<int64_t> quantise_all(std::span<const double> values, const Format& format,
                                  const std::string& tensor) {
  const auto nan =
      std::find_if(values.begin(), values.end(), [](double x) { return std::isnan(x); });
  if (nan != values.end()) {
    throw UserError(
        "F003",
        fmt::format("{}: element {} is NaN and has no fixed-point value", tensor,
                    nan - values.begin()),
        {},
        "find out why training or the data gave NaN (learning rate, missing values) and repair it");
  }
  // The scale is a power of two that double holds, so the product is exact (or saturates, as it
  // should).
  const double scale = std::ldexp(1.0, format.frac);
  const auto low = static_cast<double>(format.min()), high = static_cast<double>(format.max());
  std::vector<int64_t> result(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    result[i] = static_cast<int64_t>(round_half_even(std::clamp(values[i] * scale, low, high)));
  }
  return result;
}

double dequantise(Wide q, const Format& format) {
  return std::ldexp(static_cast<double>(q), -format.frac);
}

}  // namespace mase::fixed
