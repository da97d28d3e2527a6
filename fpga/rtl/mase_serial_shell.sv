// SPDX-License-Identifier: Apache-2.0
// mase_serial_shell: a design's streams on a serial line.
//
// A sample is its elements in order, each as ceil(width/8) bytes, least significant first, in two's
// complement where signed. A result is sent the same way. The line has no flow control: a sample
// that is sent after the result of the one before has come is never lost; a byte that finds no room
// sets overrun_o until reset. A break (line at 0 for longer than a byte) is passed on as break_o.
// Stream `in_` goes to the line, stream `out_` comes from it.
// Test: tests/fpga/serial_shell_test.cc
`include "mase_check.svh"

module mase_serial_shell #(
  parameter  int unsigned BitCycles   = 12,    // clock cycles a bit
  parameter  int unsigned InElements  = 2,     // onto the line: a sample's elements
  parameter  int unsigned InWidth     = 8,
  parameter  int unsigned InLanes     = 1,     // elements a beat
  parameter  bit          InSigned    = 1'b1,
  parameter  int unsigned OutElements = 4,     // from the line
  parameter  int unsigned OutWidth    = 8,
  parameter  int unsigned OutLanes    = 1,
  parameter  int unsigned RxBytes     = 2,     // that wait for the design
  localparam int unsigned InBits      = InLanes * InWidth,
  localparam int unsigned OutBits     = OutLanes * OutWidth
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               rx_i,
  output logic               tx_o,
  output logic               break_o,
  output logic               overrun_o,

  input  logic               in_valid_i,
  output logic               in_ready_o,
  input  logic [InBits-1:0]  in_data_i,

  output logic               out_valid_o,
  input  logic               out_ready_i,
  output logic [OutBits-1:0] out_data_o
);

  // From the line.
  logic       rx_valid, rx_ready, byte_valid, byte_ready;
  logic [7:0] rx_data, byte_data;
  mase_uart_rx #(.BitCycles(BitCycles)) u_rx (
    .clk_i, .rst_ni, .line_i(rx_i), .out_valid_o(rx_valid), .out_data_o(rx_data), .break_o
  );
  mase_fifo #(.Width(8), .Depth(RxBytes)) u_wait (
    .clk_i, .rst_ni,
    .in_valid_i(rx_valid), .in_ready_o(rx_ready), .in_data_i(rx_data),
    .out_valid_o(byte_valid), .out_ready_i(byte_ready), .out_data_o(byte_data)
  );
  always_ff @(posedge clk_i) begin
    if (!rst_ni)                    overrun_o <= 1'b0;
    else if (rx_valid && !rx_ready) overrun_o <= 1'b1;
  end

  logic                word_valid, word_ready;
  logic [OutWidth-1:0] word_data;
  mase_bytes_to_words #(.Width(OutWidth)) u_words (
    .clk_i, .rst_ni,
    .in_valid_i(byte_valid), .in_ready_o(byte_ready), .in_data_i(byte_data),
    .out_valid_o(word_valid), .out_ready_i(word_ready), .out_data_o(word_data)
  );
  mase_width_adapter #(
    .Elements(OutElements), .Width(OutWidth), .InLanes(1), .OutLanes(OutLanes)
  ) u_beats (
    .clk_i, .rst_ni,
    .in_valid_i(word_valid), .in_ready_o(word_ready), .in_data_i(word_data),
    .out_valid_o, .out_ready_i, .out_data_o
  );

  // Onto the line.
  logic               element_valid, element_ready, send_valid, send_ready;
  logic [InWidth-1:0] element_data;
  logic [7:0]         send_data;
  mase_width_adapter #(
    .Elements(InElements), .Width(InWidth), .InLanes(InLanes), .OutLanes(1)
  ) u_elements (
    .clk_i, .rst_ni,
    .in_valid_i, .in_ready_o, .in_data_i,
    .out_valid_o(element_valid), .out_ready_i(element_ready), .out_data_o(element_data)
  );
  mase_words_to_bytes #(.Width(InWidth), .Signed(InSigned)) u_bytes (
    .clk_i, .rst_ni,
    .in_valid_i(element_valid), .in_ready_o(element_ready), .in_data_i(element_data),
    .out_valid_o(send_valid), .out_ready_i(send_ready), .out_data_o(send_data)
  );
  mase_uart_tx #(.BitCycles(BitCycles)) u_tx (
    .clk_i, .rst_ni,
    .in_valid_i(send_valid), .in_ready_o(send_ready), .in_data_i(send_data), .line_o(tx_o)
  );

endmodule
