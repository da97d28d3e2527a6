// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/cost.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "gen/arch/cell_cost.h"
#include "gen/arch/cost_memo.h"
#include "tests/support/networks.h"

namespace mase::arch {
namespace {

struct Shape {
  int64_t in = 16, out = 16;
  int lanes_in = 4, lanes_out = 4, in_width = 8, weight_width = 8;
  std::string multiplier = "dsp", storage = "bram";
};

/// One linear layer, whose weights are odd multiples of the least one: none is 0.
HardwareGraph linear(const Shape& s) {
  using graph::Op;
  graph::Graph graph{.name = "one"};
  graph::Node x{.name = "x", .op = Op::kPlaceholder};
  x.shape = {s.in};
  x.quant = graph::Quant{.data_in_width = s.in_width, .data_in_frac_width = 3};
  graph.nodes.push_back(x);
  graph::Node node = graph::make_linear("fc", "x", s.in, s.out, true);
  std::mt19937_64 rng(7);
  const int range = 1 << (s.weight_width - 1);
  for (auto& [key, tensor] : node.parameters) {
    for (double& v : tensor.data)
      v = (2 * static_cast<double>(rng() % static_cast<uint64_t>(range)) + 1 - range) / range;
  }
  node.quant = graph::Quant{.data_in_width = s.in_width,
                            .data_in_frac_width = 3,
                            .weight_width = s.weight_width,
                            .weight_frac_width = s.weight_width - 1,
                            .bias_width = 8,
                            .bias_frac_width = 4};
  node.hardware = graph::Hardware{};
  node.hardware->parallelism_in = s.lanes_in;
  node.hardware->parallelism_out = s.lanes_out;
  node.hardware->multiplier = s.multiplier;
  node.hardware->weight_storage = s.storage;
  graph.nodes.push_back(node);
  graph.nodes.push_back({.name = "output", .op = Op::kOutput, .inputs = {"fc"}});
  return build_hardware(graph);
}

TEST(Cost, TakesADspForEveryMultiplierThatIsWorthOne) {
  for (const int p : {1, 3, 16}) {
    for (const int q : {1, 5, 16}) {
      Shape s{.lanes_in = p, .lanes_out = q};
      EXPECT_EQ(estimate(linear(s)).dsp, p * q);
      s.in_width = s.weight_width = 4;  // products of 8 bits: Yosys takes LUTs
      EXPECT_EQ(estimate(linear(s)).dsp, 0);
      s = {.lanes_in = p, .lanes_out = q, .multiplier = "lut"};
      EXPECT_EQ(estimate(linear(s)).dsp, 0);
    }
  }
}

TEST(Cost, GrowsWithLanes) {
  for (const auto* multiplier : {"dsp", "lut"}) {
    Resources last;
    for (const int lanes : {1, 2, 4, 8, 16}) {
      const Resources r =
          estimate(linear({.lanes_in = lanes, .lanes_out = lanes, .multiplier = multiplier}));
      EXPECT_GT(r.lut, last.lut) << multiplier << " " << lanes;
      EXPECT_GT(r.ff, last.ff) << multiplier << " " << lanes;
      last = r;
    }
  }
}

TEST(Cost, GrowsWithWidths) {
  Resources last;
  for (int width = 2; width <= 16; ++width) {
    const Resources r = estimate(linear({.in_width = width, .multiplier = "lut"}));
    EXPECT_GT(r.lut, last.lut) << "in " << width;
    EXPECT_GT(r.ff, last.ff) << "in " << width;
    last = r;
  }
  last = {};
  for (int width = 2; width <= 16; ++width) {
    const Resources r = estimate(linear({.weight_width = width, .multiplier = "lut"}));
    EXPECT_GT(r.lut, last.lut) << "weight " << width;
    EXPECT_GE(r.bram36, last.bram36) << "weight " << width;
    last = r;
  }
}

TEST(Cost, PutsWeightsWhereTheyAreAsked) {
  const Resources ram = estimate(linear({.storage = "bram"}));
  const Resources rom = estimate(linear({.storage = "lut"}));
  EXPECT_GT(ram.bram36, 0);
  EXPECT_EQ(rom.bram36, 0);
  EXPECT_GT(rom.lut, ram.lut);
}

TEST(Cost, BlockRamsFollowTheirShapes) {
  EXPECT_EQ(block_rams(512, 0), 0);
  EXPECT_EQ(block_rams(512, 36), 0.5);
  EXPECT_EQ(block_rams(512, 72), 1);
  EXPECT_EQ(block_rams(1024, 18), 0.5);
  EXPECT_EQ(block_rams(1024, 36), 1);
  EXPECT_EQ(block_rams(16384, 1), 0.5);
  EXPECT_EQ(block_rams(32768, 1), 1);
  for (int64_t depth = 1; depth <= 70000; depth = depth * 3 / 2 + 1) {
    for (int64_t width = 1; width < 300; ++width) {
      EXPECT_LE(block_rams(depth, width), block_rams(depth, width + 1)) << depth << "x" << width;
      EXPECT_LE(block_rams(depth, width), block_rams(depth + 1, width)) << depth << "x" << width;
    }
  }
}

TEST(Cost, CastsKeepNoMoreRegistersThanBits) {
  for (int in = 1; in <= 12; ++in) {
    for (int out = 1; out <= 12; ++out) {
      for (int down = -12; down <= 14; ++down) {
        for (int flags = 0; flags < 8; ++flags) {
          const fixed::Format format{out, 0, (flags & 1) != 0};
          const CastCost cost = cast_cost(in, (flags & 2) != 0, format, down, (flags & 4) != 0);
          const auto text = testing::Message()
                            << in << "->" << out << " down " << down << " flags " << flags;
          EXPECT_LE(cost.ff, out) << text;
          EXPECT_GE(cost.ff, 0) << text;
          EXPECT_GE(cost.lut, 0) << text;
          EXPECT_TRUE(!cost.vanishes || cost.ff == 0) << text;
        }
      }
    }
  }
  const CastCost wires = cast_cost(8, true, {8, 4, true}, 0, false);
  EXPECT_EQ(wires.lut, 0);
  EXPECT_EQ(wires.ff, 8);
}

TEST(Cost, WhatIsRememberedIsWhatIsEstimated) {
  CostMemo memo;
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    auto hardware = build_hardware(test::random_network(seed));
    EXPECT_EQ(memo.estimate(hardware), estimate(hardware)) << "seed " << seed;
    // The same constants in other cells.
    for (auto& stage : hardware.stages) {
      stage.rounding = stage.rounding == fixed::Rounding::kFloor ? fixed::Rounding::kHalfEven
                                                                 : fixed::Rounding::kFloor;
      EXPECT_EQ(memo.estimate(hardware), estimate(hardware)) << "seed " << seed;
      stage.out.width += 1;
      EXPECT_EQ(memo.estimate(hardware), estimate(hardware)) << "seed " << seed;
      stage.out.frac -= 1;
      EXPECT_EQ(memo.estimate(hardware), estimate(hardware)) << "seed " << seed;
      stage.multiplier = stage.multiplier == "lut" ? "dsp" : "lut";
      EXPECT_EQ(memo.estimate(hardware), estimate(hardware)) << "seed " << seed;
      stage.block_ram = !stage.block_ram;
      EXPECT_EQ(memo.estimate(hardware), estimate(hardware)) << "seed " << seed;
      stage.in.width += 1;
      stage.running_width += 1;
      EXPECT_EQ(memo.estimate(hardware), estimate(hardware)) << "seed " << seed;
    }
  }
}

TEST(Cost, IsTheSumOfItsCellsInEveryThread) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const auto hardware = build_hardware(test::random_network(seed));
    Resources sum;
    for (const Resources& r : estimate_stages(hardware)) {
      EXPECT_GE(r.lut, 0) << "seed " << seed;
      EXPECT_GE(r.ff, 0) << "seed " << seed;
      sum += r;
    }
    EXPECT_EQ(sum, estimate(hardware)) << "seed " << seed;
    if (seed % 20 == 0) {
      Resources other;
      std::thread([&] { other = estimate(hardware); }).join();
      EXPECT_EQ(other, sum) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace mase::arch
