// SPDX-License-Identifier: Apache-2.0
// mase_multiplier: y = a * b, exact. Combinational; the parent registers the product.
//
// Style 0 leaves the choice to synthesis, 1 asks for a DSP block, 2 is built of binary adders: a
// tree over the bits of b in which node k of level l is (b[k*2^l +: 2^l] * a).
// Test: tests/rtl/mase_linear_test.cc
`include "mase_check.svh"

module mase_multiplier #(
  parameter  int unsigned AWidth  = 8,     // bits
  parameter  bit          ASigned = 1'b1,
  parameter  int unsigned BWidth  = 8,     // bits, b is signed
  parameter  int unsigned Style   = 0,     // 0: auto, 1: DSP, 2: LUT
  localparam int unsigned YWidth  = AWidth + BWidth
) (
  input  logic [AWidth-1:0] a_i,
  input  logic [BWidth-1:0] b_i,
  output logic [YWidth-1:0] y_o
);

  `MASE_PARAM(a_width, AWidth >= 1 && AWidth <= 32, "mase_multiplier: need 1 <= AWidth <= 32")
  `MASE_PARAM(b_width, BWidth >= 1 && BWidth <= 32, "mase_multiplier: need 1 <= BWidth <= 32")
  `MASE_PARAM(style, Style <= 2, "mase_multiplier: need Style 0, 1 or 2")

  localparam int unsigned FullWidth = ASigned ? AWidth : AWidth + 1;
  localparam int unsigned Levels    = $clog2(BWidth);

  logic signed [FullWidth-1:0] a;
  if (ASigned) begin : gen_signed_a
    assign a = $signed(a_i);
  end else begin : gen_unsigned_a
    assign a = $signed(FullWidth'(a_i));
  end

  if (Style == 2) begin : gen_lut
    for (genvar l = 0; l <= Levels; l++) begin : gen_level
      localparam int unsigned Nodes = (BWidth + (1 << l) - 1) >> l;
      for (genvar k = 0; k < Nodes; k++) begin : gen_node
        // The node of b's sign bit alone is subtracted where it first meets another node.
        localparam bit HighIsSign =
            l > 0 && ((2*k + 1) << (l > 0 ? l - 1 : 0)) == BWidth - 1;
        logic signed [YWidth-1:0] y;
        if (l == 0) begin : gen_leaf
          logic signed [YWidth-1:0] extended;  // by its sign, whatever the selection beside it
          assign extended = YWidth'(a);
          assign y = b_i[k] ? extended : '0;
        end else if (((2*k + 1) << (l - 1)) >= BWidth) begin : gen_pass
          assign y = gen_level[l-1].gen_node[2*k].y;
        end else begin : gen_add
          // The zero below: see mase_adder_tree.
          logic [YWidth:0] low, high, sum;
          logic            unused_zero;
          assign low  = {gen_level[l-1].gen_node[2*k].y, 1'b0};
          assign high = {gen_level[l-1].gen_node[2*k+1].y <<< (1 << (l - 1)), 1'b0};
          assign sum  = HighIsSign ? low - high : low + high;
          assign y    = $signed(sum[YWidth:1]);
          assign unused_zero = sum[0];
        end
      end
    end
    if (BWidth == 1) begin : gen_sign_only
      assign y_o = -gen_level[0].gen_node[0].y;
    end else begin : gen_result
      assign y_o = gen_level[Levels].gen_node[0].y;
    end
  end else if (Style == 1) begin : gen_dsp
    (* use_dsp = "yes" *) logic signed [YWidth-1:0] y;
    assign y   = YWidth'(a) * YWidth'($signed(b_i));
    assign y_o = y;
  end else begin : gen_auto
    assign y_o = YWidth'(a) * YWidth'($signed(b_i));
  end

endmodule
