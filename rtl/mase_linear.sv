// SPDX-License-Identifier: Apache-2.0
// mase_linear: a linear layer folded onto ParallelismIn * ParallelismOut multipliers.
//
//   acc[o] = (sum_i w[o][i] * x[i]) * 2^ProductShift + b[o] * 2^BiasShift
//   y[o]   = clamp(round(acc[o] / 2^OutShift))
//
// In:  nI = ceil(InFeatures/ParallelismIn) beats a sample of ParallelismIn lanes; lanes beyond
//      InFeatures carry anything, their weights are 0.
// Out: nO = ceil(OutFeatures/ParallelismOut) beats of ParallelismOut lanes; lanes beyond
//      OutFeatures are 0.
// Weight word g*nI + b: lanes q*ParallelismIn + p, lane 0 in the LSBs, of output group g and input
// beat b. Bias word g: ParallelismOut lanes. The rest of each word's last group is 0.
// Initiation interval: nI*nO cycles a sample.
// Latency, first beat in to last beat out: nI*nO - 1 + BlockRam + 1 + ceil(clog2(ParallelismIn)/2)
//   + 2, and 1 more when nO > 1 and ReplaySamples = 2.
// out_ready_i -> in_ready_o is combinational, except when nO > 1 and ReplaySamples = 2.
// Model: gen/fixed/affine.h. Test: tests/rtl/mase_linear_test.cc
`include "mase_check.svh"

module mase_linear #(
  parameter  int unsigned InFeatures     = 16,
  parameter  int unsigned OutFeatures    = 5,
  parameter  int unsigned ParallelismIn  = 4,     // lanes in
  parameter  int unsigned ParallelismOut = 1,     // lanes out
  parameter  int unsigned InWidth        = 8,     // bits
  parameter  bit          InSigned       = 1'b1,
  parameter  int unsigned WeightWidth    = 8,     // bits, signed
  parameter  int unsigned BiasWidth      = 8,     // bits, signed
  parameter  bit          HasBias        = 1'b1,
  parameter  int unsigned ProductShift   = 0,     // bits, left
  parameter  int unsigned BiasShift      = 4,     // bits, left
  parameter  int unsigned AccWidth       = 20,    // bits, signed: holds every partial sum
  parameter  int unsigned OutWidth       = 8,     // bits
  parameter  bit          OutSigned      = 1'b1,
  parameter  int          OutShift       = 4,     // bits, right when positive
  parameter  bit          OutFloor       = 1'b0,  // 0: half to even, 1: floor
  parameter  int unsigned ReplaySamples  = 2,     // samples stored when nO > 1: 1 or 2
  parameter  bit          BlockRam       = 1'b0,  // weights in block RAM
  parameter  int unsigned Multiplier     = 0,     // 0: auto, 1: DSP, 2: LUT
  parameter               WeightFile     = "",
  parameter               BiasFile       = "",
  localparam int unsigned InBits         = ParallelismIn * InWidth,
  localparam int unsigned OutBits        = ParallelismOut * OutWidth
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

  `MASE_PARAM(p_in, ParallelismIn >= 1 && ParallelismIn <= InFeatures,
              "mase_linear: need 1 <= ParallelismIn <= InFeatures")
  `MASE_PARAM(p_out, ParallelismOut >= 1 && ParallelismOut <= OutFeatures,
              "mase_linear: need 1 <= ParallelismOut <= OutFeatures")

  localparam int unsigned InBeats  = (InFeatures + ParallelismIn - 1) / ParallelismIn;
  localparam int unsigned OutBeats = (OutFeatures + ParallelismOut - 1) / ParallelismOut;

  logic              x_valid, x_ready, fire;
  logic [InBits-1:0] x;

  if (OutBeats > 1) begin : gen_replay
    mase_replay #(
      .Width(InBits), .Beats(InBeats), .Passes(OutBeats), .Samples(ReplaySamples)
    ) u_replay (
      .clk_i, .rst_ni, .in_valid_i, .in_ready_o, .in_data_i,
      .out_valid_o(x_valid), .out_ready_i(x_ready), .out_data_o(x)
    );
  end else begin : gen_once
    assign x_valid    = in_valid_i;
    assign in_ready_o = x_ready;
    assign x          = in_data_i;
  end
  assign fire = x_valid && x_ready;

  mase_linear_array #(
    .InBeats(InBeats), .OutBeats(OutBeats), .InLanes(ParallelismIn), .OutLanes(ParallelismOut),
    .InWidth(InWidth), .InSigned(InSigned), .WeightWidth(WeightWidth), .BiasWidth(BiasWidth),
    .HasBias(HasBias), .ProductShift(ProductShift), .BiasShift(BiasShift), .AccWidth(AccWidth),
    .OutWidth(OutWidth), .OutSigned(OutSigned), .OutShift(OutShift), .OutFloor(OutFloor),
    .BlockRam(BlockRam), .Multiplier(Multiplier), .WeightFile(WeightFile), .BiasFile(BiasFile)
  ) u_array (
    .clk_i, .rst_ni, .fire_i(fire), .ready_o(x_ready), .x_i(x),
    .out_valid_o, .out_ready_i, .out_data_o
  );

  `MASE_STABLE(a_out_stable, out_valid_o, out_ready_i, out_data_o)

endmodule
