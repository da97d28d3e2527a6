// SPDX-License-Identifier: Apache-2.0
#include "sim/beats.h"

#include <algorithm>

#include "gen/base/error.h"
#include "sim/harness/ports.h"
#include "sim/harness/stall.h"

namespace mase::sim {

namespace {

using fixed::Wide;

constexpr int kMaxWidth = 127;  // of one element
constexpr int kWordsOfWide = 4;

void check(const BeatLayout& layout) {
  MASE_CHECK(layout.width_bits >= 1 && layout.width_bits <= kMaxWidth && layout.lanes >= 1 &&
                 layout.elements >= 1,
             "beats of {} lanes of {} bits for {} elements", layout.lanes, layout.width_bits,
             layout.elements);
}

// Two's complement words of the lowest width_bits.
void to_words(unsigned __int128 value, int width_bits, uint32_t* words) {
  for (int i = 0; 32 * i < width_bits; ++i) {
    words[i] = static_cast<uint32_t>(value >> (32 * i)) & word_mask(width_bits, i);
  }
}

/// ORs an element of at most 32 bits into a beat that is 0 there.
void insert_narrow(uint32_t* beat, size_t at, uint32_t element) {
  const uint64_t placed = uint64_t{element} << (at % 32);
  beat[at / 32] |= static_cast<uint32_t>(placed);
  if (const auto spilled = static_cast<uint32_t>(placed >> 32)) beat[at / 32 + 1] |= spilled;
}

template <class Integer>
std::vector<uint32_t> pack(std::span<const Integer> values, const BeatLayout& layout,
                           uint64_t seed) {
  check(layout);
  const auto elements = static_cast<size_t>(layout.elements),
             lanes = static_cast<size_t>(layout.lanes);
  MASE_CHECK(values.size() % elements == 0, "{} values are no whole number of samples of {}",
             values.size(), elements);
  const size_t samples = values.size() / elements, stride = static_cast<size_t>(layout.words());
  std::vector<uint32_t> beats(samples * static_cast<size_t>(layout.beats()) * stride, 0);
  const Wide low = -(Wide{1} << (layout.width_bits - 1)), high = (Wide{1} << layout.width_bits) - 1;
  Random random(seed);
  uint32_t words[kWordsOfWide] = {};
  uint32_t* beat = beats.data();
  for (size_t sample = 0; sample < samples; ++sample) {
    for (size_t first = 0; first < elements; first += lanes, beat += stride) {
      for (size_t lane = 0; lane < lanes; ++lane) {
        if (first + lane < elements) {
          const Wide value = values[sample * elements + first + lane];
          MASE_CHECK(low <= value && value <= high,
                     "sample {}, element {}: {} does not fit {} bits", sample, first + lane,
                     fixed::to_string(value), layout.width_bits);
          if (layout.width_bits <= 32) {
            insert_narrow(beat, lane * static_cast<size_t>(layout.width_bits),
                          static_cast<uint32_t>(value) & word_mask(layout.width_bits, 0));
            continue;
          }
          to_words(static_cast<unsigned __int128>(value), layout.width_bits, words);
        } else {
          const uint64_t upper = random.next();
          to_words(static_cast<unsigned __int128>(upper) << 64 | random.next(), layout.width_bits,
                   words);
        }
        insert_bits(beat, static_cast<int>(lane) * layout.width_bits, words, layout.width_bits);
      }
    }
  }
  return beats;
}

}  // namespace

std::vector<uint32_t> pack_beats(std::span<const int64_t> values, const BeatLayout& layout,
                                 uint64_t seed) {
  return pack(values, layout, seed);
}

std::vector<uint32_t> pack_beats(std::span<const Wide> values, const BeatLayout& layout,
                                 uint64_t seed) {
  return pack(values, layout, seed);
}

std::vector<Wide> unpack_beats(std::span<const uint32_t> words, const BeatLayout& layout,
                               bool is_signed) {
  check(layout);
  const auto stride = static_cast<size_t>(layout.words());
  MASE_CHECK(words.size() % stride == 0, "{} words are no whole number of beats of {}",
             words.size(), stride);
  const auto beats = static_cast<size_t>(layout.beats()),
             elements = static_cast<size_t>(layout.elements);
  const auto lanes = static_cast<size_t>(layout.lanes);
  const size_t samples = words.size() / stride / beats;
  std::vector<Wide> values;
  values.reserve(samples * elements);
  uint32_t part[kWordsOfWide] = {};
  for (size_t beat = 0; beat < samples * beats; ++beat) {
    const size_t first = beat % beats * lanes;
    for (size_t lane = 0; lane < std::min(lanes, elements - first); ++lane) {
      extract_bits(&words[beat * stride], static_cast<int>(lane) * layout.width_bits, part,
                   layout.width_bits);
      unsigned __int128 value = 0;
      for (int i = 0; 32 * i < layout.width_bits; ++i)
        value |= static_cast<unsigned __int128>(part[i]) << (32 * i);
      if (is_signed && value >> (layout.width_bits - 1) & 1)
        value |= ~static_cast<unsigned __int128>(0) << layout.width_bits;
      values.push_back(static_cast<Wide>(value));
    }
  }
  return values;
}

}  // namespace mase::sim
