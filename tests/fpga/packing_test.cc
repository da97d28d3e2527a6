// SPDX-License-Identifier: Apache-2.0
// Memory words to the beats of a core and back: every shape, no element lost, moved or repeated.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "gen/base/process.h"
#include "tests/rtl/cell_bench.h"

namespace mase::fpga {
namespace {

namespace fs = std::filesystem;
using rtl_test::Beat;
using rtl_test::CellCase;

std::vector<fs::path> all_cells() {
  std::vector<fs::path> files = rtl_test::cell_files();
  for (const auto& entry : fs::directory_iterator(fs::path(MASE_SOURCE_DIR) / "fpga/rtl"))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

struct Shape {
  int elements, width, lanes_in, lanes_out, word_lanes;
  int64_t samples;
};

/// Unpacked, brought to other lanes as a core would, and packed again.
CellCase round_trip(const Shape& s, std::mt19937_64& rng) {
  CellCase c;
  c.cell = fmt::format("unpack/pack elements {} width {} lanes {} -> {} word {} samples {}",
                       s.elements, s.width, s.lanes_in, s.lanes_out, s.word_lanes, s.samples);
  c.in_lanes = c.out_lanes = s.word_lanes;
  c.in_width = c.out_width = s.width;
  c.body = fmt::format(
      "    logic begun_q, room, a_valid, a_ready, b_valid, b_ready;\n"
      "    logic [{3}-1:0] a_data;\n    logic [{4}-1:0] b_data;\n"
      "    always_ff @(posedge clk_i) begun_q <= rst_ni;\n"
      "    assign ready = room && begun_q;\n"
      "    mase_sample_unpack #(.Elements({0}), .Width({1}), .Lanes({5}), .WordLanes({2})) u_a (\n"
      "      .clk_i, .rst_ni, .begin_i(rst_ni && !begun_q), .samples_i(32'd{7}),\n"
      "      .in_valid_i(in_valid && begun_q), .in_ready_o(room), .in_data_i(in_data),\n"
      "      .out_valid_o(a_valid), .out_ready_i(a_ready), .out_data_o(a_data));\n"
      "    mase_width_adapter #(.Elements({0}), .Width({1}), .InLanes({5}), .OutLanes({6})) u_b (\n"
      "      .clk_i, .rst_ni, .in_valid_i(a_valid), .in_ready_o(a_ready), .in_data_i(a_data),\n"
      "      .out_valid_o(b_valid), .out_ready_i(b_ready), .out_data_o(b_data));\n"
      "    mase_sample_pack #(.Elements({0}), .Width({1}), .Lanes({6}), .WordLanes({2})) u_c (\n"
      "      .clk_i, .rst_ni, .begin_i(rst_ni && !begun_q), .samples_i(32'd{7}),\n"
      "      .in_valid_i(b_valid), .in_ready_o(b_ready), .in_data_i(b_data),\n"
      "      .out_valid_o(out_valid), .out_ready_i(out_ready), .out_data_o(out_data));\n",
      s.elements, s.width, s.word_lanes, s.lanes_in * s.width, s.lanes_out * s.width, s.lanes_in,
      s.lanes_out, s.samples);
  int64_t left = s.samples * s.elements;
  while (left > 0) {
    Beat word;
    std::vector<std::optional<fixed::Wide>> expected;
    for (int lane = 0; lane < s.word_lanes; ++lane, --left) {
      word.push_back(static_cast<fixed::Wide>(rng() & 0x7fffffff));
      expected.push_back(left > 0 ? std::optional(word.back()) : std::nullopt);
    }
    c.inputs.push_back(word);
    c.expected.push_back(expected);
  }
  return c;
}

/// A FIFO in block RAM, alone.
CellCase block_fifo(int width, int depth, int beats, std::mt19937_64& rng) {
  CellCase c;
  c.cell = fmt::format("block FIFO width {} depth {} beats {}", width, depth, beats);
  c.in_width = c.out_width = width;
  c.latency_cycles = 3;
  c.ii_cycles = 1;
  c.body = fmt::format(
      "    mase_block_fifo #(.Width({}), .Depth({})) u_fifo (\n"
      "      .clk_i, .rst_ni, .in_valid_i(in_valid), .in_ready_o(ready), .in_data_i(in_data),\n"
      "      .out_valid_o(out_valid), .out_ready_i(out_ready), .out_data_o(out_data));\n",
      width, depth);
  for (int i = 0; i < beats; ++i) {
    const auto value = static_cast<fixed::Wide>(rng() & 0x7fffffff);
    c.inputs.push_back({value});
    c.expected.push_back({value});
  }
  return c;
}

void run_with_shells(const std::vector<CellCase>& cases, uint64_t seed) {
  const rtl_test::TemporaryFolder folder;
  rtl_test::write_bench(cases, folder.path());
  auto files = all_cells();
  files.push_back(folder.path() / "cell_bench.sv");
  rtl_test::run_bench(cases, files, folder.path(), seed);
}

Shape draw(std::mt19937_64& rng) {
  const auto upto = [&](int high) {
    return 1 + static_cast<int>(rng() % static_cast<uint64_t>(high));
  };
  Shape s{};
  s.elements = upto(20);
  s.width = upto(9);
  s.lanes_in = upto(s.elements);
  s.lanes_out = upto(s.elements);
  s.word_lanes = 1 << rng() % 5;
  s.samples = 20 + upto(60);
  return s;
}

void expect_round_trips(int count, uint64_t seed) {
  if (find_program("verilator").empty()) GTEST_SKIP() << "needs verilator";
  std::mt19937_64 rng(seed);
  std::vector<CellCase> cases;
  // Sizes that divide each other in every way, then any.
  const Shape whole[] = {{16, 8, 16, 16, 16, 40}, {16, 8, 4, 2, 16, 40}, {8, 3, 8, 8, 4, 40},
                         {1, 5, 1, 1, 8, 41},     {16, 8, 16, 1, 1, 40}, {6, 2, 4, 3, 8, 41}};
  for (const Shape& s : whole) cases.push_back(round_trip(s, rng));
  while (static_cast<int>(cases.size()) < count) cases.push_back(round_trip(draw(rng), rng));
  run_with_shells(cases, seed);
}

TEST(BlockFifo, KeepsEveryBeat) {
  if (find_program("verilator").empty()) GTEST_SKIP() << "needs verilator";
  std::mt19937_64 rng(3);
  std::vector<CellCase> cases;
  for (const auto& [width, depth] : {std::pair{8, 2}, {1, 3}, {30, 5}, {17, 8}, {9, 33}, {12, 64}})
    cases.push_back(block_fifo(width, depth, 300, rng));
  run_with_shells(cases, 3);
}

/// As wide and deep as a kernel has it: block RAM alone, no LUT that stores a bit.
TEST(BlockFifo, IsBlockRam) {
  if (find_program("yosys").empty()) GTEST_SKIP() << "needs yosys";
  const auto result = run_process(
      {"yosys", "-p",
       "read_verilog -sv -Irtl fpga/rtl/mase_block_fifo.sv; synth_xilinx -family xcup -flatten "
       "-noiopad -noclkbuf -top mase_block_fifo; select -assert-min 15 t:RAMB18E2 t:RAMB36E2 %u; "
       "select -assert-max 16 t:RAMB18E2 t:RAMB36E2 %u; select -assert-none t:RAM64* t:RAM32* %u; "
       "select -assert-max 100 t:LUT*"},
      MASE_SOURCE_DIR);
  EXPECT_EQ(result.exit_code, 0) << result.output.substr(result.output.size() - 500);
}

TEST(SamplePacking, KeepsEveryElement) { expect_round_trips(16, 7); }
TEST(SamplePackingSlow, KeepsEveryElement) {
  for (uint64_t seed = 100; seed < 110; ++seed) {
    SCOPED_TRACE(seed);
    expect_round_trips(40, seed);
  }
}

}  // namespace
}  // namespace mase::fpga
