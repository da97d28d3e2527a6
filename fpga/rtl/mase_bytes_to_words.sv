// SPDX-License-Identifier: Apache-2.0
// mase_bytes_to_words: words of any width from ceil(Width/8) bytes each, least significant first.
//
// Bits of the last byte above the word are of no account. Latency 0 from the last byte, initiation
// interval ceil(Width/8). in_valid_i -> out_valid_o and out_ready_i -> in_ready_o are
// combinational.
// Test: tests/fpga/serial_shell_test.cc
`include "mase_check.svh"

module mase_bytes_to_words #(
  parameter  int unsigned Width = 16,
  localparam int unsigned Bytes = (Width + 7) / 8
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             in_valid_i,
  output logic             in_ready_o,
  input  logic [7:0]       in_data_i,

  output logic             out_valid_o,
  input  logic             out_ready_i,
  output logic [Width-1:0] out_data_o
);

  `MASE_PARAM(width, Width >= 1, "mase_bytes_to_words: need Width >= 1")

  logic [8*Bytes-1:0] word;
  logic               last;

  assign out_valid_o = in_valid_i && last;
  assign in_ready_o  = !last || out_ready_i;
  assign out_data_o  = word[Width-1:0];

  if (8 * Bytes > Width) begin : gen_above
    logic unused_above;
    assign unused_above = ^word[8*Bytes-1:Width];
  end

  if (Bytes > 1) begin : gen_collect
    localparam int unsigned CountBits = $clog2(Bytes);
    logic [8*(Bytes-1)-1:0] held_q;
    logic [CountBits-1:0]   unused_count;
    logic                   fire;
    assign fire = in_valid_i && in_ready_o;
    assign word = {in_data_i, held_q};
    mase_counter #(.Count(Bytes)) u_count (
      .clk_i, .rst_ni, .en_i(fire), .count_o(unused_count), .last_o(last)
    );
    always_ff @(posedge clk_i) begin
      if (fire && !last) held_q <= word[8*Bytes-1:8];
    end
  end else begin : gen_byte
    logic unused_clocking;
    assign word            = in_data_i;
    assign last            = 1'b1;
    assign unused_clocking = ^{clk_i, rst_ni};
  end

endmodule
