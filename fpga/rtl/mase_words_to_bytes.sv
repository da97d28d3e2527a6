// SPDX-License-Identifier: Apache-2.0
// mase_words_to_bytes: each word as ceil(Width/8) bytes, least significant first; the last one is
// filled with the sign, or with zeros.
//
// Latency 0 to the first byte, initiation interval ceil(Width/8). in_valid_i -> out_valid_o and
// out_ready_i -> in_ready_o are combinational.
// Test: tests/fpga/serial_shell_test.cc
`include "mase_check.svh"

module mase_words_to_bytes #(
  parameter  int unsigned Width  = 16,
  parameter  bit          Signed = 1'b1,
  localparam int unsigned Bytes  = (Width + 7) / 8
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             in_valid_i,
  output logic             in_ready_o,
  input  logic [Width-1:0] in_data_i,

  output logic             out_valid_o,
  input  logic             out_ready_i,
  output logic [7:0]       out_data_o
);

  `MASE_PARAM(width, Width >= 1, "mase_words_to_bytes: need Width >= 1")

  localparam int unsigned CountBits = Bytes > 1 ? $clog2(Bytes) : 1;

  logic [8*Bytes-1:0]   word;
  logic [CountBits-1:0] count;
  logic                 fire, last;

  if (8 * Bytes > Width) begin : gen_fill
    assign word = {{(8*Bytes-Width){Signed && in_data_i[Width-1]}}, in_data_i};
  end else begin : gen_full
    assign word = in_data_i;
  end

  assign out_valid_o = in_valid_i;
  assign out_data_o  = word[8*count +: 8];
  assign in_ready_o  = out_ready_i && last;
  assign fire        = in_valid_i && out_ready_i;

  mase_counter #(.Count(Bytes)) u_count (
    .clk_i, .rst_ni, .en_i(fire), .count_o(count), .last_o(last)
  );

endmodule
