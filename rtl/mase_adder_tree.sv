// SPDX-License-Identifier: Apache-2.0
// mase_adder_tree: sum of Terms signed numbers, modulo 2^OutWidth, by binary adders.
//
// A register after every two levels and after the last, so the latency is ceil(clog2(Terms) / 2)
// enabled clock edges; one term is a wire. The parent carries valid and gives the enable.
// Test: tests/rtl/mase_linear_test.cc
`include "mase_check.svh"

module mase_adder_tree #(
  parameter  int unsigned Terms    = 8,   // numbers
  parameter  int unsigned InWidth  = 16,  // bits, signed
  parameter  int unsigned OutWidth = 19,  // bits, signed
  localparam int unsigned InBits   = Terms * InWidth
) (
  input  logic                clk_i,
  input  logic                en_i,
  input  logic [InBits-1:0]   terms_i,  // term 0 in the LSBs
  output logic [OutWidth-1:0] sum_o
);

  `MASE_PARAM(terms, Terms >= 1, "mase_adder_tree: need Terms >= 1")
  `MASE_PARAM(in_width, InWidth >= 1, "mase_adder_tree: need InWidth >= 1")
  `MASE_PARAM(out_width, OutWidth >= 1, "mase_adder_tree: need OutWidth >= 1")

  localparam int unsigned Levels = $clog2(Terms);

  for (genvar l = 0; l <= Levels; l++) begin : gen_level
    localparam int unsigned Nodes = (Terms + (1 << l) - 1) >> l;
    localparam int unsigned Width = InWidth + l < OutWidth ? InWidth + l : OutWidth;
    localparam bit          IsReg = l > 0 && (l % 2 == 0 || l == Levels);
    for (genvar k = 0; k < Nodes; k++) begin : gen_node
      logic signed [Width-1:0] sum, y;
      if (l == 0) begin : gen_leaf
        assign sum = Width'($signed(terms_i[k*InWidth +: InWidth]));
      end else if (2*k + 1 >= ((Terms + (1 << (l - 1)) - 1) >> (l - 1))) begin : gen_pass
        assign sum = Width'(gen_level[l-1].gen_node[2*k].y);
      end else begin : gen_add
        // Yosys would merge two chained additions into a compressor, which takes twice the LUTs. An
        // operand that is not exactly the other adder's output stops it: hence the zero below.
        logic signed [Width-1:0] low, high;
        logic        [Width:0]   wide;
        assign low  = Width'(gen_level[l-1].gen_node[2*k].y);
        assign high = Width'(gen_level[l-1].gen_node[2*k+1].y);
        assign wide = {low, 1'b0} + {high, 1'b0};
        assign sum = wide[Width:1];
        logic unused_zero;
        assign unused_zero = wide[0];
      end
      if (IsReg) begin : gen_reg
        always_ff @(posedge clk_i) begin
          if (en_i) y <= sum;
        end
      end else begin : gen_wire
        assign y = sum;
      end
    end
  end

  assign sum_o = OutWidth'(gen_level[Levels].gen_node[0].y);

  if (Levels == 0) begin : gen_unused
    logic unused_clocking;
    assign unused_clocking = clk_i ^ en_i;
  end

endmodule
