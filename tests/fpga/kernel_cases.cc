// SPDX-License-Identifier: Apache-2.0
#include "tests/fpga/kernel_cases.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <random>

#include "fpga/kernel/register_map.h"
#include "gen/emit/emit.h"
#include "gen/pass/evaluate_batch.h"

namespace mase::fpga {

namespace {

constexpr int kGuardBytes = 64;
constexpr uint8_t kGuard = 0xA5;

uint32_t offset(const char* name) {
  return static_cast<uint32_t>(kernel_register(name).offset_bytes);
}

/// Places of a run's answers in its program.
struct Places {
  size_t over, status, read_errors, write_errors, cycles_low, cycles_high, seen, reads, writes, out;
};

}  // namespace

CoreCase tiny_core(int width_bits, bool is_signed, int64_t elements, int lanes) {
  const std::string lane = fmt::format("in_data_i[l*{0} +: {0}]", width_bits);
  const std::string value = is_signed ? fmt::format("{}'($signed({}))", width_bits + 1, lane)
                                      : fmt::format("{}'({})", width_bits + 1, lane);
  const std::string text = fmt::format(
      "// tiny: y = x + 1.\nmodule tiny (\n  input  logic clk_i,\n  input  logic rst_ni,\n"
      "  input  logic in_valid_i,\n  output logic in_ready_o,\n  input  logic [{0}:0] in_data_i,\n"
      "  output logic out_valid_o,\n  input  logic out_ready_i,\n"
      "  output logic [{1}:0] out_data_o\n);\n"
      "  assign in_ready_o = !out_valid_o || out_ready_i;\n"
      "  always_ff @(posedge clk_i) begin\n"
      "    if (!rst_ni) out_valid_o <= 1'b0;\n"
      "    else if (in_ready_o) out_valid_o <= in_valid_i;\n  end\n"
      "  for (genvar l = 0; l < {2}; l++) begin : gen_lane\n"
      "    always_ff @(posedge clk_i)\n"
      "      if (in_ready_o) out_data_o[l*{3} +: {3}] <= {4} + {3}'d1;\n  end\nendmodule\n",
      lanes * width_bits - 1, lanes * (width_bits + 1) - 1, lanes, width_bits + 1, value);
  CoreCase result;
  const fixed::Format in{width_bits, 0, is_signed}, out{width_bits + 1, 0, is_signed};
  result.core = {"tiny", {in, elements, lanes}, {out, elements, lanes}, 0, "test"};
  result.core.ii_cycles = result.core.in.beats();
  result.files = {{"tiny.sv", text}};
  result.reference = [](const Values& x) {
    Values y = x;
    for (int64_t& v : y) ++v;
    return y;
  };
  return result;
}

CoreCase design_core(const arch::HardwareGraph& hardware, const graph::Graph& graph,
                     const std::string& top_name) {
  CoreCase result;
  result.core = core_of(hardware, top_name, "test");
  result.files = emit::hardware_files(hardware, top_name, "test");
  result.reference = [network = pass::lower(graph)](const Values& x) {
    Values y;
    for (const fixed::Wide v : pass::evaluate_batch(network, x))
      y.push_back(static_cast<int64_t>(v));
    return y;
  };
  return result;
}

CoreCase network_core(const graph::Graph& graph, const arch::HardwareOptions& options) {
  return design_core(arch::build_hardware(graph, options), graph, "network");
}

std::vector<uint8_t> to_bytes(const Values& values, const SampleLayout& layout) {
  std::vector<uint8_t> bytes;
  for (const int64_t v : values) {
    for (int b = 0; b < layout.container_bits(); b += 8)
      bytes.push_back(static_cast<uint8_t>(static_cast<uint64_t>(v) >> b));
  }
  return bytes;
}

Values random_values(const SampleLayout& layout, int64_t samples, uint64_t seed) {
  std::mt19937_64 rng(seed);
  const auto low = static_cast<int64_t>(layout.format.min());
  const auto high = static_cast<int64_t>(layout.format.max());
  std::uniform_int_distribution<int64_t> uniform(low, high);
  Values values;
  for (int64_t i = 0; i < samples * layout.elements; ++i) {
    const auto die = rng() % 16;
    values.push_back(die == 0 ? low : die == 1 ? high : uniform(rng));
  }
  return values;
}

std::vector<std::string> run_kernel(const KernelBench& bench, const CoreCase& core,
                                    std::vector<KernelRun>& runs, uint64_t seed,
                                    bool expect_assertions) {
  HostProgram program;
  std::vector<Places> places;
  std::vector<std::vector<uint8_t>> expected;
  for (const KernelRun& run : runs) {
    const Values x = random_values(core.core.in, run.samples, run.seed);
    // The host writes 8 bytes at a time; what lies before and after the results must stay.
    std::vector<uint8_t> in(run.in_addr & 7U, 0), out(run.out_addr & 7U, kGuard);
    const auto sent = to_bytes(x, core.core.in);
    const auto results = to_bytes(core.reference(x), core.core.out);
    in.insert(in.end(), sent.begin(), sent.end());
    out.insert(out.end(), results.begin(), results.end());
    out.insert(out.end(), kGuardBytes, kGuard);
    program.behave(run.memory);
    program.poke_bytes(run.in_addr & ~7U, in);
    program.poke_bytes(run.out_addr & ~7U, std::vector<uint8_t>(out.size() + 8, kGuard));
    Places p{};
    p.over = program.run(run.in_addr, run.out_addr, run.samples, run.at_most_cycles);
    p.status = program.read(offset("status"));
    p.read_errors = program.read(offset("read_errors"));
    p.write_errors = program.read(offset("write_errors"));
    p.cycles_low = program.read(offset("cycles"));
    p.cycles_high = program.read(offset("cycles") + 4);
    p.seen = program.stat(kRunCycles);
    p.reads = program.stat(kReadBursts);
    p.writes = program.stat(kWriteBursts);
    p.out = program.peek_bytes(run.out_addr & ~7U, out.size());
    places.push_back(p);
    expected.push_back(std::move(out));
  }
  const HostAnswers answers = bench.run(program, seed);
  EXPECT_FALSE(answers.timed_out) << "the host got no answer";
  if (!expect_assertions) {
    for (const auto& message : answers.assertions) ADD_FAILURE() << message;
  }
  if (answers.values.size() < program.size()) {
    EXPECT_TRUE(expect_assertions) << "answers are missing";
    return answers.assertions;
  }
  const auto word = [&](size_t at) { return static_cast<uint32_t>(answers.values[at]); };
  for (size_t i = 0; i < runs.size(); ++i) {
    KernelRun& run = runs[i];
    const Places& p = places[i];
    run.over = answers.values[p.over] == 1;
    run.status = word(p.status);
    run.read_errors = word(p.read_errors);
    run.write_errors = word(p.write_errors);
    run.cycles = word(p.cycles_low) | uint64_t{word(p.cycles_high)} << 32;
    run.seen_cycles = answers.values[p.seen];
    run.read_bursts = answers.values[p.reads];
    run.write_bursts = answers.values[p.writes];
    const auto got = answers.bytes(p.out, expected[i].size());
    run.exact = got == expected[i];
    const auto [g, e] = std::mismatch(got.begin(), got.end(), expected[i].begin());
    const auto show = [](auto from, auto end) {
      return fmt::format("{:02x}", fmt::join(from, std::min(from + 16, end), " "));
    };
    if (!run.exact) {
      run.difference = fmt::format("byte {} of {}: got {}, expected {}", g - got.begin(),
                                   got.size(), show(g, got.end()), show(e, expected[i].end()));
    }
  }
  return answers.assertions;
}

void expect_good(const std::vector<KernelRun>& runs) {
  for (size_t i = 0; i < runs.size(); ++i) {
    SCOPED_TRACE(fmt::format("run {}: {} samples from {:#x} to {:#x}", i, runs[i].samples,
                             runs[i].in_addr, runs[i].out_addr));
    EXPECT_TRUE(runs[i].over);
    EXPECT_TRUE(runs[i].exact) << runs[i].difference;
    EXPECT_EQ(runs[i].status, 0U);
    EXPECT_EQ(runs[i].read_errors, 0U);
    EXPECT_EQ(runs[i].write_errors, 0U);
  }
}

void expect_rate(const CoreCase& core, const KernelOptions& options, int gap, uint64_t seed) {
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  const Kernel kernel = make_kernel(core.core, options);
  const KernelBench bench(core.files, kernel, {.size_bytes = 1 << 21});
  const auto word = static_cast<uint32_t>(kernel.options.memory_bits / 8);
  std::vector<KernelRun> runs;
  for (const uint32_t samples : {500U, 10'000U}) {
    runs.push_back({.memory = {.seed = seed, .latency_cycles = 60, .jitter_mask = 63, .gap = gap},
                    .in_addr = word,
                    .out_addr = 0x101000 - word,
                    .samples = samples,
                    .seed = seed});
  }
  run_kernel(bench, core, runs, seed);
  expect_good(runs);
  const auto ii = static_cast<double>(core.core.ii_cycles);
  ASSERT_LE(kernel.memory_ii_cycles(), ii) << "the memory sets the pace";
  const double measured =
      static_cast<double>(runs[1].cycles - runs[0].cycles) / (runs[1].samples - runs[0].samples);
  std::cout << fmt::format("seed {}: II {} measured {:.4f}; {} cycles in all\n", seed, ii, measured,
                           runs[1].cycles);
  EXPECT_NEAR(measured, ii, 0.02 * ii);
}

}  // namespace mase::fpga
