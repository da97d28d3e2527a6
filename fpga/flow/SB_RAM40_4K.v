// SPDX-License-Identifier: Apache-2.0
// Simulation model of the iCE40 block RAM, 256 words of 16 bits, for netlists of bitstreams: Yosys's
// own has default values of ports, which Verilator 5.006 refuses. A port in mode M sees 16 >> M bits
// a word, in pins g * 2^M + 2^M / 2 - 1, and its address bits above 7 choose among 2^M columns.
// Source: Lattice FPGA-TN-02002, memory usage guide for iCE40 devices.
module SB_RAM40_4K #(
  parameter [1:0] READ_MODE = 0,
  parameter [1:0] WRITE_MODE = 0,
  parameter [255:0] INIT_0 = 256'h0, INIT_1 = 256'h0, INIT_2 = 256'h0, INIT_3 = 256'h0,
  parameter [255:0] INIT_4 = 256'h0, INIT_5 = 256'h0, INIT_6 = 256'h0, INIT_7 = 256'h0,
  parameter [255:0] INIT_8 = 256'h0, INIT_9 = 256'h0, INIT_A = 256'h0, INIT_B = 256'h0,
  parameter [255:0] INIT_C = 256'h0, INIT_D = 256'h0, INIT_E = 256'h0, INIT_F = 256'h0
) (
  output reg [15:0] RDATA,
  input RCLK, RCLKE, RE,
  input [10:0] RADDR,
  input WCLK, WCLKE, WE,
  input [10:0] WADDR,
  input [15:0] MASK, WDATA
);

  localparam [4095:0] Init = {INIT_F, INIT_E, INIT_D, INIT_C, INIT_B, INIT_A, INIT_9, INIT_8,
                              INIT_7, INIT_6, INIT_5, INIT_4, INIT_3, INIT_2, INIT_1, INIT_0};
  localparam integer ReadColumns = 1 << READ_MODE;
  localparam integer WriteColumns = 1 << WRITE_MODE;
  localparam integer ReadPin = READ_MODE == 0 ? 0 : ReadColumns / 2 - 1;
  localparam integer WritePin = WRITE_MODE == 0 ? 0 : WriteColumns / 2 - 1;

  reg [15:0] memory [0:255];
  integer w, r, i;
  initial begin
    RDATA = 16'b0;
    for (i = 0; i < 256; i = i + 1) memory[i] = Init[16*i +: 16];
  end

  wire [15:0] read_word = memory[RADDR[7:0]];
  wire [2:0] read_column = RADDR[10:8] & 3'(ReadColumns - 1);
  wire [2:0] write_column = WADDR[10:8] & 3'(WriteColumns - 1);

  always @(posedge RCLK) begin
    if (RE && RCLKE) begin
      for (r = 0; r < 16; r = r + 1) begin
        RDATA[r] <= r % ReadColumns == ReadPin
            ? read_word[4'(r - ReadPin + {29'b0, read_column})] : 1'b0;
      end
    end
  end

  always @(posedge WCLK) begin
    if (WE && WCLKE) begin
      for (w = 0; w < 16; w = w + 1) begin
        if (WRITE_MODE == 0 ? !MASK[w] : w % WriteColumns == {29'b0, write_column})
          memory[WADDR[7:0]][w] <= WDATA[w - w % WriteColumns + WritePin];
      end
    end
  end

endmodule
