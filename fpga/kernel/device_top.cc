// SPDX-License-Identifier: Apache-2.0
// The SystemVerilog of a whole device: fabric and top.
#include "fpga/kernel/device_top.h"

#include <fmt/format.h>

#include <bit>

#include "fpga/kernel/axi_buses.h"
#include "fpga/kernel/register_map.h"

namespace mase::fpga {

namespace {

constexpr int kJtagIdBits = 1;
constexpr int kJtagBits = 32;  ///< address and data of the JTAG master [PG174]

int id_bits(const Device& d) {
  return d.options.host == DeviceHost::kJtag ? kJtagIdBits : kXdmaIdBits;
}
/// What the host sees of the fabric.
Bus host_bus(const Device& d) {
  return d.options.host == DeviceHost::kJtag
             ? axi4_bus(kJtagBits, kJtagBits, kJtagIdBits)
             : axi4_bus(kMemoryAddressBits, kDeviceWordBits, kXdmaIdBits);
}

std::string hex(uint64_t value, int bits) { return fmt::format("{}'h{:x}", bits, value); }

/// Nets that carry what nobody reads, so that the linters know.
std::string unread(const std::string& name, const std::vector<std::string>& nets) {
  std::string text = fmt::format("  logic unused_{0};\n  assign unused_{0} = ^{{", name);
  for (size_t i = 0; i < nets.size(); ++i) text += (i == 0 ? "" : ", ") + nets[i];
  return text + "};\n";
}

/// The memory behind both masters: the host (net prefix h_) and the kernel (k_).
std::string ram_instance(const Device& d) {
  const auto& memory = device_region("memory");
  const int id = id_bits(d);
  std::string text = fmt::format(
      "  // Master 0 is the host, master 1 the kernel.\n"
      "  logic [{0}:0] bid;\n  logic [3:0] bresp;\n  logic [{1}:0] rid;\n"
      "  logic [1:0] awready, wready, bvalid, arready, rvalid;\n"
      "{6}  mase_axi_ram #(\n    .DataBits({2}), .Words({3}), .AddrBits(64), .IdBits({4}), "
      ".Base({5})\n"
      "  ) u_memory (\n    .clk_i(clk_i), .rst_ni(rst_ni)",
      2 * id - 1, id - 1, kDeviceWordBits, memory.bytes * 8 / kDeviceWordBits, id,
      hex(memory.base, 64), kept_attribute(d.kernel.core));
  for (const auto& s : axi4_bus(kMemoryAddressBits, kDeviceWordBits, id)) {
    const bool is_id = s.name == "awid" || s.name == "arid";
    if (s.down && is_id)
      text += fmt::format(",\n    .{0}_i({{{1}'d0, h_{0}}})", s.name, id);
    else if (s.down)
      text += fmt::format(",\n    .{0}_i({{k_{0}, h_{0}}})", s.name);
    else
      text += fmt::format(",\n    .{0}_o({0})", s.name);
  }
  text += "\n  );\n";
  for (const char* signal : {"awready", "wready", "bvalid", "arready", "rvalid"})
    text += fmt::format("  assign {{k_{0}, h_{0}}} = {0};\n", signal);
  text += fmt::format(
      "  assign {{k_bresp, h_bresp}} = bresp;\n  assign h_bid = bid[{0}:0];\n"
      "  assign h_rid = rid;\n"
      "  assign {{k_rdata, k_rresp, k_rlast}} = {{rdata, rresp, rlast}};\n"
      "  assign {{h_rdata, h_rresp, h_rlast}} = {{rdata, rresp, rlast}};\n",
      id - 1);
  text += unread("kernel_id", {fmt::format("bid[{}:{}]", 2 * id - 1, id)});
  return text;
}

std::string kernel_instance(const Device& d) {
  return fmt::format(
             "  logic [3:0] awcache, arcache;\n  logic [2:0] awprot, arprot;\n"
             "{}  {} u_kernel (\n    .ap_clk(clk_i), .ap_rst_n(rst_ni), .interrupt(interrupt_o),\n"
             "    .m_axi_gmem_awcache(awcache), .m_axi_gmem_arcache(arcache),\n"
             "    .m_axi_gmem_awprot(awprot), .m_axi_gmem_arprot(arprot)",
             kept_attribute(d.kernel.core), d.kernel.body()) +
         bus_connections("s_axi_control_", "c_", lite_bus(kControlAddressBits)) +
         bus_connections("m_axi_gmem_", "k_", axi4_bus(kMemoryAddressBits, kDeviceWordBits, 0)) +
         "\n  );\n" + unread("kernel_sidebands", {"awcache", "arcache", "awprot", "arprot"});
}

/// JTAG: one slow master for both regions.
std::string jtag_side(const Device& d) {
  const auto &registers = device_region("registers"), &memory = device_region("memory");
  std::string text = fmt::format(
      "  logic [31:0] addr, wdata;\n  logic [3:0] wstrb;\n"
      "{}  mase_axi_host #(\n    .IdBits({}), .MemoryBits({}), .RegisterBase({}), "
      ".RegisterBits({}),\n"
      "    .MemoryBase({}), .RangeBits({})\n  ) u_host (\n    .clk_i(clk_i), .rst_ni(rst_ni)",
      kept_attribute(d.kernel.core), kJtagIdBits, kDeviceWordBits, hex(registers.base, 32),
      std::bit_width(registers.bytes) - 1, hex(memory.base, 32), std::bit_width(memory.bytes) - 1);
  text += bus_connections("", "s_axi_", host_bus(d), PortStyle::kSlave);
  text +=
      ",\n    .awvalid_o({h_awvalid, c_awvalid}), .awready_i({h_awready, c_awready}),\n"
      "    .addr_o(addr), .wvalid_o({h_wvalid, c_wvalid}), .wready_i({h_wready, c_wready}),\n"
      "    .wdata_o(wdata), .wstrb_o(wstrb), .memory_wstrb_o(h_wstrb),\n"
      "    .bvalid_i({h_bvalid, c_bvalid}), .bready_o({h_bready, c_bready}),\n"
      "    .bresp_i({h_bresp, c_bresp}), .arvalid_o({h_arvalid, c_arvalid}),\n"
      "    .arready_i({h_arready, c_arready}), .rvalid_i({h_rvalid, c_rvalid}),\n"
      "    .rready_o({h_rready, c_rready}), .register_rdata_i(c_rdata), .memory_rdata_i(h_rdata),\n"
      "    .rresp_i({h_rresp, c_rresp})\n  );\n";
  text += fmt::format(
      "  assign {{c_awaddr, c_araddr}} = {{addr[{0}:0], addr[{0}:0]}};\n"
      "  assign {{c_wdata, c_wstrb}} = {{wdata, wstrb}};\n"
      "  assign {{h_awaddr, h_araddr}} = {{32'b0, addr, 32'b0, addr}};\n"
      "  assign {{h_awlen, h_arlen, h_awsize, h_arsize}} = {{16'b0, 6'o22}};  // a word of 32 "
      "bits\n"
      "  assign {{h_awburst, h_arburst, h_awid, h_arid}} = {{4'b0101, {1}'b0}};\n"
      "  assign h_wdata = {{{2}{{wdata}}}};\n  assign h_wlast = 1'b1;\n",
      kControlAddressBits - 1, 2 * kJtagIdBits, kDeviceWordBits / 32);
  return text + unread("answers", {"h_bid", "h_rid", "h_rlast"});
}

std::string vendor_comment(const Device& d) {
  return fmt::format("// {}: the whole device, {} as its host.\n// {}\n", d.name,
                     d.options.host == DeviceHost::kJtag ? "JTAG" : "PCIe (XDMA)",
                     d.kernel.core.stamp);
}

std::string clock_and_reset(const Device& d) {
  const auto& plan = d.clock;
  const auto& port = d.options.clock_port;
  std::string text = fmt::format(
      "  // {:g} MHz of the board to {:g} MHz of the core; the VCO runs at {:g} MHz.\n"
      "  logic board_clk, core_clk, core_clk_mmcm, feedback, locked, good, rst_n;\n"
      "  IBUFDS u_board_clock (.I({}_p), .IB({}_n), .O(board_clk));\n",
      plan.board_mhz, plan.mhz, plan.vco_mhz(), port, port);
  text += fmt::format(
      "  logic [12:0] unused_clocks;\n  MMCME4_BASE #(\n"
      "    .CLKIN1_PERIOD({:.3f}), .DIVCLK_DIVIDE({}), .CLKFBOUT_MULT_F({:.3f}),\n"
      "    .CLKOUT0_DIVIDE_F({:.3f})\n  ) u_mmcm (\n"
      "    .CLKIN1(board_clk), .CLKFBIN(feedback), .CLKFBOUT(feedback), .RST(1'b0), "
      ".PWRDWN(1'b0),\n"
      "    .CLKOUT0(core_clk_mmcm), .LOCKED(locked), .CLKFBOUTB(unused_clocks[0]),\n"
      "    .CLKOUT0B(unused_clocks[1])",
      1000 / plan.board_mhz, plan.divide_in, plan.multiply, plan.divide);
  int net = 2;
  for (int i = 1; i <= 6; ++i) {
    text += fmt::format(", .CLKOUT{}(unused_clocks[{}])", i, net++);
    if (i <= 3) text += fmt::format(",\n    .CLKOUT{}B(unused_clocks[{}])", i, net++);
  }
  text +=
      "\n  );\n"
      "  BUFG u_core_clock (.I(core_clk_mmcm), .O(core_clk));\n"
      "  mase_reset_sync u_reset (.clk_i(core_clk), .good_i(good), .rst_no(rst_n));\n\n";
  return text;
}

std::string fabric_instance(const Device& d) {
  std::string text = fmt::format(
      "  logic interrupt;\n{}  {} u_fabric (\n    .clk_i(core_clk), .rst_ni(rst_n), "
      ".interrupt_o(interrupt)",
      kept_attribute(d.kernel.core), d.fabric);
  text += bus_connections("s_axi_", "s_", host_bus(d));
  if (d.options.host == DeviceHost::kXdma)
    text += bus_connections("s_lite_", "l_", lite_bus(kJtagBits));
  return text + "\n  );\n";
}

std::string jtag_host(const Device& d) {
  const Bus extra = sidebands({"lock", "cache", "prot", "qos"});
  return bus_nets("s_", host_bus(d)) + bus_nets("unused_", extra) +
         fmt::format("  {} u_jtag (\n    .aclk(core_clk), .aresetn(rst_n)", kJtagIp) +
         bus_connections("m_axi_", "s_", host_bus(d)) +
         bus_connections("m_axi_", "unused_", extra) + "\n  );\n\n" + fabric_instance(d) +
         "  assign good = locked;\n  assign led  = {interrupt, 1'b0, rst_n};\n";
}

std::string xdma_host(const Device& d) {
  const Bus bus = host_bus(d), lite = lite_bus(kJtagBits);
  const Bus given = sidebands({"lock", "cache", "prot"}), added = sidebands({"qos", "region"});
  const Bus lite_prot = sidebands({"prot"});
  Bus crossed = given;
  crossed.insert(crossed.end(), added.begin(), added.end());
  std::string text =
      "  // The reference clock: once for the transceivers, once for the logic.\n"
      "  logic pcie_clk, pcie_clk_gt, pcie_axi_clk, pcie_axi_rst_n, link_up;\n"
      "  IBUFDS_GTE4 #(.REFCLK_HROW_CK_SEL(2'b00)) u_pcie_clock (\n"
      "    .I(pcie_refclk_p), .IB(pcie_refclk_n), .CEB(1'b0), .O(pcie_clk_gt), .ODIV2(pcie_clk)\n"
      "  );\n";
  text += bus_nets("d_", bus) + bus_nets("d_", given) + bus_nets("e_", lite) +
          bus_nets("e_", lite_prot) + bus_nets("s_", bus) + bus_nets("l_", lite) +
          bus_nets("unused_s_", crossed) + bus_nets("unused_l_", lite_prot);
  text += fmt::format(
      "  logic unused_ack, unused_msi;\n  logic [2:0] unused_vectors;\n"
      "  {} u_xdma (\n    .sys_clk(pcie_clk), .sys_clk_gt(pcie_clk_gt), .sys_rst_n(pcie_perst_n),\n"
      "    .pci_exp_rxp(pcie_rx_p), .pci_exp_rxn(pcie_rx_n), .pci_exp_txp(pcie_tx_p),\n"
      "    .pci_exp_txn(pcie_tx_n), .axi_aclk(pcie_axi_clk), .axi_aresetn(pcie_axi_rst_n),\n"
      "    .user_lnk_up(link_up), .usr_irq_req(1'b0), .usr_irq_ack(unused_ack),\n"
      "    .msi_enable(unused_msi), .msi_vector_width(unused_vectors)",
      kXdmaIp);
  text += bus_connections("m_axi_", "d_", bus) + bus_connections("m_axi_", "d_", given) +
          bus_connections("m_axil_", "e_", lite) + bus_connections("m_axil_", "e_", lite_prot) +
          "\n  );\n";
  const std::string clocks =
      "    .s_axi_aclk(pcie_axi_clk), .s_axi_aresetn(pcie_axi_rst_n),\n"
      "    .m_axi_aclk(core_clk), .m_axi_aresetn(rst_n)";
  text += fmt::format("  {} u_memory_crossing (\n{}", kMemoryCrossingIp, clocks) +
          bus_connections("s_axi_", "d_", bus) + bus_connections("s_axi_", "d_", given);
  for (const auto& s : added) text += fmt::format(",\n    .s_axi_{}(4'b0)", s.name);
  text += bus_connections("m_axi_", "s_", bus) + bus_connections("m_axi_", "unused_s_", crossed) +
          "\n  );\n";
  text += fmt::format("  {} u_register_crossing (\n{}", kRegisterCrossingIp, clocks) +
          bus_connections("s_axi_", "e_", lite) + bus_connections("s_axi_", "e_", lite_prot) +
          bus_connections("m_axi_", "l_", lite) +
          bus_connections("m_axi_", "unused_l_", lite_prot) + "\n  );\n\n";
  return text + fabric_instance(d) +
         "  assign good = locked && pcie_axi_rst_n;\n"
         "  assign led  = {interrupt, link_up, rst_n};\n";
}

}  // namespace

std::string fabric_top(const Device& d) {
  const bool jtag = d.options.host == DeviceHost::kJtag;
  const auto &registers = device_region("registers"), &memory = device_region("memory");
  std::string text = fmt::format(
      "// {}: the kernel {}, a memory on the chip, and the address map in front of a host.\n// "
      "{}\n//\n"
      "//   registers at 0x{:08x}, {} bytes; memory at 0x{:08x}, {} bytes\n\nmodule {} (\n"
      "  input  logic clk_i,\n  input  logic rst_ni,\n",
      d.fabric, d.kernel.name, d.kernel.core.stamp, registers.base, registers.bytes, memory.base,
      memory.bytes, d.fabric);
  text += bus_ports("s_axi_", host_bus(d), true);
  if (!jtag) text += bus_ports("s_lite_", lite_bus(kJtagBits), true);
  text += "  output logic interrupt_o\n);\n\n";
  text += bus_nets("c_", lite_bus(kControlAddressBits)) +
          bus_nets("k_", axi4_bus(kMemoryAddressBits, kDeviceWordBits, 0)) +
          bus_nets("h_", axi4_bus(kMemoryAddressBits, kDeviceWordBits, id_bits(d))) +
          fmt::format("  logic [{}:0] rdata;\n  logic [1:0] rresp;\n  logic rlast;\n\n",
                      kDeviceWordBits - 1);
  if (jtag) {
    text += jtag_side(d);
  } else {
    for (const auto& s : host_bus(d))
      text += s.down ? fmt::format("  assign h_{0} = s_axi_{0};\n", s.name)
                     : fmt::format("  assign s_axi_{0} = h_{0};\n", s.name);
    text += "  // The registers repeat in what the bus has above them.\n";
    for (const auto& s : lite_bus(kJtagBits)) {
      const bool address = s.name.ends_with("addr");
      const std::string low = address ? fmt::format("[{}:0]", kControlAddressBits - 1) : "";
      text += s.down ? fmt::format("  assign c_{0} = s_lite_{0}{1};\n", s.name, low)
                     : fmt::format("  assign s_lite_{0} = c_{0};\n", s.name);
    }
    text += unread("upper", {fmt::format("s_lite_awaddr[31:{}]", kControlAddressBits),
                             fmt::format("s_lite_araddr[31:{}]", kControlAddressBits)});
  }
  return text + "\n" + kernel_instance(d) + "\n" + ram_instance(d) + "\nendmodule\n";
}

std::string device_top(const Device& d) {
  std::string text = vendor_comment(d) + fmt::format("\nmodule {} (\n", d.name);
  for (size_t i = 0; i < d.ports.size(); ++i) {
    const auto& p = d.ports[i];
    text += fmt::format("  {} logic {}{}{}\n", p.input ? "input " : "output",
                        p.width == 1 ? "" : fmt::format("[{}:0] ", p.width - 1), p.name,
                        i + 1 < d.ports.size() ? "," : "");
  }
  text += ");\n\n" + clock_and_reset(d);
  return text + (d.options.host == DeviceHost::kJtag ? jtag_host(d) : xdma_host(d)) +
         "\nendmodule\n";
}

}  // namespace mase::fpga
