// SPDX-License-Identifier: Apache-2.0
// mase_axis_out: the stream of a core to AXI4-Stream. Wires, and TLAST.
//
// Every lane is extended by sign or zero to its container in TDATA; TLAST comes with the last beat
// of every sample.
// Test: tests/fpga/stream_shell_test.cc
`include "mase_check.svh"

module mase_axis_out #(
  parameter  int unsigned Lanes         = 4,
  parameter  int unsigned Width         = 8,   // bits an element
  parameter  bit          Signed        = 1'b1,
  parameter  int unsigned ContainerBits = 8,
  parameter  int unsigned Beats         = 4,   // a sample
  localparam int unsigned InBits        = Lanes * Width,
  localparam int unsigned DataBits      = Lanes * ContainerBits
) (
  input  logic                clk_i,
  input  logic                rst_ni,

  input  logic                in_valid_i,
  output logic                in_ready_o,
  input  logic [InBits-1:0]   in_data_i,

  output logic                tvalid_o,
  input  logic                tready_i,
  output logic [DataBits-1:0] tdata_o,
  output logic                tlast_o
);

  `MASE_PARAM(width, Width >= 1 && Width <= ContainerBits,
              "mase_axis_out: need 1 <= Width <= ContainerBits")
  `MASE_PARAM(lanes, Lanes >= 1 && Beats >= 1, "mase_axis_out: need Lanes >= 1 and Beats >= 1")

  localparam int unsigned BeatBits = Beats > 1 ? $clog2(Beats) : 1;
  logic [BeatBits-1:0] unused_beat;

  assign tvalid_o   = in_valid_i;
  assign in_ready_o = tready_i;

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    if (Signed) begin : gen_sign
      assign tdata_o[l*ContainerBits +: ContainerBits] =
          ContainerBits'($signed(in_data_i[l*Width +: Width]));
    end else begin : gen_zero
      assign tdata_o[l*ContainerBits +: ContainerBits] =
          ContainerBits'(in_data_i[l*Width +: Width]);
    end
  end

  mase_counter #(.Count(Beats)) u_beat (
    .clk_i(clk_i), .rst_ni(rst_ni), .en_i(tvalid_o && tready_i), .count_o(unused_beat),
    .last_o(tlast_o)
  );

  `MASE_STABLE(a_out_stable, tvalid_o, tready_i, ({tdata_o, tlast_o}))

endmodule
