// SPDX-License-Identifier: Apache-2.0
// mase_ram_read: AXI4 reads of two masters from one port of a memory with a fixed latency.
//
// A word a cycle: words that were asked for have room kept for them in a store in front of the
// masters, so that the memory's registers never have to stop.
// Test: tests/fpga/device_fabric_test.cc
`include "mase_check.svh"

module mase_ram_read #(
  parameter  int unsigned       DataBits    = 512,    // a word
  parameter  int unsigned       Words       = 16384,
  parameter  int unsigned       AddrBits    = 64,     // bytes
  parameter  int unsigned       IdBits      = 1,
  parameter  bit [AddrBits-1:0] Base        = '0,
  parameter  int unsigned       ReadLatency = 3,      // cycles from read_o to data_i
  localparam int unsigned       WordBits    = $clog2(Words)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  // Master 0 in the lower half of every vector, master 1 in the upper one.
  input  logic [1:0]            arvalid_i,
  output logic [1:0]            arready_o,
  input  logic [2*IdBits-1:0]   arid_i,
  input  logic [2*AddrBits-1:0] araddr_i,
  input  logic [15:0]           arlen_i,
  input  logic [5:0]            arsize_i,
  input  logic [3:0]            arburst_i,
  output logic [1:0]            rvalid_o,
  input  logic [1:0]            rready_i,
  output logic [IdBits-1:0]     rid_o,
  output logic [DataBits-1:0]   rdata_o,
  output logic [1:0]            rresp_o,
  output logic                  rlast_o,

  output logic                  read_o,
  output logic [WordBits-1:0]   word_o,
  input  logic [DataBits-1:0]   data_i
);

  localparam int unsigned Room     = ReadLatency + 5;  // a word a cycle in spite of the way round
  localparam int unsigned RoomBits = $clog2(Room + 1);
  localparam int unsigned TagBits  = 1 + IdBits + 1 + 1;  // master, id, good, last

  logic                valid, master, good, last, given, came, unused_ready;
  logic [IdBits-1:0]   id;
  logic [WordBits-1:0] word;
  logic [7:0]          len, beat_q;
  logic [RoomBits-1:0] room_q;  // words of the store that nothing was asked for
  logic [ReadLatency-1:0] under_way_q;
  logic [TagBits-1:0]  tag_q [ReadLatency];
  logic                out_valid, out_master, out_good;

  mase_ram_queue #(
    .DataBits(DataBits), .Words(Words), .AddrBits(AddrBits), .IdBits(IdBits), .Base(Base)
  ) u_queue (
    .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(arvalid_i), .ready_o(arready_o), .addr_i(araddr_i),
    .id_i(arid_i), .len_i(arlen_i), .size_i(arsize_i), .burst_i(arburst_i),
    .out_valid_o(valid), .out_ready_i(read_o && last), .out_master_o(master), .out_id_o(id),
    .out_good_o(good), .out_word_o(word), .out_len_o(len)
  );

  assign last   = beat_q == len;
  assign read_o = valid && room_q != '0;
  assign word_o = word + WordBits'(beat_q);
  assign came   = under_way_q[ReadLatency-1];

  always_ff @(posedge clk_i) begin
    tag_q[0] <= {master, id, good, last};
    if (!rst_ni) begin
      beat_q      <= '0;
      room_q      <= RoomBits'(Room);
      under_way_q <= '0;
    end else begin
      if (read_o) beat_q <= last ? '0 : beat_q + 1'b1;
      room_q      <= room_q - RoomBits'(read_o) + RoomBits'(given);
      under_way_q <= ReadLatency'({under_way_q, read_o});
    end
  end
  for (genvar s = 1; s < ReadLatency; s++) begin : gen_stage
    always_ff @(posedge clk_i) tag_q[s] <= tag_q[s-1];
  end

  mase_fifo #(.Width(TagBits + DataBits), .Depth(Room)) u_store (
    .clk_i(clk_i), .rst_ni(rst_ni), .in_valid_i(came), .in_ready_o(unused_ready),
    .in_data_i({tag_q[ReadLatency-1], data_i}), .out_valid_o(out_valid), .out_ready_i(given),
    .out_data_o({out_master, rid_o, out_good, rlast_o, rdata_o})
  );

  assign rvalid_o = {out_valid && out_master, out_valid && !out_master};
  assign rresp_o  = {!out_good, 1'b0};
  assign given    = (rvalid_o & rready_i) != '0;

  `MASE_ASSERT(a_room, !came || unused_ready, "a word came that nothing was kept free for")

endmodule
