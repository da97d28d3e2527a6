// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/metrics.h"

#include <gtest/gtest.h>

#include "gen/graph/graph.h"

namespace mase::test {
namespace {

using graph::Op;

/// batch norm(4) -> linear 4 -> 8 -> relu -> linear 8 -> 2 without bias.
graph::Graph network() {
  graph::Graph g{.name = "metrics"};
  graph::Node x{.name = "x", .op = Op::kPlaceholder};
  x.shape = {4};
  g.nodes.push_back(x);
  g.nodes.push_back(graph::make_batch_norm1d("bn", "x", 4));
  g.nodes.push_back(graph::make_linear("fc1", "bn", 4, 8));
  g.nodes.push_back(graph::make_relu("relu", "fc1"));
  g.nodes.push_back(graph::make_linear("fc2", "relu", 8, 2, false));
  g.nodes.push_back({.name = "output", .op = Op::kOutput, .inputs = {"fc2"}});
  return g;
}

graph::Quant bits(int data, int weight, std::optional<int> bias) {
  return {.data_in_width = data,
          .data_in_frac_width = 2,
          .weight_width = weight,
          .weight_frac_width = 2,
          .bias_width = bias,
          .bias_frac_width = bias ? std::optional<int>(2) : std::nullopt};
}

graph::Graph quantised() {
  auto g = network();
  g.find("bn")->quant = bits(8, 6, 10);
  g.find("fc1")->quant = bits(5, 4, 7);
  g.find("relu")->quant = graph::Quant{.data_in_width = 3, .data_in_frac_width = 1};
  g.find("fc2")->quant = bits(3, 2, std::nullopt);
  return g;
}

TEST(Metrics, CountMultipliesAndAddsSeparately) {
  // bn 4 + 4; fc1 32 multiplies, 8 * (3 + 1) adds; fc2 16 multiplies, 2 * 7 adds.
  EXPECT_EQ(arch::flops(network()), 8 + 64 + 30);
  EXPECT_EQ(arch::flops(quantised()), arch::flops(network()));
}

TEST(Metrics, WeighEachMultiplyByItsOperands) {
  EXPECT_EQ(arch::bitops(quantised()), 4 * 8 * 6 + 32 * 5 * 4 + 16 * 3 * 2);
  EXPECT_EQ(arch::bitops(network()), (4 + 32 + 16) * 32 * 32);
}

TEST(Metrics, GiveEveryParameterItsWidth) {
  EXPECT_EQ(arch::model_size_bits(quantised()), 4 * 6 + 4 * 10 + 32 * 4 + 8 * 7 + 16 * 2);
  EXPECT_EQ(arch::model_size_bits(network()), graph::parameter_count(network()) * 32);
}

TEST(Metrics, AverageOverWeightsOfQuantisedLinearsOnly) {
  EXPECT_DOUBLE_EQ(arch::average_bitwidth(quantised()), (32 * 4 + 16 * 2) / 48.0);
  auto g = quantised();
  g.find("fc1")->quant->name = "NA";
  EXPECT_DOUBLE_EQ(arch::average_bitwidth(g), 2.0);
  g.find("fc2")->quant->bypass = true;  // the batch norm alone does not count
  EXPECT_DOUBLE_EQ(arch::average_bitwidth(g), 32.0);
}

TEST(Metrics, DensityComparesWithAWidth) {
  EXPECT_DOUBLE_EQ(arch::memory_density(quantised()), 32 / (160 / 48.0));
  EXPECT_DOUBLE_EQ(arch::memory_density(quantised(), 8), 8 / (160 / 48.0));
  EXPECT_DOUBLE_EQ(arch::memory_density(network()), 1.0);
}

}  // namespace
}  // namespace mase::test
