// SPDX-License-Identifier: Apache-2.0
// mase_axi_lite: AXI4-Lite slave in front of 32-bit registers.
//
// A write reaches the registers in the cycle in which its address and its data have both come; a
// read samples read_data_i in the cycle in which its address comes. One of each at a time: two
// cycles a write, two a read. Every answer is OKAY: an error answer trips the firewall of an Alveo
// shell, so that what is not mapped reads as 0 and drops writes.
// Test: tests/fpga/kernel_test.cc
`include "mase_check.svh"

module mase_axi_lite #(
  parameter int unsigned AddrBits = 12  // bytes
) (
  input  logic                clk_i,
  input  logic                rst_ni,

  input  logic                awvalid_i,
  output logic                awready_o,
  input  logic [AddrBits-1:0] awaddr_i,
  input  logic                wvalid_i,
  output logic                wready_o,
  input  logic [31:0]         wdata_i,
  input  logic [3:0]          wstrb_i,
  output logic                bvalid_o,
  input  logic                bready_i,
  output logic [1:0]          bresp_o,
  input  logic                arvalid_i,
  output logic                arready_o,
  input  logic [AddrBits-1:0] araddr_i,
  output logic                rvalid_o,
  input  logic                rready_i,
  output logic [31:0]         rdata_o,
  output logic [1:0]          rresp_o,

  output logic                write_o,       // one cycle
  output logic [AddrBits-1:0] write_addr_o,
  output logic [31:0]         write_data_o,
  output logic [3:0]          write_strb_o,
  output logic                read_o,        // one cycle
  output logic [AddrBits-1:0] read_addr_o,
  input  logic [31:0]         read_data_i
);

  `MASE_PARAM(addr, AddrBits >= 3, "mase_axi_lite: need AddrBits >= 3")

  logic        bvalid_q, rvalid_q;
  logic [31:0] rdata_q;

  // Address and data are taken together.
  assign write_o      = awvalid_i && wvalid_i && !bvalid_q;
  assign awready_o    = write_o;
  assign wready_o     = write_o;
  assign write_addr_o = awaddr_i;
  assign write_data_o = wdata_i;
  assign write_strb_o = wstrb_i;
  assign bvalid_o     = bvalid_q;
  assign bresp_o      = 2'b00;

  assign arready_o    = !rvalid_q;
  assign read_o       = arvalid_i && arready_o;
  assign read_addr_o  = araddr_i;
  assign rvalid_o     = rvalid_q;
  assign rdata_o      = rdata_q;
  assign rresp_o      = 2'b00;

  always_ff @(posedge clk_i) begin
    if (read_o) rdata_q <= read_data_i;
    if (!rst_ni) begin
      bvalid_q <= 1'b0;
      rvalid_q <= 1'b0;
    end else begin
      bvalid_q <= write_o || (bvalid_q && !bready_i);
      rvalid_q <= read_o || (rvalid_q && !rready_i);
    end
  end

  `MASE_STABLE(a_b_stable, bvalid_o, bready_i, bresp_o)
  `MASE_STABLE(a_r_stable, rvalid_o, rready_i, rdata_o)

endmodule
