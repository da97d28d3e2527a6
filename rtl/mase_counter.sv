// SPDX-License-Identifier: Apache-2.0
// mase_counter: 0, 1, ..., Count-1, 0, ... one step at every edge with en_i. Count 1 is constant 0.
//
// Test: tests/rtl/mase_storage_test.cc
`include "mase_check.svh"

module mase_counter #(
  parameter  int unsigned Count = 4,
  localparam int unsigned Width = Count > 1 ? $clog2(Count) : 1
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             en_i,
  output logic [Width-1:0] count_o,
  output logic             last_o    // count_o is Count-1
);

  `MASE_PARAM(count, Count >= 1, "mase_counter: need Count >= 1")

  if (Count == 1) begin : gen_constant
    logic unused_clocking;
    assign count_o         = '0;
    assign last_o          = 1'b1;
    assign unused_clocking = ^{clk_i, rst_ni, en_i};
  end else begin : gen_register
    logic [Width-1:0] count_q;
    assign count_o = count_q;
    assign last_o  = count_q == Width'(Count - 1);
    always_ff @(posedge clk_i) begin
      if (!rst_ni)   count_q <= '0;
      else if (en_i) count_q <= last_o ? '0 : count_q + 1'b1;
    end
  end

endmodule
