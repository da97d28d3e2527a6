// SPDX-License-Identifier: Apache-2.0
#include "sim/verilated_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gen/base/error.h"
#include "gen/base/file.h"
#include "tests/sim/designs.h"
#include "tests/sim/temporary_folder.h"

namespace mase::sim {
namespace {

namespace fs = std::filesystem;

ModelSource write_design(const fs::path& folder, const std::string& text, std::vector<Channel> channels) {
  write_file(folder / "stage.sv", designs::kStage);
  write_file(folder / "top.sv", text);
  ModelSource source;
  source.files = {folder / "stage.sv", folder / "top.sv"};
  source.channels = std::move(channels);
  return source;
}

/// Beats whose every word is random, clean beyond `bits`.
std::vector<uint32_t> random_beats(int bits, int64_t beats, uint64_t seed) {
  Random random(seed);
  std::vector<uint32_t> words;
  for (int64_t beat = 0; beat < beats; ++beat) {
    for (int left = bits; left > 0; left -= 32) {
      const auto word = static_cast<uint32_t>(random.next());
      words.push_back(left >= 32 ? word : word & ((1u << left) - 1));
    }
  }
  return words;
}

/// What `stage` makes of the beats.
std::vector<uint32_t> plus_one(std::vector<uint32_t> words, int bits) {
  const size_t stride = static_cast<size_t>(bits + 31) / 32;
  for (size_t at = 0; at < words.size(); at += stride) {
    for (size_t i = 0; i < stride && ++words[at + i] == 0; ++i) {
    }
    if (bits % 32 != 0) words[at + stride - 1] &= (1u << (bits % 32)) - 1;
  }
  return words;
}

RunRequest request_of(std::vector<ChannelInput> channels, Stall stall = Stall::kNone, uint64_t seed = 1) {
  RunRequest request;
  request.channels = std::move(channels);
  request.stall = stall;
  request.seed = seed;
  return request;
}

class StageOfWidth : public testing::TestWithParam<int> {};

TEST_P(StageOfWidth, KeepsEveryBitUnderEveryStall) {
  const int bits = GetParam();
  const TemporaryFolder folder;
  const auto source = write_design(folder.path(), designs::one_stage(bits), {{bits, bits}});
  const auto model = build_model(source);
  const auto beats = random_beats(bits, 500, 7);
  for (const Stall stall : {Stall::kNone, Stall::kRandom, Stall::kWorst}) {
    SCOPED_TRACE(static_cast<int>(stall));
    const auto result = run_model(model, source, request_of({{beats, 500, 500}}, stall, 3));
    EXPECT_FALSE(result.timed_out);
    EXPECT_THAT(result.assertions, testing::IsEmpty());
    EXPECT_EQ(result.channels[0].words, plus_one(beats, bits));
    ASSERT_EQ(result.channels[0].in_cycles.size(), 500u);
    ASSERT_EQ(result.channels[0].out_cycles.size(), 500u);
    if (stall == Stall::kNone) {
      EXPECT_EQ(result.channels[0].in_cycles.front(), 0);
      EXPECT_EQ(result.channels[0].out_cycles.front(), 1);
      EXPECT_EQ(result.channels[0].out_cycles.back(), 500);
      EXPECT_EQ(result.cycles, 501);
    } else {
      EXPECT_GT(result.cycles, 700);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Widths, StageOfWidth, testing::Values(1, 7, 8, 16, 31, 32, 33, 64, 65, 100));

}  // namespace
}  // namespace mase::sim
