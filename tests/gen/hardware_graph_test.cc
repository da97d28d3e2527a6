// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/hardware_graph.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/networks.h"

namespace mase::test {
namespace {

using arch::Cell;
using graph::Op;

graph::Quant eight_bits() {
  return {.data_in_width = 8,
          .data_in_frac_width = 4,
          .weight_width = 8,
          .weight_frac_width = 4,
          .bias_width = 8,
          .bias_frac_width = 4};
}

/// x -> linear(s) -> relu ... -> output, all 8.4.
graph::Graph chain(const std::vector<int64_t>& widths) {
  graph::Graph g{.name = "chain"};
  graph::Node x{.name = "x", .op = Op::kPlaceholder};
  x.shape = {widths.front()};
  g.nodes.push_back(x);
  for (size_t i = 0; i + 1 < widths.size(); ++i) {
    graph::Node fc =
        graph::make_linear("fc" + std::to_string(i), g.nodes.back().name, widths[i], widths[i + 1]);
    for (auto& [key, tensor] : fc.parameters) {
      for (size_t k = 0; k < tensor.data.size(); ++k)
        tensor.data[k] = static_cast<double>(k % 7) / 4 - 0.75;
    }
    fc.quant = eight_bits();
    g.nodes.push_back(fc);
    if (i + 2 < widths.size()) {
      graph::Node relu = graph::make_relu("relu" + std::to_string(i), g.nodes.back().name);
      relu.quant = graph::Quant{.data_in_width = 8, .data_in_frac_width = 4};
      g.nodes.push_back(relu);
    }
  }
  g.nodes.push_back({.name = "output", .op = Op::kOutput, .inputs = {g.nodes.back().name}});
  return g;
}

TEST(HardwareGraph, FusesReluAndEdgeCastIntoTheLinear) {
  arch::HardwareOptions options;
  options.nodes["fc0"] = {.parallelism_in = 4, .parallelism_out = 4};
  options.nodes["fc1"] = {.parallelism_in = 4, .parallelism_out = 2};
  const auto h = arch::build_hardware(chain({16, 8, 2}), options);
  ASSERT_EQ(h.stages.size(), 2u);
  EXPECT_EQ(h.stages[0].graph_nodes, (std::vector<std::string>{"fc0", "relu0"}));
  EXPECT_EQ(h.stages[0].out,
            (fixed::Format{7, 4, false}));  // ReLU to u8.4, then s8.4 of fc1: the range they share
  EXPECT_EQ(h.stages[1].in, h.stages[0].out);
  EXPECT_EQ(h.ii_cycles(), 8);
  EXPECT_EQ(h.bottleneck().name, "fc0");
}

TEST(HardwareGraph, FuseFalseKeepsACellOfItsOwn) {
  arch::HardwareOptions options;
  options.nodes["relu0"] = {.fuse = false};
  const auto h = arch::build_hardware(chain({16, 8, 2}), options);
  EXPECT_TRUE(std::any_of(h.stages.begin(), h.stages.end(), [](const auto& s) {
    return s.cell == Cell::kCast && s.graph_nodes == std::vector<std::string>{"relu0"};
  }));
}

TEST(HardwareGraph, TargetIntervalIsReachedWithTheFewestMultipliers) {
  for (const int64_t target : {1, 2, 3, 7, 16, 64, 100, 1000}) {
    arch::HardwareOptions options;
    options.target_ii = target;
    const auto h = arch::build_hardware(chain({16, 64, 32, 32, 5}), options);
    EXPECT_LE(h.ii_cycles(), target);
    for (const auto& s : h.stages) {
      if (s.cell != Cell::kLinear) continue;
      const int64_t multipliers = int64_t{s.lanes_in} * s.lanes_out;
      for (int64_t p = 1; p <= s.elements_in; ++p) {
        for (int64_t q = 1; q <= s.elements_out; ++q) {
          const int64_t cycles = ((s.elements_in + p - 1) / p) * ((s.elements_out + q - 1) / q);
          ASSERT_FALSE(cycles <= target && p * q < multipliers)
              << s.name << " could be " << p << "x" << q;
        }
      }
    }
  }
}

TEST(HardwareGraph, NamesEveryUnquantisedNode) {
  auto g = chain({16, 8, 2});
  g.find("fc0")->quant.reset();
  g.find("fc1")->quant->name = "NA";
  expect_user_error([&] { arch::build_hardware(g); }, "P001",
                    {"fc0 (linear)", "fc1 (linear)", "not quantised", "transform"});
}

TEST(HardwareGraph, RefusesWhatDoesNotFit) {
  const auto build = [](const char* node, graph::Hardware hardware) {
    arch::HardwareOptions options;
    options.nodes[node] = hardware;
    arch::build_hardware(chain({16, 8, 2}), options);
  };
  expect_user_error([&] { build("fc0", {.parallelism_in = 0}); }, "G023",
                    {"fc0", "parallelism_in is 0", "1 to 16"});
  expect_user_error([&] { build("fc0", {.parallelism_in = 17}); }, "G023",
                    {"fc0", "parallelism_in is 17", "1 to 16"});
  expect_user_error([&] { build("fc0", {.parallelism_out = 9}); }, "G023",
                    {"fc0", "parallelism_out is 9", "1 to 8"});
  expect_user_error([&] { build("cf0", {.parallelism_in = 1}); }, "A001",
                    {"cf0", "did you mean 'fc0'"});
  expect_user_error([&] { build("fc0", {.multiplier = "dps"}); }, "G022",
                    {"multiplier", "did you mean 'dsp'"});
  expect_user_error([&] { build("fc0", {.style = "unroled"}); }, "G022",
                    {"style", "did you mean 'unrolled'"});
  expect_user_error([&] { build("fc0", {.adders_per_stage = 0}); }, "G023",
                    {"fc0", "adders_per_stage is 0", "1 to 1000"});
  expect_user_error([&] { build("fc0", {.extra_adder_depth = -1}); }, "G023",
                    {"fc0", "extra_adder_depth is -1", "0 to 1000"});
  arch::HardwareOptions options;
  options.target_ii = 0;
  expect_user_error(
      [&] {
        arch::build_hardware(chain({16, 8, 2}), options);
      },
      "A003", {"target_ii is 0"});
}

TEST(HardwareGraph, IntervalIsTheLargestOfItsNodes) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const auto g = random_network(seed);
    const auto h = arch::build_hardware(g);
    int64_t largest = 1;
    for (const auto& node : g.nodes) {
      const auto& hw = node.hardware;
      if (node.op != Op::kLinear || !hw) continue;
      largest = std::max<int64_t>(
          largest, ((node.in_features + *hw->parallelism_in - 1) / *hw->parallelism_in) *
                       ((node.out_features + *hw->parallelism_out - 1) / *hw->parallelism_out));
    }
    EXPECT_GE(h.ii_cycles(), largest) << "seed " << seed;
  }
}

}  // namespace
}  // namespace mase::test
