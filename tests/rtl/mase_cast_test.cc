// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "gen/fixed/requantise.h"
#include "tests/rtl/affine_cases.h"
#include "tests/rtl/cell_bench.h"
#include "tests/support/vectors.h"

namespace mase::rtl_test {
namespace {

using fixed::Format;
using fixed::Rounding;

/// One lane cast between two formats; `values` are pairs of input and expected output.
CellCase cast_case(const Format& from, const Format& to, Rounding rounding, int lanes,
                   const std::vector<std::pair<Wide, Wide>>& values) {
  const auto flag = [](bool value) { return std::string(value ? "1'b1" : "1'b0"); };
  CellCase c;
  c.cell = "mase_cast";
  c.parameters = {{"Lanes", std::to_string(lanes)},
                  {"InWidth", std::to_string(from.width)},
                  {"InSigned", flag(from.is_signed)},
                  {"OutWidth", std::to_string(to.width)},
                  {"OutSigned", flag(to.is_signed)},
                  {"Shift", std::to_string(from.frac - to.frac)},
                  {"Floor", flag(rounding == Rounding::kFloor)}};
  c.in_lanes = c.out_lanes = lanes;
  c.in_width = from.width;
  c.out_width = to.width;
  c.out_signed = to.is_signed;
  for (size_t i = 0; i < values.size(); i += lanes) {
    Beat in(lanes, 0);
    std::vector<std::optional<Wide>> out(lanes);
    for (size_t l = 0; l < static_cast<size_t>(lanes) && i + l < values.size(); ++l) {
      in[l] = values[i + l].first;
      out[l] = values[i + l].second;
    }
    c.inputs.push_back(in);
    c.expected.push_back(out);
  }
  c.latency_cycles = 1;
  if (c.inputs.size() >= 4) c.ii_cycles = 1;
  return c;
}

/// Every number of a narrow format, else the ends and draws around the ties.
CellCase model_case(const Format& from, const Format& to, Rounding rounding, int lanes,
                    Random& random) {
  std::vector<std::pair<Wide, Wide>> values;
  const auto add = [&](Wide q) {
    values.emplace_back(q, fixed::requantise(q, from, to, rounding));
  };
  if (from.width <= 6) {
    for (Wide q = from.min(); q <= from.max(); ++q) add(q);
  } else {
    const int shift = std::clamp(from.frac - to.frac, 1, from.width - 1);
    for (const Wide q : {from.min(), from.max(), Wide{0}, Wide{1}, from.min() + 1, from.max() - 1})
      add(q);
    for (int i = 0; i < 60; ++i) {
      const Wide near_tie =
          (draw_number(random, {std::min(from.width, 62), 0, from.is_signed}) >> shift << shift) +
          (Wide{1} << (shift - 1)) + draw(random, -1, 1);
      if (from.contains(near_tie)) add(near_tie);
      add(draw_number(random, {std::min(from.width, 62), 0, from.is_signed}));
    }
  }
  return cast_case(from, to, rounding, lanes, values);
}

TEST(MaseCast, RoundsAndSaturatesAsWorkedByHand) {
  const Format s6{6, 2, true}, s3{3, 0, true}, u3{3, 0, false}, u6{6, 2, false};
  std::vector<CellCase> cases;
  cases.push_back(cast_case(s6, s3, Rounding::kHalfEven, 1,
                            {{0, 0},
                             {1, 0},
                             {2, 0},
                             {3, 1},
                             {6, 2},
                             {10, 2},
                             {13, 3},
                             {14, 3},
                             {31, 3},
                             {-1, 0},
                             {-2, 0},
                             {-3, -1},
                             {-6, -2},
                             {-10, -2},
                             {-14, -4},
                             {-32, -4}}));
  cases.push_back(cast_case(
      s6, s3, Rounding::kFloor, 1,
      {{0, 0}, {3, 0}, {4, 1}, {15, 3}, {31, 3}, {-1, -1}, {-4, -1}, {-5, -2}, {-32, -4}}));
  cases.push_back(
      cast_case(s6, u3, Rounding::kHalfEven, 2,
                {{0, 0}, {2, 0}, {6, 2}, {28, 7}, {30, 7}, {31, 7}, {-1, 0}, {-32, 0}}));
  cases.push_back(
      cast_case(u6, s3, Rounding::kHalfEven, 3,
                {{0, 0}, {2, 0}, {6, 2}, {13, 3}, {14, 3}, {63, 3}, {12, 3}, {1, 0}, {5, 1}}));
  // Shift beyond the input: a half of the last place is a tie and goes to 0, the sign alone
  // survives a floor.
  cases.push_back(
      cast_case({4, 4, true}, s3, Rounding::kHalfEven, 1, {{-8, 0}, {7, 0}, {-1, 0}, {0, 0}}));
  cases.push_back(
      cast_case({4, 9, true}, s3, Rounding::kFloor, 1, {{-8, -1}, {7, 0}, {-1, -1}, {0, 0}}));
  cases.push_back(cast_case({4, 3, true}, s3, Rounding::kHalfEven, 1,
                            {{-8, -1}, {7, 1}, {4, 0}, {-4, 0}, {5, 1}}));
  // Shift to the left: only 0 fits once it is wide.
  cases.push_back(cast_case({4, 0, true}, {6, 3, true}, Rounding::kHalfEven, 1,
                            {{0, 0}, {3, 24}, {4, 31}, {-4, -32}, {-5, -32}, {-8, -32}, {7, 31}}));
  cases.push_back(cast_case({4, 0, true}, {6, 200, true}, Rounding::kHalfEven, 1,
                            {{0, 0}, {1, 31}, {-1, -32}, {7, 31}}));
  cases.push_back(cast_case({4, 0, true}, {6, 200, false}, Rounding::kFloor, 1,
                            {{0, 0}, {1, 63}, {-1, 0}, {7, 63}}));
  // One bit each way.
  cases.push_back(cast_case({1, 0, true}, {1, 0, true}, Rounding::kHalfEven, 1,
                            {{0, 0}, {-1, -1}, {0, 0}, {-1, -1}}));
  cases.push_back(cast_case({1, 0, true}, {1, 0, false}, Rounding::kHalfEven, 1,
                            {{0, 0}, {-1, 0}, {0, 0}, {-1, 0}}));
  cases.push_back(cast_case({1, 0, false}, {1, 0, true}, Rounding::kHalfEven, 1,
                            {{0, 0}, {1, 0}, {1, 0}, {0, 0}}));
  run_cases(cases, 1);
}

TEST(MaseCast, AgreesWithTheModelOverWidthsSignsAndShifts) {
  Random random(0xca57);
  std::vector<CellCase> cases;
  for (int i = 0; i < 100; ++i) {
    Format from{draw(random, 1, 40), draw(random, -5, 40), draw(random, 0, 1) == 1};
    Format to{draw(random, 1, 40), draw(random, -5, 40), draw(random, 0, 1) == 1};
    if (i % 3 != 0) {  // most pairs of a design lie near each other
      from.width = draw(random, 1, 10);
      to.width = draw(random, 1, 10);
      to.frac = from.frac + draw(random, -from.width - 2, from.width + 2);
    }
    cases.push_back(model_case(from, to,
                               draw(random, 0, 2) == 0 ? Rounding::kFloor : Rounding::kHalfEven,
                               draw(random, 1, 3), random));
  }
  // Accumulators pass through as they are, and come down to operands.
  for (const int width : {64, 74, 100}) {
    cases.push_back(
        model_case({width, 20, true}, {width, 20, true}, Rounding::kHalfEven, 1, random));
    cases.push_back(model_case({width, 20, true}, {32, 0, true}, Rounding::kHalfEven, 2, random));
    cases.push_back(model_case({width, 70, true}, {8, 0, false}, Rounding::kHalfEven, 1, random));
  }
  run_cases(cases, 2);
}

TEST(MaseCast, AgreesWithTheGoldenVectors) {
  const auto vectors = test::load_vectors("requantise");
  if (vectors.is_null()) GTEST_SKIP() << "no golden vectors at " << test::shared_dir();
  std::vector<CellCase> cases;
  // Every vector has formats of its own, so each is a cell of its own: every third is enough for
  // one top.
  for (size_t i = 0; i < vectors["cases"].size(); i += 3) {
    const auto& v = vectors["cases"][i];
    const Format from{v["width"], v["frac"], true}, to{v["to_width"], v["to_frac"], v["to_signed"]};
    cases.push_back(cast_case(from, to,
                              v["rounding"] == "floor" ? Rounding::kFloor : Rounding::kHalfEven, 1,
                              {{v["q"].get<int64_t>(), v["expect"].get<int64_t>()}}));
  }
  ASSERT_EQ(cases.size(), 200U);
  run_cases(cases, 3);
}

}  // namespace
}  // namespace mase::rtl_test
