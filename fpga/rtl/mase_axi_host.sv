// SPDX-License-Identifier: Apache-2.0
// mase_axi_host: the address map behind a slow AXI4 master of 32 bits (JTAG): registers on
// AXI4-Lite, and a memory with a wider word on AXI4.
//
// One burst at a time, word by word: a write takes 5 cycles a word and the latency of what it
// reaches, a read 4. What neither the registers nor the memory hold is answered with DECERR and
// does nothing; so does a burst that is not INCR of whole words (a single beat of any size is good).
// Test: tests/fpga/device_fabric_test.cc
`include "mase_check.svh"

module mase_axi_host #(
  parameter  int unsigned IdBits       = 1,
  parameter  int unsigned MemoryBits   = 512,        // a word of the memory
  parameter  bit [31:0]   RegisterBase = 32'h0,
  parameter  int unsigned RegisterBits = 12,         // address bits of the registers
  parameter  bit [31:0]   MemoryBase   = 32'h1000_0000,
  parameter  int unsigned RangeBits    = 20,         // address bits of the memory
  localparam int unsigned MemoryBytes  = MemoryBits / 8,
  localparam int unsigned LaneBits     = $clog2(MemoryBits / 32)
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,

  input  logic                    awvalid_i,
  output logic                    awready_o,
  input  logic [IdBits-1:0]       awid_i,
  input  logic [31:0]             awaddr_i,
  input  logic [7:0]              awlen_i,
  input  logic [2:0]              awsize_i,
  input  logic [1:0]              awburst_i,
  input  logic                    wvalid_i,
  output logic                    wready_o,
  input  logic [31:0]             wdata_i,
  input  logic [3:0]              wstrb_i,
  input  logic                    wlast_i,
  output logic                    bvalid_o,
  input  logic                    bready_i,
  output logic [IdBits-1:0]       bid_o,
  output logic [1:0]              bresp_o,
  input  logic                    arvalid_i,
  output logic                    arready_o,
  input  logic [IdBits-1:0]       arid_i,
  input  logic [31:0]             araddr_i,
  input  logic [7:0]              arlen_i,
  input  logic [2:0]              arsize_i,
  input  logic [1:0]              arburst_i,
  output logic                    rvalid_o,
  input  logic                    rready_i,
  output logic [IdBits-1:0]       rid_o,
  output logic [31:0]             rdata_o,
  output logic [1:0]              rresp_o,
  output logic                    rlast_o,

  // Both targets: bit 0 is the registers, bit 1 the memory. A word is one beat.
  output logic [1:0]              awvalid_o,
  input  logic [1:0]              awready_i,
  output logic [31:0]             addr_o,      // of the word: for AW and AR
  output logic [1:0]              wvalid_o,
  input  logic [1:0]              wready_i,
  output logic [31:0]             wdata_o,
  output logic [3:0]              wstrb_o,
  output logic [MemoryBytes-1:0]  memory_wstrb_o,
  input  logic [1:0]              bvalid_i,
  output logic [1:0]              bready_o,
  input  logic [3:0]              bresp_i,
  output logic [1:0]              arvalid_o,
  input  logic [1:0]              arready_i,
  input  logic [1:0]              rvalid_i,
  output logic [1:0]              rready_o,
  input  logic [31:0]             register_rdata_i,
  input  logic [MemoryBits-1:0]   memory_rdata_i,
  input  logic [3:0]              rresp_i
);

  typedef enum logic [2:0] {Idle, Data, Ask, Await, Answer} state_e;

  state_e            state_q;
  logic              write_q, bad_q, asked_q, sent_q, last, came, over, next, sent, unused_last;
  logic [IdBits-1:0] id_q;
  logic [31:0]       addr_q, data_q;
  logic [3:0]        strb_q;
  logic [7:0]        left_q;  // beats after this one
  logic [1:0]        resp_q, resp, target, bad;
  logic [LaneBits-1:0] lane;

  assign target = bad_q ? 2'b00
                        : {addr_q[31:RangeBits] == MemoryBase[31:RangeBits],
                           addr_q[31:RegisterBits] == RegisterBase[31:RegisterBits]};
  assign lane   = addr_q[2 +: LaneBits];
  assign last   = left_q == '0;
  assign bad    = {arlen_i != '0 && (arburst_i != 2'b01 || arsize_i != 3'd2),
                   awlen_i != '0 && (awburst_i != 2'b01 || awsize_i != 3'd2)};
  assign unused_last = wlast_i;

  assign awready_o = state_q == Idle;
  assign arready_o = state_q == Idle && !awvalid_i;
  assign wready_o  = state_q == Data;
  assign {bvalid_o, rvalid_o} = {state_q == Answer && write_q, state_q == Answer && !write_q};
  assign {bid_o, rid_o}     = {id_q, id_q};
  assign {bresp_o, rresp_o} = {resp_q, resp_q};
  assign {rdata_o, rlast_o} = {data_q, last};

  assign addr_o    = {addr_q[31:2], 2'b00};
  assign {wdata_o, wstrb_o} = {data_q, strb_q};
  assign memory_wstrb_o = MemoryBytes'(strb_q) << {lane, 2'b00};
  assign awvalid_o = state_q == Ask && write_q && !asked_q ? target : 2'b00;
  assign wvalid_o  = state_q == Ask && write_q && !sent_q ? target : 2'b00;
  assign arvalid_o = state_q == Ask && !write_q ? target : 2'b00;
  assign bready_o  = state_q == Await && write_q ? target : 2'b00;
  assign rready_o  = state_q == Await && !write_q ? target : 2'b00;
  assign came      = ((bvalid_i & bready_o) | (rvalid_i & rready_o)) != '0;
  assign resp      = target == '0 ? 2'b11
                     : write_q ? (target[1] ? bresp_i[3:2] : bresp_i[1:0])
                               : (target[1] ? rresp_i[3:2] : rresp_i[1:0]);

  // The word is done; the next one begins.
  assign over = (state_q == Ask && target == '0) || came;
  assign next = (bvalid_o && bready_i) || (rvalid_o && rready_i) || (over && write_q && !last);
  assign sent = (asked_q || (awvalid_o & awready_i) != '0) && (sent_q || (wvalid_o & wready_i) != '0);

  always_ff @(posedge clk_i) begin
    asked_q <= state_q == Ask && (asked_q || (awvalid_o & awready_i) != '0);
    sent_q  <= state_q == Ask && (sent_q || (wvalid_o & wready_i) != '0);
    if (next) {addr_q, left_q} <= {addr_q + 32'd4, left_q - 8'd1};
    if (over) resp_q <= resp_q | resp;
    if (over && !write_q) data_q <= target[1] ? memory_rdata_i[32*lane +: 32] : register_rdata_i;
    unique case (state_q)
      Idle: begin
        write_q <= awvalid_i;
        bad_q   <= awvalid_i ? bad[0] : bad[1];
        {id_q, addr_q, left_q} <= awvalid_i ? {awid_i, awaddr_i, awlen_i}
                                            : {arid_i, araddr_i, arlen_i};
        if (awvalid_i || arvalid_i) state_q <= awvalid_i ? Data : Ask;
      end
      Data: if (wvalid_i) begin
        {data_q, strb_q} <= {wdata_i, wstrb_i};
        state_q <= Ask;
      end
      Ask, Await:
        if (over) state_q <= write_q && !last ? Data : Answer;
        else if (write_q ? sent : (arvalid_o & arready_i) != '0) state_q <= Await;
      default: if (next) state_q <= write_q || last ? Idle : Ask;
    endcase
    if (state_q == Idle || (next && state_q == Answer)) resp_q <= 2'b00;
    if (!rst_ni) state_q <= Idle;
  end

  `MASE_STABLE(a_aw_stable, awvalid_o != '0, (awvalid_o & awready_i) != '0, addr_o)

endmodule
