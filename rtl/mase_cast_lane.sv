// SPDX-License-Identifier: Apache-2.0
// mase_cast_lane: one number from one fixed-point format to another. Combinational.
//
//   y = clamp(round(x / 2^Shift)),   Shift = fraction bits lost (> 0) or gained (< 0)
//
// round is half to even, or floor when Floor = 1; clamp is to the range of OutWidth/OutSigned.
// Exact for every pair of formats: a right shift beyond the input leaves 0 (floor: 0 or -1), a left
// shift beyond the output saturates everything but 0. Equal formats are wires.
// Model: gen/fixed/requantise.h. Test: tests/rtl/mase_cast_test.cc
`include "mase_check.svh"

module mase_cast_lane #(
  parameter int unsigned InWidth   = 20,    // bits
  parameter bit          InSigned  = 1'b1,
  parameter int unsigned OutWidth  = 8,     // bits
  parameter bit          OutSigned = 1'b1,
  parameter int          Shift     = 4,     // bits; right when positive, left when negative
  parameter bit          Floor     = 1'b0   // 0: half to even, 1: floor
) (
  input  logic [InWidth-1:0]  data_i,
  output logic [OutWidth-1:0] data_o
);

  `MASE_PARAM(in_width, InWidth >= 1 && InWidth <= 128, "mase_cast_lane: need 1 <= InWidth <= 128")
  `MASE_PARAM(out_width, OutWidth >= 1 && OutWidth <= 128,
              "mase_cast_lane: need 1 <= OutWidth <= 128")
  `MASE_PARAM(shift, Shift >= -1024 && Shift <= 1024, "mase_cast_lane: need -1024 <= Shift <= 1024")

  // Everything is signed inside: unsigned inputs get a zero on top.
  localparam int unsigned FullWidth = InSigned ? InWidth : InWidth + 1;
  localparam int unsigned Down      = Shift > 0 ? Shift : 0;
  localparam int unsigned UpWanted  = Shift < 0 ? -Shift : 0;
  // OutWidth places up, everything but 0 is out of range already.
  localparam int unsigned Up        = UpWanted > OutWidth ? OutWidth : UpWanted;
  localparam bit          Vanishes  = Down >= FullWidth;
  localparam int unsigned KeepWidth = Vanishes ? 1 : FullWidth - Down;
  // One bit of growth where rounding may carry out of the top.
  localparam int unsigned ExactWidth =
      Up > 0 ? FullWidth + Up : ((Down > 0 && !Vanishes && !Floor) ? KeepWidth + 1 : KeepWidth);

  logic signed [FullWidth-1:0]  full;
  logic signed [ExactWidth-1:0] exact;

  if (InSigned) begin : gen_signed_in
    assign full = $signed(data_i);
  end else begin : gen_unsigned_in
    assign full = $signed(FullWidth'(data_i));
  end

  if (Vanishes) begin : gen_vanishes
    // |x| <= 2^(Shift-1): at most one half, and the tie goes to 0.
    assign exact = $signed(Floor ? full[FullWidth-1] : 1'b0);
    if (FullWidth > 1) begin : gen_unused
      logic unused_low;
      assign unused_low = ^full[FullWidth-2:0];
    end
    if (!Floor) begin : gen_unused_sign
      logic unused_sign;
      assign unused_sign = full[FullWidth-1];
    end
  end else if (Down > 0 && Floor) begin : gen_floor
    logic unused_low;
    assign exact      = $signed(full[FullWidth-1:Down]);
    assign unused_low = ^full[Down-1:0];
  end else if (Down > 0) begin : gen_half_even
    logic half, sticky, carry;
    assign half  = full[Down-1];
    assign carry = half && (sticky || full[Down]);
    // Not $signed({1'b0, carry}): Verilator 5.006 narrows that to one bit and extends it as -1.
    assign exact = ExactWidth'($signed(full[FullWidth-1:Down])) + $signed(ExactWidth'(carry));
    if (Down > 1) begin : gen_sticky
      assign sticky = |full[Down-2:0];
    end else begin : gen_no_sticky
      assign sticky = 1'b0;
    end
  end else begin : gen_left
    assign exact = ExactWidth'(full) <<< Up;
  end

  if (OutSigned) begin : gen_signed_out
    if (ExactWidth <= OutWidth) begin : gen_fits
      assign data_o = OutWidth'(exact);
    end else begin : gen_clamp
      localparam logic [OutWidth-1:0] SignBit = OutWidth'(1) << (OutWidth - 1);
      logic negative, fits;
      assign negative = exact[ExactWidth-1];
      assign fits     = (&exact[ExactWidth-1:OutWidth-1]) || !(|exact[ExactWidth-1:OutWidth-1]);
      assign data_o   = fits ? exact[OutWidth-1:0] : ({OutWidth{!negative}} ^ SignBit);
    end
  end else begin : gen_unsigned_out
    logic negative;
    assign negative = InSigned && exact[ExactWidth-1];
    if (ExactWidth <= OutWidth + 1) begin : gen_fits
      assign data_o = negative ? '0 : OutWidth'(exact);
    end else begin : gen_clamp
      logic above;
      assign above  = |exact[ExactWidth-2:OutWidth];
      assign data_o = negative ? '0 : (above ? '1 : exact[OutWidth-1:0]);
    end
  end

endmodule
