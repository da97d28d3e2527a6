// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "gen/base/error.h"
#include "gen/base/file.h"
#include "sim/verilated_model.h"
#include "tests/sim/designs.h"
#include "tests/sim/temporary_folder.h"

namespace mase::sim {

/// Where models are kept between test runs, so that only the first run compiles.
inline std::filesystem::path test_cache() { return MASE_TEST_CACHE; }

/// A top in a folder of its own, with the module `stage` beside it.
struct Design {
  explicit Design(const std::string& top, std::vector<Channel> channels = {{8, 8}}) {
    write_file(folder.path() / "stage.sv", designs::kStage);
    write_file(folder.path() / "top.sv", top);
    source.files = {folder.path() / "stage.sv", folder.path() / "top.sv"};
    source.channels = std::move(channels);
  }
  VerilatedModel build() const { return build_model(source, test_cache()); }
  RunResult run(const RunRequest& request) const { return run_model(build(), source, request); }

  TemporaryFolder folder;
  ModelSource source;
};

/// Random beats, clean beyond `bits`.
inline std::vector<uint32_t> random_beats(int bits, int64_t beats, uint64_t seed) {
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
inline std::vector<uint32_t> plus_one(std::vector<uint32_t> words, int bits) {
  const size_t stride = static_cast<size_t>(bits + 31) / 32;
  for (size_t at = 0; at < words.size(); at += stride) {
    for (size_t i = 0; i < stride && ++words[at + i] == 0; ++i) {}
    if (bits % 32 != 0) words[at + stride - 1] &= (1u << (bits % 32)) - 1;
  }
  return words;
}

inline RunRequest request_of(std::vector<ChannelInput> channels, Stall stall = Stall::kNone,
                             uint64_t seed = 1) {
  RunRequest request;
  request.channels = std::move(channels);
  request.stall = stall;
  request.seed = seed;
  return request;
}

/// Runs `action`, which must throw a UserError of this code; gives the error.
template <class Action>
UserError user_error(const std::string& code, const Action& action) {
  try {
    action();
  } catch (const UserError& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error;
  }
  ADD_FAILURE() << "no error " << code;
  return UserError(code, "none");
}

}  // namespace mase::sim
