// SPDX-License-Identifier: Apache-2.0
// mase_relu: y = max(x, 0), one register.
//
// The result is unsigned and one bit narrower than a signed input, because its sign is known.
// Streams: Lanes elements a beat in and out, lane 0 in the LSBs.
// Latency 1, initiation interval 1. out_ready_i -> in_ready_o is combinational.
// Test: tests/rtl/mase_relu_test.cc
`include "mase_check.svh"

module mase_relu #(
  parameter  int unsigned Lanes    = 4,     // elements a beat
  parameter  int unsigned InWidth  = 8,     // bits
  parameter  bit          InSigned = 1'b1,
  localparam int unsigned OutWidth = (InSigned && InWidth > 1) ? InWidth - 1 : InWidth,
  localparam int unsigned InBits   = Lanes * InWidth,
  localparam int unsigned OutBits  = Lanes * OutWidth
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               in_valid_i,
  output logic               in_ready_o,
  input  logic [InBits-1:0]  in_data_i,

  output logic               out_valid_o,
  input  logic               out_ready_i,
  output logic [OutBits-1:0] out_data_o
);

  `MASE_PARAM(lanes, Lanes >= 1, "mase_relu: need Lanes >= 1")
  `MASE_PARAM(in_width, InWidth >= 1 && InWidth <= 128, "mase_relu: need 1 <= InWidth <= 128")

  logic               valid_q;
  logic [OutBits-1:0] data_d, data_q;
  logic               fire;

  assign in_ready_o  = out_ready_i || !valid_q;
  assign fire        = in_valid_i && in_ready_o;
  assign out_valid_o = valid_q;
  assign out_data_o  = data_q;

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    // A signed bit alone is 0 or -1: its sign masks it to 0 as well.
    assign data_d[l*OutWidth +: OutWidth] =
        (InSigned && in_data_i[l*InWidth + InWidth - 1]) ? '0 : in_data_i[l*InWidth +: OutWidth];
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni)         valid_q <= 1'b0;
    else if (in_ready_o) valid_q <= in_valid_i;
    if (fire)            data_q  <= data_d;
  end

  `MASE_STABLE(a_out_stable, out_valid_o, out_ready_i, out_data_o)

endmodule
