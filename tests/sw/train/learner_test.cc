// SPDX-License-Identifier: Apache-2.0
#include "sw/train/learner.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

#include "gen/base/error.h"
#include "sw/model/zoo.h"
#include "tests/support/networks.h"

namespace mase::train {
namespace {

using graph::Op;

/// x [1] -> linear 1-2 without bias -> output.
graph::Graph one_to_two(double w0, double w1) {
  graph::Graph graph{.name = "tiny"};
  graph::Node x{.name = "x", .op = Op::kPlaceholder};
  x.shape = {1};
  graph.nodes.push_back(x);
  graph::Node node = graph::make_linear("seq_blocks_0", "x", 1, 2, false);
  node.parameters["weight"].data = {w0, w1};
  graph.nodes.push_back(node);
  graph.nodes.push_back({.name = "output", .op = Op::kOutput, .inputs = {"seq_blocks_0"}});
  return graph;
}

graph::Quant quant(int in, int in_frac, int weight, int weight_frac) {
  return {.data_in_width = in,
          .data_in_frac_width = in_frac,
          .weight_width = weight,
          .weight_frac_width = weight_frac};
}

std::map<std::string, std::vector<double>> gradients_of(const graph::Graph& graph,
                                                        std::vector<float> x,
                                                        std::vector<int64_t> y) {
  model::Network network(graph, {.precision = model::Precision::k64});
  Learner learner(network, {});
  const auto rows = static_cast<int64_t>(y.size());
  const auto columns = static_cast<int64_t>(x.size()) / rows;
  const data::Split split = data::make_split("train", columns, std::move(x), std::move(y));
  std::vector<int64_t> order(static_cast<size_t>(rows));
  std::iota(order.begin(), order.end(), 0);
  learner.load(split, order);
  learner.accumulate(0, rows, 1);
  return learner.gradients();
}

// d loss / d w_o = (softmax_o - [o = label]) * x, with every value as the quantiser leaves it.
TEST(StraightThrough, GradientIsTheIdentityInsideTheRange) {
  graph::Graph graph = one_to_two(0.3, -0.2);  // s8.4: 0.3125, -0.1875
  graph.find("seq_blocks_0")->quant = quant(8, 4, 8, 4);
  const auto g = gradients_of(graph, {0.7F}, {0});  // 0.6875
  const double p1 = 1 / (1 + std::exp(0.6875 * (0.3125 + 0.1875)));
  EXPECT_NEAR(g.at("seq_blocks_0.weight")[0], -p1 * 0.6875, 1e-12);
  EXPECT_NEAR(g.at("seq_blocks_0.weight")[1], p1 * 0.6875, 1e-12);
}

TEST(StraightThrough, GradientIsZeroOutsideTheRange) {
  graph::Graph graph = one_to_two(9.0, -0.2);  // s8.4 ends at 7.9375
  graph.find("seq_blocks_0")->quant = quant(8, 4, 8, 4);
  const auto g = gradients_of(graph, {0.7F}, {1});
  EXPECT_EQ(g.at("seq_blocks_0.weight")[0], 0);
  EXPECT_NE(g.at("seq_blocks_0.weight")[1], 0);
}

TEST(StraightThrough, ChannelsHaveTheirOwnRangeAndDroppedOnesNoGradient) {
  graph::Graph graph = one_to_two(0.3, 1.2);
  auto& q = graph.find("seq_blocks_0")->quant;
  q = quant(8, 4, 8, 4);
  const auto of = [&](std::vector<int> widths, std::vector<int> fracs) {
    q->weight_width = std::move(widths);
    q->weight_frac_width = std::move(fracs);
    return gradients_of(graph, {0.7F}, {0}).at("seq_blocks_0.weight");
  };
  const auto inside = of({8, 4}, {4, 2});  // 0.3125 and 1.25
  const double p1 = 1 / (1 + std::exp(0.6875 * (0.3125 - 1.25)));
  EXPECT_NEAR(inside[0], -p1 * 0.6875, 1e-12);
  EXPECT_NEAR(inside[1], p1 * 0.6875, 1e-12);
  const auto beyond = of({8, 4}, {4, 3});  // s4.3 ends at 0.875
  EXPECT_NE(beyond[0], 0);
  EXPECT_EQ(beyond[1], 0);
  const auto gone = of({0, 4}, {0, 2});
  EXPECT_EQ(gone[0], 0);
  EXPECT_NE(gone[1], 0);
}

/// Rounding in the training forward is the rounding of the hardware: the loss of a batch is the one
/// that exact evaluation gives, for formats that float64 carries.
TEST(StraightThrough, TrainingForwardEqualsExactEvaluation) {
  int quantised_inputs = 0;
  for (uint64_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(seed);
    test::RandomNetworkOptions options;
    options.batch_norm = false;  // it uses the statistics of the batch in training
    options.parallelism = false;
    options.channel_percent = seed < 100 ? 0 : 50;
    const graph::Graph graph = test::random_network(seed, options);
    quantised_inputs += graph.placeholder().quantised();
    model::Network network(graph, {.precision = model::Precision::k64});
    ASSERT_NE(network.arithmetic(), model::Arithmetic::kInteger);
    std::mt19937_64 random(seed);
    std::vector<float> x(static_cast<size_t>(6 * network.features_in()));
    for (float& value : x) value = std::normal_distribution<float>(0, 4)(random);
    const std::vector<int64_t> y(6, 0);
    const double exact = model::evaluate(network, x, y).loss;
    Learner learner(network, {});
    learner.load(data::make_split("train", network.features_in(), x, y),
                 std::vector<int64_t>{0, 1, 2, 3, 4, 5});
    EXPECT_NEAR(learner.accumulate(0, 6, 1), exact, 1e-9 * (1 + exact));
  }
  EXPECT_GT(quantised_inputs, 50);
}

/// Two linears, so that a gradient has to pass the rounding of a value and not only of a weight.
graph::Graph two_layers(double w, fixed::Rounding rounding) {
  graph::Graph graph{.name = "two"};
  graph::Node x{.name = "x", .op = Op::kPlaceholder};
  x.shape = {1};
  graph.nodes.push_back(x);
  graph::Node first = graph::make_linear("seq_blocks_0", "x", 1, 1, false);
  first.parameters["weight"].data = {w};
  graph::Node second = graph::make_linear("seq_blocks_1", "seq_blocks_0", 1, 2, false);
  second.parameters["weight"].data = {1, -1};
  second.quant = quant(4, 2, 4, 2);
  second.quant->rounding = rounding;
  first.quant = quant(8, 4, 8, 4);
  graph.nodes.push_back(first);
  graph.nodes.push_back(second);
  graph.nodes.push_back({.name = "output", .op = Op::kOutput, .inputs = {"seq_blocks_1"}});
  return graph;
}

TEST(StraightThrough, PassesCastsInsideTheRangeOnly) {
  for (const auto rounding : {fixed::Rounding::kHalfEven, fixed::Rounding::kFloor}) {
    const auto inside =
        gradients_of(two_layers(1.0, rounding), {0.4375F}, {0});  // 0.4375 -> 0.5, floor 0.25
    const double y = rounding == fixed::Rounding::kFloor ? 0.25 : 0.5;
    const double p1 = 1 / (1 + std::exp(2 * y));
    EXPECT_NEAR(inside.at("seq_blocks_0.weight")[0], -2 * p1 * 0.4375, 1e-9);
    const auto outside =
        gradients_of(two_layers(6.0, rounding), {0.4375F}, {0});  // 2.625 is above 1.75
    EXPECT_EQ(outside.at("seq_blocks_0.weight")[0], 0);
  }
}

TEST(StraightThrough, QuantisedReluStopsNegativeValues) {
  graph::Graph graph = two_layers(-1.0, fixed::Rounding::kHalfEven);
  graph::Node relu = graph::make_relu("seq_blocks_2", "seq_blocks_0");
  relu.quant = graph::Quant{.data_in_width = 6, .data_in_frac_width = 4};
  graph.nodes[2].inputs = {"seq_blocks_2"};
  graph.nodes.insert(graph.nodes.begin() + 2, relu);
  EXPECT_EQ(gradients_of(graph, {0.4375F}, {0}).at("seq_blocks_0.weight")[0], 0);
  graph.nodes[1].parameters["weight"].data = {1.0};
  EXPECT_NE(gradients_of(graph, {0.4375F}, {0}).at("seq_blocks_0.weight")[0], 0);
}

/// With wide formats the quantised batch norm is the float one, gradients and running statistics
/// included.
TEST(StraightThrough, WideBatchNormTrainsAsAFloatOne) {
  const graph::Graph plain = model::build_model("jsc-tiny", 1);
  graph::Graph wide = plain;
  for (auto& node : wide.nodes) {
    if (node.op == Op::kLinear || node.op == Op::kBatchNorm1d) {
      node.quant = graph::Quant{.data_in_width = 32,
                                .data_in_frac_width = 24,
                                .weight_width = 32,
                                .weight_frac_width = 24,
                                .bias_width = 32,
                                .bias_frac_width = 24};
    }
  }
  std::vector<float> x(16 * 8);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<float>(std::sin(0.7 * static_cast<double>(i * i)));
  const std::vector<int64_t> y = {0, 1, 2, 3, 4, 0, 1, 2};
  const auto a = gradients_of(plain, x, y), b = gradients_of(wide, x, y);
  for (const auto& [name, gradient] : a) {
    for (size_t i = 0; i < gradient.size(); ++i)
      EXPECT_NEAR(gradient[i], b.at(name)[i], 1e-5) << name << " " << i;
  }
}

/// Weights after three steps in Python's torch 1.13.1, float64, lr 0.1, weight_decay 0.01.
struct Pinned {
  OptimizerKind kind;
  double p0, p1;
};

TEST(Optimizers, UpdateAsPyTorchDoes) {
  // The gradient of one_to_two is (softmax - onehot) * x: fed through real batches, compared with
  // Python's optimisers.
  for (const Pinned& pinned :
       {Pinned{OptimizerKind::kAdam, 0.7155891048267387, -1.7152698389063883},
        Pinned{OptimizerKind::kAdamW, 0.7132270842240636, -1.7102300832240636},
        Pinned{OptimizerKind::kSgd, 0.635469875080188, -1.632472874080188}}) {
    model::Network network(one_to_two(1, -2), {.precision = model::Precision::k64});
    Learner learner(network, {pinned.kind, 0.01});
    const data::Split split = data::make_split("train", 1, {0.5F, -1.25F, 2.0F}, {1, 0, 1});
    const std::vector<int64_t> order = {0, 1, 2};
    learner.load(split, order);
    for (int step = 0; step < 3; ++step) {
      learner.accumulate(step, 1, 1);
      learner.update(0.1);
    }
    const auto graph = network.to_graph();
    const auto& w = graph.find("seq_blocks_0")->parameter("weight").data;
    EXPECT_NEAR(w[0], pinned.p0, 1e-12) << to_string(pinned.kind);
    EXPECT_NEAR(w[1], pinned.p1, 1e-12) << to_string(pinned.kind);
  }
}

TEST(Optimizers, UnknownNameIsAnError) {
  try {
    parse_optimizer("adagrad");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_EQ(error.code(), "T001");
    EXPECT_EQ(error.message(), "unknown training-optimizer 'adagrad'");
    EXPECT_NE(error.help().find("adam"), std::string::npos);
  }
}

TEST(Learner, Bfloat16OfAQuantisedGraphIsAnError) {
  graph::Graph graph = one_to_two(1, 2);
  graph.find("seq_blocks_0")->quant = quant(8, 4, 8, 4);
  model::Network network(graph, {.precision = model::Precision::kBf16});
  EXPECT_THROW(Learner(network, {}), UserError);
}

}  // namespace
}  // namespace mase::train
