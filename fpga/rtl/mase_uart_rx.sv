// SPDX-License-Identifier: Apache-2.0
// mase_uart_rx: bytes from a serial line; 8 data bits, LSB first, no parity, one stop bit.
//
// The line goes through two registers, and each bit is read in its middle. A byte is there for one
// cycle and waits for nobody. A stop bit that is 0 is a break: no byte, and break_o until the line
// is 1 again.
// Test: tests/fpga/serial_shell_test.cc
`include "mase_check.svh"

module mase_uart_rx #(
  parameter int unsigned BitCycles = 12  // clock cycles a bit
) (
  input  logic       clk_i,
  input  logic       rst_ni,

  input  logic       line_i,

  output logic       out_valid_o,
  output logic [7:0] out_data_o,
  output logic       break_o
);

  `MASE_PARAM(bit_cycles, BitCycles >= 4, "mase_uart_rx: need BitCycles >= 4")

  localparam int unsigned WaitBits = $clog2(BitCycles);
  localparam logic [3:0]  Stop     = 4'd9;  // 0 is the start bit, 1 to 8 are data

  logic [1:0]          sync_q;
  logic                line, busy_q, break_q, sample;
  logic [WaitBits-1:0] wait_q;
  logic [3:0]          bit_q;
  logic [7:0]          data_q;

  assign line        = sync_q[1];
  assign sample      = busy_q && wait_q == '0;
  assign out_valid_o = sample && bit_q == Stop && line;
  assign out_data_o  = data_q;
  assign break_o     = break_q;

  always_ff @(posedge clk_i) begin
    if (sample && bit_q != Stop) data_q <= {line, data_q[7:1]};
    if (!busy_q) begin
      wait_q <= WaitBits'(BitCycles / 2 - 1);
      bit_q  <= '0;
    end else if (sample) begin
      wait_q <= WaitBits'(BitCycles - 1);
      bit_q  <= bit_q + 1'b1;
    end else begin
      wait_q <= wait_q - 1'b1;
    end
    if (!rst_ni) begin
      sync_q  <= 2'b11;
      busy_q  <= 1'b0;
      break_q <= 1'b0;
    end else begin
      sync_q <= {sync_q[0], line_i};
      if (!busy_q) busy_q <= !line && !break_q;
      else if (sample && (bit_q == Stop || (bit_q == '0 && line))) busy_q <= 1'b0;
      if (line) break_q <= 1'b0;
      else if (sample && bit_q == Stop) break_q <= 1'b1;
    end
  end

endmodule
