// SPDX-License-Identifier: Apache-2.0
// mase_axi_read: AXI4 read master, from memory words to a stream of their elements.
//
// A word holds DataBits/ContainerBits elements; the low ElementBits of each go on. A burst is asked
// for only when the store has room for the longest one, so that an answer never waits and several
// bursts are under way: ReadWords words in flight hide a latency of ReadWords cycles. The store is
// block RAM. A word a cycle. Words with an error answer go on like others and are counted.
// Test: tests/fpga/masters_test.cc
`include "mase_check.svh"

module mase_axi_read #(
  parameter  int unsigned DataBits      = 512,  // a memory word
  parameter  int unsigned ContainerBits = 8,    // an element in memory
  parameter  int unsigned ElementBits   = 8,    // of them mean something
  parameter  int unsigned AddrBits      = 64,
  parameter  int unsigned CountBits     = 42,
  parameter  int unsigned BurstWords    = 16,
  parameter  int unsigned ReadWords     = 64,   // in flight or stored
  localparam int unsigned Elements      = DataBits / ContainerBits,
  localparam int unsigned OutBits       = Elements * ElementBits
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic                 begin_i,
  input  logic [AddrBits-1:0]  addr_i,
  input  logic [CountBits-1:0] words_i,
  output logic                 idle_o,    // all words have come
  output logic [31:0]          errors_o,  // words of the run with an error answer

  output logic                 arvalid_o,
  input  logic                 arready_i,
  output logic [AddrBits-1:0]  araddr_o,
  output logic [7:0]           arlen_o,
  input  logic                 rvalid_i,
  output logic                 rready_o,
  input  logic [DataBits-1:0]  rdata_i,
  input  logic [1:0]           rresp_i,

  output logic                 out_valid_o,
  input  logic                 out_ready_i,
  output logic [OutBits-1:0]   out_data_o
);

  localparam int unsigned LenBits  = $clog2(BurstWords + 1);
  localparam int unsigned FreeBits = $clog2(ReadWords + 1);

  `MASE_PARAM(element, ElementBits >= 1 && ElementBits <= ContainerBits,
              "mase_axi_read: need 1 <= ElementBits <= ContainerBits")
  `MASE_PARAM(container, ContainerBits >= 1 && DataBits % ContainerBits == 0,
              "mase_axi_read: need ContainerBits that divides DataBits")
  `MASE_PARAM(words, ReadWords >= 2 * BurstWords,
              "mase_axi_read: need ReadWords >= 2 * BurstWords")

  logic                 issue, unused_wait, addr_idle, taken, given_q;
  logic [LenBits-1:0]   len;
  logic [FreeBits-1:0]  free_q;   // words of the store that nothing was asked for
  logic [CountBits-1:0] due_q;    // words that have not come
  logic [OutBits-1:0]   elements;

  mase_axi_bursts #(
    .DataBits(DataBits), .AddrBits(AddrBits), .CountBits(CountBits), .BurstWords(BurstWords)
  ) u_bursts (
    .clk_i(clk_i), .rst_ni(rst_ni), .begin_i(begin_i), .addr_i(addr_i), .words_i(words_i),
    .wait_o(unused_wait), .len_o(len), .go_i(free_q >= FreeBits'(BurstWords)), .issue_o(issue),
    .idle_o(addr_idle), .valid_o(arvalid_o), .ready_i(arready_i), .addr_o(araddr_o),
    .beats_o(arlen_o)
  );

  for (genvar e = 0; e < Elements; e++) begin : gen_element
    assign elements[e*ElementBits +: ElementBits] = rdata_i[e*ContainerBits +: ElementBits];
  end
  logic unused_rest;
  assign unused_rest = ^{rdata_i, rresp_i};

  mase_block_fifo #(.Width(OutBits), .Depth(ReadWords)) u_store (
    .clk_i(clk_i), .rst_ni(rst_ni), .in_valid_i(rvalid_i), .in_ready_o(rready_o),
    .in_data_i(elements), .out_valid_o(out_valid_o), .out_ready_i(out_ready_i),
    .out_data_o(out_data_o)
  );

  assign taken  = rvalid_i && rready_o;
  assign idle_o = addr_idle && due_q == '0;

  always_ff @(posedge clk_i) begin
    given_q <= rst_ni && out_valid_o && out_ready_i;  // a word left: known a cycle later
    if (!rst_ni)                   free_q <= FreeBits'(ReadWords);
    else                           free_q <= free_q + FreeBits'(given_q)
                                             - (issue ? FreeBits'(len) : FreeBits'(0));
    if (!rst_ni)                   due_q <= '0;
    else if (begin_i)              due_q <= words_i;
    else if (taken && due_q != '0) due_q <= due_q - 1'b1;
    if (!rst_ni || begin_i)        errors_o <= '0;
    else if (taken && rresp_i[1] && errors_o != '1) errors_o <= errors_o + 1'b1;
  end

  `MASE_ASSERT(a_room, !rvalid_i || rready_o, "a word came that nothing was kept free for")
  `MASE_ASSERT(a_asked, !taken || due_q != '0, "a word came that nobody asked for")

endmodule
