// SPDX-License-Identifier: Apache-2.0
#include "gen/pass/channel_multiply.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tests/support/expect_error.h"

namespace mase::pass {
namespace {

using graph::Graph;
using graph::Node;
using graph::Op;
using Mode = ChannelMultiply::Mode;

/// 3 -> linear 2 -> batch norm -> ReLU -> linear 4 -> ReLU -> linear 2.
Graph network() {
  std::mt19937 rng(7);
  std::normal_distribution<double> normal;
  Graph graph{.name = "wide"};
  graph.nodes.push_back({.name = "x", .op = Op::kPlaceholder, .shape = {3}});
  graph.nodes.push_back(graph::make_linear("l0", "x", 3, 2));
  graph.nodes.push_back(graph::make_batch_norm1d("bn", "l0", 2));
  graph.nodes.push_back(graph::make_relu("r0", "bn"));
  graph.nodes.push_back(graph::make_linear("l1", "r0", 2, 4));
  graph.nodes.push_back(graph::make_relu("r1", "l1"));
  graph.nodes.push_back(graph::make_linear("l2", "r1", 4, 2, false));
  graph.nodes.push_back({.name = "output", .op = Op::kOutput, .inputs = {"l2"}});
  for (Node& node : graph.nodes) {
    for (auto& [key, tensor] : node.parameters) {
      for (double& v : tensor.data)
        v = static_cast<float>(key == "running_var" ? 0.5 + std::abs(normal(rng)) : normal(rng));
    }
  }
  graph::verify(graph);
  return graph;
}

std::vector<double> forward(const Graph& graph, std::vector<double> x) {
  for (const Node& node : graph.nodes) {
    if (node.op == Op::kLinear) {
      std::vector<double> y(static_cast<size_t>(node.out_features), 0.0);
      for (size_t o = 0; o < y.size(); ++o) {
        if (node.bias) y[o] = node.parameter("bias").data[o];
        for (size_t i = 0; i < x.size(); ++i)
          y[o] += node.parameter("weight").data[o * x.size() + i] * x[i];
      }
      x = y;
    } else if (node.op == Op::kBatchNorm1d) {
      for (size_t c = 0; c < x.size(); ++c) {
        x[c] = (x[c] - node.parameter("running_mean").data[c]) /
                   std::sqrt(node.parameter("running_var").data[c] + node.eps) *
                   node.parameter("weight").data[c] +
               node.parameter("bias").data[c];
      }
    } else if (node.op == Op::kRelu) {
      for (double& v : x) v = std::max(v, 0.0);
    }
  }
  return x;
}

using Factors = std::vector<std::pair<std::string, ChannelMultiply>>;

Factors consistent(int64_t first, int64_t second) {
  return {{"l0", {Mode::kOutputOnly, 1, first}},    {"bn", {Mode::kInplace, first, first}},
          {"r0", {Mode::kInplace, first, first}},   {"l1", {Mode::kBoth, first, second}},
          {"r1", {Mode::kInplace, second, second}}, {"l2", {Mode::kInputOnly, second, 1}}};
}

TEST(ChannelMultiply, WidensEveryLayerAndKeepsTheFunction) {
  const Graph before = network();
  for (const auto& [a, b] : {std::pair<int64_t, int64_t>{2, 4}, {3, 1}, {1, 5}, {1, 1}}) {
    const auto result = channel_multiply(before, consistent(a, b));
    EXPECT_TRUE(result.notes.empty());
    EXPECT_EQ(result.graph.find("l0")->out_features, 2 * a);
    EXPECT_EQ(result.graph.find("bn")->num_features, 2 * a);
    EXPECT_EQ(result.graph.find("l1")->in_features, 2 * a);
    EXPECT_EQ(result.graph.find("l1")->out_features, 4 * b);
    EXPECT_EQ(result.graph.find("l2")->in_features, 4 * b);
    EXPECT_EQ(features_out(result.graph, result.graph.output()), 2);
    std::mt19937 rng(11);
    std::normal_distribution<double> normal;
    for (int sample = 0; sample < 20; ++sample) {
      const std::vector<double> x = {normal(rng), normal(rng), normal(rng)};
      const auto wanted = forward(before, x), got = forward(result.graph, x);
      for (size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(got[i], wanted[i], 2e-6);
    }
  }
  EXPECT_EQ(before.find("l0")->out_features, 2);
}

TEST(ChannelMultiply, SharesOfCopiesAreThirdsOfOneUnit) {
  Graph graph = network();
  const auto wide = channel_multiply(graph, consistent(2, 1)).graph;
  const auto& w = wide.find("l1")->parameter("weight");
  ASSERT_EQ(w.shape, (std::vector<int64_t>{4, 4}));
  const double old = graph.find("l1")->parameter("weight").data[0];
  EXPECT_FLOAT_EQ(static_cast<float>(w.data[0]), static_cast<float>(old / 3));
  EXPECT_FLOAT_EQ(static_cast<float>(w.data[1]), static_cast<float>(old * 2 / 3));
  const auto& bias = wide.find("l0")->parameter("bias").data;
  EXPECT_EQ(bias, (std::vector<double>{bias[0], bias[0], bias[2], bias[2]}));
  EXPECT_EQ(bias[0], graph.find("l0")->parameter("bias").data[0]);
}

TEST(ChannelMultiply, NeighboursThatDoNotMeetAreNamedWithTheirWidths) {
  Factors factors = {{"l0", {Mode::kOutputOnly, 1, 2}}};
  test::expect_user_error([&] { channel_multiply(network(), factors); }, "P032",
                          {"l0 gives 4 values", "bn (batch_norm1d) expects 2"});
  factors.push_back({"bn", {Mode::kInplace, 2, 2}});
  factors.push_back({"l1", {Mode::kInputOnly, 3, 1}});
  test::expect_user_error([&] { channel_multiply(network(), factors); }, "P032",
                          {"r0 gives 4 values", "l1 (linear) expects 6"});
  test::expect_user_error(
      [&] {
        channel_multiply(network(), {{"l2", {Mode::kOutputOnly, 1, 2}}});
      },
      "P032", {"l2 gives 4 values", "output (output) expects 2", "classes"});
  test::expect_user_error(
      [&] {
        channel_multiply(network(), {{"l0", {Mode::kInputOnly, 2, 1}}});
      },
      "P032", {"x gives 3 values", "l0 (linear) expects 6"});
}

TEST(ChannelMultiply, AReluFollowsItsInput) {
  auto factors = consistent(2, 4);
  factors[4].second = {Mode::kInplace, 2, 2};  // r1, whose input is multiplied by 4
  const auto result = channel_multiply(network(), factors);
  ASSERT_EQ(result.notes.size(), 1u);
  EXPECT_NE(result.notes[0].find("r1"), std::string::npos);
  EXPECT_NE(result.notes[0].find("multiplied by 4"), std::string::npos);
}

TEST(ChannelMultiply, BadRequestsAreErrors) {
  const auto run = [](const std::string& node, ChannelMultiply wanted) {
    return [=] { channel_multiply(network(), {{node, wanted}}); };
  };
  test::expect_user_error(run("l0", {Mode::kInplace, 2, 2}), "P030", {"l0", "inplace", "both"});
  test::expect_user_error(run("r0", {Mode::kBoth, 2, 2}), "P030", {"r0", "both", "inplace or NA"});
  test::expect_user_error(run("x", {Mode::kInplace, 2, 2}), "P030", {"x (placeholder)"});
  test::expect_user_error(run("l0", {Mode::kOutputOnly, 1, 0}), "P031", {"l0", "times 0"});
  test::expect_user_error(run("l0", {Mode::kOutputOnly, 1, 40000}), "P031", {"1 to 32768"});
  test::expect_user_error(run("l9", {Mode::kOutputOnly, 1, 2}), "P033", {"l9"});
  test::expect_user_error([] { parse_channel_mode("output_onyl"); }, "P030", {"output_only"});
  EXPECT_EQ(parse_channel_mode("NA"), Mode::kNone);
}

}  // namespace
}  // namespace mase::pass
