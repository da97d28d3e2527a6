// SPDX-License-Identifier: Apache-2.0
// Designs that are cut over several SLRs: bit-exact in Verilator and as Yosys's netlist, and what
// their crossings cost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "gen/arch/latency.h"
#include "gen/base/process.h"
#include "sim/simulate.h"
#include "sim/synth/synthesise.h"
#include "tests/support/jet_network.h"
#include "tests/support/networks.h"
#include "tests/support/partition.h"
#include "tests/support/temp_dir.h"

namespace mase::test {
namespace {

using sim::Samples;
using sim::Stall;

#define MASE_NEED_TOOL(name) \
  if (find_program(name).empty()) GTEST_SKIP() << "needs " << name

Samples random_inputs(const arch::HardwareGraph& h, int64_t rows, uint64_t seed) {
  Samples samples{rows, h.features_in, {}};
  std::mt19937_64 rng(seed);
  std::uniform_real_distribution<double> uniform(static_cast<double>(h.input.min()) * 1.1 - 1,
                                                 static_cast<double>(h.input.max()) * 1.1 + 1);
  for (int64_t i = 0; i < rows * h.features_in; ++i)
    samples.values.push_back(std::ldexp(uniform(rng), -h.input.frac));
  return samples;
}

/// Emits the network cut into `parts` and simulates it under every stall.
void expect_exact(const graph::Graph& graph, size_t parts, bool netlist, uint64_t seed) {
  SCOPED_TRACE(testing::Message() << graph.name << ", seed " << seed << ", " << parts << " SLRs");
  arch::HardwareOptions plain;
  plain.adder_seconds = 0.002;
  const auto options = cut_into(parts, graph, plain);
  ASSERT_TRUE(options) << "cannot be cut";
  const TempDir dir;
  emit::write_design(emit::emit(graph, *options, {.tool_version = "test"}), dir.path());
  const auto design = emit::read_design(dir.path());
  ASSERT_EQ(design.hardware.parts.size(), parts);
  const auto inputs = random_inputs(design.hardware, 60, seed);
  sim::SimulateOptions run{.seed = seed};
  if (netlist) {
    run.netlist =
        synth::simulation_netlist(design.hardware, design.top_name, dir / "netlist").files;
  }
  for (const Stall stall : {Stall::kNone, Stall::kRandom, Stall::kWorst}) {
    run.stall = stall;
    const auto result = sim::simulate(design, inputs, run);
    SCOPED_TRACE(sim::to_string(stall));
    EXPECT_EQ(result.mismatches, 0);
    EXPECT_THAT(result.failures, testing::IsEmpty());
    EXPECT_EQ(result.outputs, inputs.rows * design.hardware.features_out);
    EXPECT_EQ(result.ii_cycles, static_cast<double>(design.hardware.ii_cycles()));
    EXPECT_EQ(result.latency_cycles, arch::latency_cycles(design.hardware));
    EXPECT_EQ(result.stages.size(), netlist ? 0 : design.hardware.stages.size());
  }
}

graph::Graph folded() {
  return jet_network(
      {.layers = {4, 8, 8, 6, 2}, .widths = {6, 5}, .pruned_percent = 0, .style = "folded"});
}

TEST(CutDesigns, AgreeUnderEveryStall) {
  MASE_NEED_TOOL("verilator");
  for (const size_t parts : {2, 4}) expect_exact(folded(), parts, false, parts);
  expect_exact(jet_network({.layers = {8, 12, 8, 4}, .widths = {5}}), 3, false, 5);
}

TEST(CutDesigns, NetlistsAgree) {
  MASE_NEED_TOOL("verilator");
  MASE_NEED_TOOL("yosys");
  expect_exact(jet_network({.layers = {4, 6, 2}, .widths = {5}, .style = "folded"}), 2, true, 7);
}

TEST(CutDesigns, CrossingsCostWhatTheModelSays) {
  MASE_NEED_TOOL("yosys");
  arch::HardwareGraph h;
  h.name = "crossings";
  for (const int width : {3, 40}) {
    arch::Stage stage{.name = "crossing_" + std::to_string(width),
                      .cell = arch::Cell::kSlrCrossing};
    stage.elements_in = stage.elements_out = stage.lanes_in = stage.lanes_out = width;
    stage.in = stage.out = {1, 0, false};
    h.stages.push_back(stage);
  }
  const auto report = synth::synthesise(h, {.timing = false});
  const auto model = arch::estimate_stages(h);
  for (size_t i = 0; i < model.size(); ++i) {
    SCOPED_TRACE(h.stages[i].name);
    const auto& yosys = report.stages[i].resources;
    EXPECT_EQ(model[i].ff, yosys.ff);
    EXPECT_EQ(model[i].lut, yosys.lut);
    EXPECT_EQ(model[i].dsp, yosys.dsp);
    EXPECT_EQ(model[i].bram36, yosys.bram36);
  }
}

TEST(CutDesignsSlow, RandomNetworksAgree) {
  MASE_NEED_TOOL("verilator");
  MASE_NEED_TOOL("yosys");
  arch::HardwareOptions plain;
  plain.adder_seconds = 0.002;
  expect_exact(folded(), 3, true, 7);
  expect_exact(jet_network({.layers = {8, 12, 8, 4}, .widths = {5}}), 2, true, 8);
  int done = 0;
  for (uint64_t seed = 900; done < 20; ++seed) {
    const auto graph = random_network(
        seed, {.max_features = 10, .unrolled_percent = static_cast<int>(seed % 3) * 40});
    const size_t parts = 2 + seed % 3;
    if (!cut_into(parts, graph, plain)) continue;
    expect_exact(graph, parts, done % 4 == 0, seed);
    ++done;
  }
}

}  // namespace
}  // namespace mase::test
