// SPDX-License-Identifier: Apache-2.0
// Every cell of the SystemC model alone against the cell it models, all in one verilated top.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "gen/arch/cell_timing.h"
#include "gen/base/process.h"
#include "sim/cycle/chain.h"
#include "sim/cycle/chain_job.h"
#include "sim/verilated_model.h"
#include "tests/sim/temporary_folder.h"

namespace mase::sim {
namespace {

namespace fs = std::filesystem;

/// A cell by its parameters, and what the model makes of it. All lanes are two bits wide.
struct CellCase {
  std::string module, parameters;
  ChainSpec chain;
  int lanes_in = 1, lanes_out = 1;
};

CellCase of_stage(arch::Stage stage, const std::string& parameters) {
  stage.name = "cell";
  arch::HardwareGraph h;
  h.features_in = stage.elements_in;
  h.features_out = stage.elements_out;
  h.lanes_in = stage.lanes_in;
  h.lanes_out = stage.lanes_out;
  h.stages = {stage};
  return {arch::module_name(stage.cell), parameters, chain_of(h), stage.lanes_in, stage.lanes_out};
}

CellCase linear(int64_t in, int64_t out, int p, int q, int samples, bool block_ram) {
  arch::Stage stage{.name = "cell", .cell = arch::Cell::kLinear};
  stage.elements_in = in;
  stage.elements_out = out;
  stage.lanes_in = p;
  stage.lanes_out = q;
  stage.replay_samples = samples;
  stage.block_ram = block_ram;
  return of_stage(stage,
                  fmt::format(".InFeatures({}), .OutFeatures({}), .ParallelismIn({}), "
                              ".ParallelismOut({}), .InWidth(2), .WeightWidth(2), .BiasWidth(2), "
                              ".AccWidth(12), .OutWidth(2), .ReplaySamples({}), .BlockRam({})",
                              in, out, p, q, samples, block_ram ? 1 : 0));
}

CellCase lane_wise(arch::Cell cell, int64_t elements, int lanes, bool block_ram = false) {
  arch::Stage stage{.name = "cell", .cell = cell};
  stage.elements_in = stage.elements_out = elements;
  stage.lanes_in = stage.lanes_out = lanes;
  stage.block_ram = block_ram;
  switch (cell) {
    case arch::Cell::kBatchNorm1d:
      return of_stage(stage,
                      fmt::format(".Features({}), .Parallelism({}), .InWidth(2), .WeightWidth(2), "
                                  ".BiasWidth(2), .OutWidth(2), .BlockRam({})",
                                  elements, lanes, block_ram ? 1 : 0));
    case arch::Cell::kCast:
      return of_stage(stage, fmt::format(".Lanes({}), .InWidth(2), .OutWidth(2)", lanes));
    case arch::Cell::kRelu:
      return of_stage(stage, fmt::format(".Lanes({}), .InWidth(2), .InSigned(1'b0)", lanes));
    default: return of_stage(stage, fmt::format(".Width({})", 2 * lanes));
  }
}

CellCase adapter(int64_t elements, int in, int out) {
  arch::Stage stage{.name = "cell", .cell = arch::Cell::kWidthAdapter};
  stage.elements_in = stage.elements_out = elements;
  stage.lanes_in = in;
  stage.lanes_out = out;
  return of_stage(stage, fmt::format(".Elements({}), .Width(2), .InLanes({}), .OutLanes({})",
                                     elements, in, out));
}

CellCase fifo(int64_t depth) {
  return {"mase_fifo",
          fmt::format(".Width(2), .Depth({})", depth),
          {1, 1, {{.kind = CellKind::kFifo, .depth = depth}}}};
}

/// Linears straight from the source and behind others, from one operand a sample to many.
std::vector<CellCase> linears() {
  std::vector<CellCase> cases;
  for (const int samples : {1, 2}) {
    for (const bool block_ram : {false, true}) {
      for (const auto& [in, out, p, q] : std::vector<std::array<int, 4>>{
               {1, 1, 1, 1}, {1, 5, 1, 1}, {6, 1, 1, 1}, {7, 5, 3, 2}, {4, 9, 4, 1}, {9, 3, 9, 2}})
        cases.push_back(linear(in, out, p, q, samples, block_ram));
    }
  }
  return cases;
}

std::vector<CellCase> others() {
  std::vector<CellCase> cases;
  for (const int lanes : {1, 2, 5}) {
    for (const bool block_ram : {false, true})
      cases.push_back(lane_wise(arch::Cell::kBatchNorm1d, 5, lanes, block_ram));
    for (const auto cell :
         {arch::Cell::kCast, arch::Cell::kRelu, arch::Cell::kSkidBuffer, arch::Cell::kSlrCrossing})
      cases.push_back(lane_wise(cell, 5, lanes));
  }
  for (const int64_t depth : {1, 2, 3, 4, 7, 16}) cases.push_back(fifo(depth));
  return cases;
}

std::vector<CellCase> adapters() {
  std::vector<CellCase> cases;
  for (const int elements : {2, 5, 12}) {
    for (int in = 1; in <= std::min(elements, 6); ++in) {
      for (int out = 1; out <= std::min(elements, 6); ++out) {
        if (in != out) cases.push_back(adapter(elements, in, out));
      }
    }
  }
  return cases;
}

std::string bench_top(const std::vector<CellCase>& cases) {
  int in = 0, out = 0;
  std::string body;
  for (size_t i = 0; i < cases.size(); ++i) {
    const int in_bits = 2 * cases[i].lanes_in, out_bits = 2 * cases[i].lanes_out;
    body += fmt::format(
        "  {0} #({1}) u_cell_{2} (.clk_i(clk_i), .rst_ni(rst_ni), .in_valid_i(in_valid_i[{2}]),\n"
        "    .in_ready_o(in_ready_o[{2}]), .in_data_i(in_data_i[{3} +: {4}]),\n"
        "    .out_valid_o(out_valid_o[{2}]), .out_ready_i(out_ready_i[{2}]),\n"
        "    .out_data_o(out_data_o[{5} +: {6}]));\n",
        cases[i].module, cases[i].parameters, i, in, in_bits, out, out_bits);
    in += in_bits;
    out += out_bits;
  }
  return fmt::format(
      "module bench (input logic clk_i, input logic rst_ni,\n"
      "  input logic [{0}:0] in_valid_i, output logic [{0}:0] in_ready_o,\n"
      "  input logic [{1}:0] in_data_i,\n"
      "  output logic [{0}:0] out_valid_o, input logic [{0}:0] out_ready_i,\n"
      "  output logic [{2}:0] out_data_o);\n{3}endmodule\n",
      cases.size() - 1, in - 1, out - 1, body);
}

void compare(const std::vector<CellCase>& cases) {
  if (find_program("verilator").empty()) GTEST_SKIP() << "needs verilator";
  constexpr int64_t kSamples = 40;
  const TemporaryFolder folder;
  ModelSource source;
  source.top = "bench";
  const fs::path cells = fs::path(MASE_SOURCE_DIR) / "rtl";
  source.include_dirs = {cells};
  for (const auto& entry : fs::directory_iterator(cells)) {
    if (entry.path().extension() == ".sv") source.files.push_back(entry.path());
  }
  std::sort(source.files.begin(), source.files.end());
  std::ofstream(folder.path() / "bench.sv") << bench_top(cases);
  source.files.push_back(folder.path() / "bench.sv");
  for (const auto& c : cases) source.channels.push_back({2 * c.lanes_in, 2 * c.lanes_out});
  const VerilatedModel model = build_model(source, MASE_TEST_CACHE);
  RunRequest request;
  request.working_directory = folder.path();
  for (const auto& c : cases) {
    const int64_t beats = kSamples * c.chain.beats_in;
    request.channels.push_back(
        {std::vector<uint32_t>(static_cast<size_t>(beats * ((2 * c.lanes_in + 31) / 32)), 0), beats,
         kSamples * c.chain.beats_out});
  }
  for (const Stall stall : {Stall::kNone, Stall::kRandom, Stall::kWorst}) {
    for (uint64_t seed = 1; seed <= 5; ++seed) {
      request.stall = stall;
      request.seed = seed;
      const RunResult run = run_model(model, source, request);
      EXPECT_TRUE(run.assertions.empty()) << run.assertions.front();
      ASSERT_FALSE(run.timed_out);
      for (size_t i = 0; i < cases.size(); ++i) {
        const JobResult result = do_job(cases[i].chain, {.job = Job::kRun,
                                                         .stall = static_cast<int64_t>(stall),
                                                         .seed = static_cast<int64_t>(seed),
                                                         .channel = static_cast<int64_t>(i),
                                                         .samples = kSamples});
        const std::string what = fmt::format("{} #({}), stall {} seed {}", cases[i].module,
                                             cases[i].parameters, static_cast<int>(stall), seed);
        ASSERT_EQ(result.in_cycles, run.channels[i].in_cycles) << what;
        ASSERT_EQ(result.out_cycles, run.channels[i].out_cycles) << what;
      }
    }
  }
}

TEST(CycleCells, LinearsMoveTheirBeatsAsInVerilator) { compare(linears()); }
TEST(CycleCells, ElementWiseCellsAndQueuesMoveTheirBeatsAsInVerilator) { compare(others()); }
TEST(CycleCells, WidthAdaptersMoveTheirBeatsAsInVerilator) { compare(adapters()); }

}  // namespace
}  // namespace mase::sim
