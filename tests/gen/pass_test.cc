// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "gen/fixed/quantise.h"
#include "gen/pass/evaluate_batch.h"
#include "gen/pass/fold_batch_norm.h"
#include "gen/pass/lower.h"
#include "gen/pass/quantise.h"
#include "tests/support/expect_error.h"
#include "tests/support/networks.h"

namespace mase::test {
namespace {

using fixed::Wide;
using graph::Op;
using graph::Quant;

Quant eight_bits() {
  return {.data_in_width = 8,
          .data_in_frac_width = 4,
          .weight_width = 8,
          .weight_frac_width = 4,
          .bias_width = 8};
}

/// x -> batch norm -> relu -> linear -> relu -> output, as jsc-tiny, with drawn parameters.
graph::Graph jet_like() {
  graph::Graph g{.name = "jet"};
  graph::Node x{.name = "x", .op = Op::kPlaceholder};
  x.shape = {16};
  g.nodes = {x,
             graph::make_batch_norm1d("seq_blocks_0", "x", 16),
             graph::make_relu("seq_blocks_1", "seq_blocks_0"),
             graph::make_linear("seq_blocks_2", "seq_blocks_1", 16, 5),
             graph::make_relu("seq_blocks_3", "seq_blocks_2"),
             {.name = "output", .op = Op::kOutput, .inputs = {"seq_blocks_3"}}};
  std::mt19937_64 rng(3);
  std::normal_distribution<double> normal;
  for (auto& node : g.nodes) {
    for (auto& [key, tensor] : node.parameters) {
      for (double& v : tensor.data)
        v = static_cast<float>(key == "running_var" ? 0.5 + std::abs(normal(rng)) : normal(rng));
    }
  }
  return g;
}

TEST(QuantisePass, ByTypeChangesOnlyThatTypeAndCountsIt) {
  const auto graph = jet_like();
  const auto result =
      pass::quantise(graph, {.by = pass::QuantiseBy::kType, .configs = {{"linear", eight_bits()}}});
  EXPECT_FALSE(graph.find("seq_blocks_2")->quant);  // the input is untouched
  EXPECT_TRUE(result.graph.find("seq_blocks_2")->quantised());
  EXPECT_EQ(result.graph.find("seq_blocks_2")->quant->bias_frac_width, 4);  // "NA": half the width
  EXPECT_FALSE(result.graph.find("seq_blocks_1")->quantised());
  std::vector<std::string> rows;
  for (const auto& r : result.rows)
    rows.push_back(fmt::format("{} {} {} {}", r.original_type, r.op, r.total, r.changed));
  EXPECT_EQ(rows,
            (std::vector<std::string>{"BatchNorm1d batch_norm1d 1 0", "Linear linear 1 1",
                                      "ReLU relu 2 0", "output output 1 0", "x placeholder 1 0"}));
}

TEST(QuantisePass, ByNameFallsBackToDefaultAndNamesWhatNeverApplies) {
  const auto result = pass::quantise(
      jet_like(),
      {.by = pass::QuantiseBy::kName,
       .default_config = eight_bits(),
       .configs = {{"linear", Quant{.name = "NA"}}, {"seq_blocks_1", Quant{.name = "NA"}}}});
  EXPECT_EQ(result.never_applied, std::vector<std::string>{"linear"});
  EXPECT_TRUE(result.graph.find("seq_blocks_2")->quantised());
  EXPECT_FALSE(result.graph.find("seq_blocks_1")->quantised());
}

TEST(QuantisePass, ByRegexMatchesWholeNamesFirstEntryWins) {
  auto four = eight_bits();
  four.weight_width = 4;
  const auto result = pass::quantise(
      jet_like(), {.by = pass::QuantiseBy::kRegexName,
                   .configs = {{"seq_blocks_[02]", four}, {"seq_blocks_.*", eight_bits()}}});
  EXPECT_EQ(result.graph.find("seq_blocks_2")->quant->weight_width, 4);
  EXPECT_TRUE(result.graph.find("seq_blocks_3")->quantised());
  EXPECT_FALSE(result.graph.find("seq_blocks_3")->quant->weight_width);
  expect_user_error(
      [] {
        pass::quantise(jet_like(),
                       {.by = pass::QuantiseBy::kRegexName, .configs = {{"seq[", eight_bits()}}});
      },
      "P011", {"seq[", "regular expression"});
}

TEST(QuantisePass, NamesNodeAndKeyThatIsMissing) {
  auto config = eight_bits();
  config.weight_width.reset();
  expect_user_error(
      [&] {
        pass::quantise(jet_like(), {.configs = {{"linear", config}}});
      },
      "P010", {"seq_blocks_2 (linear)", "weight_width", "weight_frac_width"});
}

TEST(FoldBatchNorm, GivesTheSameFunction) {
  for (const bool before : {true, false}) {
    graph::Graph g = jet_like();
    graph::Graph line{.name = "line"};
    line.nodes.push_back(g.nodes[0]);
    auto norm = *g.find("seq_blocks_0");
    auto fc = *g.find("seq_blocks_2");
    if (before) {
      norm.inputs = {"x"};
      fc.inputs = {norm.name};
      line.nodes.push_back(norm);
      line.nodes.push_back(fc);
    } else {
      fc.inputs = {"x"};
      norm = graph::make_batch_norm1d("seq_blocks_3", fc.name, 5);
      norm.parameters["running_mean"].data = {0.5, -1, 2, 0.25, 1};
      norm.parameters["running_var"].data = {0.5, 1, 2, 0.25, 3};
      norm.parameters["weight"].data = {1, -2, 0.5, 1, 0.125};
      norm.parameters["bias"].data = {1, 2, 3, 4, 5};
      line.nodes.push_back(fc);
      line.nodes.push_back(norm);
    }
    line.nodes.push_back({.name = "output", .op = Op::kOutput, .inputs = {line.nodes.back().name}});
    const auto folded = pass::fold_batch_norm(line);
    ASSERT_EQ(folded.graph.nodes.size(), 3u);
    EXPECT_EQ(folded.folded.size(), 1u);
    const auto evaluate = [](const graph::Graph& graph, std::vector<double> x) {
      for (const auto& node : graph.nodes) {
        if (node.op == Op::kLinear) {
          std::vector<double> y(static_cast<size_t>(node.out_features));
          for (size_t o = 0; o < y.size(); ++o) {
            y[o] = node.parameter("bias").data[o];
            for (size_t i = 0; i < x.size(); ++i)
              y[o] += node.parameter("weight").data[o * x.size() + i] * x[i];
          }
          x = y;
        } else if (node.op == Op::kBatchNorm1d) {
          const auto p = fixed::batch_norm1d_parameters(
              node.parameter("weight").data, node.parameter("bias").data,
              node.parameter("running_mean").data, node.parameter("running_var").data, node.eps);
          for (size_t c = 0; c < x.size(); ++c) x[c] = p.scale[c] * x[c] + p.bias[c];
        }
      }
      return x;
    };
    std::vector<double> x(16);
    for (size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<double>(i));
    const auto a = evaluate(line, x), b = evaluate(folded.graph, x);
    for (size_t o = 0; o < a.size(); ++o) EXPECT_NEAR(a[o], b[o], 1e-12);
  }
}

TEST(FoldBatchNorm, KeepsWhatHasNoNeighbourAndRefusesQuantised) {
  const auto result = pass::fold_batch_norm(jet_like());
  EXPECT_EQ(result.kept, std::vector<std::string>{"seq_blocks_0"});  // a ReLU stands between
  auto g = jet_like();
  std::erase_if(g.nodes, [](const auto& n) { return n.name == "seq_blocks_1"; });
  g.find("seq_blocks_2")->inputs = {"seq_blocks_0"};
  g.find("seq_blocks_2")->quant = eight_bits();
  expect_user_error([&] { pass::fold_batch_norm(g); }, "P020",
                    {"seq_blocks_2 (linear)", "fold first"});
}

// Both reference paths, narrow and 128-bit, give the bits of the one written by the book.
TEST(EvaluateBatch, EqualsTheReferenceOnRandomNetworks) {
  for (uint64_t seed = 0; seed < 120; ++seed) {
    RandomNetworkOptions options;
    options.max_width = seed % 3 == 0 ? 32 : 12;
    const auto graph = random_network(seed, options);
    const auto network = pass::lower(graph);
    std::mt19937_64 rng(seed);
    std::vector<int64_t> x;
    for (int64_t i = 0; i < 7 * network.features_in(); ++i) {
      const auto format = network.input();
      x.push_back(static_cast<int64_t>(
          format.min() +
          static_cast<Wide>(rng() % static_cast<uint64_t>(format.max() - format.min() + 1))));
    }
    std::vector<Wide> expected;
    for (size_t s = 0; s < 7; ++s) {
      const auto n = static_cast<size_t>(network.features_in());
      const auto y = pass::evaluate(
          network, std::vector<Wide>(x.begin() + static_cast<ptrdiff_t>(s * n),
                                     x.begin() + static_cast<ptrdiff_t>((s + 1) * n)));
      expected.insert(expected.end(), y.begin(), y.end());
    }
    ASSERT_EQ(pass::evaluate_batch(network, x), expected) << "seed " << seed;
    for (const auto& node : network.nodes) ASSERT_LE(node.acc.width, 120);
  }
}

}  // namespace
}  // namespace mase::test
