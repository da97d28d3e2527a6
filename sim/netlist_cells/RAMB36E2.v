// SPDX-License-Identifier: Apache-2.0
// The RAMB36E2 as Yosys makes it for a ROM of xcup: read through port A alone, no output register.
// READ_WIDTH_A of 1, 2, 4, 9, 18, 36, 72; at 72 bits the upper half leaves through port B's outputs.
// Every other mode is refused: parameters at elaboration, control inputs by assertions.
// Source: UG573 (addressing, data in INIT_xx and parity in INITP_xx, both LSB first).
module RAMB36E2 #(
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
  parameter INIT_3C = 256'h0, parameter INIT_3D = 256'h0, parameter INIT_3E = 256'h0, parameter INIT_3F = 256'h0, parameter INIT_40 = 256'h0, parameter INIT_41 = 256'h0,
  parameter INIT_42 = 256'h0, parameter INIT_43 = 256'h0, parameter INIT_44 = 256'h0, parameter INIT_45 = 256'h0, parameter INIT_46 = 256'h0, parameter INIT_47 = 256'h0,
  parameter INIT_48 = 256'h0, parameter INIT_49 = 256'h0, parameter INIT_4A = 256'h0, parameter INIT_4B = 256'h0, parameter INIT_4C = 256'h0, parameter INIT_4D = 256'h0,
  parameter INIT_4E = 256'h0, parameter INIT_4F = 256'h0, parameter INIT_50 = 256'h0, parameter INIT_51 = 256'h0, parameter INIT_52 = 256'h0, parameter INIT_53 = 256'h0,
  parameter INIT_54 = 256'h0, parameter INIT_55 = 256'h0, parameter INIT_56 = 256'h0, parameter INIT_57 = 256'h0, parameter INIT_58 = 256'h0, parameter INIT_59 = 256'h0,
  parameter INIT_5A = 256'h0, parameter INIT_5B = 256'h0, parameter INIT_5C = 256'h0, parameter INIT_5D = 256'h0, parameter INIT_5E = 256'h0, parameter INIT_5F = 256'h0,
  parameter INIT_60 = 256'h0, parameter INIT_61 = 256'h0, parameter INIT_62 = 256'h0, parameter INIT_63 = 256'h0, parameter INIT_64 = 256'h0, parameter INIT_65 = 256'h0,
  parameter INIT_66 = 256'h0, parameter INIT_67 = 256'h0, parameter INIT_68 = 256'h0, parameter INIT_69 = 256'h0, parameter INIT_6A = 256'h0, parameter INIT_6B = 256'h0,
  parameter INIT_6C = 256'h0, parameter INIT_6D = 256'h0, parameter INIT_6E = 256'h0, parameter INIT_6F = 256'h0, parameter INIT_70 = 256'h0, parameter INIT_71 = 256'h0,
  parameter INIT_72 = 256'h0, parameter INIT_73 = 256'h0, parameter INIT_74 = 256'h0, parameter INIT_75 = 256'h0, parameter INIT_76 = 256'h0, parameter INIT_77 = 256'h0,
  parameter INIT_78 = 256'h0, parameter INIT_79 = 256'h0, parameter INIT_7A = 256'h0, parameter INIT_7B = 256'h0, parameter INIT_7C = 256'h0, parameter INIT_7D = 256'h0,
  parameter INIT_7E = 256'h0, parameter INIT_7F = 256'h0,
  parameter INITP_00 = 256'h0, parameter INITP_01 = 256'h0, parameter INITP_02 = 256'h0, parameter INITP_03 = 256'h0, parameter INITP_04 = 256'h0, parameter INITP_05 = 256'h0,
  parameter INITP_06 = 256'h0, parameter INITP_07 = 256'h0, parameter INITP_08 = 256'h0, parameter INITP_09 = 256'h0, parameter INITP_0A = 256'h0, parameter INITP_0B = 256'h0,
  parameter INITP_0C = 256'h0, parameter INITP_0D = 256'h0, parameter INITP_0E = 256'h0, parameter INITP_0F = 256'h0,
  parameter INIT_A = 72'h0, parameter INIT_B = 72'h0,
  parameter SRVAL_A = 72'h0, parameter SRVAL_B = 72'h0,
  parameter DOA_REG = 1, parameter DOB_REG = 1,
  parameter READ_WIDTH_A = 0, parameter READ_WIDTH_B = 0,
  parameter WRITE_WIDTH_A = 0, parameter WRITE_WIDTH_B = 0,
  parameter WRITE_MODE_A = "NO_CHANGE", parameter WRITE_MODE_B = "NO_CHANGE"
) (
  input  [14:0] ADDRARDADDR, input [14:0] ADDRBWRADDR,
  input  ADDRENA, input ADDRENB, input CLKARDCLK, input CLKBWRCLK,
  input  ENARDEN, input ENBWREN, input REGCEAREGCE, input REGCEB,
  input  RSTRAMARSTRAM, input RSTRAMB, input RSTREGARSTREG, input RSTREGB, input SLEEP,
  input  [31:0] DINADIN, input [31:0] DINBDIN,
  input  [3:0] DINPADINP, input [3:0] DINPBDINP,
  input  [3:0] WEA, input [7:0] WEBWE,
  output [31:0] DOUTADOUT, output [31:0] DOUTBDOUT,
  output [3:0] DOUTPADOUTP, output [3:0] DOUTPBDOUTP
);
  // Data and parity bits of a word.
  localparam D = READ_WIDTH_A == 72 ? 64 : READ_WIDTH_A == 36 ? 32 : READ_WIDTH_A == 18 ? 16 :
                 READ_WIDTH_A == 9 ? 8 : READ_WIDTH_A == 4 ? 4 : READ_WIDTH_A == 2 ? 2 : 1;
  localparam Parity   = D >= 8 ? D / 8 : 1;
  localparam WordBits = 15 - $clog2(D);

  if ((READ_WIDTH_A != D + D / 8 && READ_WIDTH_A != D) || READ_WIDTH_A == 8 || D > 64)
  begin : gen_width
    $error("RAMB36E2: the netlist model has no READ_WIDTH_A of this value");
  end
  if (READ_WIDTH_B != 0) begin : gen_two_ports
    $error("RAMB36E2: the netlist model is read through port A only (READ_WIDTH_B must be 0)");
  end
  if (DOA_REG != 0 || DOB_REG != 0) begin : gen_output_register
    $error("RAMB36E2: the netlist model has no output register (DOA_REG and DOB_REG must be 0)");
  end

  localparam [32767:0] Data = {
    INIT_7F, INIT_7E, INIT_7D, INIT_7C, INIT_7B, INIT_7A, INIT_79, INIT_78, INIT_77, INIT_76,
    INIT_75, INIT_74, INIT_73, INIT_72, INIT_71, INIT_70, INIT_6F, INIT_6E, INIT_6D, INIT_6C,
    INIT_6B, INIT_6A, INIT_69, INIT_68, INIT_67, INIT_66, INIT_65, INIT_64, INIT_63, INIT_62,
    INIT_61, INIT_60, INIT_5F, INIT_5E, INIT_5D, INIT_5C, INIT_5B, INIT_5A, INIT_59, INIT_58,
    INIT_57, INIT_56, INIT_55, INIT_54, INIT_53, INIT_52, INIT_51, INIT_50, INIT_4F, INIT_4E,
    INIT_4D, INIT_4C, INIT_4B, INIT_4A, INIT_49, INIT_48, INIT_47, INIT_46, INIT_45, INIT_44,
    INIT_43, INIT_42, INIT_41, INIT_40, INIT_3F, INIT_3E, INIT_3D, INIT_3C, INIT_3B, INIT_3A,
    INIT_39, INIT_38, INIT_37, INIT_36, INIT_35, INIT_34, INIT_33, INIT_32, INIT_31, INIT_30,
    INIT_2F, INIT_2E, INIT_2D, INIT_2C, INIT_2B, INIT_2A, INIT_29, INIT_28, INIT_27, INIT_26,
    INIT_25, INIT_24, INIT_23, INIT_22, INIT_21, INIT_20, INIT_1F, INIT_1E, INIT_1D, INIT_1C,
    INIT_1B, INIT_1A, INIT_19, INIT_18, INIT_17, INIT_16, INIT_15, INIT_14, INIT_13, INIT_12,
    INIT_11, INIT_10, INIT_0F, INIT_0E, INIT_0D, INIT_0C, INIT_0B, INIT_0A, INIT_09, INIT_08,
    INIT_07, INIT_06, INIT_05, INIT_04, INIT_03, INIT_02, INIT_01, INIT_00};
  localparam [4095:0] DataParity = {
    INITP_0F, INITP_0E, INITP_0D, INITP_0C, INITP_0B, INITP_0A, INITP_09, INITP_08, INITP_07,
    INITP_06, INITP_05, INITP_04, INITP_03, INITP_02, INITP_01, INITP_00};

  wire [WordBits-1:0] word = ADDRARDADDR[14:15-WordBits];
  reg  [63:0] data;
  reg  [7:0] parity;
  always @(posedge CLKARDCLK) begin
    if (ENARDEN && ADDRENA) begin
      data[D-1:0] <= Data[word*D +: D];
      if (D >= 8) parity[Parity-1:0] <= DataParity[word*Parity +: Parity];
    end
  end
  assign DOUTADOUT   = data[31:0];
  assign DOUTBDOUT   = data[63:32];
  assign DOUTPADOUTP = parity[3:0];
  assign DOUTPBDOUTP = parity[7:4];

  always @(posedge CLKARDCLK) begin
    assert (WEA == 0 && (WEBWE == 0 || !ENBWREN))
    else $error("RAMB36E2: the netlist model is a ROM and cannot be written");
    assert (!RSTRAMARSTRAM && !RSTREGARSTREG && !SLEEP)
    else $error("RAMB36E2: the netlist model has no reset and no sleep");
  end

  wire unused_ok = ^{ADDRARDADDR, ADDRBWRADDR, ADDRENB, CLKBWRCLK, REGCEAREGCE, REGCEB, RSTRAMB,
                     RSTREGB, DINADIN, DINBDIN, DINPADINP, DINPBDINP, INIT_A[0], INIT_B[0],
                     SRVAL_A[0], SRVAL_B[0]};
endmodule
