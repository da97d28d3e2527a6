// SPDX-License-Identifier: Apache-2.0
// mase_ram_queue: the bursts that two AXI4 masters ask a memory for, one after the other.
//
// Of two that ask, the one goes that was not the last to go. A burst is good when all of it lies in
// the memory and its words are whole: INCR with the width of the bus, or one beat of any size. What
// is not good is answered with an error by whoever serves the queue. Latency 1, a burst a cycle.
// Test: tests/fpga/device_fabric_test.cc
`include "mase_check.svh"

module mase_ram_queue #(
  parameter  int unsigned       DataBits = 512,    // a word
  parameter  int unsigned       Words    = 16384,  // of the memory: a power of two, 4 KiB at least
  parameter  int unsigned       AddrBits = 64,     // bytes
  parameter  int unsigned       IdBits   = 1,
  parameter  bit [AddrBits-1:0] Base     = '0,     // a multiple of the memory's size
  localparam int unsigned       WordBits = $clog2(Words)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  // Master 0 in the lower half, master 1 in the upper one.
  input  logic [1:0]            valid_i,
  output logic [1:0]            ready_o,
  input  logic [2*AddrBits-1:0] addr_i,
  input  logic [2*IdBits-1:0]   id_i,
  input  logic [15:0]           len_i,
  input  logic [5:0]            size_i,
  input  logic [3:0]            burst_i,

  output logic                  out_valid_o,
  input  logic                  out_ready_i,
  output logic                  out_master_o,
  output logic [IdBits-1:0]     out_id_o,
  output logic                  out_good_o,
  output logic [WordBits-1:0]   out_word_o,   // of the first beat
  output logic [7:0]            out_len_o     // beats, less one
);

  localparam int unsigned ByteBits  = $clog2(DataBits / 8);
  localparam int unsigned RangeBits = WordBits + ByteBits;

  `MASE_PARAM(words, (1 << WordBits) == Words && RangeBits >= 12,
              "mase_ram_queue: need Words that are a power of two and 4 KiB at least")
  `MASE_PARAM(base, Base[RangeBits-1:0] == '0,
              "mase_ram_queue: need Base that is a multiple of the memory's size")

  logic                last_q, pick, ready, good, whole;
  logic [AddrBits-1:0] addr;
  logic [IdBits-1:0]   id;
  logic [7:0]          len;
  logic [2:0]          size;
  logic [1:0]          burst;

  assign pick = valid_i[!last_q] ? !last_q : last_q;
  assign {addr, id, len, size, burst} = pick
      ? {addr_i[AddrBits +: AddrBits], id_i[IdBits +: IdBits], len_i[15:8], size_i[5:3],
         burst_i[3:2]}
      : {addr_i[0 +: AddrBits], id_i[0 +: IdBits], len_i[7:0], size_i[2:0], burst_i[1:0]};
  // A burst crosses no 4 KiB boundary, so that its end lies where its beginning does.
  assign whole   = len == '0 || (burst == 2'b01 && size == 3'(ByteBits));
  assign good    = whole && addr[AddrBits-1:RangeBits] == Base[AddrBits-1:RangeBits];
  assign ready_o = {ready && pick, ready && !pick};

  mase_fifo #(.Width(1 + IdBits + 1 + WordBits + 8), .Depth(4)) u_queue (
    .clk_i(clk_i), .rst_ni(rst_ni), .in_valid_i(valid_i != '0), .in_ready_o(ready),
    .in_data_i({pick, id, good, addr[ByteBits +: WordBits], len}),
    .out_valid_o(out_valid_o), .out_ready_i(out_ready_i),
    .out_data_o({out_master_o, out_id_o, out_good_o, out_word_o, out_len_o})
  );

  logic unused_low;
  assign unused_low = ^addr[ByteBits-1:0];

  always_ff @(posedge clk_i) begin
    if (!rst_ni)                       last_q <= 1'b1;
    else if (valid_i != '0 && ready)   last_q <= pick;
  end

endmodule
