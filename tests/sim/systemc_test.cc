// SPDX-License-Identifier: Apache-2.0
// The SystemC bench: cycle for cycle the C++ clock loop, and with a host around it no beat is lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "gen/base/process.h"
#include "sim/simulate.h"
#include "tests/sim/bench_fixture.h"
#include "tests/support/networks.h"
#include "tests/support/temp_dir.h"

namespace mase::sim {
namespace {

using testing::IsEmpty;

#define MASE_NEED_VERILATOR() \
  if (find_program("verilator").empty()) GTEST_SKIP() << "needs verilator"

class SystemcStageOfWidth : public testing::TestWithParam<int> {};

TEST_P(SystemcStageOfWidth, MovesEveryBeatInTheSameCycleAsTheClockLoop) {
  MASE_NEED_VERILATOR();
  const int bits = GetParam();
  Design design(designs::one_stage(bits), {{bits, bits}});
  const auto beats = random_beats(bits, 500, 7);
  for (const Stall stall : {Stall::kNone, Stall::kRandom, Stall::kWorst}) {
    SCOPED_TRACE(to_string(stall));
    design.source.systemc = false;
    const auto expected = design.run(request_of({{beats, 500, 500}}, stall, 3));
    design.source.systemc = true;
    const auto got = design.run(request_of({{beats, 500, 500}}, stall, 3));
    EXPECT_FALSE(got.timed_out);
    EXPECT_THAT(got.assertions, IsEmpty());
    EXPECT_EQ(got.channels[0].words, plus_one(beats, bits));
    EXPECT_EQ(got.channels[0].in_cycles, expected.channels[0].in_cycles);
    EXPECT_EQ(got.channels[0].out_cycles, expected.channels[0].out_cycles);
    EXPECT_EQ(got.cycles, expected.cycles);
    EXPECT_FALSE(got.host);
  }
}

// bool, uint32_t, uint64_t and sc_bv ports, and the widths beside each change of type.
INSTANTIATE_TEST_SUITE_P(Widths, SystemcStageOfWidth, testing::Values(1, 7, 33, 65));

TEST(SystemcBench, GivesUpOnADesignThatIsSilent) {
  MASE_NEED_VERILATOR();
  Design design(designs::top(8,
                             "  assign in_ready_o = rst_ni; assign out_valid_o = 1'b0;\n"
                             "  assign out_data_o = in_data_i;\n"));
  design.source.systemc = true;
  auto request = request_of({{random_beats(8, 4, 1), 4, 4}});
  request.timeout_cycles = 200;
  const auto result = design.run(request);
  EXPECT_TRUE(result.timed_out);
  EXPECT_THAT(result.channels[0].out_cycles, IsEmpty());
  EXPECT_EQ(result.channels[0].in_cycles.size(), 4u);
}

TEST(SystemcBench, ReportsABeatTooMany) {
  MASE_NEED_VERILATOR();
  Design design(designs::top(8,
                             "  assign in_ready_o = rst_ni; assign out_valid_o = rst_ni;\n"
                             "  assign out_data_o = 8'd0;\n"));
  design.source.systemc = true;
  const auto result = design.run(request_of({{random_beats(8, 4, 1), 4, 4}}));
  EXPECT_THAT(result.assertions, testing::Contains(testing::HasSubstr("surplus output beat")));
}

/// One network, emitted, with inputs over a little more than its range.
class SystemcHost : public testing::Test {
 protected:
  void SetUp() override {
    MASE_NEED_VERILATOR();
    emit::write_design(emit::emit(test::random_network(kSeed), {}, {.tool_version = "test"}),
                       folder_.path());
    design_ = emit::read_design(folder_.path());
    const auto& h = design_.hardware;
    inputs_ = {400, h.features_in, {}};
    std::mt19937_64 rng(kSeed);
    std::uniform_real_distribution<double> uniform(static_cast<double>(h.input.min()) * 1.1,
                                                   static_cast<double>(h.input.max()) * 1.1);
    for (int64_t i = 0; i < inputs_.rows * inputs_.columns; ++i)
      inputs_.values.push_back(std::ldexp(uniform(rng), -h.input.frac));
  }

  SimulateResult run(const HostOptions& host, Stall stall = Stall::kNone) const {
    SimulateOptions options;
    options.backend = Backend::kSystemC;
    options.host = host;
    options.stall = stall;
    options.seed = 5;
    return simulate(design_, inputs_, options);
  }

  static constexpr uint64_t kSeed = 11;
  test::TempDir folder_;
  emit::EmittedFolder design_;
  Samples inputs_;
};

TEST_F(SystemcHost, LosesNothingAndMeasuresWhatVerilatorMeasures) {
  const auto verilator = simulate(design_, inputs_, {.seed = 5});
  for (const Stall stall : {Stall::kNone, Stall::kRandom, Stall::kWorst}) {
    SCOPED_TRACE(to_string(stall));
    const auto result = run({}, stall);
    EXPECT_EQ(result.mismatches, 0);
    EXPECT_THAT(result.failures, IsEmpty());
    EXPECT_EQ(result.raw_outputs, verilator.raw_outputs);
    EXPECT_EQ(result.latency_cycles, verilator.latency_cycles);
    EXPECT_EQ(result.ii_cycles, verilator.ii_cycles);
    ASSERT_TRUE(result.host && result.host_first);
  }
}

TEST_F(SystemcHost, TimeIsBoundByTheDesignOrByTheHost) {
  HostOptions quick;
  const auto& h = design_.hardware;
  const auto floor_ps = static_cast<double>(inputs_.rows * h.ii_cycles()) *
                        static_cast<double>(quick.design_period_ps);
  const auto free = run(quick);
  ASSERT_TRUE(free.host && free.host_first);
  EXPECT_GE(static_cast<double>(free.host->total_ps), floor_ps);
  // What the host adds to a long run: two memory latencies and the refreshes.
  EXPECT_LT(static_cast<double>(free.host->total_ps), floor_ps * 1.1 + 3e6);
  const auto alone = static_cast<uint64_t>(free.host_first->total_ps);
  EXPECT_GE(alone, 2 * quick.latency_min * quick.host_period_ps +
                       static_cast<uint64_t>(free.latency_cycles) * quick.design_period_ps);

  HostOptions narrow = quick;  // one byte a host cycle cannot feed it
  narrow.dma_bits = 8;
  narrow.host_period_ps = 50'000;
  const auto starved = run(narrow);
  EXPECT_EQ(starved.mismatches, 0);
  EXPECT_GT(starved.host->total_ps, 2 * free.host->total_ps);
  EXPECT_GT(starved.host->starved_cycles, free.host->starved_cycles);
}

TEST_F(SystemcHost, WritesAWaveform) {
  SimulateOptions options;
  options.backend = Backend::kSystemC;
  options.trace_file = folder_ / "wave.fst";
  const auto result = simulate(design_, inputs_, options);
  EXPECT_EQ(result.mismatches, 0);
  ASSERT_TRUE(std::filesystem::exists(options.trace_file));
  EXPECT_GT(std::filesystem::file_size(options.trace_file), 1000u);
}

TEST_F(SystemcHost, ReportHoldsItsFigures) {
  const auto result = run({});
  const auto json = nlohmann::json::parse(report_json(design_, result));
  EXPECT_DOUBLE_EQ(json["metrics"]["host_latency_ns"]["value"].get<double>(),
                   static_cast<double>(result.host_first->total_ps) * 1e-3);
  EXPECT_EQ(json["metrics"]["host_throughput_sps"]["unit"], "samples/s");
  EXPECT_EQ(json["host"]["dma_word_bits"], 512);
}

TEST_F(SystemcHost, OptionsOutOfRangeAreNamed) {
  HostOptions host;
  host.dma_bits = 100;
  const auto error = user_error("S024", [&] { run(host); });
  EXPECT_THAT(error.message(), testing::HasSubstr("DMA word in bits is 100"));
  host = {};
  host.latency_min = 200;
  user_error("S024", [&] { run(host); });
}

}  // namespace
}  // namespace mase::sim
