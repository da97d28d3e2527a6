// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/adder_graph.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <random>

#include "gen/fixed/affine.h"
#include "tests/support/expect_error.h"

namespace mase::test {
namespace {

using arch::AdderGraph;
using arch::AdderGraphOptions;
using arch::AdderProblem;
using arch::AdderWire;
using fixed::Wide;

AdderProblem problem_of(int outputs, int inputs, std::vector<int64_t> weight) {
  AdderProblem problem;
  problem.outputs = outputs;
  problem.inputs = inputs;
  problem.weight = std::move(weight);
  problem.input.resize(static_cast<size_t>(inputs));
  return problem;
}

/// What is drawn: the shape of the weights, and inputs of any width, sign and place.
enum class Kind { kAny, kSparse, kNegative, kPowers, kWide, kTernary };

AdderProblem draw_problem(Kind kind) {
  using rc::gen::inRange;
  AdderProblem problem;
  problem.outputs = *inRange(1, 9);
  problem.inputs = *inRange(1, 9);
  const auto count = static_cast<size_t>(problem.outputs) * static_cast<size_t>(problem.inputs);
  for (size_t k = 0; k < count; ++k) {
    int64_t w = *inRange<int64_t>(-128, 128);
    if (kind == Kind::kSparse && *inRange(0, 4) != 0) w = 0;
    if (kind == Kind::kNegative) w = -std::abs(w);
    if (kind == Kind::kPowers) w = (int64_t{1} << *inRange(0, 12)) * *inRange(-1, 2);
    if (kind == Kind::kWide) w = *inRange<int64_t>(-(int64_t{1} << 31), int64_t{1} << 31);
    if (kind == Kind::kTernary) w = *inRange(-1, 2);
    problem.weight.push_back(w);
  }
  for (int i = 0; i < problem.inputs; ++i) {
    const int width = *rc::gen::element(1, 2, 4, 7, 8, 16, 32);
    arch::AdderInput x;
    if (*rc::gen::arbitrary<bool>()) {
      x.low = -(int64_t{1} << (width - 1));
      x.high = (int64_t{1} << (width - 1)) - 1;
    } else {
      x.low = 0;
      x.high = (int64_t{1} << width) - 1;
    }
    if (*inRange(0, 6) == 0) x.low = x.high = 0;  // a channel of width 0
    x.shift = *inRange(0, 6);
    x.arrival = *inRange(0, 3);
    problem.input.push_back(x);
  }
  if (*rc::gen::arbitrary<bool>()) {
    for (int o = 0; o < problem.outputs; ++o)
      problem.bias.push_back(*inRange<int64_t>(-5000, 5000));
  }
  return problem;
}

/// W (q << shift) + b by the one integer reference.
std::vector<Wide> reference(const AdderProblem& problem, const std::vector<Wide>& q) {
  std::vector<Wide> x;
  for (size_t i = 0; i < q.size(); ++i) x.push_back(q[i] * (Wide{1} << problem.input[i].shift));
  return fixed::linear(problem.weight, problem.bias, x, {});
}

void expect_right(const AdderGraph& graph, const AdderProblem& problem) {
  arch::check_exact(graph, problem);
  for (int vector = 0; vector < 8; ++vector) {
    std::vector<Wide> q;
    for (const auto& x : problem.input) {
      const int kind = vector < 2 ? vector : *rc::gen::inRange(0, 3);
      q.push_back(kind == 0   ? x.low
                  : kind == 1 ? x.high
                              : *rc::gen::inRange<int64_t>(x.low, x.high + 1));
    }
    const std::vector<Wide> y = arch::evaluate(graph, q), want = reference(problem, q);
    RC_ASSERT(y.size() == want.size());
    for (size_t o = 0; o < y.size(); ++o) {
      RC_ASSERT(y[o] == want[o]);
      RC_ASSERT(graph.outputs[o].low <= y[o] && y[o] <= graph.outputs[o].high);
    }
  }
}

class AdderGraphs : public ::testing::TestWithParam<Kind> {};

TEST_P(AdderGraphs, AreExactUnderEveryLimit) {
  EXPECT_TRUE(rc::check([&] {
    const AdderProblem problem = draw_problem(GetParam());
    const int least = arch::minimum_depth(problem);
    AdderGraphOptions options;
    options.seconds = 0.002;  // a start and some changes
    options.seed = *rc::gen::arbitrary<uint64_t>();
    const int extra = *rc::gen::inRange(-1, 3);
    if (extra >= 0) options.depth_limit = least + extra;
    const AdderGraph graph = arch::optimise_adders(problem, options);
    if (options.depth_limit) RC_ASSERT(graph.depth() <= *options.depth_limit);
    expect_right(graph, problem);
  }));
}

INSTANTIATE_TEST_SUITE_P(Kinds, AdderGraphs,
                         ::testing::Values(Kind::kAny, Kind::kSparse, Kind::kNegative,
                                           Kind::kPowers, Kind::kWide, Kind::kTernary));

TEST(AdderGraph, IsTheSameForEveryNumberOfThreads) {
  std::vector<int64_t> weight;
  for (int k = 0; k < 64; ++k) weight.push_back((k * 73 + 19 * (k % 7)) % 255 - 127);
  const AdderProblem problem = problem_of(8, 8, weight);
  AdderGraphOptions options;
  options.seconds = 0.05;
  options.threads = 1;
  const AdderGraph one = arch::optimise_adders(problem, options);
  options.threads = 5;
  const AdderGraph five = arch::optimise_adders(problem, options);
  ASSERT_EQ(one.wires.size(), five.wires.size());
  for (size_t w = 0; w < one.wires.size(); ++w) {
    EXPECT_EQ(one.wires[w].a, five.wires[w].a);
    EXPECT_EQ(one.wires[w].b, five.wires[w].b);
    EXPECT_EQ(one.wires[w].shift, five.wires[w].shift);
  }
}

TEST(AdderGraph, PowersOfTwoAndZeroAreWires) {
  const AdderGraph graph = arch::optimise_adders(problem_of(3, 2, {0, 0, 4, 0, 0, 1}));
  EXPECT_EQ(graph.adders(), 0);
  EXPECT_EQ(graph.depth(), 0);
  EXPECT_EQ(graph.lut_estimate(), 0);
  EXPECT_EQ(graph.outputs[0].wire, -1);
  EXPECT_EQ(graph.outputs[1].wire, 0);
  EXPECT_EQ(graph.outputs[1].shift, 2);
  EXPECT_EQ(graph.outputs[2].wire, 1);
}

TEST(AdderGraph, DuplicatedAndScaledOutputsShareTheirAdders) {
  const AdderGraph graph =
      arch::optimise_adders(problem_of(3, 3, {3, 5, -7, 12, 20, -28, 3, 5, -7}));
  EXPECT_EQ(graph.outputs[0].wire, graph.outputs[2].wire);
  EXPECT_EQ(graph.outputs[0].wire, graph.outputs[1].wire);
  EXPECT_EQ(graph.outputs[1].shift - graph.outputs[0].shift, 2);
  EXPECT_LE(graph.adders(), 5);
}

TEST(AdderGraph, OneNegativeWeightIsOneAdder) {
  // -3 x = x - 4 x; -1 x has to be negated.
  EXPECT_EQ(arch::optimise_adders(problem_of(1, 1, {-3})).adders(), 1);
  const AdderGraph negated = arch::optimise_adders(problem_of(1, 1, {-1}));
  EXPECT_EQ(negated.adders(), 1);
  EXPECT_EQ(negated.depth(), 1);
}

TEST(AdderGraph, KnowsWidthsExactly) {
  // x - y of unsigned operands, and a sum that gives back what it shares: (x + y) + (x - y) = 2 x.
  AdderProblem problem = problem_of(1, 2, {1, -1});
  problem.input = {{0, 255, 0, 0}, {0, 255, 0, 0}};
  const AdderGraph graph = arch::optimise_adders(problem);
  ASSERT_EQ(graph.wires.size(), 3u);
  EXPECT_EQ(graph.wires[2].low, -255);
  EXPECT_EQ(graph.wires[2].high, 255);
  EXPECT_EQ(graph.wires[2].width(), 9);
  EXPECT_EQ(graph.wires[0].width(), 8);
  EXPECT_FALSE(graph.wires[0].is_signed());
}

TEST(AdderGraph, CountsLutsAsYosysMapsAdders) {
  // Figures of Yosys 0.23 (synth_xilinx -family xcup) for a + b * 2^shift.
  struct Case {
    int bits_a;
    bool signed_a;
    int bits_b;
    bool signed_b;
    int shift;
    bool negate_a, negate_b;
    int luts;
  };
  const auto wire = [](int bits, bool is_signed) {
    AdderWire made;
    made.kind = AdderWire::Kind::kInput;
    made.low = is_signed ? -(Wide{1} << (bits - 1)) : Wide{0};
    made.high = (Wide{1} << (is_signed ? bits - 1 : bits)) - 1;
    return made;
  };
  for (const Case& c : std::vector<Case>{{8, true, 8, true, 0, false, false, 8},
                                         {8, true, 8, true, 3, false, true, 8},
                                         {12, true, 6, true, 3, false, false, 9},
                                         {12, true, 6, true, 9, false, true, 6},
                                         {8, false, 8, false, 3, false, false, 5},
                                         {8, false, 8, false, 9, false, false, 0},
                                         {8, false, 8, false, 9, false, true, 0},
                                         {8, true, 8, false, 9, false, false, 8},
                                         {6, false, 12, true, 3, true, false, 3},
                                         {12, false, 6, true, 9, false, false, 3}}) {
    const AdderWire a = wire(c.bits_a, c.signed_a), b = wire(c.bits_b, c.signed_b);
    AdderWire sum;
    sum.shift = c.shift;
    sum.negate_a = c.negate_a;
    sum.negate_b = c.negate_b;
    const Wide scale = Wide{1} << c.shift;
    sum.low = (c.negate_a ? -a.high : a.low) + (c.negate_b ? -b.high : b.low) * scale;
    sum.high = (c.negate_a ? -a.low : a.high) + (c.negate_b ? -b.low : b.high) * scale;
    EXPECT_EQ(arch::adder_cost(a, b, sum).luts, c.luts)
        << c.bits_a << c.signed_a << ' ' << c.bits_b << c.signed_b << " << " << c.shift;
  }
}

// More levels than sums of 2^depth could take, and chains of outputs deeper than 64 levels.
TEST(AdderGraph, TakesAnyLimitAndAnyDepth) {
  std::vector<int64_t> weight;
  for (int64_t o = 0; o < 90; ++o) {
    for (int64_t i = 0; i < 4; ++i) weight.push_back((o + 1) * (o + 1) * 1009 + i * 37 + o / 3);
  }
  const AdderProblem problem = problem_of(90, 4, weight);
  for (const std::optional<int> limit : {std::optional<int>{}, std::optional<int>{1000}}) {
    AdderGraphOptions options;
    options.seconds = 0.1;
    options.depth_limit = limit;
    arch::check_exact(arch::optimise_adders(problem, options), problem);
  }
}

TEST(AdderGraphSlow, LargerMatricesAreExact) {
  std::mt19937_64 random(3);
  for (const auto& [outputs, inputs] : {std::pair{32, 32}, {64, 16}, {5, 64}, {48, 48}}) {
    for (const int64_t low : {-128, 0, 128}) {
      std::vector<int64_t> weight;
      for (int k = 0; k < outputs * inputs; ++k)
        weight.push_back(low + static_cast<int64_t>(random() % (low < 0 ? 256 : 128)));
      const AdderProblem problem = problem_of(outputs, inputs, weight);
      const int least = arch::minimum_depth(problem);
      for (const int extra : {-1, 0, 1, 2}) {
        AdderGraphOptions options;
        if (extra >= 0) options.depth_limit = least + extra;
        const AdderGraph graph = arch::optimise_adders(problem, options);
        arch::check_exact(graph, problem);
        EXPECT_LE(graph.depth(), extra >= 0 ? least + extra : graph.depth());
      }
    }
  }
}

TEST(AdderGraph, RefusesWhatItCannotDo) {
  AdderProblem problem = problem_of(1, 2, {1});
  expect_user_error([&] { arch::optimise_adders(problem); }, "A010", {"1 weights for 1 x 2"});
  problem = problem_of(1, 1, {1});
  problem.input[0].low = 5;
  problem.input[0].high = 4;
  expect_user_error([&] { arch::optimise_adders(problem); }, "A011", {"[5, 4]"});
  problem = problem_of(1, 1, {int64_t{1} << 40});
  problem.input[0].shift = 30;
  expect_user_error([&] { arch::optimise_adders(problem); }, "A012", {"60 bits"});
  AdderGraphOptions options;
  options.depth_limit = 1;
  expect_user_error(
      [&] {
        arch::optimise_adders(problem_of(1, 3, {1, 1, 1}), options);
      },
      "A013", {"depth limit 1", "2 levels"});
}

TEST(AdderGraph, CheckFindsAWrongGraph) {
  const AdderProblem problem = problem_of(1, 2, {3, 1});
  AdderGraph graph = arch::optimise_adders(problem);
  graph.outputs[0].shift = 1;
  EXPECT_THROW(arch::check_exact(graph, problem), InternalError);
}

}  // namespace
}  // namespace mase::test
