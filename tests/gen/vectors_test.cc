// SPDX-License-Identifier: Apache-2.0
// All golden vectors through the integer reference.
#include <gtest/gtest.h>

#include <cmath>

#include "gen/base/error.h"
#include "gen/fixed/affine.h"
#include "gen/fixed/quantise.h"
#include "gen/fixed/requantise.h"
#include "gen/pass/lower.h"
#include "tests/support/networks.h"
#include "tests/support/vectors.h"

namespace mase::test {
namespace {

using fixed::Format;
using fixed::Rounding;
using fixed::Wide;

TEST(GoldenVectors, Quantise) {
  MASE_NEED_SHARED("vectors/quantise.json");
  for (const auto& c : golden_cases("quantise", "cases")) {
    const double x = std::strtod(c.at("x").get<std::string>().c_str(), nullptr);
    EXPECT_EQ(fixed::quantise(x, format_of(c)), c.at("q").get<int64_t>()) << c.dump();
  }
}

TEST(GoldenVectors, Requantise) {
  MASE_NEED_SHARED("vectors/requantise.json");
  for (const auto& c : golden_cases("requantise", "cases")) {
    const Format from{c.at("width"), c.at("frac"), true};
    const Format to{c.at("to_width"), c.at("to_frac"), c.at("to_signed")};
    const auto rounding = c.at("rounding") == "floor" ? Rounding::kFloor : Rounding::kHalfEven;
    const Wide got = fixed::requantise(c.at("q").get<int64_t>(), from, to, rounding);
    EXPECT_EQ(static_cast<int64_t>(got), c.at("expect").get<int64_t>()) << c.dump();
  }
}

TEST(GoldenVectors, Linear) {
  MASE_NEED_SHARED("vectors/linear.json");
  for (const auto& c : golden_cases("linear", "cases")) {
    const Format data = format_of(c["data_in"]), weight = format_of(c["weight"]),
                 out = format_of(c["data_out"]);
    std::optional<Format> bias;
    std::vector<int64_t> b;
    if (!c["bias"].is_null()) {
      bias = format_of(c["bias"]);
      b = c["b"].get<std::vector<int64_t>>();
    }
    const auto alignment = fixed::align(data, weight, bias);
    EXPECT_EQ(alignment.acc_frac, c["acc_frac"].get<int>());
    const auto w = flat<int64_t>(c["w"]);
    const auto acc =
        fixed::linear_accumulator(w, b, c["out_features"].get<size_t>(), data, alignment);
    for (size_t s = 0; s < c["x"].size(); ++s) {
      const auto got = fixed::linear(w, b, wide(c["x"][s]), alignment);
      ASSERT_EQ(got, wide(c["acc"][s]));
      for (size_t o = 0; o < got.size(); ++o) {
        ASSERT_TRUE(acc.contains(got[o]));
        EXPECT_EQ(fixed::requantise(got[o], acc, out), Wide{c["y"][s][o].get<int64_t>()});
      }
    }
  }
}

TEST(GoldenVectors, BatchNorm1d) {
  MASE_NEED_SHARED("vectors/batch_norm1d.json");
  for (const auto& c : golden_cases("batch_norm1d", "cases")) {
    const Format data = format_of(c["data_in"]), weight = format_of(c["weight"]),
                 bias = format_of(c["bias"]);
    const auto doubles = [&](const char* key) { return c[key].get<std::vector<double>>(); };
    const auto p =
        fixed::batch_norm1d_parameters(doubles("gamma"), doubles("beta"), doubles("running_mean"),
                                       doubles("running_var"), c["eps"].get<double>());
    const auto a = fixed::quantise_all(p.scale, weight, "a");
    const auto b = fixed::quantise_all(p.bias, bias, "b");
    EXPECT_EQ(a, c["a_q"].get<std::vector<int64_t>>());
    EXPECT_EQ(b, c["b_q"].get<std::vector<int64_t>>());
    const auto alignment = fixed::align(data, weight, bias);
    const auto acc = fixed::batch_norm1d_accumulator(a, b, data, alignment);
    for (size_t s = 0; s < c["x"].size(); ++s) {
      const auto got = fixed::batch_norm1d(a, b, wide(c["x"][s]), alignment);
      ASSERT_EQ(got, wide(c["acc"][s]));
      for (size_t o = 0; o < got.size(); ++o) {
        EXPECT_EQ(fixed::requantise(got[o], acc, format_of(c["data_out"])),
                  Wide{c["y"][s][o].get<int64_t>()});
      }
    }
  }
}

TEST(GoldenVectors, Networks) {
  MASE_NEED_SHARED("vectors/networks.json");
  for (const auto& c : golden_cases("networks", "nets")) {
    const graph::Graph graph = golden_network(c);
    const auto network = pass::lower(graph);
    EXPECT_EQ(network.input(), format_of(c["input"]));
    EXPECT_EQ(network.output().frac, c["out_frac"].get<int>());
    for (size_t s = 0; s < c["x"].size(); ++s) {
      EXPECT_EQ(pass::evaluate(network, wide(c["x"][s])), wide(c["y"][s]));
    }
  }
}

// The user's own table of a quantised layer (W = 8, F = 4).
TEST(Quantise, AnchorOfTheUsersMaterial) {
  const Format format{8, 4, true};
  const std::vector<std::pair<double, double>> pairs{
      {-0.0689, -0.0625}, {0.2381, 0.25},   {0.0312, 0.0}, {-0.1353, -0.125},
      {0.1146, 0.125},    {0.2918, 0.3125}, {-0.03, 0.0}};
  for (const auto& [x, want] : pairs)
    EXPECT_EQ(fixed::dequantise(fixed::quantise(x, format), format), want) << x;
}

TEST(Quantise, TiesGoToEvenAndInfinitySaturates) {
  const Format format{8, 0, true};
  EXPECT_EQ(fixed::quantise(0.5, format), 0);
  EXPECT_EQ(fixed::quantise(1.5, format), 2);
  EXPECT_EQ(fixed::quantise(-0.5, format), 0);
  EXPECT_EQ(fixed::quantise(-2.5, format), -2);
  EXPECT_EQ(fixed::quantise(INFINITY, format), 127);
  EXPECT_EQ(fixed::quantise(-INFINITY, format), -128);
  EXPECT_EQ(fixed::quantise(-3.0, (Format{8, 0, false})), 0);
  EXPECT_EQ(fixed::quantise(1e30, (Format{32, 0, false})), 4294967295);
}

TEST(Quantise, NanNamesTensorAndIndex) {
  try {
    fixed::quantise_all(std::vector<double>{0.0, NAN}, {8, 4, true}, "seq_blocks_2.weight");
    FAIL() << "NaN was accepted";
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("seq_blocks_2.weight: element 1 is NaN"),
              std::string::npos)
        << error.what();
  }
}

TEST(Requantise, HandWorkedTiesExtremesAndZero) {
  const Format from{8, 4, true}, to{4, 0, true};
  EXPECT_EQ(fixed::requantise(8, from, to), 0);     //  0.5 -> 0
  EXPECT_EQ(fixed::requantise(24, from, to), 2);    //  1.5 -> 2
  EXPECT_EQ(fixed::requantise(-8, from, to), 0);    // -0.5 -> 0
  EXPECT_EQ(fixed::requantise(-40, from, to), -2);  // -2.5 -> -2
  EXPECT_EQ(fixed::requantise(127, from, to), 7);   // saturates
  EXPECT_EQ(fixed::requantise(-128, from, to), -8);
  EXPECT_EQ(fixed::requantise(-1, from, to, Rounding::kFloor), -1);
  EXPECT_EQ(fixed::requantise(-1, from, (Format{8, -200, true}), Rounding::kFloor), -1);
  EXPECT_EQ(fixed::requantise(-1, from, (Format{8, -200, true})), 0);
  EXPECT_EQ(fixed::requantise(1, from, (Format{8, 100, true})), 127);
  EXPECT_EQ(fixed::requantise(0, from, (Format{8, 100, true})), 0);
  EXPECT_EQ(fixed::requantise(-1, from, (Format{8, 100, false})), 0);
  EXPECT_EQ(fixed::requantise(-1, (Format{1, 0, true}), (Format{1, 2, true})), -1);  // -4 saturates
  EXPECT_EQ(fixed::requantise(-2, (Format{2, 0, true}), (Format{4, 2, true})), -8);  // -8 just fits
}

}  // namespace
}  // namespace mase::test
