// SPDX-License-Identifier: Apache-2.0
#include "sw/search/runners.h"

#include <gtest/gtest.h>

#include <cmath>

#include "gen/arch/cost.h"
#include "gen/base/process.h"
#include "gen/fixed/quantise.h"
#include "gen/pass/lower.h"
#include "sim/synth/synthesise.h"
#include "sw/model/zoo.h"
#include "sw/train/trainer.h"
#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"
#include "tests/support/vivado_stand_in.h"
#include "tests/sw/search/search_fixture.h"

namespace mase::search {
namespace {

using mase::test::expect_user_error;
using test::integer_seed;
using test::point_with;
using test::runner;

struct Bench {
  graph::Graph graph = test::trained_like("jsc-tiny", 3);
  data::Dataset dataset = test::jets_like(graph, 200, 5);
  RunnerContext context{.dataset = &dataset, .seed = 4};
  std::unique_ptr<Space> space = make_space(graph, {.seeds = {integer_seed("default", {4, 6, 8})}});

  Candidate candidate(const Point& point) const {
    return {space->graph(point), space->hardware_options(point)};
  }
  std::map<std::string, double> run(const StrategyOptions& strategy, Candidate candidate) const {
    std::map<std::string, double> values;
    for (const auto& r : make_runners(strategy, context)) {
      const auto figures = r->run(candidate);
      for (size_t i = 0; i < figures.size(); ++i) values[r->metrics()[i].name] = figures[i];
    }
    return values;
  }
};

/// Accuracy by the integer reference alone.
double reference_accuracy(const graph::Graph& graph, const data::Split& rows) {
  const auto network = pass::lower(graph);
  int64_t right = 0;
  for (int64_t r = 0; r < rows.rows; ++r) {
    std::vector<fixed::Wide> x;
    for (int64_t c = 0; c < rows.columns; ++c)
      x.push_back(fixed::quantise(rows.features[r * rows.columns + c], network.input()));
    const auto y = pass::evaluate(network, x);
    right += std::max_element(y.begin(), y.end()) - y.begin() == rows.labels[r];
  }
  return static_cast<double>(right) / static_cast<double>(rows.rows);
}

TEST(Runners, BasicEvaluationIsTheIntegerReference) {
  const Bench bench;
  StrategyOptions strategy;
  strategy.sw_runners = {runner("basic_evaluation", {{"num_samples", int64_t{150}, ""},
                                                     {"data_loader", "test_dataloader", ""}})};
  for (const Point& point : test::random_points(*bench.space, 5, 1)) {
    const Candidate candidate = bench.candidate(point);
    EXPECT_DOUBLE_EQ(bench.run(strategy, candidate).at("accuracy"),
                     reference_accuracy(candidate.graph(), bench.dataset.test.head(150)));
  }
  // The float network made the labels, a tenth of which were moved.
  Candidate plain(bench.graph, {});
  EXPECT_NEAR(bench.run(strategy, plain).at("accuracy"), 0.9, 1e-9);
  EXPECT_GT(bench.run(strategy, plain).at("loss"), 0);
}

TEST(Runners, BasicTrainTakesTheRegularizer) {
  Bench bench;
  bench.context.regularizer = {.kind = train::RegularizerKind::kLut, .final_sparsity = 0.8};
  StrategyOptions strategy;
  strategy.sw_runners = {runner("basic_train", {{"max_epochs", int64_t{4}, ""}})};
  const auto bits = [](const graph::Graph& graph) {
    int64_t sum = 0;
    for (const auto& layer : train::costed_layers(graph))
      sum += train::adder_bits(layer, graph.find(layer.node)->parameter("weight").data.data());
    return sum;
  };
  Candidate candidate = bench.candidate(point_with(*bench.space));
  const int64_t before = bits(candidate.graph());
  make_runners(strategy, bench.context)[0]->run(candidate);
  EXPECT_LT(2 * bits(candidate.graph()), before);
  // A trial that quantises nothing is trained without it.
  Candidate plain(bench.graph, {});
  EXPECT_NO_THROW(make_runners(strategy, bench.context)[0]->run(plain));
  // Its schedule must fit into the epochs of the trial, which is known before the first.
  bench.context.regularizer.warmup_epochs = 4;
  expect_user_error([&] { make_runners(strategy, bench.context); }, "T009",
                    {"regularizer_warmup is 4", "max_epochs is 4"});
}

TEST(Runners, BasicTrainTrainsWithTheQuantisationInTheLoop) {
  const Bench bench;
  const mase::test::TempDir folder;
  StrategyOptions strategy;
  strategy.sw_runners = {runner("basic_evaluation"),
                         runner("basic_train", {{"max_epochs", int64_t{2}, ""},
                                                {"batch_size", int64_t{32}, ""},
                                                {"learning_rate", 0.01, ""}})};
  const auto runners = make_runners(strategy, bench.context);
  ASSERT_EQ(runners[0]->name(), "basic_train");  // whoever follows measures the trained network
  const Point point = point_with(*bench.space);
  Candidate candidate = bench.candidate(point);
  const graph::Graph before = candidate.graph();
  const auto trained = runners[0]->run(candidate);
  EXPECT_NE(candidate.graph().find("seq_blocks_2")->parameters,
            before.find("seq_blocks_2")->parameters);
  EXPECT_EQ(candidate.graph().find("seq_blocks_2")->quant, before.find("seq_blocks_2")->quant);
  EXPECT_EQ(runners[1]->run(candidate), trained);
  // As a training by hand, and the same again in another trial.
  train::TrainOptions options{.learning_rate = 0.01, .max_epochs = 2, .batch_size = 32, .seed = 4};
  const auto by_hand = train::train(before, bench.dataset, options);
  EXPECT_EQ(candidate.graph().find("seq_blocks_2")->parameters,
            by_hand.best.find("seq_blocks_2")->parameters);
  EXPECT_DOUBLE_EQ(trained[0], by_hand.best_loss);
  Candidate again = bench.candidate(point);
  EXPECT_EQ(runners[0]->run(again), trained);
}

TEST(Runners, CountsOfAHandWorkedNetwork) {
  // batch norm 16, linear 16 -> 5 with bias, data 8 bits, weights 4, bias 6.
  const Bench bench;
  const Point point = point_with(*bench.space, {{"seq_blocks_0/config/data_in_width", 2},
                                                {"seq_blocks_0/config/weight_width", 0},
                                                {"seq_blocks_0/config/bias_width", 1},
                                                {"seq_blocks_2/config/data_in_width", 2},
                                                {"seq_blocks_2/config/weight_width", 0},
                                                {"seq_blocks_2/config/bias_width", 1}});
  StrategyOptions strategy;
  strategy.hw_runners = {runner("average_bitwidth", {{"compare_to", int64_t{16}, ""}}),
                         runner("flops"), runner("bitops"), runner("model_size")};
  const auto values = bench.run(strategy, bench.candidate(point));
  EXPECT_EQ(values.at("average_bitwidth"), 4);
  EXPECT_EQ(values.at("memory_density"), 4);
  EXPECT_EQ(values.at("flops"), 2 * 16 + 2 * 16 * 5);
  EXPECT_EQ(values.at("bitops"), (16 + 80) * 8 * 4);
  EXPECT_EQ(values.at("model_size_bits"), (16 + 80) * 4 + (16 + 5) * 6);
}

TEST(Runners, LatencyIsVerilatorsAndTheFormulaIsTheModels) {
  const Bench bench;
  StrategyOptions strategy;
  const std::vector<Setting> clock = {{"clock_mhz", int64_t{250}, ""}};
  strategy.hw_runners = {runner("latency", clock)};
  const auto runners = make_runners(strategy, bench.context);
  ASSERT_TRUE(runners[0]->can_be_measured());
  const auto verilator = runners[0]->measured();
  EXPECT_EQ(verilator->metrics()[0].source, "verilator");
  const Point point = point_with(*bench.space);
  Candidate candidate = bench.candidate(point);
  const auto modelled = runners[0]->run(candidate);
  EXPECT_EQ(runners[0]->formula(candidate), modelled);
  EXPECT_EQ(verilator->run(candidate), modelled);
  EXPECT_EQ(modelled[1], 16);  // the widest input
  EXPECT_DOUBLE_EQ(modelled[2], modelled[0] * 4);
  EXPECT_DOUBLE_EQ(modelled[3], 250e6 / 16);
}

TEST(Runners, ResourcesAndSoftwareLatencyAreFinite) {
  const Bench bench;
  StrategyOptions strategy;
  strategy.hw_runners = {runner("resources"),
                         runner("software_latency", {{"num_samples", int64_t{64}, ""}})};
  const auto values = bench.run(strategy, bench.candidate(point_with(*bench.space)));
  const auto estimate =
      arch::estimate(arch::build_hardware(bench.space->graph(point_with(*bench.space)), {}));
  EXPECT_EQ(values.at("lut"), static_cast<double>(estimate.lut));
  EXPECT_EQ(values.at("dsp"), static_cast<double>(estimate.dsp));
  EXPECT_GT(values.at("software_latency"), 0);
  EXPECT_LT(values.at("software_latency"), 1e-2);
}

TEST(Runners, YosysMeasuresWhatTheCostModelModels) {
  const Bench bench;
  const auto make = [&](const std::vector<RunnerOptions>& runners) {
    StrategyOptions strategy;
    strategy.hw_runners = runners;
    return make_runners(strategy, bench.context);
  };
  const Point point = point_with(*bench.space);
  Candidate candidate = bench.candidate(point);
  const auto model = make({runner("resources", {{"backend", "model", ""}})})[0];
  const auto yosys =
      make({runner("resources", {{"backend", "yosys", ""}, {"target", "xcu250", ""}})})[0];
  ASSERT_TRUE(model->can_be_measured());
  EXPECT_FALSE(yosys->can_be_measured());
  EXPECT_EQ(yosys->metrics()[0].source, "yosys");
  EXPECT_EQ(yosys->metrics()[0].knowledge, MetricInfo::Knowledge::kRun);
  const auto counted = yosys->run(candidate);
  EXPECT_EQ(model->measured()->run(candidate), counted);
  const auto report = synth::synthesise(candidate.hardware(), {.timing = false});
  EXPECT_EQ(counted[0], static_cast<double>(report.total.lut));
  EXPECT_EQ(counted[1], static_cast<double>(report.total.ff));
  EXPECT_EQ(counted[2], static_cast<double>(report.total.dsp));
  EXPECT_EQ(counted[3], report.total.bram36);
  // Of the whole U250; no block RAM and few DSPs in so small a design, but not none.
  EXPECT_EQ(counted[4], std::max(counted[0] / 1'728'000, counted[2] / 12'288));
  EXPECT_NEAR(model->run(candidate)[0], counted[0], 0.25 * counted[0]);
}

TEST(Runners, AnEstimatedClockIsThatOfTheNetlist) {
  const Bench bench;
  StrategyOptions strategy;
  strategy.hw_runners = {runner("latency", {{"clock_mhz", "estimate", ""}})};
  const auto latency = make_runners(strategy, bench.context)[0];
  std::vector<std::string> names;
  for (const auto& metric : latency->metrics()) names.push_back(metric.name);
  EXPECT_EQ(names, (std::vector<std::string>{"latency_cycles", "ii_cycles", "fmax_mhz",
                                             "latency_ns", "throughput_sps"}));
  EXPECT_NE(latency->metrics()[3].source.find("estimated"), std::string::npos);
  // Cycles are known beforehand, times are not.
  using Knowledge = MetricInfo::Knowledge;
  EXPECT_EQ(latency->metrics()[0].knowledge, Knowledge::kHardware);
  EXPECT_EQ(latency->metrics()[3].knowledge, Knowledge::kRun);
  Candidate candidate = bench.candidate(point_with(*bench.space));
  const auto values = latency->run(candidate);
  const auto report = synth::synthesise(candidate.hardware());
  EXPECT_EQ(values[2], report.fmax->mhz);
  EXPECT_GT(values[2], 50);
  EXPECT_LT(values[2], 1000);
  EXPECT_DOUBLE_EQ(values[3], values[0] * 1e3 / values[2]);
  EXPECT_DOUBLE_EQ(values[4], values[2] * 1e6 / values[1]);
  EXPECT_EQ(latency->formula(candidate)[0], values[0]);
  EXPECT_EQ(latency->measured()->run(candidate), values);
}

TEST(Runners, ARoutedClockIsWhatVivadoReached) {
  if (find_program("tclsh").empty()) GTEST_SKIP() << "needs tclsh";
  Bench bench;
  const mase::test::TempDir folder;
  const std::string path = getenv("PATH");
  const char* cache = getenv("MASE_CACHE_DIR");
  const std::string cache_before = cache ? cache : "";
  setenv("PATH", ((folder / "bin").string() + ":" + path).c_str(), 1);
  setenv("MASE_CACHE_DIR", (folder / "cache").c_str(), 1);
  Candidate candidate = bench.candidate(point_with(*bench.space));
  const auto fmax = [&](const mase::test::VivadoStandIn& vivado) {
    vivado.install(folder.path());
    StrategyOptions strategy;
    strategy.hw_runners = {
        runner("latency", {{"clock_mhz", "routed", ""}}),
        runner("resources", {{"backend", "vivado", ""}, {"stage", "routed", ""}})};
    const auto runners = make_runners(strategy, bench.context);
    EXPECT_EQ(runners[0]->metrics()[2].source, "vivado-routed");
    EXPECT_EQ(runners[0]->metrics()[3].source, "systemc-model, clock routed by vivado");
    EXPECT_EQ(runners[1]->metrics()[0].source, "vivado-routed");
    EXPECT_EQ(runners[1]->run(candidate)[0], mase::test::VivadoStandIn::kRoutedLuts);
    return runners[0]->run(candidate)[2];
  };
  EXPECT_NEAR(fmax({}), 1000 / (3.333 - 0.312), 1e-9);  // 300 MHz of the target
  bench.context.clock_mhz = 200;                        // of [hardware]
  EXPECT_NEAR(fmax({}), 1000 / (5 - 0.312), 1e-9);
  bench.context.clock_mhz = 201;  // more slack than clock buffers carry
  EXPECT_EQ(fmax({.slack = "4.000"}), 775);
  EXPECT_EQ(mase::test::VivadoStandIn::runs(folder.path()).size(), 3u);  // shared by the runners
  bench.context.clock_mhz = 202;
  expect_user_error([&] { fmax({.slack = "-0.100"}); }, "Q027", {"202 MHz", "WNS -0.1"});
  setenv("PATH", path.c_str(), 1);
  cache ? setenv("MASE_CACHE_DIR", cache_before.c_str(), 1) : unsetenv("MASE_CACHE_DIR");
}

TEST(Runners, BadRunnersAreErrors) {
  const Bench bench;
  const auto software = [&](RunnerOptions options) {
    return [&bench, options] {
      StrategyOptions strategy;
      strategy.sw_runners = {options};
      make_runners(strategy, bench.context);
    };
  };
  const auto hardware = [&](RunnerOptions options) {
    return [&bench, options] {
      StrategyOptions strategy;
      strategy.hw_runners = {options};
      make_runners(strategy, bench.context);
    };
  };
  expect_user_error(software(runner("basic_evaluatoin")), "Q020",
                    {"basic_evaluation", "search.toml:9"});
  expect_user_error(software(runner("latency")), "Q020", {"hardware runner", "hw_runner.latency"});
  expect_user_error(hardware(runner("resource")), "Q020", {"resources"});
  expect_user_error(software(runner("basic_evaluation", {{"num_sample", int64_t{1}, "a.toml:3"}})),
                    "Q021", {"num_sample", "num_samples", "a.toml:3"});
  expect_user_error(hardware(runner("flops", {{"compare_to", int64_t{1}, ""}})), "Q021",
                    {"this runner has no keys"});
  expect_user_error(software(runner("basic_evaluation", {{"num_samples", int64_t{0}, "a.toml:3"}})),
                    "Q022", {"num_samples is 0", "1 and more", "a.toml:3"});
  expect_user_error(software(runner("basic_evaluation", {{"num_samples", "many", ""}})), "Q022",
                    {"'many'"});
  expect_user_error(software(runner("basic_evaluation", {{"data_loader", "eval", ""}})), "Q022",
                    {"val_dataloader"});
  expect_user_error(software(runner("basic_train", {{"optimizer", "lion", ""}})), "Q022",
                    {"adamw"});
  expect_user_error(software(runner("basic_train", {{"learning_rate", 0.0, ""}})), "Q022",
                    {"learning_rate is 0", "above 0"});
  expect_user_error(hardware(runner("latency", {{"backend", "modelsim", ""}})), "Q022",
                    {"systemc, verilator"});
  expect_user_error(hardware(runner("latency", {{"clock_mhz", int64_t{-1}, ""}})), "Q022",
                    {"clock_mhz is -1"});
  expect_user_error(hardware(runner("latency", {{"clock_mhz", "fast", ""}})), "Q022",
                    {"clock_mhz is 'fast'", "\"estimate\""});
  expect_user_error(hardware(runner("latency", {{"target", "xcu250", ""}})), "Q022",
                    {"target is 'xcu250'", "clock_mhz = \"estimate\""});
  expect_user_error(hardware(runner("resources", {{"backend", "quartus", ""}})), "Q022",
                    {"model, yosys, vivado"});
  // Keys of Vivado's where there is none.
  expect_user_error(hardware(runner("resources", {{"stage", "routed", "a.toml:3"}})), "Q022",
                    {"stage is 'routed'", "backend = \"vivado\"", "a.toml:3"});
  expect_user_error(hardware(runner("latency", {{"freq_mhz", int64_t{200}, ""}})), "Q022",
                    {"freq_mhz is 200", "clock_mhz = \"routed\""});
  expect_user_error(
      hardware(runner("resources", {{"backend", "vivado", ""}, {"stage", "placed", ""}})), "Q022",
      {"'placed'", "synth, routed"});
  expect_user_error(
      hardware(runner("latency", {{"clock_mhz", "routed", ""}, {"target", "xcu251", "a.toml:4"}})),
      "Y010", {"xcu251", "xcu250", "a.toml:4"});
  expect_user_error(
      hardware(runner("latency", {{"clock_mhz", "routed", ""}, {"freq_mhz", int64_t{0}, ""}})),
      "Q022", {"freq_mhz is 0", "above 0"});
  expect_user_error(hardware(runner("resources", {{"target", "xcu25", "a.toml:3"}})), "Y010",
                    {"xcu25", "xcu250", "a.toml:3"});
  expect_user_error(hardware(runner("average_bitwidth", {{"compare_to", int64_t{0}, ""}})), "Q022",
                    {"compare_to is 0"});
}

TEST(Runners, AToolThatIsMissingIsToldBeforeTheFirstTrial) {
  const Bench bench;
  const std::string path = getenv("PATH");
  const mase::test::TempDir empty;
  setenv("PATH", empty.path().c_str(), 1);
  const std::vector<std::pair<std::string, RunnerOptions>> needs = {
      {"S001", runner("latency", {{"backend", "verilator", ""}})},
      {"Y001", runner("latency", {{"clock_mhz", "estimate", ""}})},
      {"Y001", runner("resources", {{"backend", "yosys", ""}})},
      {"V130", runner("latency", {{"clock_mhz", "routed", ""}})},
      {"V130", runner("resources", {{"backend", "vivado", ""}})}};
  for (const auto& [code, options] : needs) {
    StrategyOptions strategy;
    strategy.hw_runners = {options};
    try {
      make_runners(strategy, bench.context);
      ADD_FAILURE() << "nothing was thrown";
    } catch (const UserError& error) {
      EXPECT_EQ(error.code(), code);
      EXPECT_EQ(error.exit_code(), ExitCode::kToolMissing);
    }
  }
  setenv("PATH", path.c_str(), 1);
}

}  // namespace
}  // namespace mase::search
