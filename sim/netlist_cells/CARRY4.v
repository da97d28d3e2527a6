// SPDX-License-Identifier: Apache-2.0
// Four bits of a carry chain. Yosys's own model assigns the carries as one vector, which looks like
// a loop; Verilator 5.006 settles such loops too early behind input ports.
module CARRY4 (
  output [3:0] CO, O,
  input        CI, CYINIT,
  input  [3:0] DI, S
);
  wire c0, c1, c2, c3, c4;
  assign c0 = CI | CYINIT;
  assign c1 = S[0] ? c0 : DI[0];
  assign c2 = S[1] ? c1 : DI[1];
  assign c3 = S[2] ? c2 : DI[2];
  assign c4 = S[3] ? c3 : DI[3];
  assign CO = {c4, c3, c2, c1};
  assign O  = S ^ {c3, c2, c1, c0};
endmodule
