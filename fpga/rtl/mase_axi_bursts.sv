// SPDX-License-Identifier: Apache-2.0
// mase_axi_bursts: the addresses of a run of memory words as AXI4 INCR bursts.
//
// Bursts end at multiples of BurstWords words, so that only the first and the last are shorter, and
// none crosses a 4 KiB boundary: BurstWords words divide 4 KiB. One burst a cycle at most. The next
// burst has len_o words; go_i in a cycle with wait_o puts it into the address register, and once
// there it is offered until it is taken.
// Test: tests/fpga/masters_test.cc
`include "mase_check.svh"

module mase_axi_bursts #(
  parameter  int unsigned DataBits   = 512,  // a word
  parameter  int unsigned AddrBits   = 64,   // bytes
  parameter  int unsigned CountBits  = 42,   // words of a run
  parameter  int unsigned BurstWords = 16,
  localparam int unsigned LenBits    = $clog2(BurstWords + 1)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic                 begin_i,  // one cycle; nothing is under way
  input  logic [AddrBits-1:0]  addr_i,   // of the first word, aligned to it
  input  logic [CountBits-1:0] words_i,

  output logic                 wait_o,   // a burst could go
  output logic [LenBits-1:0]   len_o,    // its words
  input  logic                 go_i,     // it may
  output logic                 issue_o,  // it does
  output logic                 idle_o,   // every burst of the run was taken

  output logic                 valid_o,
  input  logic                 ready_i,
  output logic [AddrBits-1:0]  addr_o,
  output logic [7:0]           beats_o   // less one
);

  localparam int unsigned WordBytes = DataBits / 8;
  localparam int unsigned ByteBits  = $clog2(WordBytes);
  localparam int unsigned LowBits   = $clog2(BurstWords);
  localparam int unsigned WordBits  = AddrBits - ByteBits;

  `MASE_PARAM(data, DataBits >= 16 && DataBits <= 1024 && 8 * (1 << ByteBits) == DataBits,
              "mase_axi_bursts: need DataBits a power of two, 16 to 1024")
  `MASE_PARAM(burst, BurstWords >= 2 && BurstWords <= 256 && (1 << LowBits) == BurstWords,
              "mase_axi_bursts: need BurstWords a power of two, 2 to 256")
  `MASE_PARAM(page, BurstWords * WordBytes <= 4096,
              "mase_axi_bursts: need bursts of at most 4 KiB")
  `MASE_PARAM(count, CountBits > LowBits && WordBits > LowBits,
              "mase_axi_bursts: need CountBits and AddrBits beyond one burst")

  logic [WordBits-1:0]  word_q;   // of the next burst
  logic [CountBits-1:0] left_q;   // words that no burst covers yet
  logic [LenBits-1:0]   room;     // words to the next multiple of BurstWords
  logic                 rest;     // what is left fits in less than a whole burst
  logic                 valid_q;
  logic [WordBits-1:0]  addr_q;
  logic [LenBits-1:0]   last_q;
  logic                 unused_low;

  assign unused_low = ^addr_i[ByteBits-1:0];
  assign room       = LenBits'(BurstWords) - LenBits'(word_q[LowBits-1:0]);
  assign rest       = left_q[CountBits-1:LowBits] == '0;
  assign len_o      = rest && LenBits'(left_q[LowBits-1:0]) < room
                      ? LenBits'(left_q[LowBits-1:0]) : room;
  assign wait_o     = left_q != '0 && (!valid_q || ready_i);
  assign issue_o    = wait_o && go_i;
  assign idle_o     = left_q == '0 && !valid_q;
  assign valid_o    = valid_q;
  assign addr_o     = {addr_q, ByteBits'(0)};
  assign beats_o    = 8'(last_q);

  always_ff @(posedge clk_i) begin
    if (begin_i)      word_q <= addr_i[AddrBits-1:ByteBits];
    else if (issue_o) word_q <= word_q + WordBits'(len_o);
    if (issue_o) begin
      addr_q <= word_q;
      last_q <= len_o - 1'b1;
    end
    if (!rst_ni)      left_q <= '0;
    else if (begin_i) left_q <= words_i;
    else if (issue_o) left_q <= left_q - CountBits'(len_o);
    if (!rst_ni)      valid_q <= 1'b0;
    else              valid_q <= issue_o || (valid_q && !ready_i);
  end

  `MASE_STABLE(a_addr_stable, valid_o, ready_i, ({addr_o, beats_o}))
  `MASE_ASSERT(a_begin_idle, !begin_i || idle_o, "a run began before the last one was over")

endmodule
