// SPDX-License-Identifier: Apache-2.0
// Whole networks: emitted SystemVerilog in Verilator against the integer reference.
#include "sim/simulate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "gen/base/file.h"
#include "gen/base/process.h"
#include "gen/fixed/quantise.h"
#include "tests/support/expect_error.h"
#include "tests/support/networks.h"
#include "tests/support/temp_dir.h"

namespace mase::test {
namespace {

using sim::Samples;
using sim::Stall;

#define MASE_NEED_VERILATOR() \
  if (find_program("verilator").empty()) GTEST_SKIP() << "needs verilator"

emit::EmittedFolder emit_to(const graph::Graph& graph, const std::filesystem::path& dir,
                            const arch::HardwareOptions& options = {}) {
  emit::write_design(emit::emit(graph, options, {.tool_version = "test"}), dir);
  return emit::read_design(dir);
}

/// Uniform over a little more than the input format's range, so that saturation is met.
Samples random_inputs(const arch::HardwareGraph& h, int64_t rows, uint64_t seed) {
  Samples samples{rows, h.features_in, {}};
  std::mt19937_64 rng(seed);
  std::uniform_real_distribution<double> uniform(static_cast<double>(h.input.min()) * 1.1 - 1,
                                                 static_cast<double>(h.input.max()) * 1.1 + 1);
  for (int64_t i = 0; i < rows * h.features_in; ++i)
    samples.values.push_back(std::ldexp(uniform(rng), -h.input.frac));
  return samples;
}

void expect_exact(const emit::EmittedFolder& design, const Samples& inputs, uint64_t seed) {
  for (const Stall stall : {Stall::kNone, Stall::kRandom, Stall::kWorst}) {
    const auto result = sim::simulate(design, inputs, {.stall = stall, .seed = seed});
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", stall " << sim::to_string(stall));
    EXPECT_EQ(result.mismatches, 0);
    EXPECT_THAT(result.failures, testing::IsEmpty());
    EXPECT_EQ(result.outputs, inputs.rows * design.hardware.features_out);
    EXPECT_EQ(result.ii_cycles, static_cast<double>(design.hardware.ii_cycles()));
  }
}

TEST(GoldenNetworks, AgreeInVerilatorUnderEveryStallPattern) {
  MASE_NEED_VERILATOR();
  MASE_NEED_SHARED("vectors/networks.json");
  uint64_t seed = 0;
  for (const auto& net : golden_cases("networks", "nets")) {
    const TempDir dir;
    const auto design = emit_to(golden_network(net), dir.path());
    Samples inputs{static_cast<int64_t>(net["x"].size()), design.hardware.features_in, {}};
    for (const auto& row : net["x"]) {
      for (const auto& q : row)
        inputs.values.push_back(std::ldexp(q.get<double>(), -design.hardware.input.frac));
    }
    expect_exact(design, inputs, ++seed);
    const auto result = sim::simulate(design, inputs, {.stall = Stall::kRandom, .seed = seed});
    std::vector<fixed::Wide> wanted;
    for (const auto& row : net["y"]) {
      for (const auto& q : row) wanted.push_back(q.get<int64_t>());
    }
    EXPECT_EQ(result.raw_outputs, wanted);
  }
}

void simulate_random_networks(uint64_t first, uint64_t count) {
  for (uint64_t seed = first; seed < first + count; ++seed) {
    const TempDir dir;
    const auto design = emit_to(random_network(seed), dir.path());
    expect_exact(design, random_inputs(design.hardware, 50, seed), seed);
  }
}

// Seeds 1, 15 and 35 once met a wrong optimisation of Verilator 5.006.
TEST(RandomNetworks, AgreeAndKeepTheirInterval) {
  MASE_NEED_VERILATOR();
  simulate_random_networks(1, 1);
  simulate_random_networks(15, 1);
  simulate_random_networks(60, 5);
}

TEST(RandomNetworksSlow, AgreeAndKeepTheirInterval) {
  MASE_NEED_VERILATOR();
  simulate_random_networks(1000, 100);
}

// The smallest designs there are: nothing at all, a lone ReLU, one weight, one channel.
TEST(Simulate, DegenerateNetworksAgree) {
  MASE_NEED_VERILATOR();
  using graph::Op;
  const auto chain = [](int64_t features, int width, std::vector<graph::Node> middle) {
    graph::Graph g{.name = "degenerate"};
    graph::Node x{.name = "x", .op = Op::kPlaceholder};
    x.shape = {features};
    x.quant = graph::Quant{.data_in_width = width, .data_in_frac_width = 0};
    g.nodes.push_back(x);
    for (auto& node : middle) {
      node.inputs = {g.nodes.back().name};
      g.nodes.push_back(node);
    }
    g.nodes.push_back({.name = "output", .op = Op::kOutput, .inputs = {g.nodes.back().name}});
    return g;
  };
  graph::Node weight = graph::make_linear("fc", "x", 1, 1, false);
  weight.parameters["weight"].data = {-1};
  weight.quant = graph::Quant{
      .data_in_width = 1, .data_in_frac_width = 0, .weight_width = 1, .weight_frac_width = 0};
  graph::Node norm = graph::make_batch_norm1d("bn", "x", 1);
  norm.quant = graph::Quant{.data_in_width = 3,
                            .data_in_frac_width = 0,
                            .weight_width = 2,
                            .weight_frac_width = 0,
                            .bias_width = 1,
                            .bias_frac_width = 0};
  const std::vector<graph::Graph> graphs{
      chain(3, 5, {}), chain(3, 5, {graph::make_relu("relu", "x")}),
      chain(1, 1, {graph::make_relu("relu", "x")}), chain(1, 1, {weight}),
      chain(1, 3, {norm, graph::make_relu("relu", "bn")})};
  for (size_t i = 0; i < graphs.size(); ++i) {
    SCOPED_TRACE(testing::Message() << "graph " << i);
    const TempDir dir;
    const auto design = emit_to(graphs[i], dir.path());
    expect_exact(design, random_inputs(design.hardware, 20, i), i);
  }
}

TEST(Simulate, WideOperandsAreExactAndWrittenExactly) {
  MASE_NEED_VERILATOR();
  const TempDir dir;
  graph::Graph g{.name = "wide"};
  graph::Node x{.name = "x", .op = graph::Op::kPlaceholder};
  x.shape = {5};
  graph::Node fc = graph::make_linear("fc", "x", 5, 3);
  std::mt19937_64 rng(5);
  for (auto& [key, tensor] : fc.parameters) {
    tensor.dtype = graph::Dtype::kF64;
    for (double& v : tensor.data)
      v = std::ldexp(static_cast<double>(static_cast<int64_t>(rng() >> 32) - (1LL << 31)), -20);
  }
  fc.quant = graph::Quant{.data_in_width = 32,
                          .data_in_frac_width = 20,
                          .weight_width = 32,
                          .weight_frac_width = 20,
                          .bias_width = 32,
                          .bias_frac_width = 20};
  fc.hardware = graph::Hardware{.parallelism_in = 2, .parallelism_out = 2};
  g.nodes = {x, fc, {.name = "output", .op = graph::Op::kOutput, .inputs = {"fc"}}};
  const auto design = emit_to(g, dir.path());
  EXPECT_GT(design.hardware.output.width, 62);
  const auto inputs = random_inputs(design.hardware, 40, 9);
  expect_exact(design, inputs, 9);

  const auto result = sim::simulate(design, inputs, {});
  sim::write_outputs(result, dir / "out.csv");
  const std::string text = read_file(dir / "out.csv");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 40);
  // The first value, read back with all its digits: q = text * 2^40.
  const std::string first = text.substr(0, text.find(','));
  EXPECT_EQ(strtold(first.c_str(), nullptr),
            std::ldexp(static_cast<long double>(result.raw_outputs[0]), -40))
      << first;
  expect_user_error([&] { sim::write_outputs(result, dir / "out.npy"); }, "S022",
                    {"out.npy", ".csv"});
  expect_user_error([&] { sim::write_outputs(result, dir / "out.txt"); }, "S023",
                    {".txt", ".csv, .npy"});
}

TEST(Simulate, SecondRunCompilesNothing) {
  MASE_NEED_VERILATOR();
  const TempDir dir, cache;
  const auto design = emit_to(random_network(5), dir / "a");
  const auto inputs = random_inputs(design.hardware, 5, 1);
  EXPECT_FALSE(sim::simulate(design, inputs, {.cache = cache.path()}).model_from_cache);
  EXPECT_TRUE(sim::simulate(design, inputs, {.cache = cache.path()}).model_from_cache);
  // A copy elsewhere is the same design.
  std::filesystem::copy(dir / "a", dir / "b", std::filesystem::copy_options::recursive);
  const auto copy = emit::read_design(dir / "b");
  const auto result = sim::simulate(copy, inputs, {.cache = cache.path()});
  EXPECT_TRUE(result.model_from_cache);
  EXPECT_TRUE(result.good());
}

TEST(Simulate, MismatchNamesSampleNodeValuesAndCycle) {
  MASE_NEED_VERILATOR();
  const TempDir dir;
  graph::Graph g{.name = "one"};
  graph::Node x{.name = "x", .op = graph::Op::kPlaceholder};
  x.shape = {2};
  graph::Node fc = graph::make_linear("fc", "x", 2, 1, false);
  fc.parameters["weight"].data = {1, 0.5};
  fc.quant = graph::Quant{
      .data_in_width = 8, .data_in_frac_width = 4, .weight_width = 8, .weight_frac_width = 4};
  fc.hardware = graph::Hardware{.parallelism_in = 1, .parallelism_out = 1};
  g.nodes = {x, fc, {.name = "output", .op = graph::Op::kOutput, .inputs = {"fc"}}};
  const auto design = emit_to(g, dir.path());
  ASSERT_EQ(read_file(dir / "mem/fc_weight.mem"), "10\n08\n");
  write_file(dir / "mem/fc_weight.mem", "10\n09\n");  // one bit of the hardware's weights is wrong
  const Samples inputs{3, 2, {1, 0, 1, 1, 2, 0}};
  const auto result = sim::simulate(design, inputs, {});
  EXPECT_FALSE(result.good());
  ASSERT_EQ(result.mismatches, 1);
  const auto& m = result.first_mismatches.front();
  EXPECT_EQ(m.sample, 1);
  EXPECT_EQ(m.element, 0);
  EXPECT_EQ(m.node, "fc");
  EXPECT_EQ(m.expected, "384 (1.5)");
  EXPECT_EQ(m.got, "400 (1.5625)");
  EXPECT_GT(m.cycle, 0);
  const auto json = nlohmann::json::parse(sim::report_json(design, result));
  EXPECT_FALSE(json.at("good").get<bool>());
  EXPECT_EQ(json.at("metrics").at("mismatches").at("value"), 1);
}

TEST(Simulate, ReportHoldsEveryMetricWithUnitAndSource) {
  MASE_NEED_VERILATOR();
  const TempDir dir;
  const auto design = emit_to(random_network(5), dir.path());
  const auto inputs = random_inputs(design.hardware, 20, 1);
  std::vector<int64_t> labels(20, 0);
  const auto result =
      sim::simulate(design, inputs, {.stall = Stall::kRandom, .seed = 3, .labels = labels});
  const auto json = nlohmann::json::parse(sim::report_json(design, result));
  for (const char* key :
       {"latency_cycles", "ii_cycles", "mismatches", "accuracy", "reference_accuracy"}) {
    for (const char* field : {"value", "unit", "source"})
      EXPECT_TRUE(json.at("metrics").at(key).contains(field)) << key;
  }
  EXPECT_EQ(json.at("metrics").at("accuracy").at("value"),
            json.at("metrics").at("reference_accuracy").at("value"));
  EXPECT_EQ(json.at("stall").at("seed"), 3);
  EXPECT_FALSE(json.at("tools").at("verilator").get<std::string>().empty());
  for (const auto& stage : json.at("stages")) {
    if (stage.at("module") != "mase_linear") continue;
    EXPECT_EQ(stage.at("busy_cycles").at("value"),
              20 * stage.at("cycles_per_sample").at("value").get<int64_t>());
  }
}

TEST(Simulate, RefusesInputsThatDoNotFit) {
  const TempDir dir;
  const auto design = emit_to(random_network(5), dir.path());
  const int64_t n = design.hardware.features_in;
  expect_user_error(
      [&] {
        sim::simulate(design, {1, n + 1, std::vector<double>(static_cast<size_t>(n + 1))}, {});
      },
      "S020", {std::to_string(n + 1) + " columns", std::to_string(n) + " features"});
  expect_user_error([&] { sim::simulate(design, {0, n, {}}, {}); }, "S021", {"no rows"});
  std::vector<double> values(static_cast<size_t>(n), 0.0);
  values.back() = NAN;
  expect_user_error([&] { sim::simulate(design, {1, n, values}, {}); }, "F003", {"input", "NaN"});
}

}  // namespace
}  // namespace mase::test
