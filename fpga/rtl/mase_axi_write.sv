// SPDX-License-Identifier: Apache-2.0
// mase_axi_write: AXI4 write master, from a stream of elements to memory words.
//
// A word holds DataBits/ContainerBits elements of ElementBits, extended by sign or by zero. A burst
// is asked for when all its words are stored, so that the bus never waits for the core; data does
// not wait for the address to be taken (AXI4 forbids it). A word a cycle. The last word of a run
// writes its first last_bytes_i bytes. Error answers are counted, and nothing else changes.
// Test: tests/fpga/masters_test.cc
`include "mase_check.svh"

module mase_axi_write #(
  parameter  int unsigned DataBits      = 512,  // a memory word
  parameter  int unsigned ContainerBits = 8,    // an element in memory
  parameter  int unsigned ElementBits   = 8,    // an element of the stream
  parameter  bit          Signed        = 1'b1,
  parameter  int unsigned AddrBits      = 64,
  parameter  int unsigned CountBits     = 42,
  parameter  int unsigned BurstWords    = 16,
  parameter  int unsigned WriteWords    = 64,   // stored
  parameter  int unsigned Outstanding   = 31,   // bursts without an answer
  localparam int unsigned Elements      = DataBits / ContainerBits,
  localparam int unsigned InBits        = Elements * ElementBits,
  localparam int unsigned Bytes         = DataBits / 8,
  localparam int unsigned ByteBits      = $clog2(Bytes)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic                 begin_i,
  input  logic [AddrBits-1:0]  addr_i,
  input  logic [CountBits-1:0] words_i,
  input  logic [ByteBits-1:0]  last_bytes_i,  // 0: all of them
  output logic                 idle_o,        // all words are written and acknowledged
  output logic [31:0]          errors_o,      // bursts of the run with an error answer

  input  logic                 in_valid_i,
  output logic                 in_ready_o,
  input  logic [InBits-1:0]    in_data_i,

  output logic                 awvalid_o,
  input  logic                 awready_i,
  output logic [AddrBits-1:0]  awaddr_o,
  output logic [7:0]           awlen_o,
  output logic                 wvalid_o,
  input  logic                 wready_i,
  output logic [DataBits-1:0]  wdata_o,
  output logic [Bytes-1:0]     wstrb_o,
  output logic                 wlast_o,
  input  logic                 bvalid_i,
  output logic                 bready_o,
  input  logic [1:0]           bresp_i
);

  localparam int unsigned LenBits     = $clog2(BurstWords + 1);
  localparam int unsigned LowBits     = $clog2(BurstWords);
  localparam int unsigned StoreBits   = $clog2(WriteWords + 1);
  localparam int unsigned OpenBits    = $clog2(Outstanding + 1);

  `MASE_PARAM(element, ElementBits >= 1 && ElementBits <= ContainerBits,
              "mase_axi_write: need 1 <= ElementBits <= ContainerBits")
  `MASE_PARAM(container, ContainerBits >= 1 && DataBits % ContainerBits == 0,
              "mase_axi_write: need ContainerBits that divides DataBits")
  `MASE_PARAM(words, WriteWords >= 2 * BurstWords,
              "mase_axi_write: need WriteWords >= 2 * BurstWords")
  `MASE_PARAM(outstanding, Outstanding >= 1, "mase_axi_write: need Outstanding >= 1")

  logic                 issue, unused_wait, addr_idle, push, pop, stored, answer;
  logic [LenBits-1:0]   len;
  logic [StoreBits-1:0] more_q, sure_q;  // stored words that no burst, that a burst covers
  logic [OpenBits-1:0]  open_q;          // bursts without an answer
  logic [CountBits-1:0] left_q;          // words that have not gone
  logic [LowBits-1:0]   low_q;           // place of the next word in its burst
  logic [ByteBits-1:0]  short_q;         // bytes that the last word lacks
  logic [InBits-1:0]    elements;
  logic                 final_word, unused_resp;

  mase_axi_bursts #(
    .DataBits(DataBits), .AddrBits(AddrBits), .CountBits(CountBits), .BurstWords(BurstWords)
  ) u_bursts (
    .clk_i(clk_i), .rst_ni(rst_ni), .begin_i(begin_i), .addr_i(addr_i), .words_i(words_i),
    .wait_o(unused_wait), .len_o(len),
    .go_i(more_q >= StoreBits'(len) && open_q != OpenBits'(Outstanding)), .issue_o(issue),
    .idle_o(addr_idle), .valid_o(awvalid_o), .ready_i(awready_i), .addr_o(awaddr_o),
    .beats_o(awlen_o)
  );

  mase_fifo #(.Width(InBits), .Depth(WriteWords)) u_store (
    .clk_i(clk_i), .rst_ni(rst_ni), .in_valid_i(in_valid_i), .in_ready_o(in_ready_o),
    .in_data_i(in_data_i), .out_valid_o(stored), .out_ready_i(pop), .out_data_o(elements)
  );

  for (genvar e = 0; e < Elements; e++) begin : gen_element
    if (Signed) begin : gen_sign
      assign wdata_o[e*ContainerBits +: ContainerBits] =
          ContainerBits'($signed(elements[e*ElementBits +: ElementBits]));
    end else begin : gen_zero
      assign wdata_o[e*ContainerBits +: ContainerBits] =
          ContainerBits'(elements[e*ElementBits +: ElementBits]);
    end
  end
  assign wstrb_o = {Bytes{1'b1}} >> (final_word ? short_q : ByteBits'(0));

  assign push       = in_valid_i && in_ready_o;
  assign wvalid_o   = stored && sure_q != '0;
  assign pop        = wvalid_o && wready_i;
  assign final_word = left_q == CountBits'(1);
  assign wlast_o    = final_word || low_q == '1;
  assign bready_o   = 1'b1;
  assign answer     = bvalid_i && bready_o;
  assign idle_o     = addr_idle && left_q == '0 && open_q == '0;
  assign unused_resp = bresp_i[0];

  always_ff @(posedge clk_i) begin
    if (begin_i)  short_q <= -last_bytes_i;
    if (begin_i)  low_q <= addr_i[ByteBits +: LowBits];
    else if (pop) low_q <= low_q + 1'b1;
    if (!rst_ni) begin
      more_q   <= '0;
      sure_q   <= '0;
      open_q   <= '0;
      left_q   <= '0;
      errors_o <= '0;
    end else begin
      more_q <= more_q + StoreBits'(push) - (issue ? StoreBits'(len) : StoreBits'(0));
      sure_q <= sure_q - StoreBits'(pop) + (issue ? StoreBits'(len) : StoreBits'(0));
      open_q <= open_q + OpenBits'(issue) - OpenBits'(answer);
      if (begin_i)  left_q <= words_i;
      else if (pop) left_q <= left_q - 1'b1;
      if (begin_i)  errors_o <= '0;
      else if (answer && bresp_i[1] && errors_o != '1) errors_o <= errors_o + 1'b1;
    end
  end

  `MASE_STABLE(a_word_stable, wvalid_o, wready_i, ({wdata_o, wstrb_o, wlast_o}))
  `MASE_ASSERT(a_asked, !answer || open_q != '0, "an answer to no burst")

endmodule
