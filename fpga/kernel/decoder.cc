// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "fpga/kernel/kernel.h"
#include "fpga/kernel/register_map.h"

namespace mase::fpga {

namespace {

constexpr int kWordBits = 32;

bool is_stored(const Register& r) { return r.access == Access::kReadWrite; }

std::string word_number(int offset_bytes) {
  return fmt::format("{}'h{:x}", kControlAddressBits - 2, offset_bytes / 4);
}

/// Lower-case names of the words of mase_ap_control.
std::string control_port(const Register& r) {
  if (r.name == "CTRL") return "ctrl";
  if (r.name == "GIER") return "gier";
  return r.name == "IP_IER" ? "ier" : "isr";
}

std::string ports() {
  std::string text;
  for (const Register& r : kernel_registers()) {
    if (r.role == Role::kControl) continue;
    text += fmt::format(",\n  {} logic [{}:0] {}_{}", is_stored(r) ? "output" : "input ",
                        r.width_bits - 1, r.name, is_stored(r) ? "o" : "i");
  }
  return text;
}

std::string stores() {
  std::string text;
  for (const Register& r : kernel_registers()) {
    if (!is_stored(r)) continue;
    text += fmt::format(
        "\n  // 0x{:02X} {}: {}\n  always_ff @(posedge clk_i) begin\n    if (!rst_ni) begin\n      "
        "{}_o <= '0;\n    end else if (write) begin\n",
        r.offset_bytes, r.name, r.text, r.name);
    for (int byte = 0; byte < r.bytes(); ++byte) {
      text += fmt::format(
          "      if (write_word == {} && write_strb[{}]) {}_o[{}:{}] <= write_data[{}:{}];\n",
          word_number(r.offset_bytes + byte / 4 * 4), byte % 4, r.name, byte * 8 + 7, byte * 8,
          byte % 4 * 8 + 7, byte % 4 * 8);
    }
    text += "    end\n  end\n";
  }
  return text;
}

std::string read_mux() {
  std::string text = "\n  always_comb begin\n    unique case (read_addr[11:2])\n";
  for (const Register& r : kernel_registers()) {
    for (int bit = 0; bit < r.width_bits; bit += kWordBits) {
      const std::string value =
          r.role == Role::kControl ? control_port(r)
          : r.width_bits == kWordBits
              ? fmt::format("{}_{}", r.name, is_stored(r) ? "o" : "i")
              : fmt::format("{}_{}[{}:{}]", r.name, is_stored(r) ? "o" : "i", bit + 31, bit);
      text +=
          fmt::format("      {}: read_data = {};\n", word_number(r.offset_bytes + bit / 8), value);
    }
  }
  return text + "      default: read_data = 32'b0;\n    endcase\n  end\n";
}

std::string control() {
  std::string text;
  for (const Register& r : kernel_registers()) {
    if (r.role != Role::kControl) continue;
    text += fmt::format(
        "    .{0}_write_i(write && write_strb[0] && write_word == {1}),\n    .{0}_o({0}),\n",
        control_port(r), word_number(r.offset_bytes));
    if (r.name == "CTRL")
      text += fmt::format("    .ctrl_read_i(read && read_addr[11:2] == {}),\n",
                          word_number(r.offset_bytes));
  }
  return text;
}

}  // namespace

std::string register_decoder(const std::string& module, const std::string& stamp) {
  static_assert(kControlAddressBits == 12, "the text below says [11:0]");
  std::string text = fmt::format(
      "// {}: the registers of the kernel behind AXI4-Lite. Generated from the register map.\n// "
      "{}\n\nmodule {} (\n",
      module, stamp, module);
  text +=
      "  input  logic clk_i,\n  input  logic rst_ni,\n\n"
      "  input  logic awvalid_i,\n  output logic awready_o,\n  input  logic [11:0] awaddr_i,\n"
      "  input  logic wvalid_i,\n  output logic wready_o,\n  input  logic [31:0] wdata_i,\n"
      "  input  logic [3:0] wstrb_i,\n  output logic bvalid_o,\n  input  logic bready_i,\n"
      "  output logic [1:0] bresp_o,\n  input  logic arvalid_i,\n  output logic arready_o,\n"
      "  input  logic [11:0] araddr_i,\n  output logic rvalid_o,\n  input  logic rready_i,\n"
      "  output logic [31:0] rdata_o,\n  output logic [1:0] rresp_o,\n\n"
      "  output logic interrupt_o,\n  output logic start_o,\n  input  logic done_i";
  text += ports();
  text +=
      "\n);\n\n"
      "  logic write, read, unused_low;\n  logic [11:0] write_addr, read_addr;\n"
      "  logic [9:0] write_word;\n  logic [31:0] write_data, read_data;\n"
      "  logic [3:0] write_strb;\n  logic [31:0] ctrl, gier, ier, isr;\n\n"
      "  assign write_word = write_addr[11:2];\n"
      "  assign unused_low = ^{write_addr[1:0], read_addr[1:0]};\n\n"
      "  mase_axi_lite #(\n    .AddrBits(12)\n  ) u_bus (\n"
      "    .clk_i(clk_i), .rst_ni(rst_ni),\n"
      "    .awvalid_i(awvalid_i), .awready_o(awready_o), .awaddr_i(awaddr_i),\n"
      "    .wvalid_i(wvalid_i), .wready_o(wready_o), .wdata_i(wdata_i), .wstrb_i(wstrb_i),\n"
      "    .bvalid_o(bvalid_o), .bready_i(bready_i), .bresp_o(bresp_o),\n"
      "    .arvalid_i(arvalid_i), .arready_o(arready_o), .araddr_i(araddr_i),\n"
      "    .rvalid_o(rvalid_o), .rready_i(rready_i), .rdata_o(rdata_o), .rresp_o(rresp_o),\n"
      "    .write_o(write), .write_addr_o(write_addr), .write_data_o(write_data),\n"
      "    .write_strb_o(write_strb), .read_o(read), .read_addr_o(read_addr),\n"
      "    .read_data_i(read_data)\n  );\n\n"
      "  mase_ap_control u_control (\n    .clk_i(clk_i), .rst_ni(rst_ni),\n";
  text += control();
  text +=
      "    .write_data_i(write_data[7:0]),\n    .interrupt_o(interrupt_o), .start_o(start_o), "
      ".done_i(done_i)\n  );\n";
  return text + stores() + read_mux() + "\nendmodule\n";
}

}  // namespace mase::fpga
