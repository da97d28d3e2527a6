// SPDX-License-Identifier: Apache-2.0
// Whole devices without their vendor's cells: the fabric between a host and the kernel, with a
// stand-in for JTAG-to-AXI and for XDMA.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <iostream>
#include <random>

#include "fpga/kernel/register_map.h"
#include "gen/base/file.h"
#include "gen/base/process.h"
#include "tests/fpga/device_bench.h"
#include "tests/support/expect_error.h"
#include "tests/support/networks.h"

namespace mase::fpga {
namespace {

#define MASE_NEED_VERILATOR() \
  if (find_program("verilator").empty()) GTEST_SKIP() << "needs verilator"

uint32_t offset(const char* name) {
  return static_cast<uint32_t>(kernel_register(name).offset_bytes);
}

uint64_t memory_base() { return device_region("memory").base; }
uint64_t memory_end() { return memory_base() + device_region("memory").bytes; }

std::vector<uint8_t> random_bytes(size_t count, uint64_t seed) {
  std::mt19937_64 rng(seed);
  std::vector<uint8_t> bytes(count);
  for (auto& b : bytes) b = static_cast<uint8_t>(rng());
  return bytes;
}

void expect_quiet(const DeviceRun& run, const DeviceProgram& program) {
  EXPECT_FALSE(run.timed_out);
  for (const auto& message : run.assertions) ADD_FAILURE() << message;
  ASSERT_EQ(run.answers.size(), program.answers());
}

graph::Graph small_network() {
  return test::random_network(4, {.max_width = 8,
                                  .max_features = 12,
                                  .max_layers = 3,
                                  .parallelism = true,
                                  .unrolled_percent = 0});
}

struct Hosted {
  CoreCase core;
  Device device;
  DeviceBench bench;
  Hosted(CoreCase c, DeviceHost host)
      : core(std::move(c)),
        device(make_device(core.core, {.host = host})),
        bench(core.files, device) {}
};

/// A network behind JTAG; 64 bytes in and out a cycle behind XDMA.
const Hosted& hosted_by(DeviceHost host) {
  static const Hosted jtag(network_core(small_network(), {.adder_seconds = 0.02}),
                           DeviceHost::kJtag);
  static const Hosted xdma(tiny_core(7, true, 64, 64), DeviceHost::kXdma);
  return host == DeviceHost::kJtag ? jtag : xdma;
}

class DeviceFabric : public testing::TestWithParam<DeviceHost> {};

TEST_P(DeviceFabric, RunsABatchExactly) {
  MASE_NEED_VERILATOR();
  const auto& [core, device, bench] = hosted_by(GetParam());
  for (const uint64_t seed : {1, 2}) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const uint32_t samples = seed == 1 ? 1 : 150;
    const Values x = random_values(core.core.in, samples, seed);
    const auto in = to_bytes(x, core.core.in);
    const auto expected = to_bytes(core.reference(x), core.core.out);
    const uint64_t from = memory_base() + 0x1000, to = memory_end() - 0x4000;
    DeviceProgram p(GetParam());
    p.behave(seed == 1 ? 0 : 120);
    for (const size_t place : p.write(from, in)) EXPECT_LT(place, p.answers());
    p.write(to, std::vector<uint8_t>(expected.size() + 64, 0xA5));
    p.start(from, to, samples);
    const size_t came = p.wait(200'000);
    const size_t status = p.read_register(offset("status"));
    const size_t cycles = p.read_register(offset("cycles"));
    const size_t out = p.read(to, expected.size() + 64);
    const size_t sent = p.read(from, in.size());
    const DeviceRun run = bench.run(p, seed == 1 ? sim::Stall::kNone : sim::Stall::kRandom);
    ASSERT_NO_FATAL_FAILURE(expect_quiet(run, p));
    for (size_t i = 0; i < run.answers.size(); ++i) EXPECT_EQ(run.answers[i].response, 0) << i;
    EXPECT_EQ(run.answers[came].value(), 1U);
    EXPECT_EQ(run.answers[status].value(), 0U);
    EXPECT_GT(run.answers[cycles].value(), samples);
    auto wanted = expected;
    wanted.insert(wanted.end(), 64, 0xA5);  // what lies behind is untouched
    EXPECT_EQ(run.bytes(out, to, wanted.size()), wanted);
    EXPECT_EQ(run.bytes(sent, from, in.size()), in);
  }
}

TEST_P(DeviceFabric, MemoryKeepsBytesFromAnywhere) {
  MASE_NEED_VERILATOR();
  const auto& [core, device, bench] = hosted_by(GetParam());
  std::mt19937_64 rng(7);
  DeviceProgram p(GetParam());
  std::vector<uint8_t> mirror = random_bytes(9000, 7);
  const uint64_t base = memory_base() + 0x7f80;
  p.write(base, mirror);
  for (int i = 0; i < 60; ++i) {
    p.behave(static_cast<int>(rng() % 200));
    const size_t at = rng() % 8000, count = 1 + rng() % (i % 3 == 0 ? 900 : 9);
    const auto bytes = random_bytes(count, rng());
    p.write(base + at, bytes);
    std::copy(bytes.begin(), bytes.end(), mirror.begin() + static_cast<ptrdiff_t>(at));
  }
  const size_t all = p.read(base, mirror.size());
  const DeviceRun run = bench.run(p);
  ASSERT_NO_FATAL_FAILURE(expect_quiet(run, p));
  EXPECT_EQ(run.bytes(all, base, mirror.size()), mirror);
}

TEST_P(DeviceFabric, RefusesWhatIsNotThere) {
  MASE_NEED_VERILATOR();
  const auto& [core, device, bench] = hosted_by(GetParam());
  const bool jtag = GetParam() == DeviceHost::kJtag;
  const std::vector<uint8_t> word(jtag ? 4 : 64, 0x5A);
  const uint64_t strobes = jtag ? 15 : ~uint64_t{0};
  DeviceProgram p(GetParam());
  p.write_burst(memory_base(), 1, std::vector<uint8_t>(word.size(), 0x11), strobes);
  p.write_burst(memory_end() - word.size(), 1, std::vector<uint8_t>(word.size(), 0x22), strobes);
  std::vector<size_t> bad;
  for (const uint64_t at : {memory_base() - word.size(), memory_end(), uint64_t{0x8000'0000}}) {
    bad.push_back(p.write_burst(at, 1, word, strobes));
    bad.push_back(p.read_burst(at, 3));
  }
  p.behave(0, jtag ? 2 : 6, 0);  // FIXED
  bad.push_back(p.write_burst(memory_base(), 3, word, strobes));
  bad.push_back(p.read_burst(memory_base(), 2));
  p.behave(0, 1, 1);  // INCR of half words
  bad.push_back(p.write_burst(memory_base(), 2, word, strobes));
  bad.push_back(p.read_burst(memory_base(), 2));
  const size_t one = p.read_burst(memory_base(), 1);  // a single beat may be narrow
  p.behave(0);
  const size_t first = p.read_burst(memory_base(), 1);
  const size_t last = p.read_burst(memory_end() - word.size(), 1);
  const size_t idle = p.read_register(offset("CTRL"));
  const size_t hole = p.read_register(0xffc);
  const DeviceRun run = bench.run(p);
  ASSERT_NO_FATAL_FAILURE(expect_quiet(run, p));
  for (const size_t at : bad) EXPECT_EQ(run.answers[at].response, jtag ? 3 : 2) << at;
  for (const size_t at : {one, first, last, idle, hole}) EXPECT_EQ(run.answers[at].response, 0);
  EXPECT_EQ(run.answers[one].value(), 0x11111111U);
  EXPECT_EQ(run.answers[first].value(), 0x11111111U) << "written by what was refused";
  EXPECT_EQ(run.answers[last].value(), 0x22222222U);
  EXPECT_EQ(run.answers[idle].value(), 4U);
  EXPECT_EQ(run.answers[hole].value(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Hosts, DeviceFabric, testing::Values(DeviceHost::kJtag, DeviceHost::kXdma),
                         [](const auto& info) {
                           return info.param == DeviceHost::kJtag ? "Jtag" : "Xdma";
                         });

/// 64 bytes in and out a cycle out of the memory on the chip, alone and beside a busy host.
TEST(DeviceFabricRate, IsAWordEachWayACycleAndTheHostIsServed) {
  MASE_NEED_VERILATOR();
  const Hosted& hosted = hosted_by(DeviceHost::kXdma);
  const auto& core = hosted.core;
  constexpr uint32_t kSamples = 3000;
  const Values x = random_values(core.core.in, kSamples, 3);
  const auto in = to_bytes(x, core.core.in), scratch = random_bytes(16384, 5);
  const auto expected = to_bytes(core.reference(x), core.core.out);
  const uint64_t from = memory_base(), to = memory_base() + 0x40000, own = memory_base() + 0x90000;
  DeviceProgram p(DeviceHost::kXdma);
  p.behave(0);
  p.write(from, in);
  std::vector<size_t> cycles, out, came;
  size_t back = 0;
  for (const bool busy : {false, true}) {
    p.write(to, std::vector<uint8_t>(expected.size(), 0));
    p.start(from, to, kSamples);
    if (busy) {
      p.write(own, scratch);
      back = p.read(own, scratch.size());
    }
    came.push_back(p.wait(100'000));
    p.write_register(offset("IP_ISR"), 1);
    cycles.push_back(p.read_register(offset("cycles")));
    out.push_back(p.read(to, expected.size()));
  }
  const DeviceRun run = hosted.bench.run(p);
  ASSERT_NO_FATAL_FAILURE(expect_quiet(run, p));
  for (const int i : {0, 1}) {
    SCOPED_TRACE(i);
    EXPECT_EQ(run.answers[came[static_cast<size_t>(i)]].value(), 1U);
    EXPECT_EQ(run.bytes(out[static_cast<size_t>(i)], to, expected.size()), expected);
  }
  EXPECT_EQ(run.bytes(back, own, scratch.size()), scratch);
  const double alone = run.answers[cycles[0]].value(), beside = run.answers[cycles[1]].value();
  std::cout << fmt::format("{} samples: {} cycles alone, {} beside a busy host\n", kSamples, alone,
                           beside);
  EXPECT_LT(alone, kSamples * 1.01 + 200);
  EXPECT_GT(beside, alone) << "the host was not there at the same time";
}

TEST(DeviceMap, ReadmeShowsTheTable) {
  const auto readme = read_file(std::filesystem::path(MASE_SOURCE_DIR) / "fpga/README.md");
  EXPECT_NE(readme.find(device_map_markdown()), std::string::npos)
      << "fpga/README.md must hold this table:\n"
      << device_map_markdown();
  for (const auto& r : device_map()) EXPECT_EQ(r.base % r.bytes, 0U) << r.name;
}

TEST(ClockPlan, IsTheSlowestThatIsFastEnough) {
  for (const double wanted : {300.0, 250.0, 333.0, 100.0, 12.5, 7.0, 450.0, 511.1, 700.0, 775.0}) {
    const ClockPlan plan = plan_clock(300, wanted);
    EXPECT_EQ(clock_plan_fault(plan), "") << wanted;
    EXPECT_GE(plan.mhz, wanted * (1 - 1e-9));
    EXPECT_LE(plan.mhz, wanted * 1.01);
    EXPECT_NEAR(plan.vco_mhz() / plan.divide, plan.mhz, 1e-9);
  }
  EXPECT_EQ(plan_clock(300, 300).mhz, 300);
  EXPECT_EQ(plan_clock(300, 250).mhz, 250);
  EXPECT_EQ(plan_clock(300, 300).multiply, 5) << "integers where they do";
  EXPECT_EQ(plan_clock(300, 300).divide, 5);
  test::expect_user_error([] { plan_clock(300, 1700); }, "V004",
                          {"1700", "300 MHz", "at most 775 MHz"});
  test::expect_user_error([] { plan_clock(125, 700, 630); }, "V004",
                          {"--freq 700", "board's 125 MHz", "at most 630 MHz"});
  test::expect_user_error([] { plan_clock(300, 1); }, "V004",
                          {"--freq 1", "the next above it is 6.25 MHz"});
  EXPECT_EQ(plan_clock(125, 630, 630).most_mhz, 630);
  ClockPlan plan = plan_clock(300, 300);
  plan.multiply = 7;
  EXPECT_NE(clock_plan_fault(plan), "");
}

}  // namespace
}  // namespace mase::fpga
