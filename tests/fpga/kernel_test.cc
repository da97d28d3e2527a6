// SPDX-License-Identifier: Apache-2.0
// The kernel top between a host on AXI4-Lite and a memory with random latency and errors.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <iostream>
#include <random>

#include "fpga/kernel/register_map.h"
#include "gen/base/process.h"
#include "tests/fpga/kernel_cases.h"
#include "tests/support/jet_network.h"
#include "tests/support/networks.h"
#include "tests/support/partition.h"

namespace mase::fpga {
namespace {

#define MASE_NEED_VERILATOR() \
  if (find_program("verilator").empty()) GTEST_SKIP() << "needs verilator"

constexpr KernelOptions kSmall{
    .memory_bits = 64, .burst_words = 8, .read_words = 64, .write_words = 32};
constexpr uint32_t kOut = 0x40000;  // second part of the memory

MemoryBehaviour draw_behaviour(std::mt19937_64& rng) {
  MemoryBehaviour memory;
  memory.seed = rng();
  memory.latency_cycles = static_cast<int>(rng() % 80);
  memory.jitter_mask = (1 << (rng() % 7)) - 1;
  memory.gap = static_cast<int>(rng() % 3 == 0 ? 0 : rng() % 200);
  memory.aw_after_w = rng() % 2 == 0;
  memory.host = static_cast<int>(rng() % 0x400);
  return memory;
}

/// Runs of random length, place and memory; whole words, near and on both sides of 4 KiB.
std::vector<KernelRun> draw_runs(const CoreCase& core, int word_bytes, int count, uint64_t seed) {
  std::mt19937_64 rng(seed);
  std::vector<KernelRun> runs;
  for (int i = 0; i < count; ++i) {
    KernelRun run{.memory = draw_behaviour(rng), .seed = rng()};
    const auto bytes = static_cast<uint64_t>(std::max(core.core.in.bytes(), core.core.out.bytes()));
    const uint64_t most = std::min<uint64_t>(9000 / bytes + 2, 0x30000 / bytes);
    run.samples = static_cast<uint32_t>(i < 4 ? static_cast<uint64_t>(i) : rng() % most);
    const auto place = [&](uint32_t base) {
      const auto words = static_cast<uint32_t>(rng() % 2 == 0 ? rng() % 512 : 512 - rng() % 12);
      return base + words * static_cast<uint32_t>(word_bytes) % 0x10000;
    };
    run.in_addr = place(0);
    run.out_addr = place(kOut);
    runs.push_back(run);
  }
  return runs;
}

/// Five numbers of 5 bits in three beats: nothing divides anything.
CoreCase tiny() { return tiny_core(5, true, 5, 2); }

class TinyKernel : public testing::Test {
 protected:
  static const KernelBench& bench() {
    static const KernelBench made(tiny().files, make_kernel(tiny().core, kSmall));
    return made;
  }
};

TEST_F(TinyKernel, MovesAnyBatchFromAnywhere) {
  MASE_NEED_VERILATOR();
  auto runs = draw_runs(tiny(), 8, 40, 11);
  run_kernel(bench(), tiny(), runs, 11);
  expect_good(runs);
  EXPECT_GT(runs.back().read_bursts, 100U);
  EXPECT_GT(runs.back().write_bursts, 100U);
}

TEST_F(TinyKernel, KeepsItsIntervalBehindASlowMemory) {
  MASE_NEED_VERILATOR();
  // 64 words in flight hide more latency than this; 5 bytes in and 5 bytes out a sample.
  std::vector<KernelRun> runs;
  for (const uint32_t samples : {100U, 10'000U}) {
    runs.push_back({.memory = {.seed = 3, .latency_cycles = 30, .jitter_mask = 31, .gap = 20},
                    .out_addr = kOut,
                    .samples = samples});
  }
  run_kernel(bench(), tiny(), runs, 1);
  expect_good(runs);
  const double ii = static_cast<double>(tiny().core.ii_cycles);
  const double measured =
      static_cast<double>(runs[1].cycles - runs[0].cycles) / (runs[1].samples - runs[0].samples);
  std::cout << fmt::format("II {} measured {:.4f}; {} cycles in all\n", ii, measured,
                           runs[1].cycles);
  EXPECT_NEAR(measured, ii, 0.02 * ii);
  EXPECT_NEAR(static_cast<double>(runs[1].seen_cycles), static_cast<double>(runs[1].cycles), 8);
}

TEST_F(TinyKernel, ReportsErrorsAndSurvivesThem) {
  MASE_NEED_VERILATOR();
  const uint64_t all = ~uint64_t{0};
  std::vector<KernelRun> runs(7, {.out_addr = kOut, .samples = 200});
  runs[0].memory = {.bad_high = all, .bad_read = true};                // every read
  runs[2].memory = {.gap = 60, .bad_high = all, .bad_write = true};    // every write
  runs[4].memory = {.bad_low = 64, .bad_high = 80, .bad_read = true};  // two words
  runs[5].in_addr = (1 << 20) - 512;                                   // runs off the end
  const auto bits = [](const char* name) {
    for (const Field& f : kernel_register("status").fields) {
      if (f.name == name) return 1U << f.low_bit;
    }
    return 0U;
  };
  run_kernel(bench(), tiny(), runs, 5);
  for (const size_t good : {1, 3, 6}) {
    EXPECT_EQ(runs[good].status, 0U) << "run " << good;
    EXPECT_TRUE(runs[good].exact) << "run " << good;
  }
  for (const auto& run : runs) EXPECT_TRUE(run.over);
  EXPECT_EQ(runs[0].status, bits("read_error"));
  EXPECT_EQ(runs[0].read_errors, 125U);  // 200 * 5 bytes in words of 8
  EXPECT_EQ(runs[2].status, bits("write_error"));
  EXPECT_EQ(runs[2].write_errors, 16U);  // 125 words in bursts of 8
  EXPECT_FALSE(runs[2].exact);
  EXPECT_EQ(runs[4].status, bits("read_error"));
  EXPECT_EQ(runs[4].read_errors, 2U);
  EXPECT_EQ(runs[5].status, bits("read_error"));
  EXPECT_EQ(runs[5].read_errors, 125U - 64U);
}

TEST_F(TinyKernel, RefusesAddressesWithinAWord) {
  MASE_NEED_VERILATOR();
  std::vector<KernelRun> runs(3, {.out_addr = kOut, .samples = 50});
  runs[0].in_addr = 4;
  runs[1].out_addr = kOut + 1;
  run_kernel(bench(), tiny(), runs, 5);
  for (const size_t bad : {0, 1}) {
    EXPECT_TRUE(runs[bad].over);
    EXPECT_EQ(runs[bad].status, 4U);
    EXPECT_EQ(runs[bad].read_bursts, 0U);
    EXPECT_EQ(runs[bad].write_bursts, 0U);
    EXPECT_FALSE(runs[bad].exact);
  }
  EXPECT_EQ(runs[2].status, 0U);
  EXPECT_TRUE(runs[2].exact);
}

TEST_F(TinyKernel, FollowsApCtrlHs) {
  MASE_NEED_VERILATOR();
  HostProgram p;
  p.behave({.host = 0x121});
  const size_t idle = p.read(0x00);
  p.write64(0x10, 0x0123456789abcdefULL);
  p.write(0x10, 0xffffffff, 2);  // one byte of it
  const size_t low = p.read(0x10), high = p.read(0x14), hole = p.read(0x24), far = p.read(0xffc);
  p.write(0x28, 0xffffffff);  // read only
  const size_t status = p.read(0x28);
  p.write64(0x10, 0);
  p.write64(0x18, kOut);
  p.write(0x20, 4000);
  p.write(0x08, 3);
  p.write(0x00, 1);
  const size_t busy = p.read(0x00);
  const size_t silent = p.wait(40'000);  // GIER is 0
  const size_t done = p.read(0x00), again = p.read(0x00);
  const size_t pending = p.read(0x0c);
  p.write(0x04, 1);
  const size_t raised = p.wait(10);
  p.write(0x0c, 1);  // toggles done away
  const size_t left = p.read(0x0c);
  p.write(0x0c, 2);
  const size_t none = p.read(0x0c);
  p.write(0x20, 10);
  p.write(0x00, 0x81);  // auto_restart
  const size_t first = p.wait(10'000);
  p.write(0x0c, 3);
  const size_t second = p.wait(10'000);
  p.write(0x00, 0);
  p.wait(2000);
  p.write(0x0c, 3);
  p.wait(2000);
  const size_t last = p.read(0x00);
  const auto a = bench().run(p, 1);
  EXPECT_TRUE(a.assertions.empty()) << a.assertions.front();
  ASSERT_EQ(a.values.size(), p.size());
  EXPECT_EQ(a.values[idle], 0x4U);
  EXPECT_EQ(a.values[low], 0x89abffefU);
  EXPECT_EQ(a.values[high], 0x01234567U);
  EXPECT_EQ(a.values[hole], 0U);
  EXPECT_EQ(a.values[far], 0U);
  EXPECT_EQ(a.values[status], 0U);
  EXPECT_EQ(a.values[busy], 0x1U);
  EXPECT_EQ(a.values[silent], 0U);
  EXPECT_EQ(a.values[done], 0xeU);
  EXPECT_EQ(a.values[again], 0x4U);
  EXPECT_EQ(a.values[pending], 3U);
  EXPECT_EQ(a.values[raised], 1U);
  EXPECT_EQ(a.values[left], 2U);
  EXPECT_EQ(a.values[none], 0U);
  EXPECT_EQ(a.values[first], 1U);
  EXPECT_EQ(a.values[second], 1U) << "no run followed by itself";
  EXPECT_EQ(a.values[last] & 0x5U, 0x4U) << "the runs did not end";
}

/// The check of pages sees what it must: with pages shorter than a burst it fires.
TEST_F(TinyKernel, MemorySeesABurstAcrossAPage) {
  MASE_NEED_VERILATOR();
  std::vector<KernelRun> runs(1, {.memory = {.page_bytes = 32}, .out_addr = kOut, .samples = 100});
  const auto assertions = run_kernel(bench(), tiny(), runs, 1, true);
  int reads = 0, writes = 0;
  for (const auto& message : assertions) {
    reads += message.find("a read crosses a page") != std::string::npos;
    writes += message.find("a write crosses a page") != std::string::npos;
  }
  EXPECT_GT(reads, 0);
  EXPECT_GT(writes, 0);
}

/// The same kernel in a SystemC bench: the same bytes and the same cycles.
TEST_F(TinyKernel, DoesTheSameInSystemC) {
  MASE_NEED_VERILATOR();
  const KernelBench systemc(tiny().files, make_kernel(tiny().core, kSmall), {.systemc = true});
  auto runs = draw_runs(tiny(), 8, 12, 21), again = runs;
  run_kernel(bench(), tiny(), runs, 3);
  run_kernel(systemc, tiny(), again, 3);
  expect_good(again);
  for (size_t i = 0; i < runs.size(); ++i) EXPECT_EQ(runs[i].cycles, again[i].cycles) << i;
}

/// Random widths of everything, then random lengths, places and stalls.
void expect_any_kernel(uint64_t seed) {
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 rng(seed);
  const auto upto = [&](int high) {
    return 1 + static_cast<int>(rng() % static_cast<uint64_t>(high));
  };
  const int width = upto(20), elements = upto(24), lanes = upto(elements);
  const CoreCase core = tiny_core(width, rng() % 2 == 0, elements, lanes);
  KernelOptions options;
  options.memory_bits = 32 << rng() % 5;
  options.burst_words = 2 << rng() % 5;
  options.read_words = options.burst_words * (1 + upto(3));
  options.write_words = options.burst_words * 2 + upto(9);
  std::cout << fmt::format("seed {}: {} x {} bits, {} lanes, words of {}, bursts of {}\n", seed,
                           elements, width, lanes, options.memory_bits, options.burst_words);
  const KernelBench bench(core.files, make_kernel(core.core, options));
  auto runs = draw_runs(core, options.memory_bits / 8, 40, seed);
  run_kernel(bench, core, runs, seed);
  expect_good(runs);
}

TEST(KernelProperty, AnyWidthsLengthsPlacesAndStalls) {
  MASE_NEED_VERILATOR();
  for (const uint64_t seed : {1, 2}) expect_any_kernel(seed);
}
TEST(KernelPropertySlow, AnyWidthsLengthsPlacesAndStalls) {
  MASE_NEED_VERILATOR();
  for (uint64_t seed = 100; seed < 130; ++seed) expect_any_kernel(seed);
}

/// 64 bytes in and 64 bytes out every cycle: all that the bus can move.
TEST(KernelRate, IsAWordEachWayACycle) {
  MASE_NEED_VERILATOR();
  const CoreCase core = tiny_core(7, true, 64, 64);
  const Kernel kernel = make_kernel(core.core);
  const KernelBench bench(core.files, kernel);
  EXPECT_EQ(core.core.ii_cycles, 1);
  EXPECT_EQ(kernel.memory_ii_cycles(), 1.0);
  std::vector<KernelRun> runs;
  for (const uint32_t samples : {500U, 4'000U}) {
    runs.push_back({.memory = {.seed = 9, .latency_cycles = 110, .jitter_mask = 15},
                    .in_addr = 0x5c0,
                    .out_addr = kOut + 0xfc0,
                    .samples = samples});
  }
  run_kernel(bench, core, runs, 1);
  expect_good(runs);
  const double measured =
      static_cast<double>(runs[1].cycles - runs[0].cycles) / (runs[1].samples - runs[0].samples);
  std::cout << fmt::format("{:.4f} cycles a sample, {} in all\n", measured, runs[1].cycles);
  EXPECT_NEAR(measured, 1.0, 0.02);
}

void expect_network(const graph::Graph& graph, const KernelOptions& options, int gap, uint64_t seed,
                    const arch::HardwareOptions& hardware = {.adder_seconds = 0.02}) {
  expect_rate(network_core(graph, hardware), options, gap, seed);
}

graph::Graph drawn(uint64_t seed, int unrolled_percent) {
  return test::random_network(seed, {.max_width = 8,
                                     .max_features = 12,
                                     .max_layers = 3,
                                     .parallelism = unrolled_percent == 0,
                                     .unrolled_percent = unrolled_percent});
}

TEST(NetworkKernel, KeepsBitsAndIntervalOverTenThousandSamples) {
  MASE_NEED_VERILATOR();
  expect_network(drawn(4, 0), {}, 40, 4);
}
/// A sample every cycle through 256-bit words; a memory that is never busy can keep up with it.
TEST(NetworkKernel, KeepsASampleACycle) {
  MASE_NEED_VERILATOR();
  const auto graph = drawn(6, 100);
  ASSERT_EQ(arch::build_hardware(graph, {.adder_seconds = 0.02}).ii_cycles(), 1);
  expect_network(graph, {.memory_bits = 256}, 0, 6);
}
/// A core over two SLRs, whose results come back over the seam.
TEST(NetworkKernel, KeepsASampleACycleAcrossSlrs) {
  MASE_NEED_VERILATOR();
  const auto graph = test::jet_network({.layers = {8, 10, 8, 4}, .widths = {5}});
  const auto cut = test::cut_into(2, graph, {.adder_seconds = 0.02});
  ASSERT_TRUE(cut);
  expect_network(graph, {.memory_bits = 256}, 0, 6, *cut);
}
TEST(NetworkKernelSlow, KeepsBitsAndIntervalOverTenThousandSamples) {
  MASE_NEED_VERILATOR();
  for (uint64_t seed = 100; seed < 112; ++seed)
    expect_network(drawn(seed, seed % 2 == 0 ? 0 : 100), {}, seed % 2 == 0 ? 40 : 0, seed);
}

}  // namespace
}  // namespace mase::fpga
