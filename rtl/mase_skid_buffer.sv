// SPDX-License-Identifier: Apache-2.0
// mase_skid_buffer: one pipeline register of a stream, with registered valid, data and ready.
//
// No combinational path between its two sides; two beats of storage. Latency 1, initiation
// interval 1.
// Test: tests/rtl/mase_storage_test.cc
`include "mase_check.svh"

module mase_skid_buffer #(
  parameter int unsigned Width = 8  // bits a beat
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             in_valid_i,
  output logic             in_ready_o,
  input  logic [Width-1:0] in_data_i,

  output logic             out_valid_o,
  input  logic             out_ready_i,
  output logic [Width-1:0] out_data_o
);

  `MASE_PARAM(width, Width >= 1, "mase_skid_buffer: need Width >= 1")

  logic [Width-1:0] data_q, skid_q;
  logic             valid_q, skid_valid_q, advance, take;

  assign in_ready_o  = !skid_valid_q;
  assign out_valid_o = valid_q;
  assign out_data_o  = data_q;
  assign advance     = out_ready_i || !valid_q;
  assign take        = in_valid_i && in_ready_o;

  always_ff @(posedge clk_i) begin
    if (advance) data_q <= skid_valid_q ? skid_q : in_data_i;
    if (take)    skid_q <= in_data_i;
    if (!rst_ni) begin
      valid_q      <= 1'b0;
      skid_valid_q <= 1'b0;
    end else if (advance) begin
      valid_q      <= skid_valid_q || take;
      skid_valid_q <= 1'b0;
    end else if (take) begin
      skid_valid_q <= 1'b1;
    end
  end

  `MASE_STABLE(a_out_stable, out_valid_o, out_ready_i, out_data_o)

endmodule
