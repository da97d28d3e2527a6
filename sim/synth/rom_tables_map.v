// SPDX-License-Identifier: Apache-2.0
// The tables of rom_tables.txt as $lut, which Yosys merges where they are equal. Words that nobody
// gave are 0; a table that is always 0 or always 1 is a constant.
module \$__MASE_TABLE_ (PORT_R_ADDR, PORT_R_RD_DATA);
  parameter OPTION_ABITS = 6;
  parameter INIT = 64'bx;
  localparam SIZE = 1 << OPTION_ABITS;

  input [OPTION_ABITS-1:0] PORT_R_ADDR;
  output PORT_R_RD_DATA;

  function [SIZE-1:0] known;
    input [SIZE-1:0] init;
    integer i;
    for (i = 0; i < SIZE; i = i + 1) known[i] = init[i] === 1'b1;
  endfunction

  function never;  // value is in no word
    input [SIZE-1:0] init;
    input value;
    integer i;
    begin
      never = 1'b1;
      for (i = 0; i < SIZE; i = i + 1) if (init[i] === value) never = 1'b0;
    end
  endfunction

  generate
    if (never(INIT, 1'b1)) begin
      assign PORT_R_RD_DATA = 1'b0;
    end else if (never(INIT, 1'b0)) begin
      assign PORT_R_RD_DATA = 1'b1;
    end else begin
      \$lut #(.WIDTH(OPTION_ABITS), .LUT(known(INIT))) lut (.A(PORT_R_ADDR), .Y(PORT_R_RD_DATA));
    end
  endgenerate
endmodule
