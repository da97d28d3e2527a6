// SPDX-License-Identifier: Apache-2.0
// mase_cast: a stream of numbers from one fixed-point format to another, one register.
//
//   y = clamp(round(x / 2^Shift))     (mase_cast_lane on every lane)
//
// Streams: Lanes elements a beat in and out, lane 0 in the LSBs.
// Latency 1, initiation interval 1. out_ready_i -> in_ready_o is combinational.
// Model: gen/fixed/requantise.h. Test: tests/rtl/mase_cast_test.cc
`include "mase_check.svh"

module mase_cast #(
  parameter  int unsigned Lanes     = 4,     // elements a beat
  parameter  int unsigned InWidth   = 20,    // bits
  parameter  bit          InSigned  = 1'b1,
  parameter  int unsigned OutWidth  = 8,     // bits
  parameter  bit          OutSigned = 1'b1,
  parameter  int          Shift     = 4,     // bits; right when positive, left when negative
  parameter  bit          Floor     = 1'b0,  // 0: half to even, 1: floor
  localparam int unsigned InBits    = Lanes * InWidth,
  localparam int unsigned OutBits   = Lanes * OutWidth
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

  `MASE_PARAM(lanes, Lanes >= 1, "mase_cast: need Lanes >= 1")

  logic               valid_q;
  logic [OutBits-1:0] data_d, data_q;
  logic               fire;

  assign in_ready_o  = out_ready_i || !valid_q;
  assign fire        = in_valid_i && in_ready_o;
  assign out_valid_o = valid_q;
  assign out_data_o  = data_q;

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    mase_cast_lane #(
      .InWidth(InWidth), .InSigned(InSigned), .OutWidth(OutWidth), .OutSigned(OutSigned),
      .Shift(Shift), .Floor(Floor)
    ) u_cast (
      .data_i(in_data_i[l*InWidth +: InWidth]),
      .data_o(data_d[l*OutWidth +: OutWidth])
    );
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni)         valid_q <= 1'b0;
    else if (in_ready_o) valid_q <= in_valid_i;
    if (fire)            data_q  <= data_d;
  end

  `MASE_STABLE(a_out_stable, out_valid_o, out_ready_i, out_data_o)

endmodule
