// SPDX-License-Identifier: Apache-2.0
// kernel_host: carries out the commands of a test, one after the other, with one answer each.
// A command: bits 63:0 data, 95:64 address, 103:96 operation (tests/fpga/kernel_bench.h).
// AXI4-Lite is driven with address and data in any order and answers taken late. Simulation only.
`include "mase_check.svh"

module kernel_host (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         in_valid_i,
  output logic         in_ready_o,
  input  logic [103:0] in_data_i,
  output logic         out_valid_o,
  input  logic         out_ready_i,
  output logic [63:0]  out_data_o,

  output logic         awvalid_o,
  input  logic         awready_i,
  output logic [11:0]  awaddr_o,
  output logic         wvalid_o,
  input  logic         wready_i,
  output logic [31:0]  wdata_o,
  output logic [3:0]   wstrb_o,
  input  logic         bvalid_i,
  output logic         bready_o,
  input  logic [1:0]   bresp_i,
  output logic         arvalid_o,
  input  logic         arready_i,
  output logic [11:0]  araddr_o,
  input  logic         rvalid_i,
  output logic         rready_o,
  input  logic [31:0]  rdata_i,
  input  logic [1:0]   rresp_i,
  input  logic         interrupt_i,

  output logic         poke_o,
  output logic [31:0]  poke_addr_o,
  output logic [63:0]  poke_data_o,
  input  logic [63:0]  peek_data_i,
  output logic [63:0]  setting_o [16],
  input  logic [31:0]  read_bursts_i,
  input  logic [31:0]  write_bursts_i,
  input  logic [31:0]  most_open_i
);

  typedef enum logic [7:0] {
    Poke = 8'd0, Peek = 8'd1, Write = 8'd2, Read = 8'd3, Wait = 8'd4, Set = 8'd5, Stat = 8'd6
  } op_e;

  logic [7:0]  op;
  logic [31:0] addr, now_q, start_q, end_q, waited_q, noise_q;
  logic [63:0] data;
  logic        busy_q, aw_done_q, w_done_q, ar_done_q, interrupt_q, done;
  logic [63:0] answer;

  assign {op, addr, data} = in_data_i;
  assign poke_o      = in_valid_i && in_ready_o && op == Poke;
  assign poke_addr_o = addr;
  assign poke_data_o = data;

  // The answers of AXI4-Lite are waited for; everything else is done at once.
  logic quiet, room;
  assign room      = !out_valid_o || out_ready_i;
  assign quiet     = !room || (noise_q[0] && setting_o[8][0]);
  assign awvalid_o = busy_q && op == Write && !aw_done_q && waited_q >= 32'(setting_o[8][5:4]);
  assign awaddr_o  = addr[11:0];
  assign wvalid_o  = busy_q && op == Write && !w_done_q && waited_q >= 32'(setting_o[8][9:8]);
  assign wdata_o   = data[31:0];
  assign wstrb_o   = data[35:32];
  assign bready_o  = busy_q && op == Write && !quiet;
  assign arvalid_o = busy_q && op == Read && !ar_done_q;
  assign araddr_o  = addr[11:0];
  assign rready_o  = busy_q && op == Read && !quiet;

  always_comb begin
    done   = 1'b1;
    answer = '0;
    unique case (op)
      Peek:    answer = peek_data_i;
      Write:   begin done = bvalid_i && bready_o; answer = 64'(bresp_i); end
      Read:    begin done = rvalid_i && rready_o; answer = {30'b0, rresp_i, rdata_i}; end
      Wait:    begin
        done   = interrupt_i || 64'(waited_q) >= data;
        answer = 64'(interrupt_i);
      end
      Stat:
        unique case (addr)
          32'd0:   answer = 64'(read_bursts_i);
          32'd1:   answer = 64'(write_bursts_i);
          32'd2:   answer = 64'(most_open_i);
          32'd3:   answer = 64'(end_q - start_q);  // from the write of ap_start to the interrupt
          default: answer = 64'(now_q);
        endcase
      default: answer = '0;
    endcase
  end

  assign in_ready_o = busy_q && done && room;

  always_ff @(posedge clk_i) begin
    if (in_valid_i && in_ready_o) out_data_o <= answer;
    if (in_valid_i && in_ready_o && op == Set) setting_o[addr[3:0]] <= data;
    interrupt_q <= interrupt_i;
    if (awvalid_o && awready_i && addr[11:0] == 12'h000) start_q <= now_q;
    if (interrupt_i && !interrupt_q) end_q <= now_q;
    if (!rst_ni) begin
      busy_q      <= 1'b0;
      out_valid_o <= 1'b0;
      now_q       <= '0;
      noise_q     <= 32'd1;
      {aw_done_q, w_done_q, ar_done_q, waited_q} <= '0;
      for (int s = 0; s < 16; s++) setting_o[s] <= '0;
    end else begin
      now_q       <= now_q + 1;
      noise_q     <= {noise_q[30:0], noise_q[31] ^ noise_q[21] ^ noise_q[1] ^ noise_q[0]};
      busy_q      <= in_valid_i && !in_ready_o;
      waited_q    <= busy_q && !in_ready_o ? waited_q + 1 : '0;
      aw_done_q   <= !in_ready_o && (aw_done_q || (awvalid_o && awready_i));
      w_done_q    <= !in_ready_o && (w_done_q || (wvalid_o && wready_i));
      ar_done_q   <= !in_ready_o && (ar_done_q || (arvalid_o && arready_i));
      out_valid_o <= (in_valid_i && in_ready_o) || (out_valid_o && !out_ready_i);
    end
  end

endmodule
