// SPDX-License-Identifier: Apache-2.0
// mase_rom: words from a $readmemh file (one word a line), in LUTs or in block RAM.
//
// BlockRam = 0: data_o follows addr_i in the same cycle; clk_i and en_i are not used.
// BlockRam = 1: data_o is the word that addr_i named at the last edge with en_i.
// InitFile is relative to the folder the tool runs in; "" leaves the words undefined.
// Test: tests/rtl/mase_storage_test.cc
`include "mase_check.svh"

module mase_rom #(
  parameter  int unsigned Width     = 8,     // bits
  parameter  int unsigned Depth     = 16,    // words
  parameter  bit          BlockRam  = 1'b0,
  parameter               InitFile  = "",
  localparam int unsigned AddrWidth = Depth > 1 ? $clog2(Depth) : 1
) (
  input  logic                 clk_i,
  input  logic                 en_i,
  input  logic [AddrWidth-1:0] addr_i,
  output logic [Width-1:0]     data_o
);

  `MASE_PARAM(width, Width >= 1, "mase_rom: need Width >= 1")
  `MASE_PARAM(depth, Depth >= 1, "mase_rom: need Depth >= 1")

  if (BlockRam) begin : gen_block
    (* rom_style = "block", ram_style = "block" *)
    logic [Width-1:0] mem [Depth];
    initial if (InitFile != "") $readmemh(InitFile, mem);
    always_ff @(posedge clk_i) begin
      if (en_i) data_o <= mem[addr_i];
    end
  end else begin : gen_lut
    // No style attribute: a combinational read can only be LUTs.
    logic [Width-1:0] mem [Depth];
    logic unused_clocking;
    initial if (InitFile != "") $readmemh(InitFile, mem);
    assign data_o          = mem[addr_i];
    assign unused_clocking = clk_i ^ en_i;
  end

endmodule
