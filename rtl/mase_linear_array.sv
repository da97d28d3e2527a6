// SPDX-License-Identifier: Apache-2.0
// mase_linear_array: the multiply-accumulate array of mase_linear, behind its replay store.
//
// Takes InBeats beats for each of OutBeats output groups, groups in order, and gives one beat a
// group. Registers, all under one enable (the output register is free or taken):
//   [weight word, with BlockRam] -> products -> adder tree -> accumulators -> cast output
// The bias enters with the first beat of its group. Formulas, word order, latency: mase_linear.sv.
// Model: gen/fixed/affine.h. Test: tests/rtl/mase_linear_test.cc
`include "mase_check.svh"

module mase_linear_array #(
  parameter  int unsigned InBeats      = 4,     // beats a group
  parameter  int unsigned OutBeats     = 5,     // groups a sample
  parameter  int unsigned InLanes      = 4,
  parameter  int unsigned OutLanes     = 1,
  parameter  int unsigned InWidth      = 8,     // bits
  parameter  bit          InSigned     = 1'b1,
  parameter  int unsigned WeightWidth  = 8,     // bits, signed
  parameter  int unsigned BiasWidth    = 8,     // bits, signed
  parameter  bit          HasBias      = 1'b1,
  parameter  int unsigned ProductShift = 0,     // bits, left
  parameter  int unsigned BiasShift    = 4,     // bits, left
  parameter  int unsigned AccWidth     = 20,    // bits, signed
  parameter  int unsigned OutWidth     = 8,     // bits
  parameter  bit          OutSigned    = 1'b1,
  parameter  int          OutShift     = 4,     // bits, right when positive
  parameter  bit          OutFloor     = 1'b0,
  parameter  bit          BlockRam     = 1'b0,
  parameter  int unsigned Multiplier   = 0,     // 0: auto, 1: DSP, 2: LUT
  parameter               WeightFile   = "",
  parameter               BiasFile     = "",
  localparam int unsigned InBits       = InLanes * InWidth,
  localparam int unsigned OutBits      = OutLanes * OutWidth
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               fire_i,   // x_i is taken
  output logic               ready_o,
  input  logic [InBits-1:0]  x_i,

  output logic               out_valid_o,
  input  logic               out_ready_i,
  output logic [OutBits-1:0] out_data_o
);

  `MASE_PARAM(bias, BiasWidth >= 1 && BiasWidth <= 32, "mase_linear: need 1 <= BiasWidth <= 32")
  `MASE_PARAM(acc, AccWidth >= 1 && AccWidth <= 128, "mase_linear: need 1 <= AccWidth <= 128")

  localparam int unsigned Steps     = InBeats * OutBeats;  // weight words
  localparam int unsigned StepBits  = Steps > 1 ? $clog2(Steps) : 1;
  localparam int unsigned BeatBits  = InBeats > 1 ? $clog2(InBeats) : 1;
  localparam int unsigned GroupBits = OutBeats > 1 ? $clog2(OutBeats) : 1;
  localparam int unsigned WordBits  = InLanes * OutLanes * WeightWidth;
  // Bits of a beat's sum that matter: all it can have, or all the accumulator keeps of it.
  localparam int unsigned FullSum  = InWidth + WeightWidth + $clog2(InLanes);
  localparam int unsigned KeptSum  = AccWidth > ProductShift ? AccWidth - ProductShift : 1;
  localparam int unsigned SumWidth = FullSum < KeptSum ? FullSum : KeptSum;
  localparam int unsigned Stages   = 1 + ($clog2(InLanes) + 1) / 2;  // products, adder tree

  logic                advance;
  logic [WordBits-1:0] word;
  logic [InBits-1:0]   x;
  logic                x_valid;
  logic [StepBits-1:0] step;

  assign advance = out_ready_i || !out_valid_o;
  assign ready_o = advance;

  mase_rom #(
    .Width(WordBits), .Depth(Steps), .BlockRam(BlockRam), .InitFile(WeightFile)
  ) u_weights (
    .clk_i, .en_i(advance), .addr_i(step), .data_o(word)
  );

  logic unused_last_step;
  mase_counter #(.Count(Steps)) u_step (
    .clk_i, .rst_ni, .en_i(fire_i), .count_o(step), .last_o(unused_last_step)
  );

  if (BlockRam) begin : gen_wait_for_word
    always_ff @(posedge clk_i) begin
      if (advance) x <= x_i;
      if (!rst_ni)      x_valid <= 1'b0;
      else if (advance) x_valid <= fire_i;
    end
  end else begin : gen_word_at_once
    assign x       = x_i;
    assign x_valid = fire_i;
  end

  logic [Stages-1:0] valid_q;
  logic [Stages:0]   valid;
  assign valid = {valid_q, x_valid};
  always_ff @(posedge clk_i) begin
    if (!rst_ni)      valid_q <= '0;
    else if (advance) valid_q <= valid[Stages-1:0];
  end

  // The accumulators keep their own count of beats and groups.
  logic [BeatBits-1:0]  beat;
  logic [GroupBits-1:0] group;
  logic                 take, last, done_q, unused_last_group;
  assign take = advance && valid[Stages];
  mase_counter #(.Count(InBeats)) u_beat (
    .clk_i, .rst_ni, .en_i(take), .count_o(beat), .last_o(last)
  );
  mase_counter #(.Count(OutBeats)) u_group (
    .clk_i, .rst_ni, .en_i(take && last), .count_o(group), .last_o(unused_last_group)
  );
  always_ff @(posedge clk_i) begin
    if (!rst_ni)      {out_valid_o, done_q} <= '0;
    else if (advance) {out_valid_o, done_q} <= {done_q, take && last};
  end

  logic [OutLanes*BiasWidth-1:0] biases;
  logic [OutLanes*SumWidth-1:0]  sums;
  if (HasBias) begin : gen_bias
    mase_rom #(
      .Width(OutLanes*BiasWidth), .Depth(OutBeats), .BlockRam(1'b0), .InitFile(BiasFile)
    ) u_biases (
      .clk_i, .en_i(advance), .addr_i(group), .data_o(biases)
    );
  end else begin : gen_no_bias
    logic unused_group;
    assign {biases, unused_group} = {{OutLanes*BiasWidth{1'b0}}, ^group};
  end

  for (genvar q = 0; q < OutLanes; q++) begin : gen_out
    mase_dot_product #(
      .Lanes(InLanes), .InWidth(InWidth), .InSigned(InSigned), .WeightWidth(WeightWidth),
      .SumWidth(SumWidth), .Multiplier(Multiplier)
    ) u_dot (
      .clk_i, .en_i(advance), .x_i(x),
      .weights_i(word[q*InLanes*WeightWidth +: InLanes*WeightWidth]),
      .sum_o(sums[q*SumWidth +: SumWidth])
    );
    mase_accumulator #(
      .SumWidth(SumWidth), .SumShift(ProductShift), .BiasWidth(BiasWidth), .BiasShift(BiasShift),
      .Feedback(InBeats > 1), .AccWidth(AccWidth), .OutWidth(OutWidth), .OutSigned(OutSigned),
      .OutShift(OutShift), .OutFloor(OutFloor)
    ) u_accumulator (
      .clk_i, .add_i(take), .first_i(beat == '0), .sum_i(sums[q*SumWidth +: SumWidth]),
      .bias_i(biases[q*BiasWidth +: BiasWidth]),
      .cast_i(advance && done_q), .data_o(out_data_o[q*OutWidth +: OutWidth])
    );
  end

endmodule
