// SPDX-License-Identifier: Apache-2.0
// Networks with unrolled layers, alone and beside folded ones: in Verilator and as Yosys's netlist
// against the integer reference.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <iostream>
#include <random>

#include "gen/arch/cell_cost.h"
#include "gen/arch/latency.h"
#include "gen/base/process.h"
#include "gen/emit/emit.h"
#include "sim/simulate.h"
#include "sim/synth/synthesise.h"
#include "tests/support/jet_network.h"
#include "tests/support/networks.h"
#include "tests/support/temp_dir.h"

namespace mase::test {
namespace {

using sim::Samples;
using sim::Stall;

#define MASE_NEED_TOOL(tool) \
  if (find_program(tool).empty()) GTEST_SKIP() << "needs " << tool

constexpr double kSeconds = 0.02;  // for a layer's adders

emit::EmittedFolder emit_to(const graph::Graph& graph, const std::filesystem::path& dir) {
  arch::HardwareOptions options;
  options.adder_seconds = kSeconds;
  emit::write_design(emit::emit(graph, options, {.tool_version = "test"}), dir);
  return emit::read_design(dir);
}

Samples random_inputs(const arch::HardwareGraph& h, int64_t rows, uint64_t seed) {
  Samples samples{rows, h.features_in, {}};
  std::mt19937_64 rng(seed);
  std::uniform_real_distribution<double> uniform(static_cast<double>(h.input.min()) * 1.1 - 1,
                                                 static_cast<double>(h.input.max()) * 1.1 + 1);
  for (int64_t i = 0; i < rows * h.features_in; ++i)
    samples.values.push_back(std::ldexp(uniform(rng), -h.input.frac));
  return samples;
}

void expect_exact(const emit::EmittedFolder& design, const Samples& inputs, uint64_t seed,
                  std::vector<std::filesystem::path> netlist = {}) {
  for (const Stall stall : {Stall::kNone, Stall::kRandom, Stall::kWorst}) {
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", stall " << sim::to_string(stall));
    sim::SimulateOptions options{.stall = stall, .seed = seed};
    options.netlist = netlist;
    const auto result = sim::simulate(design, inputs, options);
    EXPECT_EQ(result.mismatches, 0);
    EXPECT_THAT(result.failures, testing::IsEmpty());
    EXPECT_EQ(result.outputs, inputs.rows * design.hardware.features_out);
    EXPECT_EQ(result.latency_cycles, arch::latency_cycles(design.hardware));
    EXPECT_EQ(result.ii_cycles, static_cast<double>(design.hardware.ii_cycles()));
  }
}

void expect_exact(const graph::Graph& graph, uint64_t seed, bool as_netlist = false,
                  Samples inputs = {}) {
  const TempDir dir;
  const auto design = emit_to(graph, dir.path());
  if (inputs.rows == 0) inputs = random_inputs(design.hardware, 50, seed);
  std::vector<std::filesystem::path> netlist;
  if (as_netlist)
    netlist = synth::simulation_netlist(design.hardware, design.top_name, dir / "synth").files;
  expect_exact(design, inputs, seed, netlist);
}

graph::Graph drawn(uint64_t seed, int unrolled_percent, bool parallelism = true) {
  return random_network(seed, {.max_width = 10,
                               .max_features = 12,
                               .max_layers = 3,
                               .parallelism = parallelism,
                               .unrolled_percent = unrolled_percent});
}

graph::Graph with_channels(uint64_t seed, int unrolled_percent, int max_width = 10) {
  return random_network(seed, {.max_width = max_width,
                               .max_features = 8,
                               .max_layers = 3,
                               .unrolled_percent = unrolled_percent,
                               .channel_percent = 60,
                               .plain_percent = 50});
}

TEST(UnrolledNetworks, AgreeAndKeepTheirInterval) {
  MASE_NEED_TOOL("verilator");
  for (const uint64_t seed : {1, 2, 3, 4}) expect_exact(drawn(seed, 60), seed);
  for (const uint64_t seed : {5, 6}) {
    const auto graph = drawn(seed, 100, false);
    expect_exact(graph, seed);
    EXPECT_EQ(arch::build_hardware(graph, {.adder_seconds = kSeconds}).ii_cycles(), 1);
  }
}

TEST(UnrolledNetworks, NetlistAgrees) {
  MASE_NEED_TOOL("verilator");
  MASE_NEED_TOOL("yosys");
  for (const uint64_t seed : {11, 12}) expect_exact(drawn(seed, 70), seed, true);
}

// An input that waits several stages beside a deep sum: Yosys 0.23 makes shift registers of such
// bits and drops their clock enable, unless it is told to make none.
TEST(UnrolledNetworks, NetlistHoldsWaitingValuesWhenItStalls) {
  MASE_NEED_TOOL("verilator");
  MASE_NEED_TOOL("yosys");
  graph::Graph graph{.name = "waiting"};
  graph.nodes.push_back({.name = "x", .op = graph::Op::kPlaceholder});
  graph.nodes.back().shape = {24};
  graph::Node fc = graph::make_linear("fc", "x", 24, 2);
  for (auto& [key, tensor] : fc.parameters) tensor.data.assign(tensor.data.size(), 0);
  auto& weight = fc.parameters.at("weight").data;
  for (size_t i = 0; i < 24; ++i) weight[i] = 1;
  weight[24 + 23] = 1;  // the other output is the last input
  fc.quant = graph::Quant{.data_in_width = 6,
                          .data_in_frac_width = 0,
                          .weight_width = 3,
                          .weight_frac_width = 0,
                          .bias_width = 3,
                          .bias_frac_width = 0};
  fc.hardware = graph::Hardware{.style = "unrolled", .adders_per_stage = 1};
  graph.nodes.push_back(fc);
  graph.nodes.push_back({.name = "output", .op = graph::Op::kOutput, .inputs = {"fc"}});
  expect_exact(graph, 1, true);
}

TEST(UnrolledNetworks, AgreeWithFormatsOfChannels) {
  MASE_NEED_TOOL("verilator");
  for (const uint64_t seed : {21, 22, 23})
    expect_exact(with_channels(seed, static_cast<int>(seed % 3) * 50), seed);
}

TEST(UnrolledNetworks, NetlistAgreesWithFormatsOfChannels) {
  MASE_NEED_TOOL("verilator");
  MASE_NEED_TOOL("yosys");
  expect_exact(with_channels(24, 70), 24, true);
}

// Deep adders straight behind the input ports: Verilator 5.006 settles what looks like a loop of
// vectors too early there, unless the netlist's nets are split into bits.
TEST(UnrolledNetworks, NetlistOfAJetTaggerAgrees) {
  MASE_NEED_TOOL("verilator");
  MASE_NEED_TOOL("yosys");
  for (const uint64_t seed : {1, 3}) {
    const auto graph =
        jet_network({.layers = {16, 24, 5}, .widths = {8, 6}, .pruned_percent = 70, .seed = seed});
    expect_exact(graph, seed, true);
  }
}

TEST(UnrolledNetworks, JetTaggerAgreesOnJetsAndTakesOneEveryCycle) {
  MASE_NEED_TOOL("verilator");
  const auto graph = jet_network({.layers = {16, 32, 16, 5}, .widths = {6, 5, 4}});
  EXPECT_EQ(arch::build_hardware(graph, {.adder_seconds = kSeconds}).ii_cycles(), 1);
  expect_exact(graph, 1, false, real_jets(200));
}

// Sums that stay below the format's bound and go far below zero, among others.
TEST(UnrolledNetworks, LintInSilence) {
  MASE_NEED_TOOL("verilator");
  for (const uint64_t seed : {1, 2, 3}) {
    for (const int pruned : {40, 85}) {
      const TempDir dir;
      emit_to(jet_network({.layers = {16, 32, 16, 5},
                           .widths = {8, 5},
                           .pruned_percent = pruned,
                           .seed = seed}),
              dir.path());
      const auto lint =
          run_process({"verilator", "--lint-only", "-Wall", "-f", "files.f", "--top-module", "top"},
                      dir.path());
      EXPECT_EQ(lint.exit_code, 0) << "seed " << seed << "\n" << lint.output;
    }
  }
}

TEST(UnrolledNetworksSlow, AgreeAndKeepTheirInterval) {
  MASE_NEED_TOOL("verilator");
  for (uint64_t seed = 200; seed < 240; ++seed) expect_exact(drawn(seed, 30 + seed % 3 * 35), seed);
}

TEST(UnrolledNetworksSlow, AgreeWithFormatsOfChannels) {
  MASE_NEED_TOOL("verilator");
  for (uint64_t seed = 400; seed < 440; ++seed)
    expect_exact(with_channels(seed, static_cast<int>(seed % 3) * 50, seed % 4 == 0 ? 16 : 8),
                 seed);
}

TEST(UnrolledNetworksSlow, NetlistAgreesWithFormatsOfChannels) {
  MASE_NEED_TOOL("verilator");
  MASE_NEED_TOOL("yosys");
  for (uint64_t seed = 500; seed < 512; ++seed)
    expect_exact(with_channels(seed, 70, 8), seed, true);
}

TEST(UnrolledNetworksSlow, NetlistAgrees) {
  MASE_NEED_TOOL("verilator");
  MASE_NEED_TOOL("yosys");
  for (uint64_t seed = 300; seed < 315; ++seed) expect_exact(drawn(seed, 70), seed, true);
}

TEST(UnrolledNetworksSlow, Hls4mlJetAgreesOnAllJets) {
  MASE_NEED_TOOL("verilator");
  MASE_NEED_TOOL("yosys");
  const std::vector<std::vector<int>> all_widths = {{8}, {6}, {8, 6, 4, 6}};
  for (const auto& widths : all_widths) {
    for (const int pruned : {0, 60}) {
      const auto graph = jet_network({.widths = widths, .pruned_percent = pruned});
      expect_exact(graph, 1, false, real_jets());
      expect_exact(graph, 1, true, real_jets());
    }
  }
}

TEST(UnrolledTables, CostNoMoreThanAddersInYosys) {
  MASE_NEED_TOOL("yosys");
  int64_t with_model = 0, without_model = 0;
  for (const uint64_t seed : {1, 2}) {
    const auto net =
        jet_network({.layers = {8, 16, 5}, .widths = {2, 3}, .pruned_percent = 75, .seed = seed});
    arch::HardwareOptions options;
    options.adder_seconds = kSeconds;
    const auto with = arch::build_hardware(net, options);
    auto without = with;
    size_t tables = 0;
    for (arch::Stage& stage : without.stages) {
      if (stage.unrolled) tables += stage.unrolled->tables.size();
      stage.unroll.tables = false;
    }
    arch::unroll_stages(without);
    EXPECT_GE(tables, 3u) << "seed " << seed;
    const auto few = synth::synthesise(with, {.timing = false});
    const auto many = synth::synthesise(without, {.timing = false});
    std::cout << "seed " << seed << ": " << tables << " tables, Yosys " << few.total.lut
              << " LUT, without tables " << many.total.lut << "\n";
    EXPECT_LE(few.total.lut, many.total.lut);
    for (const auto& stage : with.stages) {
      if (stage.unrolled) with_model += arch::unrolled_cost(*stage.unrolled).lut;
    }
    for (const auto& stage : without.stages) {
      if (stage.unrolled) without_model += arch::unrolled_cost(*stage.unrolled).lut;
    }
  }
  std::cout << "model " << with_model << ", without tables " << without_model << "\n";
  EXPECT_LT(with_model, without_model);
}

}  // namespace
}  // namespace mase::test
