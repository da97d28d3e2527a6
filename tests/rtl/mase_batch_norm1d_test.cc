// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/rtl/affine_cases.h"
#include "tests/rtl/cell_bench.h"
#include "tests/support/vectors.h"

namespace mase::rtl_test {
namespace {

TEST(MaseBatchNorm1d, ScalesAndShiftsAsWorkedByHand) {
  // a = {1.5, -2}, b = {0.25, -0.25}, x in s4.0, y = round to integers in s5.
  Affine a;
  a.is_linear = false;
  a.inputs = a.outputs = 2;
  a.parallelism_in = 2;
  a.data = {4, 0, true};
  a.weight = {4, 1, true};
  a.bias_format = fixed::Format{3, 2, true};
  a.out = fixed::Format{5, 0, true};
  a.w = {3, -4};
  a.b = {1, -1};
  a.x = {{0, 0}, {1, 1}, {-1, -1}, {7, 7}, {-8, -8}};
  Random random(1);
  CellCase c = cell_case(a, random);
  // 0.25 1.75 -1.25 10.75 -11.75 | -0.25 -2.25 1.75 -14.25 15.75 (saturates)
  c.expected = {{0, 0}, {2, -2}, {-1, 2}, {11, -14}, {-12, 15}};
  run_cases({c}, 1);
}

TEST(MaseBatchNorm1d, AgreesWithTheModelOverShapesWidthsAndStyles) {
  std::vector<CellCase> cases = random_affines(0xba7c4, false, 40, 12, 12);
  const std::vector<CellCase> wide = random_affines(0x3232, false, 15, 6, 32);
  cases.insert(cases.end(), wide.begin(), wide.end());
  run_cases(cases, 2);
}

TEST(MaseBatchNorm1d, AgreesWithTheGoldenVectors) {
  const auto vectors = test::load_vectors("batch_norm1d");
  if (vectors.is_null()) GTEST_SKIP() << "no golden vectors at " << test::shared_dir();
  Random random(6);
  std::vector<CellCase> cases;
  for (const auto& v : vectors["cases"]) {
    Affine a;
    a.is_linear = false;
    a.w = v["a_q"].get<std::vector<int64_t>>();
    a.b = v["b_q"].get<std::vector<int64_t>>();
    a.inputs = a.outputs = static_cast<int>(a.w.size());
    a.parallelism_in = draw(random, 1, a.inputs);
    a.data = test::format_of(v["data_in"]);
    a.weight = test::format_of(v["weight"]);
    a.bias_format = test::format_of(v["bias"]);
    a.out = test::format_of(v["data_out"]);
    for (const auto& x : v["x"]) a.x.push_back(test::wide(x));
    a.block_ram = draw(random, 0, 1) == 1;
    a.multiplier = draw(random, 0, 2);
    CellCase c = cell_case(a, random);
    for (size_t s = 0; s < a.x.size(); ++s) {
      for (int o = 0; o < a.outputs; ++o) {
        c.expected[s * c.out_beats + o / c.out_lanes][o % c.out_lanes] =
            v["y"][s][o].get<int64_t>();
      }
    }
    cases.push_back(std::move(c));
  }
  ASSERT_EQ(cases.size(), 30U);
  run_cases(cases, 7);
}

}  // namespace
}  // namespace mase::rtl_test
