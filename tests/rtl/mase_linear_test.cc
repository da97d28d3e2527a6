// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/rtl/affine_cases.h"
#include "tests/rtl/cell_bench.h"
#include "tests/support/vectors.h"

namespace mase::rtl_test {
namespace {

using fixed::Format;

Affine paper_linear(int parallelism_in, int parallelism_out) {
  Affine a;
  a.inputs = 16;
  a.outputs = 5;
  a.parallelism_in = parallelism_in;
  a.parallelism_out = parallelism_out;
  a.data = a.weight = {8, 4, true};
  a.bias_format = a.data;
  a.replay_samples = 1;
  return a;
}

TEST(MaseLinear, RoundsTiesAndSaturatesAsWorkedByHand) {
  // w = 1, b = 0, 2 fraction bits lost: y = clamp(round(x / 4)) to s3.
  Affine a;
  a.data = {6, 2, true};
  a.weight = {2, 0, true};
  a.bias_format = Format{2, 0, true};
  a.out = Format{3, 0, true};
  a.w = {1};
  a.b = {0};
  const std::vector<std::pair<int, int>> halfeven = {
      {0, 0},  {1, 0},  {2, 0},   {3, 1},   {6, 2},    {10, 2},   {13, 3},   {14, 3},  {31, 3},
      {-1, 0}, {-2, 0}, {-3, -1}, {-6, -2}, {-10, -2}, {-14, -4}, {-18, -4}, {-32, -4}};
  std::vector<CellCase> cases;
  Random random(1);
  for (const bool floor : {false, true}) {
    a.rounding = floor ? fixed::Rounding::kFloor : fixed::Rounding::kHalfEven;
    a.x.clear();
    for (const auto& [x, y] : halfeven) a.x.push_back({x});
    cases.push_back(cell_case(a, random));
    for (size_t i = 0; i < halfeven.size(); ++i) {
      const int x = halfeven[i].first;
      const int floored = std::clamp(x >= 0 ? x / 4 : -((-x + 3) / 4), -4, 3);
      cases.back().expected[i][0] = floor ? floored : halfeven[i].second;
    }
  }
  run_cases(cases, 1);
}

TEST(MaseLinear, AgreesWithTheModelOverShapesWidthsAndStyles) {
  run_cases(random_affines(0x11eaf, true, 50, 9, 12), 2);
}

TEST(MaseLinear, AgreesWithTheModelAtWideOperands) {
  Random random(77);
  std::vector<CellCase> cases = random_affines(0x32b, true, 12, 5, 32);
  for (const int multiplier : {0, 1, 2}) {
    // The widest there is: 32-bit operands, exact 74-bit accumulator.
    Affine a;
    a.inputs = 40;
    a.outputs = 3;
    a.parallelism_in = 7;
    a.parallelism_out = 2;
    a.data = {32, 0, true};
    a.weight = {32, 0, true};
    a.bias_format = Format{32, -20, true};
    a.multiplier = multiplier;
    draw_data(random, a, 6);
    a.x[0].assign(a.inputs, a.data.min());
    cases.push_back(cell_case(a, random));
  }
  run_cases(cases, 3);
}

TEST(MaseLinear, MeetsTheLatencyOfTheSystemItReplaces) {
  struct Mark {
    int parallelism_in, parallelism_out, latency_cycles;
  };
  // The six foldings of a 16 -> 5 linear of s8.4 operands and their latencies in MASE.
  const Mark marks[] = {{16, 5, 9}, {16, 1, 14}, {4, 5, 10}, {4, 1, 27}, {1, 5, 20}, {1, 1, 85}};
  Random random(5);
  std::vector<CellCase> cases;
  for (const Mark& mark : marks) {
    Affine a = paper_linear(mark.parallelism_in, mark.parallelism_out);
    draw_data(random, a, 8);
    cases.push_back(cell_case(a, random));
    EXPECT_LE(*cases.back().latency_cycles, mark.latency_cycles);
    EXPECT_EQ(*cases.back().ii_cycles, 16 / mark.parallelism_in * (5 / mark.parallelism_out));
  }
  run_cases(cases, 4);
}

TEST(MaseLinear, AgreesWithTheGoldenVectors) {
  const auto vectors = test::load_vectors("linear");
  if (vectors.is_null()) GTEST_SKIP() << "no golden vectors at " << test::shared_dir();
  Random random(6);
  std::vector<CellCase> cases;
  for (const auto& v : vectors["cases"]) {
    Affine a;
    a.inputs = v["in_features"];
    a.outputs = v["out_features"];
    a.parallelism_in = draw(random, 1, std::min(a.inputs, 13));
    a.parallelism_out = draw(random, 1, std::min(a.outputs, 6));
    a.data = test::format_of(v["data_in"]);
    a.weight = test::format_of(v["weight"]);
    if (!v["bias"].is_null()) {
      a.bias_format = test::format_of(v["bias"]);
      a.b = v["b"].get<std::vector<int64_t>>();
    }
    a.out = test::format_of(v["data_out"]);
    a.w = test::flat<int64_t>(v["w"]);
    for (const auto& x : v["x"]) a.x.push_back(test::wide(x));
    a.replay_samples = draw(random, 1, 2);
    a.block_ram = draw(random, 0, 1) == 1;
    a.multiplier = draw(random, 0, 2);
    CellCase c = cell_case(a, random);
    // The file, not our own model, says what is right.
    for (size_t s = 0; s < a.x.size(); ++s) {
      for (int o = 0; o < a.outputs; ++o) {
        c.expected[s * c.out_beats + o / c.out_lanes][o % c.out_lanes] =
            v["y"][s][o].get<int64_t>();
      }
    }
    cases.push_back(std::move(c));
  }
  ASSERT_EQ(cases.size(), 60U);
  run_cases(cases, 7);
}

}  // namespace
}  // namespace mase::rtl_test
