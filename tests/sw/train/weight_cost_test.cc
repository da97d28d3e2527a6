// SPDX-License-Identifier: Apache-2.0
#include "sw/train/weight_cost.h"

#include <cmath>
#include <limits>
#include <vector>

#include "tests/sw/train/trainer_fixture.h"

namespace mase::train {
namespace {

using graph::Op;

/// Least number of signed powers of two that sum up to each of 0..most, by taking one away.
std::vector<int> least_digits(int64_t most) {
  std::vector<int> least(static_cast<size_t>(4 * most) + 1, 1 << 20);
  least[0] = 0;
  for (int round = 1; round < 12; ++round) {
    const auto before = least;
    for (int64_t n = 0; n < static_cast<int64_t>(least.size()); ++n) {
      for (int64_t power = 1; power <= 2 * most; power *= 2) {
        for (const int64_t from : {std::abs(n - power), n + power}) {
          if (from < static_cast<int64_t>(least.size()))
            least[static_cast<size_t>(n)] =
                std::min(least[static_cast<size_t>(n)], before[static_cast<size_t>(from)] + 1);
        }
      }
    }
  }
  return least;
}

TEST(WeightCost, SignedDigitsAreTheFewestPowersOfTwo) {
  const auto least = least_digits(512);
  for (int64_t n = 0; n <= 512; ++n) {
    EXPECT_EQ(signed_digits(n), least[static_cast<size_t>(n)]) << n;
    EXPECT_EQ(signed_digits(-n), signed_digits(n)) << n;
  }
  EXPECT_EQ(signed_digits(std::numeric_limits<int32_t>::min()), 1);
}

TEST(WeightCost, WithDigitsStaysInTheFormatAndIsNearForOneDigit) {
  const fixed::Format s8{8, 4, true};
  for (int64_t q = -128; q <= 127; ++q) {
    for (int digits = 0; digits <= 4; ++digits) {
      const int64_t near = with_digits(q, digits, s8);
      EXPECT_TRUE(s8.contains(near)) << q << " " << digits;
      EXPECT_LE(signed_digits(near), digits) << q;
      EXPECT_LE(std::abs(near), 2 * std::abs(q));
      if (signed_digits(q) <= digits) {
        EXPECT_EQ(near, q);
      }
      if (digits > 0) {
        EXPECT_LE(std::abs(q - near), std::abs(q - with_digits(q, digits - 1, s8))) << q;
      }
    }
    int64_t best = 0;
    for (int64_t power = 1; power <= 128; power *= 2) {
      for (const int64_t candidate : {power, -power}) {
        if (s8.contains(candidate) && std::abs(q - candidate) < std::abs(q - best))
          best = candidate;
      }
    }
    EXPECT_EQ(std::abs(q - with_digits(q, 1, s8)), std::abs(q - best)) << q;
  }
  EXPECT_EQ(with_digits(11, 1, s8), 8);
  EXPECT_EQ(with_digits(12, 1, s8), 8) << "of equally near the smaller";
  EXPECT_EQ(with_digits(127, 1, s8), 64) << "128 is outside";
  EXPECT_EQ(with_digits(-127, 1, s8), -128);
}

TEST(WeightCost, SlopeOfTheChargeIsItsDerivative) {
  for (const double x : {0.0, 0.3, 1.0, 2.7, 15.5, 127.0, 1e6}) {
    const double h = 1e-6 * (1 + x);
    EXPECT_NEAR(charge(x).slope, (charge(x + h).value - charge(x - h).value) / (2 * h),
                1e-7 * (1 + charge(x).slope))
        << x;
  }
  EXPECT_EQ(charge(0).value, 0);
  EXPECT_DOUBLE_EQ(charge(1).value, 1);
  EXPECT_DOUBLE_EQ(charge(127).value, 7);
}

TEST(WeightCost, RoundsAsTheHardwareDoes) {
  const fixed::Format s4{4, 1, true};
  EXPECT_EQ(quantised(0.25, s4), 0) << "half to even";
  EXPECT_EQ(quantised(0.75, s4), 2) << "half to even";
  EXPECT_EQ(quantised(-0.3, s4), -1);
  EXPECT_EQ(quantised(100, s4), 7);
  EXPECT_EQ(quantised(-100, s4), -8);
}

/// x [2] -> linear 2-2 -> ReLU -> linear 2-1 -> output.
graph::Graph chain(bool relu_quantised) {
  graph::Graph graph{.name = "chain"};
  graph::Node x{.name = "x", .op = Op::kPlaceholder};
  x.shape = {2};
  graph.nodes.push_back(x);
  graph::Node first = graph::make_linear("seq_blocks_0", "x", 2, 2, false);
  first.parameters["weight"].data = {0.75, 0, -1.0, 0.6875};
  first.quant = graph::Quant{
      .data_in_width = 8, .data_in_frac_width = 4, .weight_width = 8, .weight_frac_width = 4};
  graph::Node relu = graph::make_relu("seq_blocks_1", "seq_blocks_0");
  if (relu_quantised) relu.quant = graph::Quant{.data_in_width = 5, .data_in_frac_width = 3};
  graph::Node second = graph::make_linear("seq_blocks_2", "seq_blocks_1", 2, 1, false);
  second.parameters["weight"].data = {0.5, 0.25};
  second.quant = graph::Quant{
      .data_in_width = 6, .data_in_frac_width = 2, .weight_width = 4, .weight_frac_width = 2};
  graph.nodes.insert(graph.nodes.end(), {first, relu, second});
  graph.nodes.push_back({.name = "output", .op = Op::kOutput, .inputs = {"seq_blocks_2"}});
  return graph;
}

TEST(WeightCost, InputBitsFollowTheFormatsAndTheRelu) {
  const auto plain = costed_layers(chain(false));
  ASSERT_EQ(plain.size(), 2u);
  EXPECT_EQ(plain[0].input_bits, (std::vector<int>{8, 8}));
  EXPECT_EQ(plain[1].input_bits, (std::vector<int>{5, 5})) << "s6.2 without its sign";
  // u5.3 has 2 whole bits, and s6.2 keeps 2 of its fraction.
  EXPECT_EQ(costed_layers(chain(true))[1].input_bits, (std::vector<int>{4, 4}));
  EXPECT_TRUE(costed_layers(model::build_model("toy", 0)).empty());
}

TEST(WeightCost, AdderBitsCountDigitsButOneOfAnOutput) {
  const graph::Graph graph = chain(false);
  const auto layers = costed_layers(graph);
  // Raw weights 12 = 16 - 4 | 0 and -16 | 11 = 8 + 2 + 1: 2 + 0 and 1 + 3 digits of 8 bits.
  EXPECT_EQ(adder_bits(layers[0], graph.find("seq_blocks_0")->parameter("weight").data.data()),
            (2 - 1) * 8 + (1 + 3 - 1) * 8);
  EXPECT_EQ(adder_bits(layers[1], graph.find("seq_blocks_2")->parameter("weight").data.data()),
            (1 + 1 - 1) * 5);
  const std::vector<double> zeros(4, 0.0);
  EXPECT_EQ(adder_bits(layers[0], zeros.data()), 0);
}

// Every row is rounded and clamped in its own format, and what is dropped costs nothing.
TEST(WeightCost, RowsAndInputsHaveFormatsOfTheirOwn) {
  graph::Graph graph = chain(false);
  graph::Node& first = *graph.find("seq_blocks_0");
  first.quant->weight_width = std::vector<int>{8, 3};
  first.quant->weight_frac_width = std::vector<int>{4, 2};
  auto layers = costed_layers(graph);
  EXPECT_EQ(layers[0].rows, (std::vector<fixed::Format>{{8, 4, true}, {3, 2, true}}));
  // Raw weights 12 = 16 - 4 | 0 and -4 | 2.75 -> 3 = 4 - 1: (2 - 1) and (1 + 2 - 1) adders of 8
  // bits; in s8.4 the second row would have 1 + 3 digits.
  const double* weight = first.parameter("weight").data.data();
  EXPECT_EQ(adder_bits(layers[0], weight), (2 - 1) * 8 + (1 + 2 - 1) * 8);
  first.quant->weight_width = std::vector<int>{8, 0};
  first.quant->data_in_width = std::vector<int>{6, 0};
  first.quant->data_in_frac_width = std::vector<int>{4, 0};
  layers = costed_layers(graph);
  EXPECT_EQ(layers[0].input_bits, (std::vector<int>{6, 0}));
  EXPECT_EQ(quantised(0.75, layers[0].rows[1]), 0);
  EXPECT_EQ(adder_bits(layers[0], weight), (2 - 1) * 6);
}

TEST(WeightCost, UnknownNamesGiveTheNearest) {
  expect_error([] { parse_regularizer("bitop"); }, "T008", "bitops");
  for (const auto kind : {RegularizerKind::kNone, RegularizerKind::kBitops, RegularizerKind::kLut})
    EXPECT_EQ(parse_regularizer(to_string(kind)), kind);
}

}  // namespace
}  // namespace mase::train
