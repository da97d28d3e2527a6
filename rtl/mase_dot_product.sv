// SPDX-License-Identifier: Apache-2.0
// mase_dot_product: sum_p weights[p] * x[p] of one output lane, modulo 2^SumWidth.
//
// Registers after the products and inside the adder tree: latency 1 + ceil(clog2(Lanes) / 2)
// enabled clock edges. The parent carries valid and gives the enable.
// Model: gen/fixed/affine.h. Test: tests/rtl/mase_linear_test.cc
`include "mase_check.svh"

module mase_dot_product #(
  parameter  int unsigned Lanes       = 4,
  parameter  int unsigned InWidth     = 8,     // bits
  parameter  bit          InSigned    = 1'b1,
  parameter  int unsigned WeightWidth = 8,     // bits, signed
  parameter  int unsigned SumWidth    = 18,    // bits, signed
  parameter  int unsigned Multiplier  = 0,     // 0: auto, 1: DSP, 2: LUT
  localparam int unsigned InBits      = Lanes * InWidth,
  localparam int unsigned WeightBits  = Lanes * WeightWidth
) (
  input  logic                  clk_i,
  input  logic                  en_i,
  input  logic [InBits-1:0]     x_i,        // lane 0 in the LSBs
  input  logic [WeightBits-1:0] weights_i,  // lane 0 in the LSBs
  output logic [SumWidth-1:0]   sum_o
);

  `MASE_PARAM(lanes, Lanes >= 1, "mase_dot_product: need Lanes >= 1")
  `MASE_PARAM(in_width, InWidth >= 1 && InWidth <= 32, "mase_dot_product: need 1 <= InWidth <= 32")
  `MASE_PARAM(weight_width, WeightWidth >= 1 && WeightWidth <= 32,
              "mase_dot_product: need 1 <= WeightWidth <= 32")
  `MASE_PARAM(sum_width, SumWidth >= 1, "mase_dot_product: need SumWidth >= 1")

  localparam int unsigned ProductWidth = InWidth + WeightWidth;
  localparam int unsigned KeptWidth    = ProductWidth < SumWidth ? ProductWidth : SumWidth;

  logic [Lanes*KeptWidth-1:0] products_d, products_q;

  for (genvar p = 0; p < Lanes; p++) begin : gen_lane
    logic [ProductWidth-1:0] product;
    logic                    unused_high;  // bits the sum does not keep
    mase_multiplier #(
      .AWidth(InWidth), .ASigned(InSigned), .BWidth(WeightWidth), .Style(Multiplier)
    ) u_multiplier (
      .a_i(x_i[p*InWidth +: InWidth]), .b_i(weights_i[p*WeightWidth +: WeightWidth]), .y_o(product)
    );
    assign products_d[p*KeptWidth +: KeptWidth] = KeptWidth'(product);
    assign unused_high = ^product;
  end

  always_ff @(posedge clk_i) begin
    if (en_i) products_q <= products_d;
  end

  mase_adder_tree #(
    .Terms(Lanes), .InWidth(KeptWidth), .OutWidth(SumWidth)
  ) u_tree (
    .clk_i, .en_i, .terms_i(products_q), .sum_o
  );

endmodule
