// SPDX-License-Identifier: Apache-2.0
// The DSP48E2 as Yosys makes it for xcup: a signed 27 x 18 multiplier without registers, P = A * B.
// Every other mode is refused: parameters at elaboration, control inputs by an assertion.
// Source: UG579 (X and Y multiplexers take M for OPMODE 000000101).
module DSP48E2 #(
  parameter ACASCREG = 1, parameter ADREG = 1, parameter ALUMODEREG = 1, parameter AREG = 1,
  parameter BCASCREG = 1, parameter BREG = 1, parameter CARRYINREG = 1, parameter CARRYINSELREG = 1,
  parameter CREG = 1, parameter DREG = 1, parameter INMODEREG = 1, parameter MREG = 1,
  parameter OPMODEREG = 1, parameter PREG = 1,
  parameter A_INPUT = "DIRECT", parameter B_INPUT = "DIRECT",
  parameter AMULTSEL = "A", parameter BMULTSEL = "B",
  parameter USE_MULT = "MULTIPLY", parameter USE_SIMD = "ONE48"
) (
  input  [29:0] A, input [17:0] B, input [47:0] C, input [26:0] D,
  input  [29:0] ACIN, input [17:0] BCIN, input [47:0] PCIN,
  input  [4:0] INMODE, input [3:0] ALUMODE, input [8:0] OPMODE, input [2:0] CARRYINSEL,
  input  CARRYIN,
  output [47:0] P
);
  if (ACASCREG != 0 || ADREG != 0 || ALUMODEREG != 0 || AREG != 0 || BCASCREG != 0 || BREG != 0 ||
      CARRYINREG != 0 || CARRYINSELREG != 0 || CREG != 0 || DREG != 0 || INMODEREG != 0 ||
      MREG != 0 || OPMODEREG != 0 || PREG != 0) begin : gen_registers
    $error("DSP48E2: the netlist model has no registers (AREG, MREG, PREG and the others must be 0)");
  end
  if (A_INPUT != "DIRECT" || B_INPUT != "DIRECT") begin : gen_cascade
    $error("DSP48E2: the netlist model has no cascades (A_INPUT and B_INPUT must be DIRECT)");
  end
  if (AMULTSEL != "A" || BMULTSEL != "B" || USE_MULT != "MULTIPLY" || USE_SIMD != "ONE48")
  begin : gen_mode
    $error("DSP48E2: the netlist model multiplies A by B (AMULTSEL, BMULTSEL, USE_MULT, USE_SIMD)");
  end

  wire signed [26:0] a = A[26:0];
  wire signed [17:0] b = B;
  wire signed [44:0] m = a * b;
  assign P = {{3{m[44]}}, m};

  always @* begin
    assert (OPMODE == 9'b000000101 && ALUMODE == 4'b0 && INMODE == 5'b0 && CARRYINSEL == 3'b0 &&
            !CARRYIN)
    else $error("DSP48E2: the netlist model knows P = A * B only, not OPMODE %b", OPMODE);
  end

  wire unused_ok = ^{A[29:27], C, D, ACIN, BCIN, PCIN};
endmodule
