// SPDX-License-Identifier: Apache-2.0
// mase_uart_tx: bytes onto a serial line; 8 data bits, LSB first, no parity, one stop bit.
//
// A byte takes 10 * BitCycles cycles. Held inverted, so that registers that power up as 0 leave the
// line idle. in_valid_i -> in_ready_o: no path.
// Test: tests/fpga/serial_shell_test.cc
`include "mase_check.svh"

module mase_uart_tx #(
  parameter int unsigned BitCycles = 12  // clock cycles a bit
) (
  input  logic       clk_i,
  input  logic       rst_ni,

  input  logic       in_valid_i,
  output logic       in_ready_o,
  input  logic [7:0] in_data_i,

  output logic       line_o
);

  `MASE_PARAM(bit_cycles, BitCycles >= 4, "mase_uart_tx: need BitCycles >= 4")

  localparam int unsigned WaitBits = $clog2(BitCycles);

  logic [8:0]          inverted_q;  // start bit and data, bit 0 is on the line
  logic [3:0]          left_q;      // bits, the one on the line among them
  logic [WaitBits-1:0] wait_q;

  assign in_ready_o = left_q == '0;
  assign line_o     = !inverted_q[0];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      inverted_q <= '0;
      left_q     <= '0;
      wait_q     <= '0;
    end else if (in_ready_o) begin
      if (in_valid_i) begin
        inverted_q <= {~in_data_i, 1'b1};
        left_q     <= 4'd10;
        wait_q     <= WaitBits'(BitCycles - 1);
      end
    end else if (wait_q != '0) begin
      wait_q <= wait_q - 1'b1;
    end else begin
      inverted_q <= {1'b0, inverted_q[8:1]};
      left_q     <= left_q - 1'b1;
      wait_q     <= WaitBits'(BitCycles - 1);
    end
  end

endmodule
