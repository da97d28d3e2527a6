// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <compare>
#include <cstdint>
#include <string>

namespace mase::fixed {

/// Accumulators and exact results: 32-bit operands reach 64 bits and more, so 128 bits carry them
/// all.
using Wide = __int128;

/// How a right shift loses bits. Half-even is IEEE 754 roundTiesToEven; floor is an arithmetic
/// shift.
enum class Rounding { kHalfEven, kFloor };

inline constexpr int kMinWidth = 1;
inline constexpr int kMaxOperandWidth = 32;  ///< operands; accumulators may be wider
inline constexpr int kMaxFrac = 256;         ///< |frac| beyond this is a typing error, not a design

/// A two's-complement (or unsigned) integer q of `width` bits that stands for q * 2^-frac.
/// frac may be negative or larger than width.
struct Format {
  int width = 8;
  int frac = 4;
  bool is_signed = true;

  friend bool operator==(const Format&, const Format&) = default;

  Wide min() const { return is_signed ? -(Wide{1} << (width - 1)) : Wide{0}; }
  Wide max() const { return (Wide{1} << (is_signed ? width - 1 : width)) - 1; }
  bool contains(Wide q) const { return min() <= q && q <= max(); }
};

/// "s8.4" or "u8.4": sign, width, frac.
std::string to_string(const Format& format);

/// Narrowest signed width that holds both ends of [low, high].
int signed_width_for(Wide low, Wide high);

/// Checks 1 <= width <= 32 and a sane frac. Errors: UserError F001, F002 naming `what`
/// (for example "seq_blocks_2: weight").
void check_operand(const Format& format, const std::string& what);

/// Decimal text of a 128-bit integer.
std::string to_string(Wide value);

}  // namespace mase::fixed
