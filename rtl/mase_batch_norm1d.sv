// SPDX-License-Identifier: Apache-2.0
// mase_batch_norm1d: a scale and an offset for every channel.
//
//   acc[c] = a[c] * x[c] * 2^ProductShift + b[c] * 2^BiasShift
//   y[c]   = clamp(round(acc[c] / 2^OutShift))
//
// In and out: ceil(Features/Parallelism) beats a sample of Parallelism lanes; lanes beyond Features
// carry anything in and 0 out. Scale and bias word k: the channels of beat k, lane 0 in the LSBs;
// the rest of the last word is 0.
// Registers: [scale word, with BlockRam] -> product -> sum -> cast output.
// Initiation interval: ceil(Features/Parallelism) cycles a sample. Latency, first beat in to last
// beat out: ceil(Features/Parallelism) - 1 + BlockRam + 3. out_ready_i -> in_ready_o is
// combinational.
// Model: gen/fixed/affine.h. Test: tests/rtl/mase_batch_norm1d_test.cc
`include "mase_check.svh"

module mase_batch_norm1d #(
  parameter  int unsigned Features     = 16,    // channels
  parameter  int unsigned Parallelism  = 4,     // lanes
  parameter  int unsigned InWidth      = 8,     // bits
  parameter  bit          InSigned     = 1'b1,
  parameter  int unsigned WeightWidth  = 8,     // bits of a, signed
  parameter  int unsigned BiasWidth    = 8,     // bits of b, signed
  parameter  int unsigned ProductShift = 0,     // bits, left
  parameter  int unsigned BiasShift    = 4,     // bits, left
  parameter  int unsigned AccWidth     = 17,    // bits, signed
  parameter  int unsigned OutWidth     = 8,     // bits
  parameter  bit          OutSigned    = 1'b1,
  parameter  int          OutShift     = 4,     // bits, right when positive
  parameter  bit          OutFloor     = 1'b0,  // 0: half to even, 1: floor
  parameter  bit          BlockRam     = 1'b0,  // scales in block RAM
  parameter  int unsigned Multiplier   = 0,     // 0: auto, 1: DSP, 2: LUT
  parameter               ScaleFile    = "",
  parameter               BiasFile     = "",
  localparam int unsigned InBits       = Parallelism * InWidth,
  localparam int unsigned OutBits      = Parallelism * OutWidth
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

  `MASE_PARAM(parallelism, Parallelism >= 1 && Parallelism <= Features,
              "mase_batch_norm1d: need 1 <= Parallelism <= Features")

  localparam int unsigned Beats = (Features + Parallelism - 1) / Parallelism;

  localparam int unsigned BeatBits = Beats > 1 ? $clog2(Beats) : 1;
  localparam int unsigned ProductWidth = InWidth + WeightWidth;
  localparam int unsigned KeptSum      = AccWidth > ProductShift ? AccWidth - ProductShift : 1;
  localparam int unsigned SumWidth     = ProductWidth < KeptSum ? ProductWidth : KeptSum;

  logic                               advance, fire, x_valid;
  logic [InBits-1:0]                  x;
  logic [Parallelism*WeightWidth-1:0] scales;
  logic [Parallelism*BiasWidth-1:0]   biases;
  logic [BeatBits-1:0]                scale_beat, bias_beat;
  logic                               unused_last_scale, unused_last_bias;
  logic                               product_q, sum_q;  // valid bits

  assign advance    = out_ready_i || !out_valid_o;
  assign in_ready_o = advance;
  assign fire       = in_valid_i && advance;

  mase_rom #(
    .Width(Parallelism*WeightWidth), .Depth(Beats), .BlockRam(BlockRam), .InitFile(ScaleFile)
  ) u_scales (
    .clk_i, .en_i(advance), .addr_i(scale_beat), .data_o(scales)
  );
  mase_rom #(
    .Width(Parallelism*BiasWidth), .Depth(Beats), .BlockRam(1'b0), .InitFile(BiasFile)
  ) u_biases (
    .clk_i, .en_i(advance), .addr_i(bias_beat), .data_o(biases)
  );

  if (BlockRam) begin : gen_wait_for_word
    always_ff @(posedge clk_i) begin
      if (advance) x <= in_data_i;
      if (!rst_ni)      x_valid <= 1'b0;
      else if (advance) x_valid <= fire;
    end
  end else begin : gen_word_at_once
    assign x       = in_data_i;
    assign x_valid = fire;
  end

  mase_counter #(.Count(Beats)) u_scale_beat (
    .clk_i, .rst_ni, .en_i(fire), .count_o(scale_beat), .last_o(unused_last_scale)
  );
  mase_counter #(.Count(Beats)) u_bias_beat (
    .clk_i, .rst_ni, .en_i(advance && product_q), .count_o(bias_beat), .last_o(unused_last_bias)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni)      {out_valid_o, sum_q, product_q} <= '0;
    else if (advance) {out_valid_o, sum_q, product_q} <= {sum_q, product_q, x_valid};
  end

  for (genvar l = 0; l < Parallelism; l++) begin : gen_lane
    logic [ProductWidth-1:0] product;
    logic [SumWidth-1:0]     kept_q;
    logic                    unused_high;  // bits the accumulator does not keep
    assign unused_high = ^product;
    mase_multiplier #(
      .AWidth(InWidth), .ASigned(InSigned), .BWidth(WeightWidth), .Style(Multiplier)
    ) u_multiplier (
      .a_i(x[l*InWidth +: InWidth]), .b_i(scales[l*WeightWidth +: WeightWidth]), .y_o(product)
    );
    always_ff @(posedge clk_i) begin
      if (advance) kept_q <= SumWidth'(product);
    end
    mase_accumulator #(
      .SumWidth(SumWidth), .SumShift(ProductShift), .BiasWidth(BiasWidth), .BiasShift(BiasShift),
      .Feedback(1'b0), .AccWidth(AccWidth), .OutWidth(OutWidth), .OutSigned(OutSigned),
      .OutShift(OutShift), .OutFloor(OutFloor)
    ) u_accumulator (
      .clk_i, .add_i(advance && product_q), .first_i(1'b1), .sum_i(kept_q),
      .bias_i(biases[l*BiasWidth +: BiasWidth]),
      .cast_i(advance && sum_q), .data_o(out_data_o[l*OutWidth +: OutWidth])
    );
  end

  `MASE_STABLE(a_out_stable, out_valid_o, out_ready_i, out_data_o)

endmodule
