// SPDX-License-Identifier: Apache-2.0
// The vendor's cells and IP as empty modules, so that the linter sees every port of every instance.
// Written by hand from the port lists of the references, not from what our tops connect. Never
// synthesised: build.tcl makes the IP itself, and the primitives are the tool's own.
//   UG974         IBUFDS, IBUFDS_GTE4, MMCME4_BASE, BUFG
//   PG174 v1.2    JTAG to AXI Master, AXI4
//   PG195 v4.1    DMA/Bridge Subsystem for PCI Express, AXI4 memory mapped, AXI4-Lite master
//   PG059 v2.1    AXI Clock Converter
/* verilator lint_off DECLFILENAME */
/* verilator lint_off UNUSEDSIGNAL */
/* verilator lint_off UNUSEDPARAM */
/* verilator lint_off UNDRIVEN */

module IBUFDS (input logic I, input logic IB, output logic O);
endmodule

module BUFG (input logic I, output logic O);
endmodule

module IBUFDS_GTE4 #(
  parameter bit [1:0] REFCLK_HROW_CK_SEL = 2'b00
) (input logic I, input logic IB, input logic CEB, output logic O, output logic ODIV2);
endmodule

module MMCME4_BASE #(
  parameter real CLKIN1_PERIOD    = 0.0,
  parameter int  DIVCLK_DIVIDE    = 1,
  parameter real CLKFBOUT_MULT_F  = 5.0,
  parameter real CLKOUT0_DIVIDE_F = 1.0
) (
  input  logic CLKIN1, input logic CLKFBIN, input logic RST, input logic PWRDWN,
  output logic CLKFBOUT, output logic CLKFBOUTB, output logic LOCKED,
  output logic CLKOUT0, output logic CLKOUT0B, output logic CLKOUT1, output logic CLKOUT1B,
  output logic CLKOUT2, output logic CLKOUT2B, output logic CLKOUT3, output logic CLKOUT3B,
  output logic CLKOUT4, output logic CLKOUT5, output logic CLKOUT6
);
endmodule

module mase_jtag_axi (
  input  logic aclk, input logic aresetn,
  output logic [0:0] m_axi_awid, output logic [31:0] m_axi_awaddr, output logic [7:0] m_axi_awlen,
  output logic [2:0] m_axi_awsize, output logic [1:0] m_axi_awburst, output logic m_axi_awlock,
  output logic [3:0] m_axi_awcache, output logic [2:0] m_axi_awprot, output logic [3:0] m_axi_awqos,
  output logic m_axi_awvalid, input logic m_axi_awready,
  output logic [31:0] m_axi_wdata, output logic [3:0] m_axi_wstrb, output logic m_axi_wlast,
  output logic m_axi_wvalid, input logic m_axi_wready,
  input  logic [0:0] m_axi_bid, input logic [1:0] m_axi_bresp, input logic m_axi_bvalid,
  output logic m_axi_bready,
  output logic [0:0] m_axi_arid, output logic [31:0] m_axi_araddr, output logic [7:0] m_axi_arlen,
  output logic [2:0] m_axi_arsize, output logic [1:0] m_axi_arburst, output logic m_axi_arlock,
  output logic [3:0] m_axi_arcache, output logic [2:0] m_axi_arprot, output logic [3:0] m_axi_arqos,
  output logic m_axi_arvalid, input logic m_axi_arready,
  input  logic [0:0] m_axi_rid, input logic [31:0] m_axi_rdata, input logic [1:0] m_axi_rresp,
  input  logic m_axi_rlast, input logic m_axi_rvalid, output logic m_axi_rready
);
endmodule

module mase_xdma (
  input  logic sys_clk, input logic sys_clk_gt, input logic sys_rst_n,
  input  logic [15:0] pci_exp_rxp, input logic [15:0] pci_exp_rxn,
  output logic [15:0] pci_exp_txp, output logic [15:0] pci_exp_txn,
  output logic axi_aclk, output logic axi_aresetn, output logic user_lnk_up,
  input  logic [0:0] usr_irq_req, output logic [0:0] usr_irq_ack,
  output logic msi_enable, output logic [2:0] msi_vector_width,
  output logic [3:0] m_axi_awid, output logic [63:0] m_axi_awaddr, output logic [7:0] m_axi_awlen,
  output logic [2:0] m_axi_awsize, output logic [1:0] m_axi_awburst, output logic m_axi_awlock,
  output logic [3:0] m_axi_awcache, output logic [2:0] m_axi_awprot,
  output logic m_axi_awvalid, input logic m_axi_awready,
  output logic [511:0] m_axi_wdata, output logic [63:0] m_axi_wstrb, output logic m_axi_wlast,
  output logic m_axi_wvalid, input logic m_axi_wready,
  input  logic [3:0] m_axi_bid, input logic [1:0] m_axi_bresp, input logic m_axi_bvalid,
  output logic m_axi_bready,
  output logic [3:0] m_axi_arid, output logic [63:0] m_axi_araddr, output logic [7:0] m_axi_arlen,
  output logic [2:0] m_axi_arsize, output logic [1:0] m_axi_arburst, output logic m_axi_arlock,
  output logic [3:0] m_axi_arcache, output logic [2:0] m_axi_arprot,
  output logic m_axi_arvalid, input logic m_axi_arready,
  input  logic [3:0] m_axi_rid, input logic [511:0] m_axi_rdata, input logic [1:0] m_axi_rresp,
  input  logic m_axi_rlast, input logic m_axi_rvalid, output logic m_axi_rready,
  output logic [31:0] m_axil_awaddr, output logic [2:0] m_axil_awprot, output logic m_axil_awvalid,
  input  logic m_axil_awready, output logic [31:0] m_axil_wdata, output logic [3:0] m_axil_wstrb,
  output logic m_axil_wvalid, input logic m_axil_wready, input logic m_axil_bvalid,
  input  logic [1:0] m_axil_bresp, output logic m_axil_bready,
  output logic [31:0] m_axil_araddr, output logic [2:0] m_axil_arprot, output logic m_axil_arvalid,
  input  logic m_axil_arready, input logic [31:0] m_axil_rdata, input logic [1:0] m_axil_rresp,
  input  logic m_axil_rvalid, output logic m_axil_rready
);
endmodule

module mase_memory_crossing (
  input  logic s_axi_aclk, input logic s_axi_aresetn, input logic m_axi_aclk,
  input  logic m_axi_aresetn,
  input  logic [3:0] s_axi_awid, input logic [63:0] s_axi_awaddr, input logic [7:0] s_axi_awlen,
  input  logic [2:0] s_axi_awsize, input logic [1:0] s_axi_awburst, input logic [0:0] s_axi_awlock,
  input  logic [3:0] s_axi_awcache, input logic [2:0] s_axi_awprot, input logic [3:0] s_axi_awregion,
  input  logic [3:0] s_axi_awqos, input logic s_axi_awvalid, output logic s_axi_awready,
  input  logic [511:0] s_axi_wdata, input logic [63:0] s_axi_wstrb, input logic s_axi_wlast,
  input  logic s_axi_wvalid, output logic s_axi_wready,
  output logic [3:0] s_axi_bid, output logic [1:0] s_axi_bresp, output logic s_axi_bvalid,
  input  logic s_axi_bready,
  input  logic [3:0] s_axi_arid, input logic [63:0] s_axi_araddr, input logic [7:0] s_axi_arlen,
  input  logic [2:0] s_axi_arsize, input logic [1:0] s_axi_arburst, input logic [0:0] s_axi_arlock,
  input  logic [3:0] s_axi_arcache, input logic [2:0] s_axi_arprot, input logic [3:0] s_axi_arregion,
  input  logic [3:0] s_axi_arqos, input logic s_axi_arvalid, output logic s_axi_arready,
  output logic [3:0] s_axi_rid, output logic [511:0] s_axi_rdata, output logic [1:0] s_axi_rresp,
  output logic s_axi_rlast, output logic s_axi_rvalid, input logic s_axi_rready,
  output logic [3:0] m_axi_awid, output logic [63:0] m_axi_awaddr, output logic [7:0] m_axi_awlen,
  output logic [2:0] m_axi_awsize, output logic [1:0] m_axi_awburst, output logic [0:0] m_axi_awlock,
  output logic [3:0] m_axi_awcache, output logic [2:0] m_axi_awprot,
  output logic [3:0] m_axi_awregion, output logic [3:0] m_axi_awqos,
  output logic m_axi_awvalid, input logic m_axi_awready,
  output logic [511:0] m_axi_wdata, output logic [63:0] m_axi_wstrb, output logic m_axi_wlast,
  output logic m_axi_wvalid, input logic m_axi_wready,
  input  logic [3:0] m_axi_bid, input logic [1:0] m_axi_bresp, input logic m_axi_bvalid,
  output logic m_axi_bready,
  output logic [3:0] m_axi_arid, output logic [63:0] m_axi_araddr, output logic [7:0] m_axi_arlen,
  output logic [2:0] m_axi_arsize, output logic [1:0] m_axi_arburst, output logic [0:0] m_axi_arlock,
  output logic [3:0] m_axi_arcache, output logic [2:0] m_axi_arprot,
  output logic [3:0] m_axi_arregion, output logic [3:0] m_axi_arqos,
  output logic m_axi_arvalid, input logic m_axi_arready,
  input  logic [3:0] m_axi_rid, input logic [511:0] m_axi_rdata, input logic [1:0] m_axi_rresp,
  input  logic m_axi_rlast, input logic m_axi_rvalid, output logic m_axi_rready
);
endmodule

module mase_register_crossing (
  input  logic s_axi_aclk, input logic s_axi_aresetn, input logic m_axi_aclk,
  input  logic m_axi_aresetn,
  input  logic [31:0] s_axi_awaddr, input logic [2:0] s_axi_awprot, input logic s_axi_awvalid,
  output logic s_axi_awready, input logic [31:0] s_axi_wdata, input logic [3:0] s_axi_wstrb,
  input  logic s_axi_wvalid, output logic s_axi_wready, output logic [1:0] s_axi_bresp,
  output logic s_axi_bvalid, input logic s_axi_bready,
  input  logic [31:0] s_axi_araddr, input logic [2:0] s_axi_arprot, input logic s_axi_arvalid,
  output logic s_axi_arready, output logic [31:0] s_axi_rdata, output logic [1:0] s_axi_rresp,
  output logic s_axi_rvalid, input logic s_axi_rready,
  output logic [31:0] m_axi_awaddr, output logic [2:0] m_axi_awprot, output logic m_axi_awvalid,
  input  logic m_axi_awready, output logic [31:0] m_axi_wdata, output logic [3:0] m_axi_wstrb,
  output logic m_axi_wvalid, input logic m_axi_wready, input logic [1:0] m_axi_bresp,
  input  logic m_axi_bvalid, output logic m_axi_bready,
  output logic [31:0] m_axi_araddr, output logic [2:0] m_axi_arprot, output logic m_axi_arvalid,
  input  logic m_axi_arready, input logic [31:0] m_axi_rdata, input logic [1:0] m_axi_rresp,
  input  logic m_axi_rvalid, output logic m_axi_rready
);
endmodule
