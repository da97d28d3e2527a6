// SPDX-License-Identifier: Apache-2.0
// axi_memory: an AXI4 slave with a memory behind it, for tests: random latency, valid and ready
// withheld at random, error answers, and a check of every transfer against the rules of AXI4.
// Answers are in order. Simulation only.
`include "mase_check.svh"

module axi_memory #(
  parameter  int unsigned DataBits  = 512,
  parameter  int unsigned SizeBytes = 1 << 20,  // beyond: DECERR
  localparam int unsigned Bytes     = DataBits / 8
) (
  input  logic                clk_i,
  input  logic                rst_ni,

  input  logic [63:0]         seed_i,         // taken over when it changes
  input  logic [15:0]         latency_i,      // cycles from address to the first answer, at least
  input  logic [15:0]         jitter_i,       // mask of what comes on top at random
  input  logic [7:0]          gap_i,          // of 256: chance that a valid or ready is withheld
  input  logic [63:0]         page_i,         // bytes; no burst may cross a multiple; 4096 is AXI4's
  input  logic                aw_after_w_i,   // AWREADY waits for WVALID
  input  logic [63:0]         bad_low_i,      // from here ...
  input  logic [63:0]         bad_high_i,     // ... to before here: SLVERR
  input  logic                bad_read_i,
  input  logic                bad_write_i,

  input  logic                poke_i,
  input  logic [31:0]         poke_addr_i,    // multiple of 8
  input  logic [63:0]         poke_data_i,
  output logic [63:0]         peek_data_o,
  output logic [31:0]         read_bursts_o,
  output logic [31:0]         write_bursts_o,
  output logic [31:0]         most_open_o,    // reads under way at once

  input  logic                awvalid_i,
  output logic                awready_o,
  input  logic [63:0]         awaddr_i,
  input  logic [7:0]          awlen_i,
  input  logic [2:0]          awsize_i,
  input  logic [1:0]          awburst_i,
  input  logic                wvalid_i,
  output logic                wready_o,
  input  logic [DataBits-1:0] wdata_i,
  input  logic [Bytes-1:0]    wstrb_i,
  input  logic                wlast_i,
  output logic                bvalid_o,
  input  logic                bready_i,
  output logic [1:0]          bresp_o,
  input  logic                arvalid_i,
  output logic                arready_o,
  input  logic [63:0]         araddr_i,
  input  logic [7:0]          arlen_i,
  input  logic [2:0]          arsize_i,
  input  logic [1:0]          arburst_i,
  output logic                rvalid_o,
  input  logic                rready_i,
  output logic [DataBits-1:0] rdata_o,
  output logic                rlast_o,
  output logic [1:0]          rresp_o
);

  localparam int unsigned Depth = 64;  // bursts that wait

  logic [31:0] store [SizeBytes / 4];

  // xorshift64
  logic [63:0] random_q, seed_q, step1, step2, step3;
  assign step1 = random_q ^ (random_q << 13);
  assign step2 = step1 ^ (step1 >> 7);
  assign step3 = step2 ^ (step2 << 17);
  logic hold_ar, hold_r, hold_aw, hold_w, hold_b;
  assign hold_ar = random_q[7:0] < gap_i;
  assign hold_r  = random_q[15:8] < gap_i;
  assign hold_aw = random_q[23:16] < gap_i;
  assign hold_w  = random_q[31:24] < gap_i;
  assign hold_b  = random_q[39:32] < gap_i;

  logic [31:0] now_q, due;
  assign due = now_q + 32'(latency_i) + 32'(random_q[63:48] & jitter_i);

  logic [63:0] ar_addr [Depth], aw_addr [Depth];
  logic [7:0]  ar_len [Depth], aw_len [Depth];
  logic [31:0] ar_due [Depth], b_due [Depth];
  logic [1:0]  b_resp [Depth];
  logic [5:0]  ar_head_q, ar_tail_q, aw_head_q, aw_tail_q, b_head_q, b_tail_q;
  logic [6:0]  ar_count_q, aw_count_q, b_count_q;
  logic [7:0]  r_beat_q, w_beat_q;
  logic [1:0]  w_resp_q;

  assign arready_o = !hold_ar && ar_count_q < 7'd60;
  assign awready_o = !hold_aw && aw_count_q < 7'd60 && (!aw_after_w_i || wvalid_i);
  assign wready_o  = !hold_w && aw_count_q != '0 && b_count_q < 7'd60;

  logic [63:0] r_addr, w_addr;
  assign r_addr = ar_addr[ar_head_q] + 64'(r_beat_q) * 64'(Bytes);
  assign w_addr = aw_addr[aw_head_q] + 64'(w_beat_q) * 64'(Bytes);

  assign peek_data_o = {store[poke_addr_i / 4 + 1], store[poke_addr_i / 4]};

  // {bits of a response} of an access to this word
  function logic [1:0] response(input logic [63:0] addr, input logic bad);
    response = 2'b00;
    if (addr >= 64'(SizeBytes)) response = 2'b11;
    else if (bad && addr >= bad_low_i && addr < bad_high_i) response = 2'b10;
  endfunction

  logic ar_take, aw_take, w_take, r_go, r_pop, b_go, w_end;
  assign ar_take = arvalid_i && arready_o;
  assign aw_take = awvalid_i && awready_o;
  assign w_take  = wvalid_i && wready_o;
  assign w_end   = w_take && w_beat_q == aw_len[aw_head_q];
  assign r_go    = (!rvalid_o || rready_i) && ar_count_q != '0 && !hold_r
                   && $signed(now_q - ar_due[ar_head_q]) >= 0;
  assign r_pop   = r_go && r_beat_q == ar_len[ar_head_q];
  assign b_go    = (!bvalid_o || bready_i) && b_count_q != '0 && !hold_b
                   && $signed(now_q - b_due[b_head_q]) >= 0;

  always_ff @(posedge clk_i) begin
    seed_q   <= seed_i;
    random_q <= (seed_q != seed_i || random_q == '0) ? (seed_i ^ 64'h9E3779B97F4A7C15) : step3;
    if (poke_i) begin
      store[poke_addr_i / 4]     <= poke_data_i[31:0];
      store[poke_addr_i / 4 + 1] <= poke_data_i[63:32];
    end
    if (ar_take) begin
      ar_addr[ar_tail_q] <= araddr_i;
      ar_len[ar_tail_q]  <= arlen_i;
      ar_due[ar_tail_q]  <= due;
    end
    if (aw_take) begin
      aw_addr[aw_tail_q] <= awaddr_i;
      aw_len[aw_tail_q]  <= awlen_i;
    end
    if (w_take && response(w_addr, bad_write_i) == '0) begin
      for (int b = 0; b < Bytes; b++) begin
        if (wstrb_i[b]) store[(w_addr + 64'(b)) / 4][8*(b%4) +: 8] <= wdata_i[8*b +: 8];
      end
    end
    if (w_end) begin
      b_due[b_tail_q]  <= due;
      b_resp[b_tail_q] <= w_resp_q | response(w_addr, bad_write_i);
    end
    if (r_go) begin
      rresp_o <= response(r_addr, bad_read_i);
      rlast_o <= r_pop;
      for (int w = 0; w < DataBits / 32; w++) begin
        rdata_o[32*w +: 32] <= r_addr >= 64'(SizeBytes) ? random_q[31:0]
                                                       : store[r_addr / 4 + 64'(w)];
      end
    end
    if (b_go) bresp_o <= b_resp[b_head_q];

    if (!rst_ni) begin
      now_q <= '0;
      {ar_head_q, ar_tail_q, aw_head_q, aw_tail_q, b_head_q, b_tail_q} <= '0;
      {ar_count_q, aw_count_q, b_count_q} <= '0;
      {r_beat_q, w_beat_q, w_resp_q} <= '0;
      {rvalid_o, bvalid_o} <= '0;
      {read_bursts_o, write_bursts_o, most_open_o} <= '0;
    end else begin
      now_q      <= now_q + 1;
      ar_tail_q  <= ar_tail_q + 6'(ar_take);
      ar_head_q  <= ar_head_q + 6'(r_pop);
      ar_count_q <= ar_count_q + 7'(ar_take) - 7'(r_pop);
      aw_tail_q  <= aw_tail_q + 6'(aw_take);
      aw_head_q  <= aw_head_q + 6'(w_end);
      aw_count_q <= aw_count_q + 7'(aw_take) - 7'(w_end);
      b_tail_q   <= b_tail_q + 6'(w_end);
      b_head_q   <= b_head_q + 6'(b_go);
      b_count_q  <= b_count_q + 7'(w_end) - 7'(b_go);
      if (r_go)   r_beat_q <= r_pop ? '0 : r_beat_q + 1'b1;
      if (w_take) w_beat_q <= w_end ? '0 : w_beat_q + 1'b1;
      if (w_take) w_resp_q <= w_end ? '0 : w_resp_q | response(w_addr, bad_write_i);
      rvalid_o <= r_go || (rvalid_o && !rready_i);
      bvalid_o <= b_go || (bvalid_o && !bready_i);
      read_bursts_o  <= read_bursts_o + 32'(ar_take);
      write_bursts_o <= write_bursts_o + 32'(aw_take);
      if (32'(ar_count_q) > most_open_o) most_open_o <= 32'(ar_count_q);
    end
  end

  // Rules of AXI4 that the masters promise.
  function logic crosses(input logic [63:0] addr, input logic [7:0] len);
    crosses = (addr % page_i) + (64'(len) + 1) * 64'(Bytes) > page_i;
  endfunction
  `MASE_STABLE(a_ar_stable, arvalid_i, arready_o, ({araddr_i, arlen_i, arsize_i, arburst_i}))
  `MASE_STABLE(a_aw_stable, awvalid_i, awready_o, ({awaddr_i, awlen_i, awsize_i, awburst_i}))
  `MASE_STABLE(a_w_stable, wvalid_i, wready_o, ({wdata_i, wstrb_i, wlast_i}))
  `MASE_ASSERT(a_ar_page, !arvalid_i || !crosses(araddr_i, arlen_i), "a read crosses a page")
  `MASE_ASSERT(a_aw_page, !awvalid_i || !crosses(awaddr_i, awlen_i), "a write crosses a page")
  `MASE_ASSERT(a_ar_incr, !arvalid_i || (arburst_i == 2'b01 && arsize_i == 3'($clog2(Bytes))
                                         && araddr_i % 64'(Bytes) == 0), "no whole words, INCR")
  `MASE_ASSERT(a_aw_incr, !awvalid_i || (awburst_i == 2'b01 && awsize_i == 3'($clog2(Bytes))
                                         && awaddr_i % 64'(Bytes) == 0), "no whole words, INCR")
  `MASE_ASSERT(a_w_last, !w_take || wlast_i == w_end, "WLAST is not at the end of the burst")
  `MASE_ASSERT(a_w_strobe, !w_take || (wstrb_i[0] && (wstrb_i & (wstrb_i + 1'b1)) == '0),
               "the bytes of a word are not its first ones")

endmodule
