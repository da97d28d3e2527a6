// SPDX-License-Identifier: Apache-2.0
// mase_accumulator: running sum of one output lane, and its cast to the output format.
//
//   at add_i:   acc = (first_i ? bias * 2^BiasShift : acc) + sum * 2^SumShift
//   at cast_i:  data = clamp(round(acc / 2^OutShift))
//
// Feedback = 0 is for lanes whose every sum is a first one. No reset: the parent carries valid.
// Model: gen/fixed/affine.h. Test: tests/rtl/mase_linear_test.cc
`include "mase_check.svh"

module mase_accumulator #(
  parameter int unsigned SumWidth  = 18,    // bits, signed
  parameter int unsigned SumShift  = 0,     // bits, left
  parameter int unsigned BiasWidth = 8,     // bits, signed
  parameter int unsigned BiasShift = 4,     // bits, left
  parameter bit          Feedback  = 1'b1,
  parameter int unsigned AccWidth  = 20,    // bits, signed
  parameter int unsigned OutWidth  = 8,     // bits
  parameter bit          OutSigned = 1'b1,
  parameter int          OutShift  = 4,     // bits, right when positive
  parameter bit          OutFloor  = 1'b0   // 0: half to even, 1: floor
) (
  input  logic                 clk_i,
  input  logic                 add_i,
  input  logic                 first_i,
  input  logic [SumWidth-1:0]  sum_i,
  input  logic [BiasWidth-1:0] bias_i,
  input  logic                 cast_i,
  output logic [OutWidth-1:0]  data_o
);

  `MASE_PARAM(sum_width, SumWidth >= 1, "mase_accumulator: need SumWidth >= 1")
  `MASE_PARAM(acc_width, AccWidth >= 1, "mase_accumulator: need AccWidth >= 1")

  // Shifting as wide as the accumulator or wider leaves 0.
  localparam int unsigned SumUp  = SumShift < AccWidth ? SumShift : AccWidth;
  localparam int unsigned BiasUp = BiasShift < AccWidth ? BiasShift : AccWidth;

  logic [AccWidth-1:0] base, sum, bias, acc_q;
  logic [OutWidth-1:0] data_d;

  // Bits above the accumulator are copies of the sign, or lost on purpose.
  logic unused_high;
  assign unused_high = ^{sum_i, bias_i};

  assign sum  = AccWidth'($signed(sum_i)) << SumUp;
  assign bias = AccWidth'($signed(bias_i)) << BiasUp;

  if (Feedback) begin : gen_feedback
    // Of two operands of a carry chain Yosys feeds the one in fewer pieces to it directly. Chosen as
    // one vector, the base could be that one and would take a LUT a bit of its own; bit by bit it is
    // in the most pieces, and its choice goes into the LUTs that the sum takes anyway.
    for (genvar b = 0; b < AccWidth; b++) begin : gen_bit
      logic chosen;
      assign chosen  = first_i ? bias[b] : acc_q[b];
      assign base[b] = chosen;
    end
  end else begin : gen_single
    logic unused_first;
    assign unused_first = first_i;
    assign base         = bias;
  end

  mase_cast_lane #(
    .InWidth(AccWidth), .InSigned(1'b1), .OutWidth(OutWidth), .OutSigned(OutSigned),
    .Shift(OutShift), .Floor(OutFloor)
  ) u_cast (
    .data_i(acc_q), .data_o(data_d)
  );

  always_ff @(posedge clk_i) begin
    if (add_i)  acc_q  <= base + sum;
    if (cast_i) data_o <= data_d;
  end

endmodule
