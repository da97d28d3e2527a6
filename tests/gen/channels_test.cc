// SPDX-License-Identifier: Apache-2.0
// Formats for each channel: what they mean, who refuses them, and that cells built for them compute
// what the integer reference computes.
#include "gen/fixed/channels.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <random>

#include "gen/arch/cost.h"
#include "gen/arch/hardware_graph.h"
#include "gen/arch/metrics.h"
#include "gen/fixed/affine.h"
#include "gen/fixed/quantise.h"
#include "gen/fixed/requantise.h"
#include "gen/graph/mz.h"
#include "gen/pass/evaluate_batch.h"
#include "gen/pass/lower.h"
#include "gen/pass/quantise.h"
#include "tests/support/expect_error.h"
#include "tests/support/networks.h"

namespace mase::test {
namespace {

using arch::Cell;
using arch::Stage;
using fixed::Format;
using fixed::Wide;
using graph::Bits;

/// x [2] -> fc (linear, [3, 2] and a bias) -> relu -> output.
graph::Graph worked() {
  graph::Graph g{.name = "worked"};
  graph::Node x{.name = "x", .op = graph::Op::kPlaceholder};
  x.shape = {2};
  g.nodes.push_back(x);
  graph::Node fc = graph::make_linear("fc", "x", 2, 3);
  fc.parameters["weight"].data = {0.5, 1, 3, -1, 1, 1};
  fc.parameters["bias"].data = {0.25, 0, 0};
  fc.quant = graph::Quant{.data_in_width = Bits({4, 6}),
                          .data_in_frac_width = Bits({0, 3}),
                          .weight_width = Bits({2, 3, 0}),
                          .weight_frac_width = Bits({1, 0, 5}),
                          .bias_width = 4,
                          .bias_frac_width = 2};
  g.nodes.push_back(fc);
  graph::Node relu = graph::make_relu("relu", "fc");
  relu.quant = graph::Quant{.data_in_width = Bits({4, 0, 4}), .data_in_frac_width = 1};
  g.nodes.push_back(relu);
  g.nodes.push_back({.name = "output", .op = graph::Op::kOutput, .inputs = {"relu"}});
  return g;
}

TEST(Channels, CommonFormatIsTheNarrowestThatHoldsAll) {
  const auto common = [](std::vector<Format> channels) { return fixed::common_format(channels); };
  EXPECT_EQ(common({{4, 0, true}, {6, 3, true}}), (Format{7, 3, true}));
  EXPECT_EQ(common({{4, 0, true}, {0, 99, true}}), (Format{4, 0, true}));
  EXPECT_EQ(common({{4, 6, true}, {3, -2, true}}), (Format{11, 6, true}));
  EXPECT_EQ(common({{4, 1, false}, {4, 1, true}}), (Format{5, 1, true}));
  EXPECT_EQ(common({{0, 3, true}, {0, 0, true}}), (Format{1, 0, true}));
}

TEST(Channels, NetworkWorkedByHand) {
  const auto network = pass::lower(worked());
  EXPECT_EQ(network.input(), (Format{7, 3, true}));
  ASSERT_EQ(network.input_channels().size(), 2u);
  // 1.5 is a tie of s4.0: 2; 0.3 is 2.4 eighths: 2. Then far outside: 7 and -4.
  const auto x = pass::quantise_inputs(network, std::vector<double>{1.5, 0.3, 1000, -1000}, "x");
  EXPECT_EQ(x, (std::vector<int64_t>{16, 2, 56, -32}));
  // Row 0: weights 0.5 and 0.5 (1 is beyond s2.1), bias 0.25: 1.375, in halves a tie: 1.5.
  // Row 1 is 3 * 2 - 0.25, but the ReLU drops it. Row 2 is dropped: 0.
  const auto y = pass::evaluate_batch(network, x);
  EXPECT_EQ(network.output(), (Format{4, 1, false}));
  // Second sample: 3.5 - 2 + 0.25 = 1.75, in halves a tie: 2.
  EXPECT_EQ(y, (std::vector<Wide>{3, 0, 0, 4, 0, 0}));
}

TEST(Channels, MetricsCountEachChannel) {
  const auto graph = worked();
  EXPECT_EQ(arch::bitops(graph), (4 + 6) * (2 + 3 + 0));
  EXPECT_EQ(arch::model_size_bits(graph), 2 * (2 + 3) + 3 * 4);
  EXPECT_DOUBLE_EQ(arch::average_bitwidth(graph), 5.0 / 3);
}

TEST(Channels, EqualNumbersAreOneFormat) {
  auto graph = worked();
  auto& quant = *graph.find("fc")->quant;
  quant.data_in_width = Bits({6, 6});
  quant.data_in_frac_width = Bits({3, 3});
  EXPECT_TRUE(pass::lower(graph).input_channels().empty());
}

TEST(Channels, ErrorsNameNodeAndKey) {
  const auto expect = [](auto change, const std::string& code,
                         const std::vector<std::string>& words) {
    auto graph = worked();
    change(*graph.find("fc")->quant);
    expect_user_error([&] { graph::verify(graph, "g.mz"); }, code, words);
  };
  using Q = graph::Quant;
  expect(
      [](Q& q) {
        q.data_in_width = Bits({4, 4, 4});
      },
      "G025", {"fc: quant.data_in_width", "3 numbers, wanted 2", "2 features"});
  expect(
      [](Q& q) {
        q.bias_frac_width = Bits({1, 2});
      },
      "G025", {"fc: quant.bias_frac_width", "2 numbers, wanted 3", "3 rows"});
  expect(
      [](Q& q) {
        q.data_in_width = Bits({4, 33});
      },
      "F001", {"fc: quant.data_in[1]", "width 33"});
  expect([](Q& q) { q.data_in_width = Bits({-1, 3}); }, "F001", {"fc: quant.data_in[0]"});
  expect([](Q& q) { q.data_in_width = 0; }, "F001", {"fc: quant.data_in", "width 0"});
  expect(
      [](Q& q) {
        q.data_in_frac_width = Bits({-40, 30});
      },
      "G026", {"fc: quant.data_in", "span 74 bits, allowed 62"});
  // Two weights of -2^31, 30 bits up: 62 bits.
  auto graph = worked();
  auto& fc = *graph.find("fc");
  fc.quant->weight_width = Bits({32, 32, 2});
  fc.quant->weight_frac_width = Bits({0, 30, 1});
  fc.parameters["weight"].data.assign(6, -1e10);
  expect_user_error([&] { pass::lower(graph); }, "P004", {"fc", "row 0"});
}

TEST(Channels, FilesKeepThemAndRefuseOthers) {
  const std::string bytes = graph::serialise_mz(worked());
  const auto again = graph::parse_mz(bytes, "memory");
  EXPECT_EQ(again.find("fc")->quant, worked().find("fc")->quant);
  EXPECT_EQ(graph::serialise_mz(again), bytes);
  const auto broken = [&](const std::string& from, std::string to) {
    std::string text = bytes;
    to.resize(from.size(), ' ');
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    expect_user_error([&] { graph::parse_mz(text, "b.mz"); }, "M022",
                      {"fc.quant.weight_width", "an integer, or an array"});
  };
  const std::string key = R"(\"weight_width\":)";
  broken(key + "[2,3,0]", key + "[]");
  broken(key + "[2,3,0]", key + "[2,[]]");
  broken(key + "[2,3,0]", key + "[2,3e0]");
  broken(key + "[2,3,0]", key + "1.5");
}

TEST(Channels, QuantisePassHalvesEachWidth) {
  graph::Quant config{.data_in_width = Bits({8, 0}), .weight_width = Bits({7, 3, 1})};
  config.bias_width = 6;
  auto graph = worked();
  graph.find("fc")->quant.reset();
  const auto result = pass::quantise(graph, {.configs = {{"linear", config}}});
  EXPECT_EQ(result.graph.find("fc")->quant->data_in_frac_width, Bits({4, 0}));
  EXPECT_EQ(result.graph.find("fc")->quant->weight_frac_width, Bits({3, 1, 0}));
  config.data_in_width = Bits({8, 4, 2});
  expect_user_error(
      [&] {
        pass::quantise(graph, {.configs = {{"linear", config}}});
      },
      "G025", {"fc", "data_in_width"});
}

Wide look_up(const arch::Unrolled& u, const arch::LookupTable& table,
             const std::vector<Wide>& read) {
  size_t index = 0, at = 0;
  for (const int i : table.inputs) {
    const auto width = static_cast<size_t>(u.graph.wires[static_cast<size_t>(i)].width());
    const auto bits = static_cast<size_t>(read[static_cast<size_t>(i)]);
    index |= (bits & ((size_t{1} << width) - 1)) << at;
    at += width;
  }
  return table.values.at(index);
}

/// What the cells compute, from what is wired in.
std::vector<Wide> run(const Stage& stage, const std::vector<Wide>& x) {
  const auto cast = [&](Wide q) {
    return fixed::requantise(q, stage.cast_from, stage.out, stage.rounding);
  };
  std::vector<Wide> y;
  switch (stage.cell) {
    case Cell::kWidthAdapter:
    case Cell::kSkidBuffer:
    case Cell::kSlrCrossing: return x;
    case Cell::kCast:
    case Cell::kRelu: y = x; break;
    case Cell::kLinear: y = fixed::linear(stage.weight, stage.bias, x, stage.alignment); break;
    case Cell::kBatchNorm1d:
      y = fixed::batch_norm1d(stage.weight, stage.bias, x, stage.alignment);
      break;
    case Cell::kUnrolled: {
      const arch::Unrolled& u = *stage.unrolled;
      std::vector<Wide> read = x;
      for (size_t i = 0; i < x.size(); ++i) read[i] = x[i] >> u.zeros[i];
      const auto wires = arch::evaluate(u.graph, read);
      for (size_t o = 0; o < u.outputs.size(); ++o) {
        const arch::UnrolledOutput& out = u.outputs[o];
        if (out.table >= 0) {
          y.push_back(look_up(u, u.tables[static_cast<size_t>(out.table)], read) *
                      (Wide{1} << out.pad));
          RC_ASSERT(y.back() >= out.range.low && y.back() <= out.range.high);
          continue;
        }
        if (out.wire < 0) {
          y.push_back(out.constant);
          continue;
        }
        const Wide t = wires[o] / (Wide{1} << u.graph.outputs[o].shift);
        RC_ASSERT(t >= out.t.low && t <= out.t.high);
        Wide q = out.drop >= 0 ? t >> out.drop : t * (Wide{1} << -out.drop);
        if (out.ties && q * (Wide{1} << out.drop) == t) q -= q & 1;
        if (out.below) q = std::max(q, out.format.min());
        if (out.above) q = std::min(q, out.format.max());
        RC_ASSERT(out.format.contains(q));
        y.push_back(q * (Wide{1} << out.pad));
        RC_ASSERT(y.back() >= out.range.low && y.back() <= out.range.high);
        RC_ASSERT(y.back() % (Wide{1} << out.range.zeros) == 0);
      }
      return y;
    }
  }
  for (Wide& q : y) q = cast(q);
  return y;
}

RC_GTEST_PROP(Channels, CellsComputeWhatTheReferenceComputes, ()) {
  const auto seed = *rc::gen::resize(1000, rc::gen::arbitrary<uint32_t>());
  RandomNetworkOptions options;
  options.max_width = *rc::gen::element(1, 4, 10, 32);
  options.max_features = *rc::gen::element(1, 3, 7);
  options.max_layers = *rc::gen::inRange(1, 4);
  options.unrolled_percent = *rc::gen::element(0, 60, 100);
  options.channel_percent = *rc::gen::element(30, 100);
  options.plain_percent = 50;
  const auto graph = random_network(seed, options);
  pass::IntegerNetwork network;
  arch::HardwareGraph hardware;
  try {
    network = pass::lower(graph);
    hardware = arch::build_hardware(graph, {.adder_seconds = 0.002});
  } catch (const UserError& error) {
    // Fractions too far apart for constants that are wired in, or for exact sums.
    const std::string code = error.code();
    RC_ASSERT(options.max_width == 32 && (code == "A011" || code == "A012" || code == "A014" ||
                                          code == "P003" || code == "P004"));
    RC_DISCARD("too wide");
  }
  std::mt19937_64 rng(seed);
  const double most = std::ldexp(1.2, network.input().width - network.input().frac - 1);
  std::uniform_real_distribution<double> uniform(-most, most);
  std::vector<double> samples(static_cast<size_t>(8 * network.features_in()));
  for (double& x : samples) x = uniform(rng) * (rng() % 4 == 0 ? 0.01 : 1);
  const auto x = pass::quantise_inputs(network, samples, "x");
  const auto expected = pass::evaluate_batch(network, x);
  const auto in = static_cast<size_t>(network.features_in());
  std::vector<Wide> got, reference;
  for (size_t s = 0; s < 8; ++s) {
    const std::vector<Wide> sample(x.begin() + static_cast<ptrdiff_t>(s * in),
                                   x.begin() + static_cast<ptrdiff_t>((s + 1) * in));
    const auto y = pass::evaluate(network, sample);
    reference.insert(reference.end(), y.begin(), y.end());
    auto value = sample;
    for (const Stage& stage : hardware.stages) value = run(stage, value);
    // The design may leave in a narrower format that holds the same values.
    for (const Wide q : value)
      got.push_back(fixed::requantise(q, hardware.output, network.output()));
  }
  RC_ASSERT(expected == reference);
  RC_ASSERT(got == reference);
  RC_ASSERT(arch::estimate(hardware).lut >= 0);
}

}  // namespace
}  // namespace mase::test
