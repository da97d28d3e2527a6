// SPDX-License-Identifier: Apache-2.0
// mase_ram_write: AXI4 writes of two masters to one port of a memory.
//
// A word a cycle. The port is registered: the last word of a burst is in the memory a cycle after
// its answer is offered, and no read that waits for the answer can come sooner.
// Test: tests/fpga/device_fabric_test.cc
`include "mase_check.svh"

module mase_ram_write #(
  parameter  int unsigned       DataBits = 512,    // a word
  parameter  int unsigned       Words    = 16384,
  parameter  int unsigned       AddrBits = 64,     // bytes
  parameter  int unsigned       IdBits   = 1,
  parameter  bit [AddrBits-1:0] Base     = '0,
  localparam int unsigned       Bytes    = DataBits / 8,
  localparam int unsigned       WordBits = $clog2(Words)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  // Master 0 in the lower half of every vector, master 1 in the upper one.
  input  logic [1:0]            awvalid_i,
  output logic [1:0]            awready_o,
  input  logic [2*IdBits-1:0]   awid_i,
  input  logic [2*AddrBits-1:0] awaddr_i,
  input  logic [15:0]           awlen_i,
  input  logic [5:0]            awsize_i,
  input  logic [3:0]            awburst_i,
  input  logic [1:0]            wvalid_i,
  output logic [1:0]            wready_o,
  input  logic [2*DataBits-1:0] wdata_i,
  input  logic [2*Bytes-1:0]    wstrb_i,
  input  logic [1:0]            wlast_i,
  output logic [1:0]            bvalid_o,
  input  logic [1:0]            bready_i,
  output logic [2*IdBits-1:0]   bid_o,
  output logic [3:0]            bresp_o,

  output logic                  write_o,
  output logic [WordBits-1:0]   word_o,
  output logic [DataBits-1:0]   data_o,
  output logic [Bytes-1:0]      strb_o
);

  logic                valid, master, good, last, free, take;
  logic [IdBits-1:0]   id;
  logic [WordBits-1:0] word;
  logic [7:0]          len, beat_q;

  mase_ram_queue #(
    .DataBits(DataBits), .Words(Words), .AddrBits(AddrBits), .IdBits(IdBits), .Base(Base)
  ) u_queue (
    .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(awvalid_i), .ready_o(awready_o), .addr_i(awaddr_i),
    .id_i(awid_i), .len_i(awlen_i), .size_i(awsize_i), .burst_i(awburst_i),
    .out_valid_o(valid), .out_ready_i(take && last), .out_master_o(master), .out_id_o(id),
    .out_good_o(good), .out_word_o(word), .out_len_o(len)
  );

  assign last     = beat_q == len;
  assign free     = !bvalid_o[master] || bready_i[master];  // room for the answer
  assign take     = valid && wvalid_i[master] && (!last || free);
  assign wready_o = {valid && master && (!last || free), valid && !master && (!last || free)};

  always_ff @(posedge clk_i) begin
    word_o <= word + WordBits'(beat_q);
    data_o <= master ? wdata_i[DataBits +: DataBits] : wdata_i[0 +: DataBits];
    strb_o <= master ? wstrb_i[Bytes +: Bytes] : wstrb_i[0 +: Bytes];
    if (!rst_ni) begin
      write_o <= 1'b0;
      beat_q  <= '0;
    end else begin
      write_o <= take && good;
      if (take) beat_q <= last ? '0 : beat_q + 1'b1;
    end
  end

  for (genvar m = 0; m < 2; m++) begin : gen_master
    logic ends;
    assign ends = take && last && master == 1'(m);
    always_ff @(posedge clk_i) begin
      if (ends) begin
        bid_o[m*IdBits +: IdBits] <= id;
        bresp_o[2*m +: 2]         <= {!good, 1'b0};
      end
      if (!rst_ni) bvalid_o[m] <= 1'b0;
      else         bvalid_o[m] <= ends || (bvalid_o[m] && !bready_i[m]);
    end
    `MASE_STABLE(a_b_stable, bvalid_o[m], bready_i[m],
                 ({bid_o[m*IdBits +: IdBits], bresp_o[2*m +: 2]}))
  end

  `MASE_ASSERT(a_last, !take || wlast_i[master] == last, "WLAST is not at the end of the burst")
  logic unused_last;
  assign unused_last = ^wlast_i;

endmodule
