// SPDX-License-Identifier: Apache-2.0
#include "sw/search/problem_builder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <thread>

#include "sw/search/sampler/sampler.h"
#include "tests/support/expect_error.h"
#include "tests/sw/search/search_fixture.h"

namespace mase::search {
namespace {

using mase::test::expect_user_error;
using test::integer_seed;
using test::limit;
using test::numbers;
using test::objective;
using test::runner;
using test::texts;
constexpr Direction kMax = Direction::kMaximise, kMin = Direction::kMinimise;

struct Bench {
  graph::Graph graph = test::trained_like("jsc-three-linear-layers", 3);
  data::Dataset dataset = test::jets_like(graph, 64, 5);
  RunnerContext context{.dataset = &dataset, .seed = 4};
  std::shared_ptr<const Space> space = make_space(graph, options());

  static SpaceOptions options() {
    SpaceOptions options{.seeds = {integer_seed("default", {2, 5, 8})}};
    options.seeds[0].hardware = {
        numbers("parallelism_in", {1, 3, 5}), numbers("parallelism_out", {1, 4}),
        texts("weight_storage", {"lut", "bram"}), texts("multiplier", {"auto", "lut"})};
    options.hardware = {{"fuse", {true, false}, ""}};
    return options;
  }

  static StrategyOptions strategy() {
    StrategyOptions strategy;
    strategy.sw_runners = {runner("basic_evaluation", {{"num_samples", int64_t{64}, ""}})};
    strategy.hw_runners = {runner("average_bitwidth"),
                           runner("latency", {{"clock_mhz", int64_t{200}, ""}}),
                           runner("resources"), runner("bitops"), runner("model_size")};
    strategy.metrics = {objective("lut", 0.001, kMin), objective("accuracy", 100, kMax),
                        objective("latency_ns", 0.5, kMin), limit("dsp", 40, 2),
                        limit("loss", 3.0)};
    return strategy;
  }
};

TEST(SearchProblem, ObjectivesAreAlphabeticalAndConstraintsRelative) {
  const Bench bench;
  const SearchProblem problem(bench.space, Bench::strategy(), bench.context);
  EXPECT_EQ(problem.objective_names(), (std::vector<std::string>{"accuracy", "latency_ns", "lut"}));
  EXPECT_EQ(problem.problem().directions, (std::vector<Direction>{kMax, kMin, kMin}));
  EXPECT_EQ(problem.constraint_names(),
            (std::vector<std::string>{"dsp.upper", "dsp.lower", "loss.upper"}));
  EXPECT_EQ(problem.metric_names(), (std::vector<std::string>{"accuracy", "loss"}));
  // Hardware metrics are objectives: `auto` uses what is known of them.
  EXPECT_EQ(choose_sampler(problem.problem(), {.n_trials = 200}), "greybox");
  EXPECT_EQ(choose_sampler(problem.problem(), {.n_trials = 600}), "nsgaii");
  EXPECT_EQ(problem.unit("latency_ns"), "ns");
  const Point point = test::random_points(*bench.space, 1, 8)[0];
  const Evaluation e = problem.evaluate(point);
  const auto find = [&](const char* name) {
    for (const auto& list : {e.software_metrics, e.hardware_metrics}) {
      for (const auto& [key, value] : list) {
        if (key == name) return value;
      }
    }
    return std::nan("");
  };
  EXPECT_DOUBLE_EQ(e.values[0], 100 * find("accuracy"));
  EXPECT_DOUBLE_EQ(e.values[1], 0.5 * find("latency_ns"));
  EXPECT_DOUBLE_EQ(find("latency_ns"), find("latency_cycles") * 5);
  EXPECT_DOUBLE_EQ(e.scaled_metrics.at("lut"), 0.001 * find("lut"));
  EXPECT_DOUBLE_EQ(e.constraints[0], find("dsp") / 40 - 1);
  EXPECT_DOUBLE_EQ(e.constraints[1], 1 - find("dsp") / 2);
  EXPECT_DOUBLE_EQ(e.constraints[2], find("loss") / 3 - 1);
  EXPECT_EQ(e.metrics, (std::vector<double>{find("accuracy"), find("loss")}));
  EXPECT_EQ(e.sources.at("latency_cycles"), "systemc-model");
  EXPECT_EQ(e.sources.at("lut"), "model");
  EXPECT_EQ(e.hardware_metrics[0].first, "average_bitwidth");
}

/// exact(point) plus the weights of what ran is what the trial found.
void expect_exact_is_evaluation(const SearchProblem& problem, const std::vector<Point>& points) {
  ASSERT_TRUE(problem.problem().grey_box);
  const GreyBox& box = *problem.problem().grey_box;
  for (const Point& point : points) {
    const auto exact = box.exact(point);
    ASSERT_TRUE(exact);
    const Evaluation e = problem.evaluate(point);
    ASSERT_EQ(static_cast<int>(e.metrics.size()), box.metrics);
    for (size_t o = 0; o < e.values.size(); ++o) {
      double value = exact->objectives[o];
      for (size_t m = 0; m < e.metrics.size(); ++m)
        value += box.objective_weights[o][m] * e.metrics[m];
      EXPECT_NEAR(value, e.values[o], 1e-12 * std::max(1.0, std::abs(e.values[o])));
    }
    for (size_t c = 0; c < e.constraints.size(); ++c) {
      double value = exact->constraints[c];
      for (size_t m = 0; m < e.metrics.size(); ++m)
        value += box.constraint_weights[c][m] * e.metrics[m];
      EXPECT_NEAR(value, e.constraints[c], 1e-12 * std::max(1.0, std::abs(e.constraints[c])));
    }
  }
}

/// From each point to the next one parameter moves, as where a sampler climbs.
std::vector<Point> walk(const Space& space, size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Point> points = test::random_points(space, 1, seed);
  while (points.size() < count) {
    Point next = points.back();
    const size_t moved = random() % next.size();
    const auto choices = static_cast<uint64_t>(space.parameters()[moved].choices);
    next[moved] = static_cast<double>(random() % choices);
    if (next != points.back() && !space.illegal(next)) points.push_back(std::move(next));
  }
  return points;
}

TEST(SearchProblem, ExactPlusWhatRanIsTheEvaluation) {
  const Bench bench;
  const uint64_t seed = 20261121;
  RecordProperty("seed", std::to_string(seed));
  auto strategy = Bench::strategy();
  const auto points = test::random_points(*bench.space, 60, seed);
  const SearchProblem several(bench.space, strategy, bench.context);
  expect_exact_is_evaluation(several, points);
  expect_exact_is_evaluation(several, walk(*bench.space, 60, seed));
  strategy.sum_scaled_metrics = true;
  strategy.direction = kMax;
  for (auto& metric : strategy.metrics) metric.direction.reset();
  const SearchProblem sum(bench.space, strategy, bench.context);
  EXPECT_EQ(sum.objective_names(), (std::vector<std::string>{"sum"}));
  EXPECT_EQ(sum.problem().directions, (std::vector<Direction>{kMax}));
  expect_exact_is_evaluation(sum, points);
}

TEST(SearchProblem, ThreadsAgree) {
  const Bench bench;
  const SearchProblem problem(bench.space, Bench::strategy(), bench.context);
  const SearchProblem alone(bench.space, Bench::strategy(), bench.context);
  const auto points = test::random_points(*bench.space, 24, 99);
  std::vector<std::vector<Evaluation>> found(4);
  std::vector<std::thread> threads;
  for (auto& list : found) {
    threads.emplace_back([&] {
      for (const Point& point : points) {
        problem.problem().grey_box->exact(point);
        list.push_back(problem.evaluate(point));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (size_t i = 0; i < points.size(); ++i) {
    const Evaluation wanted = alone.evaluate(points[i]);
    for (const auto& list : found) {
      EXPECT_EQ(list[i].values, wanted.values);
      EXPECT_EQ(list[i].constraints, wanted.constraints);
    }
  }
}

TEST(SearchProblem, TrainingLeavesOnlyFormulasOfTheConfiguration) {
  const Bench bench;
  auto strategy = Bench::strategy();
  strategy.sw_runners.push_back(runner("basic_train", {{"max_steps", int64_t{2}, ""}}));
  strategy.metrics.push_back(objective("model_size_bits", 1, kMin));
  const SearchProblem problem(bench.space, strategy, bench.context);
  EXPECT_EQ(problem.metric_names(),
            (std::vector<std::string>{"accuracy", "dsp", "latency_ns", "loss", "lut"}));
  expect_exact_is_evaluation(problem, test::random_points(*bench.space, 2, 5));
}

TEST(SearchProblem, IllegalPointsAreNeverEvaluated) {
  const Bench bench;
  SpaceOptions options = Bench::options();
  options.seeds[0].config[0] = texts("name", {"integer", "NA"});
  const SearchProblem problem(make_space(bench.graph, options), Bench::strategy(), bench.context);
  const auto& parameters = problem.space().parameters();
  Point point(parameters.size(), 0.0);
  EXPECT_TRUE(problem.problem().grey_box->exact(point));
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].name == "seq_blocks_2/config/name") point[i] = 1;
  }
  // Legal as a configuration, but a float linear is no hardware.
  EXPECT_FALSE(problem.space().illegal(point));
  EXPECT_FALSE(problem.problem().grey_box->exact(point));
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].name == "seq_blocks_2/config/data_in_width") point[i] = 1;
  }
  EXPECT_TRUE(problem.space().illegal(point));
  EXPECT_FALSE(problem.problem().grey_box->exact(point));
  expect_user_error([&] { problem.evaluate(point); }, "Q010", {"seq_blocks_2 is not quantised"});
}

TEST(SearchProblem, ASpaceWithoutHardwareIsAnErrorAtOnce) {
  const Bench bench;
  const auto space = std::shared_ptr<const Space>(
      make_space(bench.graph, test::space_of_example("jsc_toy_by_type.toml")));
  expect_user_error([&] { SearchProblem(space, Bench::strategy(), bench.context); }, "P001",
                    {"seq_blocks_0", "not quantised"});
  StrategyOptions strategy = Bench::strategy();
  strategy.hw_runners = {runner("average_bitwidth")};
  strategy.metrics = {objective("accuracy", 1, kMax), objective("average_bitwidth", 0.2, kMin)};
  const SearchProblem problem(space, strategy, bench.context);
  EXPECT_EQ(problem.metric_names(), (std::vector<std::string>{"accuracy"}));
  EXPECT_FALSE(problem.can_remeasure());
}

TEST(SearchProblem, MeasuredFiguresReplaceModelledOnes) {
  const Bench bench;
  auto strategy = Bench::strategy();
  strategy.hw_runners = {runner("latency")};
  strategy.metrics = {objective("accuracy", 1, kMax), objective("latency_cycles", 2, kMin)};
  const SearchProblem problem(bench.space, strategy, bench.context);
  ASSERT_TRUE(problem.can_remeasure());
  const Point point = test::random_points(*bench.space, 1, 3)[0];
  Evaluation before = problem.evaluate(point);
  const Evaluation truth = problem.remeasure(point, before);
  EXPECT_EQ(truth.values, before.values);
  EXPECT_EQ(truth.sources.at("latency_cycles"), "verilator");
  before.hardware_metrics[0].second += 7;  // what a wrong model would have said
  problem.derive(before);
  EXPECT_EQ(before.values[1], truth.values[1] + 14);
  EXPECT_EQ(problem.remeasure(point, before).values, truth.values);
}

TEST(SearchProblem, BadMetricsAreErrors) {
  const Bench bench;
  const auto run = [&](std::vector<MetricOptions> metrics, bool sum = false) {
    return [&bench, metrics, sum] {
      StrategyOptions strategy = Bench::strategy();
      strategy.metrics = metrics;
      strategy.sum_scaled_metrics = sum;
      SearchProblem(bench.space, strategy, bench.context);
    };
  };
  const MetricOptions good = objective("accuracy", 1, kMax);
  expect_user_error(run({objective("acuracy", 1, kMax)}), "Q030", {"accuracy", "search.toml:11"});
  expect_user_error(run({good, objective("flops", 1, kMin)}), "Q030",
                    {"no runner gives", "hw_runner.flops"});
  expect_user_error(run({good, good}), "Q030", {"given twice"});
  expect_user_error(run({}), "Q031", {"no objective"});
  expect_user_error(run({limit("lut", 100)}), "Q031", {"no objective"});
  MetricOptions undirected = good;
  undirected.direction.reset();
  expect_user_error(run({undirected}), "Q032", {"accuracy has no direction"});
  expect_user_error(run({undirected}, true), "Q032", {"the sum has no direction"});
  expect_user_error(run({good, limit("lut", 100, 200)}), "Q033", {"lower 200 is above upper 100"});
  expect_user_error(run({good, limit("lut", std::nan(""))}), "Q033", {"lut.upper"});
}

}  // namespace
}  // namespace mase::search
