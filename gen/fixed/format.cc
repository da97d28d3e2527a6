// SPDX-License-Identifier: Apache-2.0
#include "gen/fixed/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "gen/base/error.h"

namespace mase::fixed {

std::string to_string(const Format& format) {
  return fmt::format("{}{}.{}", format.is_signed ? 's' : 'u', format.width, format.frac);
}

int signed_width_for(Wide low, Wide high) {
  int width = 1;
  while (low < -(Wide{1} << (width - 1)) || high > (Wide{1} << (width - 1)) - 1) ++width;
  return width;
}

void check_operand(const Format& format, const std::string& what) {
  if (format.width < kMinWidth || format.width > kMaxOperandWidth) {
    throw UserError("F001", fmt::format("{}: width {} is not allowed", what, format.width), {},
                    fmt::format("widths are {} to {} bits", kMinWidth, kMaxOperandWidth));
  }
  if (std::abs(format.frac) > kMaxFrac) {
    throw UserError("F002", fmt::format("{}: fraction width {} is not allowed", what, format.frac),
                    {}, fmt::format("fraction widths are {} to {}", -kMaxFrac, kMaxFrac));
  }
}

std::string to_string(Wide value) {
  if (value == 0) return "0";
  const bool negative = value < 0;
  unsigned __int128 magnitude = negative ? -static_cast<unsigned __int128>(value) : value;
  std::string digits;
  while (magnitude != 0) {
    digits.push_back(static_cast<char>('0' + static_cast<int>(magnitude % 10)));
    magnitude /= 10;
  }
  if (negative) digits.push_back('-');
  std::reverse(digits.begin(), digits.end());
  return digits;
}

}  // namespace mase::fixed
