// SPDX-License-Identifier: Apache-2.0
// The SystemC cycle model against Verilator: not one cycle may differ, for any design and stall.
#include "sim/cycle/cycle_model.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "gen/arch/latency.h"
#include "gen/base/process.h"
#include "tests/sim/design_bench.h"

namespace mase::sim {
namespace {

#define MASE_NEED_VERILATOR() \
  if (find_program("verilator").empty()) GTEST_SKIP() << "needs verilator"

void expect_same_run(const DesignBench& bench, const std::vector<DesignCase>& cases,
                     const std::vector<int64_t>& samples, Stall stall, uint64_t seed) {
  const RunResult run = bench.run(samples, stall, seed);
  EXPECT_TRUE(run.assertions.empty()) << run.assertions.front();
  ASSERT_FALSE(run.timed_out);
  for (size_t i = 0; i < cases.size(); ++i) {
    const std::string what =
        fmt::format("design {}, stall {} seed {}", cases[i].seed, static_cast<int>(stall), seed);
    const CycleTrace trace = run_cycles(
        bench.designs()[i],
        {.samples = samples[i], .stall = stall, .seed = seed, .channel = static_cast<int>(i)});
    EXPECT_FALSE(trace.timed_out) << what;
    EXPECT_EQ(trace.in_cycles, run.channels[i].in_cycles) << what;
    EXPECT_EQ(trace.out_cycles, run.channels[i].out_cycles) << what;
  }
}

/// Latency and interval as sim::simulate measures them.
void expect_same_timing(const DesignBench& bench, const std::vector<DesignCase>& cases) {
  constexpr int64_t kWindow = 8;
  std::vector<int64_t> one(cases.size(), 1), many;
  for (const auto& h : bench.designs())
    many.push_back(6 * static_cast<int64_t>(h.stages.size()) + 2 * kWindow);
  const RunResult single = bench.run(one, Stall::kNone, 1);
  const RunResult steady = bench.run(many, Stall::kNone, 1);
  ASSERT_FALSE(single.timed_out || steady.timed_out);
  for (size_t i = 0; i < cases.size(); ++i) {
    const auto& h = bench.designs()[i];
    const std::string what = fmt::format("design {}", cases[i].seed);
    const CycleResult model = measure_cycles(h);
    const int64_t latency =
        single.channels[i].out_cycles.back() - single.channels[i].in_cycles.front();
    EXPECT_EQ(model.latency_cycles, latency) << what;
    EXPECT_EQ(arch::latency_cycles(h), latency) << what << ", recurrence";
    const auto& out = steady.channels[i].out_cycles;
    const int64_t window = out.back() - out[out.size() - 1 - kWindow * h.beats_out()];
    EXPECT_EQ(model.ii_cycles * kWindow, window) << what;
    EXPECT_EQ(model.ii_cycles, h.ii_cycles()) << what;
    for (size_t s = 0; s < h.stages.size(); ++s) {
      if (h.stages[s].cell != arch::Cell::kLinear) continue;
      EXPECT_EQ(model.stages[s].busy_cycles, h.stages[s].cycles()) << what;
    }
  }
}

using Draw = DesignCase (*)(uint64_t seed, int unrolled_percent);

void compare_with_verilator(uint64_t first, uint64_t count, int unrolled_percent = 0,
                            Draw draw = random_design) {
  constexpr uint64_t kAtOnce = 10;
  std::cout << "designs of seeds " << first << " to " << first + count - 1 << "\n";
  for (uint64_t at = first; at < first + count; at += kAtOnce) {
    std::vector<DesignCase> cases;
    for (uint64_t seed = at; seed < std::min(at + kAtOnce, first + count); ++seed)
      cases.push_back(draw(seed, unrolled_percent));
    const TemporaryFolder cache;  // each model is met once
    const DesignBench bench(cases, cache.path());
    expect_same_timing(bench, cases);
    const std::vector<int64_t> samples(cases.size(), 25);
    expect_same_run(bench, cases, samples, Stall::kNone, at);
    for (uint64_t stall_seed = at; stall_seed < at + 3; ++stall_seed) {
      expect_same_run(bench, cases, samples, Stall::kRandom, stall_seed);
      expect_same_run(bench, cases, samples, Stall::kWorst, stall_seed);
    }
    if (testing::Test::HasFailure()) return;
  }
}

TEST(CycleModel, EqualsVerilatorToTheCycle) {
  MASE_NEED_VERILATOR();
  compare_with_verilator(1, 40);
}

TEST(CycleModel, EqualsVerilatorToTheCycleWithUnrolledLayers) {
  MASE_NEED_VERILATOR();
  compare_with_verilator(500, 10, 60);
}

TEST(CycleModel, EqualsVerilatorToTheCycleAcrossSlrs) {
  MASE_NEED_VERILATOR();
  compare_with_verilator(700, 5, 30, random_cut_design);
}

TEST(CycleModel, FormulasAreExactAcrossSlrs) {
  int cut = 0;
  for (uint64_t seed = 300'000; seed < 301'000; ++seed) {
    const DesignCase design = random_cut_design(seed, 20);
    const auto h = arch::build_hardware(design.graph, design.options);
    cut += !h.parts.empty();
    const CycleResult model = measure_cycles(h);
    ASSERT_EQ(arch::latency_cycles(h), model.latency_cycles) << "design " << seed;
    ASSERT_EQ(h.ii_cycles(), model.ii_cycles) << "design " << seed;
  }
  EXPECT_GT(cut, 300);
}

// Without Verilator thousands of designs cost a second: the formulas that searches and designs rely
// on against the model that simulates.
TEST(CycleModel, FormulasOfLatencyAndIntervalAreExact) {
  for (uint64_t seed = 100'000; seed < 104'000; ++seed) {
    const DesignCase design = random_design(seed);
    const auto h = arch::build_hardware(design.graph, design.options);
    const CycleResult model = measure_cycles(h);
    ASSERT_EQ(arch::latency_cycles(h), model.latency_cycles) << "design " << seed;
    ASSERT_EQ(h.ii_cycles(), model.ii_cycles) << "design " << seed;
  }
}

TEST(CycleModel, FormulasAreExactWithUnrolledLayers) {
  for (uint64_t seed = 200'000; seed < 200'500; ++seed) {
    const DesignCase design = random_design(seed, 60);
    const auto h = arch::build_hardware(design.graph, design.options);
    const CycleResult model = measure_cycles(h);
    ASSERT_EQ(arch::latency_cycles(h), model.latency_cycles) << "design " << seed;
    ASSERT_EQ(h.ii_cycles(), model.ii_cycles) << "design " << seed;
  }
}

// Networks in which a narrowing adapter made a linear with no cycle to spare stand still.
TEST(CycleModel, BuffersKeepTheIntervalAtItsBound) {
  for (const uint64_t seed : {51, 122, 735, 6152, 6363, 10013, 10116}) {
    const DesignCase design = random_design(seed);
    const auto h = arch::build_hardware(design.graph, design.options);
    EXPECT_EQ(measure_cycles(h).ii_cycles, h.ii_cycles()) << "design " << seed;
  }
}

TEST(CycleModelSlow, EqualsVerilatorToTheCycle) {
  MASE_NEED_VERILATOR();
  // A part of them for whoever has less time: MASE_CYCLE_DESIGNS=first:count.
  unsigned long first = 10'000, count = 300;
  if (const char* part = std::getenv("MASE_CYCLE_DESIGNS")) {
    ASSERT_EQ(std::sscanf(part, "%lu:%lu", &first, &count), 2) << part;
  }
  compare_with_verilator(first, count);
  compare_with_verilator(first, count / 3, 60);
  compare_with_verilator(first, count / 3, 30, random_cut_design);
}

}  // namespace
}  // namespace mase::sim
