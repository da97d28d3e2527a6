// SPDX-License-Identifier: Apache-2.0
#include "sim/beats.h"

#include <gtest/gtest.h>

#include "gen/base/error.h"
#include "sim/harness/ports.h"
#include "sim/harness/stall.h"

namespace mase::sim {
namespace {

using fixed::Wide;

Wide random_value(Random& random, int width, bool is_signed) {
  const uint64_t upper = random.next();
  unsigned __int128 bits = static_cast<unsigned __int128>(upper) << 64 | random.next();
  bits >>= 128 - width;
  Wide value = static_cast<Wide>(bits);
  if (is_signed && bits >> (width - 1)) value -= static_cast<Wide>(1) << width;
  return value;
}

TEST(Beats, HandWorked) {
  // Three signed elements of 12 bits, two lanes: beats of 24 bits, the upper lane of the second is
  // anything.
  const BeatLayout layout{12, 2, 3};
  EXPECT_EQ(layout.beats(), 2);
  EXPECT_EQ(layout.words(), 1);
  const std::vector<int64_t> values = {1, -1, -2048};
  const auto words = pack_beats(values, layout, 5);
  ASSERT_EQ(words.size(), 2u);
  EXPECT_EQ(words[0], 0xfff001u);
  EXPECT_EQ(words[1] & 0xfff, 0x800u);
  EXPECT_EQ(words[1] >> 24, 0u);
}

TEST(Beats, ElementAcrossWords) {
  const BeatLayout layout{20, 2, 2};
  const auto words = pack_beats(std::vector<int64_t>{0xabcde, 0x12345}, layout, 0);
  EXPECT_EQ(words, (std::vector<uint32_t>{0x345abcde, 0x12}));
}

TEST(Beats, RoundTripOfEveryWidth) {
  Random random(11);
  for (int width = 1; width <= 127; ++width) {
    for (const int lanes : {1, 2, 3, 5}) {
      for (const bool is_signed : {false, true}) {
        const BeatLayout layout{width, lanes, 7};
        std::vector<Wide> values(3 * 7);
        for (Wide& value : values) value = random_value(random, width, is_signed);
        const auto words = pack_beats(values, layout, 1);
        ASSERT_EQ(words.size(), static_cast<size_t>(3 * layout.beats() * layout.words()));
        ASSERT_TRUE(unpack_beats(words, layout, is_signed) == values)
            << width << " bits, " << lanes << " lanes";
      }
    }
  }
}

TEST(Beats, SurplusLanesAreGarbageButSeeded) {
  const BeatLayout layout{8, 4, 5};
  const std::vector<int64_t> values(50, 0);
  const auto words = pack_beats(values, layout, 1);
  EXPECT_EQ(words, pack_beats(values, layout, 1));
  EXPECT_NE(words, pack_beats(values, layout, 2));
  for (size_t i = 0; i < words.size(); i += 2) EXPECT_EQ(words[i], 0u);
  EXPECT_NE(words[1] >> 8, words[3] >> 8);
}

TEST(Beats, UnfinishedSampleIsDropped) {
  const BeatLayout layout{8, 1, 2};
  EXPECT_EQ(unpack_beats(std::vector<uint32_t>{1, 2, 3}, layout, true).size(), 2u);
}

TEST(Beats, RefusesWhatDoesNotFit) {
  const BeatLayout layout{4, 1, 2};
  EXPECT_THROW(pack_beats(std::vector<int64_t>{16, 0}, layout, 0), InternalError);
  EXPECT_THROW(pack_beats(std::vector<int64_t>{-9, 0}, layout, 0), InternalError);
  EXPECT_THROW(pack_beats(std::vector<int64_t>{1, 2, 3}, layout, 0), InternalError);
  EXPECT_THROW(unpack_beats(std::vector<uint32_t>(3), {40, 1, 1}, true), InternalError);
  EXPECT_THROW(pack_beats(std::vector<int64_t>{1}, {128, 1, 1}, 0), InternalError);
}

TEST(Beats, BitsAtAnyOffset) {
  Random random(3);
  for (int offset = 0; offset < 70; ++offset) {
    for (int bits = 1; bits < 100; bits += 3) {
      const size_t words = static_cast<size_t>(offset + bits + 31) / 32;
      std::vector<uint32_t> image(words, 0xa5a5a5a5), value(4), back(4);
      for (int i = 0; 32 * i < bits; ++i)
        value[static_cast<size_t>(i)] = static_cast<uint32_t>(random.next()) & word_mask(bits, i);
      insert_bits(image.data(), offset, value.data(), bits);
      extract_bits(image.data(), offset, back.data(), bits);
      ASSERT_EQ(back, value) << offset << " +: " << bits;
      for (int i = 0; i < static_cast<int>(words) * 32; ++i) {  // the neighbours are untouched
        const bool bit = image[static_cast<size_t>(i) / 32] >> (i % 32) & 1;
        if (i >= offset && i < offset + bits) continue;
        ASSERT_EQ(bit, (0xa5a5a5a5u >> (i % 32) & 1) != 0) << i;
      }
    }
  }
}

TEST(StallPattern, WorstShutsEverySideForAWhileAndRandomVaries) {
  for (const Stall kind : {Stall::kRandom, Stall::kWorst}) {
    StallPattern source(kind, StallPattern::Side::kSource, 1, 0),
        sink(kind, StallPattern::Side::kSink, 1, 0);
    StallPattern same(kind, StallPattern::Side::kSource, 1, 0),
        other(kind, StallPattern::Side::kSource, 2, 0);
    int moves[2][2] = {}, differ = 0;
    for (int cycle = 0; cycle < 10'000; ++cycle) {
      const bool a = source.step(false), b = sink.step(false);
      ++moves[a][b];
      EXPECT_EQ(same.step(false), a);
      differ += other.step(false) != a;
    }
    EXPECT_GT(differ, 100);
    EXPECT_GT(moves[0][1], 1000) << "starved source";
    EXPECT_GT(moves[1][0], 1000) << "blocked sink";
    EXPECT_GT(moves[1][1] + moves[0][0], 500);
  }
}

}  // namespace
}  // namespace mase::sim
