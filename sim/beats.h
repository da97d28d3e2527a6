// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "gen/fixed/format.h"

namespace mase::sim {

/// How the elements of one sample travel over a stream: `lanes` elements of `width_bits` a beat,
/// element 0 in the least significant bits of the first beat; the last beat's surplus lanes mean
/// nothing.
struct BeatLayout {
  int width_bits = 8;
  int lanes = 1;
  int64_t elements = 1;  ///< of one sample

  int64_t beats() const { return (elements + lanes - 1) / lanes; }  ///< of one sample
  int beat_bits() const { return width_bits * lanes; }
  int words() const { return (beat_bits() + 31) / 32; }  ///< 32-bit words of one beat
};

/// Packs samples into beats. Surplus lanes are filled with numbers drawn from `seed`, which a
/// design must ignore. Shapes: [samples * elements] -> [samples * beats() * words()] as in
/// ChannelInput. Units: raw integers. Errors: InternalError when a value needs more than width_bits
/// (as signed or as unsigned), or the number of values is not a multiple of layout.elements.
std::vector<uint32_t> pack_beats(std::span<const int64_t> values, const BeatLayout& layout,
                                 uint64_t seed);
std::vector<uint32_t> pack_beats(std::span<const fixed::Wide> values, const BeatLayout& layout,
                                 uint64_t seed);

/// The opposite; width_bits up to 127. Shapes: [n * words()] -> [n / beats() * elements]: whole
/// samples only, the beats of an unfinished last sample are dropped.
std::vector<fixed::Wide> unpack_beats(std::span<const uint32_t> words, const BeatLayout& layout,
                                      bool is_signed);

}  // namespace mase::sim
