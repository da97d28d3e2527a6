// SPDX-License-Identifier: Apache-2.0
// The RAMB18E2 as Yosys makes it for a ROM of xcup: read through port A alone, no output register.
// READ_WIDTH_A of 1, 2, 4, 9, 18, 36; at 36 bits the upper half leaves through port B's outputs.
// Every other mode is refused: parameters at elaboration, control inputs by assertions.
// Source: UG573 (addressing, data in INIT_xx and parity in INITP_xx, both LSB first).
module RAMB18E2 #(
  parameter INIT_00 = 256'h0, parameter INIT_01 = 256'h0, parameter INIT_02 = 256'h0, parameter INIT_03 = 256'h0, parameter INIT_04 = 256'h0, parameter INIT_05 = 256'h0,
  parameter INIT_06 = 256'h0, parameter INIT_07 = 256'h0, parameter INIT_08 = 256'h0, parameter INIT_09 = 256'h0, parameter INIT_0A = 256'h0, parameter INIT_0B = 256'h0,
  parameter INIT_0C = 256'h0, parameter INIT_0D = 256'h0, parameter INIT_0E = 256'h0, parameter INIT_0F = 256'h0, parameter INIT_10 = 256'h0, parameter INIT_11 = 256'h0,
  parameter INIT_12 = 256'h0, parameter INIT_13 = 256'h0, parameter INIT_14 = 256'h0, parameter INIT_15 = 256'h0, parameter INIT_16 = 256'h0, parameter INIT_17 = 256'h0,
  parameter INIT_18 = 256'h0, parameter INIT_19 = 256'h0, parameter INIT_1A = 256'h0, parameter INIT_1B = 256'h0, parameter INIT_1C = 256'h0, parameter INIT_1D = 256'h0,
  parameter INIT_1E = 256'h0, parameter INIT_1F = 256'h0, parameter INIT_20 = 256'h0, parameter INIT_21 = 256'h0, parameter INIT_22 = 256'h0, parameter INIT_23 = 256'h0,
  parameter INIT_24 = 256'h0, parameter INIT_25 = 256'h0, parameter INIT_26 = 256'h0, parameter INIT_27 = 256'h0, parameter INIT_28 = 256'h0, parameter INIT_29 = 256'h0,
  parameter INIT_2A = 256'h0, parameter INIT_2B = 256'h0, parameter INIT_2C = 256'h0, parameter INIT_2D = 256'h0, parameter INIT_2E = 256'h0, parameter INIT_2F = 256'h0,
  parameter INIT_30 = 256'h0, parameter INIT_31 = 256'h0, parameter INIT_32 = 256'h0, parameter INIT_33 = 256'h0, parameter INIT_34 = 256'h0, parameter INIT_35 = 256'h0,
  parameter INIT_36 = 256'h0, parameter INIT_37 = 256'h0, parameter INIT_38 = 256'h0, parameter INIT_39 = 256'h0, parameter INIT_3A = 256'h0, parameter INIT_3B = 256'h0,
  parameter INIT_3C = 256'h0, parameter INIT_3D = 256'h0, parameter INIT_3E = 256'h0, parameter INIT_3F = 256'h0,
  parameter INITP_00 = 256'h0, parameter INITP_01 = 256'h0, parameter INITP_02 = 256'h0, parameter INITP_03 = 256'h0, parameter INITP_04 = 256'h0, parameter INITP_05 = 256'h0,
  parameter INITP_06 = 256'h0, parameter INITP_07 = 256'h0,
  parameter INIT_A = 36'h0, parameter INIT_B = 36'h0,
  parameter SRVAL_A = 36'h0, parameter SRVAL_B = 36'h0,
  parameter DOA_REG = 1, parameter DOB_REG = 1,
  parameter READ_WIDTH_A = 0, parameter READ_WIDTH_B = 0,
  parameter WRITE_WIDTH_A = 0, parameter WRITE_WIDTH_B = 0,
  parameter WRITE_MODE_A = "NO_CHANGE", parameter WRITE_MODE_B = "NO_CHANGE"
) (
  input  [13:0] ADDRARDADDR, input [13:0] ADDRBWRADDR,
  input  ADDRENA, input ADDRENB, input CLKARDCLK, input CLKBWRCLK,
  input  ENARDEN, input ENBWREN, input REGCEAREGCE, input REGCEB,
  input  RSTRAMARSTRAM, input RSTRAMB, input RSTREGARSTREG, input RSTREGB, input SLEEP,
  input  [15:0] DINADIN, input [15:0] DINBDIN,
  input  [1:0] DINPADINP, input [1:0] DINPBDINP,
  input  [1:0] WEA, input [3:0] WEBWE,
  output [15:0] DOUTADOUT, output [15:0] DOUTBDOUT,
  output [1:0] DOUTPADOUTP, output [1:0] DOUTPBDOUTP
);
  // Data and parity bits of a word.
  localparam D = READ_WIDTH_A == 72 ? 64 : READ_WIDTH_A == 36 ? 32 : READ_WIDTH_A == 18 ? 16 :
                 READ_WIDTH_A == 9 ? 8 : READ_WIDTH_A == 4 ? 4 : READ_WIDTH_A == 2 ? 2 : 1;
  localparam Parity   = D >= 8 ? D / 8 : 1;
  localparam WordBits = 14 - $clog2(D);

  if ((READ_WIDTH_A != D + D / 8 && READ_WIDTH_A != D) || READ_WIDTH_A == 8 || D > 32)
  begin : gen_width
    $error("RAMB18E2: the netlist model has no READ_WIDTH_A of this value");
  end
  if (READ_WIDTH_B != 0) begin : gen_two_ports
    $error("RAMB18E2: the netlist model is read through port A only (READ_WIDTH_B must be 0)");
  end
  if (DOA_REG != 0 || DOB_REG != 0) begin : gen_output_register
    $error("RAMB18E2: the netlist model has no output register (DOA_REG and DOB_REG must be 0)");
  end

  localparam [16383:0] Data = {
    INIT_3F, INIT_3E, INIT_3D, INIT_3C, INIT_3B, INIT_3A, INIT_39, INIT_38, INIT_37, INIT_36,
    INIT_35, INIT_34, INIT_33, INIT_32, INIT_31, INIT_30, INIT_2F, INIT_2E, INIT_2D, INIT_2C,
    INIT_2B, INIT_2A, INIT_29, INIT_28, INIT_27, INIT_26, INIT_25, INIT_24, INIT_23, INIT_22,
    INIT_21, INIT_20, INIT_1F, INIT_1E, INIT_1D, INIT_1C, INIT_1B, INIT_1A, INIT_19, INIT_18,
    INIT_17, INIT_16, INIT_15, INIT_14, INIT_13, INIT_12, INIT_11, INIT_10, INIT_0F, INIT_0E,
    INIT_0D, INIT_0C, INIT_0B, INIT_0A, INIT_09, INIT_08, INIT_07, INIT_06, INIT_05, INIT_04,
    INIT_03, INIT_02, INIT_01, INIT_00};
  localparam [2047:0] DataParity = {
    INITP_07, INITP_06, INITP_05, INITP_04, INITP_03, INITP_02, INITP_01, INITP_00};

  wire [WordBits-1:0] word = ADDRARDADDR[13:14-WordBits];
  reg  [31:0] data;
  reg  [3:0] parity;
  always @(posedge CLKARDCLK) begin
    if (ENARDEN && ADDRENA) begin
      data[D-1:0] <= Data[word*D +: D];
      if (D >= 8) parity[Parity-1:0] <= DataParity[word*Parity +: Parity];
    end
  end
  assign DOUTADOUT   = data[15:0];
  assign DOUTBDOUT   = data[31:16];
  assign DOUTPADOUTP = parity[1:0];
  assign DOUTPBDOUTP = parity[3:2];

  always @(posedge CLKARDCLK) begin
    assert (WEA == 0 && (WEBWE == 0 || !ENBWREN))
    else $error("RAMB18E2: the netlist model is a ROM and cannot be written");
    assert (!RSTRAMARSTRAM && !RSTREGARSTREG && !SLEEP)
    else $error("RAMB18E2: the netlist model has no reset and no sleep");
  end

  wire unused_ok = ^{ADDRARDADDR, ADDRBWRADDR, ADDRENB, CLKBWRCLK, REGCEAREGCE, REGCEB, RSTRAMB,
                     RSTREGB, DINADIN, DINBDIN, DINPADINP, DINPBDINP, INIT_A[0], INIT_B[0],
                     SRVAL_A[0], SRVAL_B[0]};
endmodule
