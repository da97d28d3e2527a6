// SPDX-License-Identifier: Apache-2.0
// The worker processes of the cycle model: shared, replaced, missed; and what is remembered.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "sim/cycle/chain.h"
#include "sim/cycle/cycle_model.h"
#include "sim/cycle/worker_pool.h"
#include "tests/sim/design_bench.h"
#include "tests/sim/temporary_folder.h"
#include "tests/support/expect_error.h"

namespace mase::sim {
namespace {

using test::expect_user_error;

arch::HardwareGraph design(uint64_t seed) {
  const DesignCase c = random_design(seed);
  return arch::build_hardware(c.graph, c.options);
}

/// A program that is no worker.
std::filesystem::path script(const TemporaryFolder& folder, const std::string& text) {
  const auto path = folder.path() / "worker";
  std::ofstream(path) << text;
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

TEST(CycleWorker, ThreadsGetTheSameAnswersAsOne) {
  constexpr uint64_t kDesigns = 60;
  std::vector<CycleResult> one;
  for (uint64_t i = 0; i < kDesigns; ++i)
    one.push_back(measure_cycles(design(i), {.memoise = false}));
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (uint64_t i = 0; i < kDesigns; ++i) {
        const auto result = measure_cycles(design(i), {.memoise = false});
        wrong +=
            result.latency_cycles != one[i].latency_cycles || result.ii_cycles != one[i].ii_cycles;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_LE(WorkerPool::shared().resting().size(), 4u);
}

TEST(CycleWorker, AKilledWorkerIsReplaced) {
  const auto before = measure_cycles(design(3), {.memoise = false});
  const auto pids = WorkerPool::shared().resting();
  ASSERT_FALSE(pids.empty());
  for (const int pid : pids) ASSERT_EQ(::kill(pid, SIGKILL), 0);
  const auto after = measure_cycles(design(3), {.memoise = false});
  EXPECT_EQ(after.latency_cycles, before.latency_cycles);
}

TEST(CycleWorker, AChainLongerThanTheStockGetsALargerOne) {
  arch::HardwareGraph h = design(5);
  const auto last = h.stages.back();
  arch::Stage buffer{.name = "buffer", .cell = arch::Cell::kSkidBuffer};
  buffer.elements_in = buffer.elements_out = last.elements_out;
  buffer.lanes_in = buffer.lanes_out = last.lanes_out;
  const auto before = measure_cycles(h);
  h.stages.insert(h.stages.end(), 100, buffer);
  const auto after = measure_cycles(h);
  EXPECT_EQ(after.latency_cycles, before.latency_cycles + 100);
  EXPECT_EQ(after.ii_cycles, before.ii_cycles);
}

TEST(CycleWorker, EqualChainsAreSimulatedOnce) {
  arch::HardwareGraph h = design(7);
  const auto first = measure_cycles(h);
  const TemporaryFolder folder;
  // A worker that cannot answer is not asked: weights, formats and names are not part of a chain.
  const CycleOptions broken{.worker = script(folder, "#!/bin/sh\nexit 7\n")};
  for (auto& stage : h.stages) {
    stage.name += "_renamed";
    stage.out.width += 1;
    stage.weight = std::vector<int64_t>(stage.weight.size(), 0);
  }
  EXPECT_EQ(measure_cycles(h, broken).latency_cycles, first.latency_cycles);
}

TEST(CycleWorker, WhatCannotWorkIsSaid) {
  const auto h = design(9);
  const TemporaryFolder folder;
  expect_user_error([&] { measure_cycles(h, {.worker = "/nowhere/worker", .memoise = false}); },
                    "S040", {"/nowhere/worker"});
  expect_user_error(
      [&] {
        measure_cycles(h, {.worker = script(folder, "#!/bin/sh\necho out of luck\nexit 7\n"),
                           .memoise = false});
      },
      "S041", {"died twice", "exit status 7", "out of luck"});
  std::ofstream(folder.path() / "noise") << "this is no program";
  std::filesystem::permissions(folder.path() / "noise", std::filesystem::perms::owner_all);
  expect_user_error(
      [&] { measure_cycles(h, {.worker = folder.path() / "noise", .memoise = false}); }, "S040",
      {"noise", "cannot start"});
  ::setenv("MASE_CYCLE_WORKER", "/nowhere/else", 1);
  expect_user_error([&] { worker_program(); }, "S040", {"/nowhere/else"});
  ::unsetenv("MASE_CYCLE_WORKER");
  EXPECT_EQ(worker_program().filename(), "mase-cycle-worker");
}

TEST(CycleWorker, StagesSayWhatTheyDo) {
  const auto h = design(11);
  const auto timing = measure_cycles(h);
  const auto trace = run_cycles(h, {.samples = 20, .stall = Stall::kRandom, .seed = 4});
  ASSERT_EQ(trace.stages.size(), h.stages.size());
  for (size_t i = 0; i < h.stages.size(); ++i) {
    EXPECT_EQ(trace.stages[i].busy_cycles, 20 * timing.stages[i].busy_cycles);
    EXPECT_LE(timing.utilisation(i), 1.0);
    EXPECT_GT(timing.utilisation(i), 0.0);
  }
  EXPECT_EQ(trace.cycles, trace.out_cycles.back() + 1);
}

}  // namespace
}  // namespace mase::sim
