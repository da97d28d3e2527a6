// SPDX-License-Identifier: Apache-2.0
// The cost model against Yosys on a few small designs; tests/bench/cost_model.cc does so on 200.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "gen/arch/cost.h"
#include "gen/base/process.h"
#include "sim/synth/synthesise.h"
#include "tests/support/networks.h"
#include "tests/support/unrolled_sample.h"

namespace mase {
namespace {

TEST(CostModel, AgreesWithYosysOnSmallDesigns) {
  if (find_program("yosys").empty()) GTEST_SKIP() << "needs yosys";
  constexpr uint64_t kFirstSeed = 4001;
  constexpr int kDesigns = 6;
  arch::Resources model, yosys;
  for (int i = 0; i < kDesigns; ++i) {
    const uint64_t seed = kFirstSeed + static_cast<uint64_t>(i);
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const auto hardware = arch::build_hardware(test::random_network(
        seed, {.max_width = 8, .max_features = 8, .max_layers = 1, .batch_norm = false}));
    const auto report = synth::synthesise(hardware, {.timing = false});
    const auto cells = arch::estimate_stages(hardware);
    ASSERT_EQ(report.stages.size(), cells.size());
    for (size_t s = 0; s < cells.size(); ++s) {
      const auto& measured = report.stages[s].resources;
      SCOPED_TRACE(report.stages[s].module);
      EXPECT_EQ(cells[s].dsp, measured.dsp);
      EXPECT_EQ(cells[s].bram36, measured.bram36);
      // Loose for one cell, so that small ones pass; the sum below is held to 10 %.
      EXPECT_NEAR(static_cast<double>(cells[s].lut), static_cast<double>(measured.lut),
                  20 + 0.35 * static_cast<double>(measured.lut));
      EXPECT_NEAR(static_cast<double>(cells[s].ff), static_cast<double>(measured.ff),
                  10 + 0.15 * static_cast<double>(measured.ff));
    }
    // A whole design is its cells, equal ones as often as they stand there, here and there.
    EXPECT_EQ(*report.sum, report.total);
    model += arch::estimate(hardware);
    yosys += report.total;
  }
  EXPECT_NEAR(static_cast<double>(model.lut), static_cast<double>(yosys.lut),
              0.1 * static_cast<double>(yosys.lut));
  EXPECT_NEAR(static_cast<double>(model.ff), static_cast<double>(yosys.ff),
              0.05 * static_cast<double>(yosys.ff));
}

// A part of what `bench_unrolled_resources --sample` measures: dense logic of two bits, outputs
// that are tables, formats for each channel.
TEST(CostModel, AgreesWithYosysOnUnrolledNetworks) {
  if (find_program("yosys").empty()) GTEST_SKIP() << "needs yosys";
  int designs = 0;
  for (const auto& [name, graph] : test::unrolled_sample()) {
    if (name != "jets 16-16-5 2 bits 0 % zero" && name != "channels 304") continue;
    SCOPED_TRACE(name);
    ++designs;
    const auto hardware = arch::build_hardware(graph);
    const arch::Resources yosys = synth::synthesise(hardware, {.timing = false}).total;
    const arch::Resources model = arch::estimate(hardware);
    std::cout << name << ": Yosys " << yosys.lut << " LUT, " << yosys.ff << " FF, model "
              << model.lut << " and " << model.ff << "\n";
    const auto near = [](int64_t is, int64_t wanted) {
      constexpr double kPart = 0.05, kFew = 10;
      const auto y = static_cast<double>(wanted);
      EXPECT_NEAR(static_cast<double>(is), y, std::max(kFew, kPart * y));
    };
    near(model.lut, yosys.lut);
    near(model.ff, yosys.ff);
  }
  EXPECT_EQ(designs, 2);
}

}  // namespace
}  // namespace mase
