// SPDX-License-Identifier: Apache-2.0
// Verilated ports change their C++ type with their width (CData, SData, IData, QData, VlWide<N>);
// here every port is an array of 32-bit words, least significant first.
#pragma once
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace mase::sim {

template <class Port, std::enable_if_t<std::is_integral_v<Port>, int> = 0>
inline void write_port(Port& port, const uint32_t* words) {
  if constexpr (sizeof(Port) <= 4) {
    port = static_cast<Port>(words[0]);
  } else {
    port = static_cast<Port>(words[0]) | static_cast<Port>(words[1]) << 32;
  }
}

template <class Wide, std::enable_if_t<!std::is_integral_v<Wide>, int> = 0>
inline void write_port(Wide& port, const uint32_t* words) {
  std::memcpy(port.data(), words, sizeof(Wide));
}

template <class Port, std::enable_if_t<std::is_integral_v<Port>, int> = 0>
inline void read_port(const Port& port, uint32_t* words) {
  words[0] = static_cast<uint32_t>(port);
  if constexpr (sizeof(Port) > 4) words[1] = static_cast<uint32_t>(port >> 32);
}

template <class Wide, std::enable_if_t<!std::is_integral_v<Wide>, int> = 0>
inline void read_port(const Wide& port, uint32_t* words) {
  std::memcpy(words, port.data(), sizeof(Wide));
}

/// Bits that word `index` of a `bits`-wide vector really has.
inline uint32_t word_mask(int bits, int index) {
  const int left = bits - 32 * index;
  return left >= 32 ? 0xffffffffu : (1u << left) - 1;
}

/// image[offset +: bits] = source; bits of source beyond `bits` are 0.
inline void insert_bits(uint32_t* image, int offset, const uint32_t* source, int bits) {
  const int shift = offset % 32;
  uint32_t* to = image + offset / 32;
  for (int i = 0; 32 * i < bits; ++i, ++to) {
    const uint64_t mask = static_cast<uint64_t>(word_mask(bits, i)) << shift;
    const uint64_t value = static_cast<uint64_t>(source[i]) << shift;
    to[0] = (to[0] & ~static_cast<uint32_t>(mask)) | static_cast<uint32_t>(value);
    if (mask >> 32) {
      to[1] = (to[1] & ~static_cast<uint32_t>(mask >> 32)) | static_cast<uint32_t>(value >> 32);
    }
  }
}

/// target = image[offset +: bits], upper bits 0.
inline void extract_bits(const uint32_t* image, int offset, uint32_t* target, int bits) {
  const int shift = offset % 32;
  const uint32_t* from = image + offset / 32;
  for (int i = 0; 32 * i < bits; ++i, ++from) {
    uint64_t value = from[0];
    if (shift + bits - 32 * i > 32) {  // the last word of the image must not be overrun
      value |= static_cast<uint64_t>(from[1]) << 32;
    }
    target[i] = static_cast<uint32_t>(value >> shift) & word_mask(bits, i);
  }
}

}  // namespace mase::sim
