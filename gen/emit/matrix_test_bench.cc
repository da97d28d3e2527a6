// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdlib>

#include "gen/base/error.h"
#include "gen/emit/matrix_files.h"

namespace mase::emit {

namespace {

/// The weights; a row of the matrix begins a line.
std::string weight_list(const arch::Stage& stage) {
  std::string text;
  const auto columns = static_cast<size_t>(stage.elements_in);
  size_t line = 0;
  for (size_t k = 0; k < stage.weight.size(); ++k) {
    const int64_t w = stage.weight[k];  // unsized literals have 32 bits
    const std::string item =
        fmt::format("{}{}{}{}", w < 0 ? "-" : "", std::abs(w) > INT32_MAX ? "64'sd" : "",
                    std::abs(w), k + 1 < stage.weight.size() ? "," : "");
    constexpr size_t kColumns = 96;
    if (k % columns == 0 || line + 1 + item.size() > kColumns) {
      text += "\n      ";
      line = 6;
    }
    text += ' ' + item;
    line += 1 + item.size();
  }
  return text;
}

constexpr const char* kText =
    R"(// Test bench of {module}: compares it with the matrix product, with and without stalls.
// {stamp}
//
//   run: verilator --binary --timing --assert -j 0 --top-module {module}_tb {module}_tb.sv {module}.sv
//        obj_dir/V{module}_tb
`timescale 1ns / 1ps
// Counters of a test bench change in place, and of a random number it takes as many bits as it needs.
// verilator lint_off BLKSEQ
// verilator lint_off UNUSEDSIGNAL

module {module}_tb;
  localparam int Samples = 1000;
  localparam int Inputs = {inputs}, InWidth = {in_width}, Outputs = {outputs}, OutWidth = {out_width};
  // Row by row: output o is the sum of Weight[o*Inputs + i] * input i.
  localparam logic signed [63:0] Weight [Outputs*Inputs] = '{{{weights}
  }};

  logic clk = 1'b0, rst_n = 1'b0;
  always #5 clk = !clk;

  logic in_valid = 1'b0, in_ready, out_valid, out_ready = 1'b0;
  logic [Inputs*InWidth-1:0] in_data = '0;
  logic [Outputs*OutWidth-1:0] out_data, wanted;
  {module} u_dut (
    .clk_i      (clk),
    .rst_ni     (rst_n),
    .in_valid_i (in_valid),
    .in_ready_o (in_ready),
    .in_data_i  (in_data),
    .out_valid_o(out_valid),
    .out_ready_i(out_ready),
    .out_data_o (out_data)
  );

  // Modulo 2^OutWidth, which holds every output.
  function automatic logic [Outputs*OutWidth-1:0] product(input logic [Inputs*InWidth-1:0] x);
    logic [OutWidth-1:0] sum;
    for (int o = 0; o < Outputs; ++o) begin
      sum = '0;
      for (int i = 0; i < Inputs; ++i)
        sum += OutWidth'(Weight[o*Inputs+i]) * OutWidth'({extend}(x[i*InWidth +: InWidth]));
      product[o*OutWidth +: OutWidth] = sum;
    end
  endfunction

  logic [63:0] state = 64'h9e3779b97f4a7c15;
  function automatic logic [31:0] draw();
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    draw = state[63:32];
  endfunction

  // Every fourth sample has inputs at the ends of their range only.
  function automatic logic [Inputs*InWidth-1:0] stimulus(input int number);
    for (int i = 0; i < Inputs; ++i) begin
      logic [31:0] bits;
      bits = draw();
      if (number % 4 == 3) bits = bits[16] ? {most} : {least};
      stimulus[i*InWidth +: InWidth] = bits[InWidth-1:0];
    end
  endfunction

  logic [Outputs*OutWidth-1:0] expected [$];
  int sent = 0, seen = 0, wrong = 0, cycles = 0;
  always @(posedge clk) begin
    cycles = cycles + 1;
    if (rst_n) begin
      if (in_valid && in_ready) expected.push_back(product(in_data));
      if (!in_valid || in_ready) begin
        if (sent < Samples && (sent < Samples / 2 || draw() % 3 != 0)) begin
          in_valid <= 1'b1;
          in_data <= stimulus(sent);
          sent = sent + 1;
        end else in_valid <= 1'b0;
      end
      if (out_valid && out_ready) begin
        if (expected.size() == 0) $fatal(1, "FAIL: an output without an input");
        wanted = expected.pop_front();
        if (out_data !== wanted) begin
          wrong = wrong + 1;
          if (wrong <= 5) $display("sample %0d: %h instead of %h", seen, out_data, wanted);
        end
        seen = seen + 1;
      end
      out_ready <= seen < Samples / 2 || draw() % 3 != 0;
      if (seen == Samples) begin
        if (wrong != 0) $fatal(1, "FAIL: %0d of %0d samples are wrong", wrong, Samples);
        $display("PASS: %0d samples in %0d cycles", Samples, cycles);
        $finish;
      end
      if (cycles > 100 * Samples) $fatal(1, "FAIL: the design stands still");
    end
    if (cycles == 4) rst_n <= 1'b1;
  end
endmodule
)";

std::string hex32(fixed::Wide value) {
  return fmt::format("32'h{:08x}", static_cast<uint32_t>(value));
}

}  // namespace

std::string matrix_test_bench(const arch::Stage& stage, const std::string& module,
                              const std::string& stamp) {
  MASE_CHECK(stage.in.width <= 32, "inputs of {} bits", stage.in.width);
  return fmt::format(
      fmt::runtime(kText), fmt::arg("module", module), fmt::arg("stamp", stamp),
      fmt::arg("inputs", stage.elements_in), fmt::arg("in_width", stage.in.width),
      fmt::arg("outputs", stage.elements_out), fmt::arg("out_width", stage.out.width),
      fmt::arg("weights", weight_list(stage)),
      fmt::arg("extend", stage.in.is_signed ? "$signed" : "$unsigned"),
      fmt::arg("least", hex32(stage.in.min())), fmt::arg("most", hex32(stage.in.max())));
}

}  // namespace mase::emit
