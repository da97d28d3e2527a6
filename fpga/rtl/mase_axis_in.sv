// SPDX-License-Identifier: Apache-2.0
// mase_axis_in: AXI4-Stream to the stream of a core. Wires, and a check of TLAST.
//
// Every lane of TDATA is a container, of which the low Width bits go on. TLAST must come with the
// last beat of every sample and only there; if it does not, last_error_o is 1 from then on.
// Test: tests/fpga/stream_shell_test.cc
`include "mase_check.svh"

module mase_axis_in #(
  parameter  int unsigned Lanes         = 4,
  parameter  int unsigned Width         = 8,   // bits an element
  parameter  int unsigned ContainerBits = 8,
  parameter  int unsigned Beats         = 4,   // a sample
  localparam int unsigned DataBits      = Lanes * ContainerBits,
  localparam int unsigned OutBits       = Lanes * Width
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  output logic                last_error_o,

  input  logic                tvalid_i,
  output logic                tready_o,
  input  logic [DataBits-1:0] tdata_i,
  input  logic                tlast_i,

  output logic                out_valid_o,
  input  logic                out_ready_i,
  output logic [OutBits-1:0]  out_data_o
);

  `MASE_PARAM(width, Width >= 1 && Width <= ContainerBits,
              "mase_axis_in: need 1 <= Width <= ContainerBits")
  `MASE_PARAM(lanes, Lanes >= 1 && Beats >= 1, "mase_axis_in: need Lanes >= 1 and Beats >= 1")

  localparam int unsigned BeatBits = Beats > 1 ? $clog2(Beats) : 1;
  logic                take, last, unused_rest;
  logic [BeatBits-1:0] unused_beat;

  assign out_valid_o = tvalid_i;
  assign tready_o    = out_ready_i;
  assign take        = tvalid_i && tready_o;
  assign unused_rest = ^tdata_i;

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    assign out_data_o[l*Width +: Width] = tdata_i[l*ContainerBits +: Width];
  end

  mase_counter #(.Count(Beats)) u_beat (
    .clk_i(clk_i), .rst_ni(rst_ni), .en_i(take), .count_o(unused_beat), .last_o(last)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni)                      last_error_o <= 1'b0;
    else if (take && tlast_i != last) last_error_o <= 1'b1;
  end

endmodule
