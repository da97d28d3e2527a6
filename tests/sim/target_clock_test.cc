// SPDX-License-Identifier: Apache-2.0
// Registers for a target frequency: every path fits the delay model, and the static timing of
// Yosys's netlist reaches what was asked for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <iostream>

#include "gen/arch/adder_timing.h"
#include "gen/arch/matrix_stage.h"
#include "gen/base/process.h"
#include "gen/emit/emit.h"
#include "sim/simulate.h"
#include "sim/synth/synthesise.h"
#include "tests/support/expect_error.h"
#include "tests/support/jet_network.h"
#include "tests/support/temp_dir.h"

namespace mase::test {
namespace {

std::shared_ptr<const arch::AdderDelays> delays() {
  static const auto known =
      std::make_shared<const arch::AdderDelays>(synth::adder_delays(synth::load_target("xcu250")));
  return known;
}

arch::HardwareOptions for_clock(double mhz) {
  arch::HardwareOptions options;
  options.adder_seconds = 0.02;
  options.target_mhz = mhz;
  options.delays = delays();
  return options;
}

void expect_fits(const arch::Stage& stage, double mhz) {
  const arch::Unrolled& u = *stage.unrolled;
  EXPECT_LE(arch::longest_path(u, *delays()), 1e6 / mhz);
  for (size_t w = 0; w < u.graph.wires.size(); ++w) {
    EXPECT_GE(u.segment[w], 1);
    EXPECT_LE(u.last[w], u.registers);
    if (u.graph.wires[w].kind != arch::AdderWire::Kind::kAdder) continue;
    for (const int x : {u.graph.wires[w].a, u.graph.wires[w].b}) {
      EXPECT_LE(u.segment[static_cast<size_t>(x)], u.segment[w]);
      EXPECT_GE(u.last[static_cast<size_t>(x)], u.segment[w]);
    }
  }
}

TEST(TargetClock, EveryPathOfRandomLayersFits) {
  constexpr uint64_t kSeed = 1;
  std::cout << "seed " << kSeed << "\n";
  std::mt19937_64 rng(kSeed);
  const auto draw = [&](int least, int most) {
    return least + static_cast<int>(rng() % static_cast<uint64_t>(most - least + 1));
  };
  int several = 0;
  for (int k = 0; k < 60; ++k) {
    const graph::Graph net = jet_network({.layers = {draw(1, 12), draw(1, 12), draw(1, 8)},
                                          .widths = {draw(2, 9), draw(2, 9)},
                                          .pruned_percent = draw(0, 80),
                                          .seed = rng()});
    int before = 0;
    for (const double mhz : {50.0, 150.0 + draw(0, 200), 400.0 + draw(0, 80)}) {
      const auto hardware = arch::build_hardware(net, for_clock(mhz));
      int registers = 0;
      for (const auto& stage : hardware.stages) {
        if (!stage.unrolled) continue;  // a cast by itself
        expect_fits(stage, mhz);
        registers += stage.unrolled->registers;
      }
      EXPECT_GE(registers, before) << mhz;  // a faster clock never takes fewer
      before = registers;
    }
    several += before > 3;
  }
  EXPECT_GT(several, 30);
}

TEST(TargetClock, WideMatricesWaitInShiftRegistersAndFit) {
  // One deep output beside many that are ready at once.
  std::vector<int64_t> weight(64 * 8, 0);
  for (size_t i = 0; i < 64; ++i) weight[i] = 1 + static_cast<int64_t>(i * 37 % 127);
  for (size_t o = 1; o < 8; ++o) weight[o * 64 + o] = weight[o * 64 + o + 1] = 1;
  const auto stage = arch::matrix_stage({"w", 8, 64, weight},
                                        {.target_mhz = 550, .delays = delays(), .seconds = 0.05});
  EXPECT_GE(stage.unrolled->registers, 4);
  expect_fits(stage, 550);
}

TEST(TargetClock, TooFastIsAnErrorThatSaysWhatIsReachable) {
  const graph::Graph net = jet_network({.layers = {8, 6, 5}, .widths = {8}});
  expect_user_error([&] { arch::build_hardware(net, for_clock(2000)); }, "A016",
                    {"fc1", "target_mhz is 2000", "allows", "MHz"});
  auto both = for_clock(300);
  both.adders_per_stage = 2;
  expect_user_error([&] { arch::build_hardware(net, both); }, "A002",
                    {"adders_per_stage 2", "target_mhz 300", "keep one"});
  auto unknown = for_clock(300);
  unknown.delays = nullptr;
  expect_user_error([&] { arch::build_hardware(net, unknown); }, "A017", {"--target"});
  auto node = for_clock(300);
  node.nodes["fc1"].adders_per_stage = 2;
  node.nodes["fc1"].target_mhz = 200;
  expect_user_error([&] { arch::build_hardware(net, node); }, "G025", {"fc1", "keep one"});
  // The nearest place wins as a whole.
  node.nodes["fc1"].target_mhz.reset();
  const auto hardware = arch::build_hardware(net, node);
  EXPECT_FALSE(hardware.stages.front().unroll.target_mhz);
  EXPECT_EQ(hardware.stages.front().unroll.adders_per_stage, 2);
  EXPECT_EQ(hardware.stages.back().unroll.target_mhz, 300);
}

TEST(TargetClock, DesignsKeepTheirRegistersAndAreExact) {
  const TempDir dir;
  const graph::Graph net = jet_network({.layers = {8, 6, 5}, .widths = {5}});
  emit::write_design(emit::emit(net, for_clock(450), {.tool_version = "test"}), dir.path());
  const auto design = emit::read_design(dir.path());
  for (const auto& stage : design.hardware.stages) {
    if (stage.unrolled) expect_fits(stage, 450);
  }
  if (find_program("verilator").empty()) GTEST_SKIP() << "needs verilator";
  sim::Samples inputs{40, 8, {}};
  std::mt19937_64 rng(3);
  for (int k = 0; k < 40 * 8; ++k)
    inputs.values.push_back(static_cast<double>(static_cast<int>(rng() % 64) - 32) / 8);
  const auto result = sim::simulate(design, inputs, {.stall = sim::Stall::kRandom, .seed = 1});
  EXPECT_EQ(result.mismatches, 0);
  EXPECT_EQ(result.ii_cycles, 1.0);
}

/// Asks for several clocks and reads fmax off the netlists.
void expect_reached(const graph::Graph& net, const std::vector<double>& clocks) {
  if (find_program("yosys").empty()) GTEST_SKIP() << "needs yosys";
  for (const double mhz : clocks) {
    const auto hardware = arch::build_hardware(net, for_clock(mhz));
    const auto report = synth::synthesise(hardware, {});
    int registers = 0;
    double model = 0;
    for (const auto& stage : hardware.stages) {
      if (!stage.unrolled) continue;
      registers += stage.unrolled->registers;
      model = std::max(model, arch::longest_path(*stage.unrolled, *delays()));
    }
    std::cout << "asked " << mhz << " MHz: model " << std::lround(1e6 / model) << ", netlist "
              << std::lround(report.fmax->mhz) << " MHz, " << registers << " registers in a row, "
              << report.total.lut << " LUT, " << report.total.ff << " FF\n";
    EXPECT_GE(report.fmax->mhz, mhz) << synth::to_text(report.fmax->path);
  }
}

TEST(TargetClock, NetlistsReachWhatWasAskedFor) {
  expect_reached(jet_network({.layers = {8, 8, 5}, .widths = {6, 4}}), {250, 450});
}

TEST(TargetClockSlow, NetlistsReachWhatWasAskedFor) {
  for (const int width : {4, 6, 8}) {
    expect_reached(jet_network({.layers = {16, 32, 5}, .widths = {width}}), {150, 250, 350, 450});
  }
}

}  // namespace
}  // namespace mase::test
