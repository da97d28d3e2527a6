// SPDX-License-Identifier: Apache-2.0
// Cells that hold or pass beats without changing them: replay, FIFO, skid buffer, crossing, fork;
// ROM and counter.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/rtl/affine_cases.h"
#include "tests/rtl/cell_bench.h"

namespace mase::rtl_test {
namespace {

/// `beats` random beats in; what comes out is for the caller to say.
CellCase stream_case(const std::string& cell,
                     std::vector<std::pair<std::string, std::string>> parameters, int width,
                     int beats, Random& random) {
  CellCase c;
  c.cell = cell;
  c.parameters = std::move(parameters);
  c.in_width = c.out_width = width;
  c.out_signed = false;
  for (int i = 0; i < beats; ++i)
    c.inputs.push_back({draw_number(random, {std::min(width, 62), 0, false})});
  return c;
}

void expect_same(CellCase& c) {
  for (const Beat& beat : c.inputs) c.expected.push_back({beat[0]});
}

TEST(MaseReplay, GivesEverySampleAsOftenAsAsked) {
  Random random(1);
  std::vector<CellCase> cases;
  for (const int samples : {1, 2}) {
    for (const int beats : {1, 2, 3, 4, 5, 8, 13}) {
      for (const int passes : {1, 2, 3, 5}) {
        const int width = draw(random, 1, 40);
        CellCase c = stream_case("mase_replay",
                                 {{"Width", std::to_string(width)},
                                  {"Beats", std::to_string(beats)},
                                  {"Passes", std::to_string(passes)},
                                  {"Samples", std::to_string(samples)}},
                                 width, 8 * beats, random);
        for (size_t first = 0; first < c.inputs.size(); first += beats) {
          for (int pass = 0; pass < passes; ++pass) {
            for (int b = 0; b < beats; ++b) c.expected.push_back({c.inputs[first + b][0]});
          }
        }
        c.in_beats = beats;
        c.out_beats = beats * passes;
        c.ii_cycles = beats * passes;
        c.latency_cycles = beats * passes - 1 + (samples == 2 && passes > 1 ? 1 : 0);
        cases.push_back(c);
      }
    }
  }
  run_cases(cases, 1);
}

TEST(MaseFifo, KeepsOrderAtEveryDepth) {
  Random random(2);
  std::vector<CellCase> cases;
  for (const int depth : {1, 2, 3, 4, 5, 7, 8, 9, 33}) {
    const int width = draw(random, 1, 70);
    CellCase c = stream_case("mase_fifo",
                             {{"Width", std::to_string(width)}, {"Depth", std::to_string(depth)}},
                             width, 200, random);
    expect_same(c);
    c.latency_cycles = 1;
    c.ii_cycles = 1;
    cases.push_back(c);
  }
  run_cases(cases, 2);
}

TEST(MaseSkidBuffer, KeepsOrderAtFullThroughput) {
  Random random(3);
  std::vector<CellCase> cases;
  for (const int width : {1, 7, 32, 65}) {
    CellCase c =
        stream_case("mase_skid_buffer", {{"Width", std::to_string(width)}}, width, 200, random);
    expect_same(c);
    c.latency_cycles = 1;
    c.ii_cycles = 1;
    cases.push_back(c);
  }
  run_cases(cases, 3);
}

TEST(MaseSlrCrossing, KeepsOrderAtFullThroughput) {
  Random random(6);
  std::vector<CellCase> cases;
  for (const int width : {1, 5, 14, 33, 65}) {
    CellCase c =
        stream_case("mase_slr_crossing", {{"Width", std::to_string(width)}}, width, 400, random);
    expect_same(c);
    c.latency_cycles = 3;
    c.ii_cycles = 1;
    cases.push_back(c);
  }
  run_cases(cases, 6);
}

TEST(MaseFork, GivesEveryConsumerEveryBeatOnce) {
  Random random(4);
  std::vector<CellCase> cases;
  for (const int outputs : {1, 2, 3, 5}) {
    for (const bool throttled : {false, true}) {
      const int width = draw(random, 1, 20);
      CellCase c = stream_case("mase_fork", {}, width, 100, random);
      c.out_lanes = outputs;
      for (const Beat& beat : c.inputs)
        c.expected.push_back(std::vector<std::optional<Wide>>(outputs, beat[0]));
      // Every copy goes through a FIFO whose inlet opens at times of its own; a join puts the
      // copies side by side.
      c.body = fmt::format(
          "    localparam int unsigned N = {0};\n    localparam int unsigned W = {1};\n"
          "    logic [N-1:0] copy_valid, copy_ready, open, fifo_ready, joined_valid;\n"
          "    logic [N*W-1:0] copy_data;\n    logic [15:0] noise_q;\n"
          "    mase_fork #(.Width(W), .Outputs(N)) u_fork (\n"
          "      .clk_i, .rst_ni, .in_valid_i(in_valid), .in_ready_o(ready), .in_data_i(in_data),\n"
          "      .out_valid_o(copy_valid), .out_ready_i(copy_ready), .out_data_o(copy_data)\n    "
          ");\n"
          "    always_ff @(posedge clk_i) begin\n      if (!rst_ni) noise_q <= 16'h{2:04x};\n"
          "      else noise_q <= {{noise_q[14:0], noise_q[15] ^ noise_q[13] ^ noise_q[12] ^ "
          "noise_q[10]}};\n    end\n"
          "    assign copy_ready = fifo_ready & open;\n    assign out_valid = &joined_valid;\n"
          "    for (genvar n = 0; n < N; n++) begin : gen_copy\n"
          "      assign open[n] = {3} || (noise_q[n] ^ noise_q[(n + 5) % 16]);\n"
          "      mase_fifo #(.Width(W), .Depth(n + 2)) u_fifo (\n"
          "        .clk_i, .rst_ni, .in_valid_i(copy_valid[n] && open[n]), "
          ".in_ready_o(fifo_ready[n]),\n"
          "        .in_data_i(copy_data[n*W +: W]), .out_valid_o(joined_valid[n]),\n"
          "        .out_ready_i(out_ready && out_valid), .out_data_o(out_data[n*W +: W])\n      "
          ");\n    end\n",
          outputs, width, draw(random, 1, 65535), throttled ? "1'b0" : "1'b1");
      if (!throttled) {
        c.latency_cycles = 1;  // of the FIFOs
        c.ii_cycles = 1;
      }
      cases.push_back(c);
    }
  }
  run_cases(cases, 4);
}

TEST(MaseRom, GivesTheWordsOfItsFile) {
  Random random(5);
  std::vector<CellCase> cases;
  for (const int depth : {1, 2, 3, 5, 16, 17}) {
    for (const bool block : {false, true}) {
      const int width = draw(random, 1, 90);
      CellCase c = stream_case("mase_rom", {}, 1, 3 * depth + 4, random);
      std::vector<Beat> words;
      for (int i = 0; i < depth; ++i)
        words.push_back({draw_number(random, {std::min(width, 62), 0, false})});
      c.memory_files = {{"InitFile", memory_text(words, width)}};
      c.out_width = width;
      for (int i = 0; i < 3 * depth + 4; ++i) c.expected.push_back({words[i % depth][0]});
      // Beats count the address up; block RAM is read with the address of the beat after.
      c.body = fmt::format(
          "    localparam int unsigned Depth = {0};\n    localparam int unsigned Bits = Depth > 1 "
          "? $clog2(Depth) : 1;\n"
          "    logic [Bits-1:0] count, addr;\n    logic last, fire, ready_q;\n"
          "    mase_counter #(.Count(Depth)) u_count (.clk_i, .rst_ni, .en_i(fire), "
          ".count_o(count), .last_o(last));\n"
          "    assign fire = in_valid && ready;\n    assign ready = out_ready && ready_q;\n"
          "    assign out_valid = in_valid && ready_q;\n"
          "    assign addr = {1} && fire ? (last ? '0 : count + 1'b1) : count;\n"
          "    always_ff @(posedge clk_i) ready_q <= rst_ni;\n"
          "    mase_rom #(.Width({2}), .Depth(Depth), .BlockRam({1}), .InitFile(\"{3}\")) u_rom (\n"
          "      .clk_i, .en_i(fire || !ready_q), .addr_i(addr), .data_o(out_data)\n    );\n",
          depth, block ? "1'b1" : "1'b0", width, fmt::format("c{}_InitFile.hex", cases.size()));
      c.latency_cycles = 0;
      c.ii_cycles = 1;
      cases.push_back(c);
    }
  }
  run_cases(cases, 5);
}

}  // namespace
}  // namespace mase::rtl_test
