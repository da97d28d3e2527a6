// SPDX-License-Identifier: Apache-2.0
// The cost model against Yosys on a few small designs; tests/bench/cost_model.cc does so on 200.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <random>

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

/// 16 -> 16 -> 16 -> 16 in 8 bits, folded to 64 cycles: 64 words of weights a layer. The second and
/// the third layer read the ready of what is behind them on the way to those words' address.
arch::HardwareGraph folded_chain() {
  graph::Graph graph{.name = "folded"};
  graph::Node x{.name = "x", .op = graph::Op::kPlaceholder};
  x.shape = {16};
  graph.nodes.push_back(x);
  std::mt19937_64 rng(7);
  std::normal_distribution<double> normal(0, 0.4);
  const graph::Hardware lanes[] = {{.parallelism_in = 1, .parallelism_out = 4},
                                   {.parallelism_in = 2, .parallelism_out = 2},
                                   {.parallelism_in = 4, .parallelism_out = 1}};
  for (const auto& hardware : lanes) {
    auto node = graph::make_linear("fc" + std::to_string(graph.nodes.size()),
                                   graph.nodes.back().name, 16, 16);
    for (auto& [key, tensor] : node.parameters) {
      for (double& value : tensor.data) value = static_cast<float>(normal(rng));
    }
    node.quant = graph::Quant{.data_in_width = 8,
                              .data_in_frac_width = 4,
                              .weight_width = 8,
                              .weight_frac_width = 6,
                              .bias_width = 8,
                              .bias_frac_width = 4};
    node.hardware = hardware;
    graph.nodes.push_back(node);
  }
  graph.nodes.push_back(
      {.name = "output", .op = graph::Op::kOutput, .inputs = {graph.nodes.back().name}});
  return arch::build_hardware(graph);
}

// What a cell costs depends neither on what stands in front of and behind it nor on names: not
// the tables of weights, not the adders of accumulators.
TEST(CostModel, FoldedDesignCostsWhatItsCellsCost) {
  if (find_program("yosys").empty()) GTEST_SKIP() << "needs yosys";
  const auto hardware = folded_chain();
  const auto report = synth::synthesise(hardware, {.flat = true, .timing = false});
  const arch::Resources model = arch::estimate(hardware), sum = *report.sum;
  const auto cells = arch::estimate_stages(hardware);
  for (size_t s = 0; s < cells.size(); ++s) {
    std::cout << report.stages[s].module << ": Yosys " << report.stages[s].resources.lut
              << " LUT, model " << cells[s].lut << "\n";
  }
  std::cout << "whole " << report.total.lut << " LUT, cells " << sum.lut << ", model " << model.lut
            << "\n";
  const auto whole = static_cast<double>(report.total.lut);
  EXPECT_NEAR(static_cast<double>(sum.lut), whole, 0.03 * whole);
  EXPECT_NEAR(static_cast<double>(model.lut), whole, 0.1 * whole);
  EXPECT_EQ(report.total.ff, sum.ff);
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
