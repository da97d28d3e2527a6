// SPDX-License-Identifier: Apache-2.0
// mase_axi_ram: a memory on the chip behind AXI4, for two masters.
//
// A word a cycle each way, shared by the masters burst by burst; answers come in the order in which
// the bursts were taken. A read answers ReadLatency + 2 cycles after its address at the earliest.
// A master that does not take its answers holds up the other one. What lies outside, or is neither
// INCR of whole words nor a single beat, is answered with SLVERR, and writes nothing.
// UltraRAM: a port to write and one to read, with one clock.
// Test: tests/fpga/device_fabric_test.cc
`include "mase_check.svh"

module mase_axi_ram #(
  parameter  int unsigned       DataBits    = 512,    // a word
  parameter  int unsigned       Words       = 16384,  // a power of two
  parameter  int unsigned       AddrBits    = 64,     // bytes
  parameter  int unsigned       IdBits      = 1,
  parameter  bit [AddrBits-1:0] Base        = '0,     // a multiple of the memory's size
  parameter  int unsigned       ReadLatency = 3,      // registers behind the memory
  localparam int unsigned       Bytes       = DataBits / 8,
  localparam int unsigned       WordBits    = $clog2(Words)
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
  input  logic [1:0]            arvalid_i,
  output logic [1:0]            arready_o,
  input  logic [2*IdBits-1:0]   arid_i,
  input  logic [2*AddrBits-1:0] araddr_i,
  input  logic [15:0]           arlen_i,
  input  logic [5:0]            arsize_i,
  input  logic [3:0]            arburst_i,
  output logic [1:0]            rvalid_o,
  input  logic [1:0]            rready_i,
  output logic [IdBits-1:0]     rid_o,    // of the master whose rvalid_o is set, like the rest
  output logic [DataBits-1:0]   rdata_o,
  output logic [1:0]            rresp_o,
  output logic                  rlast_o
);

  `MASE_PARAM(latency, ReadLatency >= 1, "mase_axi_ram: need ReadLatency >= 1")

  logic                write, read;
  logic [WordBits-1:0] write_word, read_word;
  logic [DataBits-1:0] write_data;
  logic [Bytes-1:0]    write_strb;

  mase_ram_write #(
    .DataBits(DataBits), .Words(Words), .AddrBits(AddrBits), .IdBits(IdBits), .Base(Base)
  ) u_write (
    .clk_i(clk_i), .rst_ni(rst_ni), .awvalid_i(awvalid_i), .awready_o(awready_o), .awid_i(awid_i),
    .awaddr_i(awaddr_i), .awlen_i(awlen_i), .awsize_i(awsize_i), .awburst_i(awburst_i),
    .wvalid_i(wvalid_i), .wready_o(wready_o), .wdata_i(wdata_i), .wstrb_i(wstrb_i),
    .wlast_i(wlast_i), .bvalid_o(bvalid_o), .bready_i(bready_i), .bid_o(bid_o), .bresp_o(bresp_o),
    .write_o(write), .word_o(write_word), .data_o(write_data), .strb_o(write_strb)
  );

  (* ram_style = "ultra" *)
  logic [DataBits-1:0] store [Words];
  logic [DataBits-1:0] pipe_q [ReadLatency];

  always_ff @(posedge clk_i) begin : p_write
    integer b;
    for (b = 0; b < Bytes; b = b + 1)
      if (write && write_strb[b]) store[write_word][8*b +: 8] <= write_data[8*b +: 8];
  end
  always_ff @(posedge clk_i) begin
    if (read) pipe_q[0] <= store[read_word];
  end
  for (genvar s = 1; s < ReadLatency; s++) begin : gen_stage
    always_ff @(posedge clk_i) pipe_q[s] <= pipe_q[s-1];
  end

  mase_ram_read #(
    .DataBits(DataBits), .Words(Words), .AddrBits(AddrBits), .IdBits(IdBits), .Base(Base),
    .ReadLatency(ReadLatency)
  ) u_read (
    .clk_i(clk_i), .rst_ni(rst_ni), .arvalid_i(arvalid_i), .arready_o(arready_o), .arid_i(arid_i),
    .araddr_i(araddr_i), .arlen_i(arlen_i), .arsize_i(arsize_i), .arburst_i(arburst_i),
    .rvalid_o(rvalid_o), .rready_i(rready_i), .rid_o(rid_o), .rdata_o(rdata_o), .rresp_o(rresp_o),
    .rlast_o(rlast_o), .read_o(read), .word_o(read_word), .data_i(pipe_q[ReadLatency-1])
  );

endmodule
