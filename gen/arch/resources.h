// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace mase::arch {

/// What a piece of hardware takes of an UltraScale+ device. Units: primitives; `lut` counts LUT1 to
/// LUT6 and the LUTs of distributed RAM and shift registers, `bram36` half blocks as 0.5.
struct Resources {
  int64_t lut = 0, ff = 0, dsp = 0;
  double bram36 = 0;

  Resources& operator+=(const Resources& other) {
    lut += other.lut;
    ff += other.ff;
    dsp += other.dsp;
    bram36 += other.bram36;
    return *this;
  }
  friend Resources operator+(Resources a, const Resources& b) { return a += b; }
  friend bool operator==(const Resources&, const Resources&) = default;
};

}  // namespace mase::arch
