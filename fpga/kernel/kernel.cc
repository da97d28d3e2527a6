// SPDX-License-Identifier: Apache-2.0
#include "fpga/kernel/kernel.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <regex>

#include "embedded/fpga_rtl.h"
#include "fpga/kernel/register_map.h"
#include "gen/base/error.h"
#include "gen/emit/names.h"

namespace mase::fpga {

namespace {

void check_option(const char* name, int value, bool good, const std::string& allowed) {
  if (!good) throw UserError("V001", fmt::format("{} = {}: allowed are {}", name, value, allowed));
}

void check(const KernelOptions& o, const Core& core) {
  const auto power = [](int value) {
    return value > 0 && std::has_single_bit(static_cast<unsigned>(value));
  };
  const int container = std::max(core.in.container_bits(), core.out.container_bits());
  check_option(
      "memory_bits", o.memory_bits,
      power(o.memory_bits) && o.memory_bits >= std::max(32, container) && o.memory_bits <= 1024,
      fmt::format("powers of two from {} to 1024", std::max(32, container)));
  const int longest = std::min(256, 4096 * 8 / o.memory_bits);
  check_option("burst_words", o.burst_words,
               power(o.burst_words) && o.burst_words >= 2 && o.burst_words <= longest,
               fmt::format("powers of two from 2 to {}", longest));
  const std::string twice = fmt::format("{} (two bursts) to 4096", 2 * o.burst_words);
  for (const auto& [name, words] :
       {std::pair{"read_words", o.read_words}, std::pair{"write_words", o.write_words}}) {
    check_option(name, words, words >= 2 * o.burst_words && words <= 4096, twice);
  }
  check_option("write_bursts", o.write_bursts, o.write_bursts >= 1 && o.write_bursts <= 255,
               "1 to 255");
}

int size_bits(int64_t bytes) {
  return 32 + static_cast<int>(std::bit_width(static_cast<uint64_t>(bytes)));
}

/// The ports of m_axi_gmem, and their constants: whole words, INCR, modifiable.
std::string memory_ports(int bits) {
  return fmt::format(
      "  output logic m_axi_gmem_awvalid,\n  input  logic m_axi_gmem_awready,\n"
      "  output logic [63:0] m_axi_gmem_awaddr,\n  output logic [7:0] m_axi_gmem_awlen,\n"
      "  output logic [2:0] m_axi_gmem_awsize,\n  output logic [1:0] m_axi_gmem_awburst,\n"
      "  output logic [3:0] m_axi_gmem_awcache,\n  output logic [2:0] m_axi_gmem_awprot,\n"
      "  output logic m_axi_gmem_wvalid,\n  input  logic m_axi_gmem_wready,\n"
      "  output logic [{0}:0] m_axi_gmem_wdata,\n  output logic [{1}:0] m_axi_gmem_wstrb,\n"
      "  output logic m_axi_gmem_wlast,\n  input  logic m_axi_gmem_bvalid,\n"
      "  output logic m_axi_gmem_bready,\n  input  logic [1:0] m_axi_gmem_bresp,\n"
      "  output logic m_axi_gmem_arvalid,\n  input  logic m_axi_gmem_arready,\n"
      "  output logic [63:0] m_axi_gmem_araddr,\n  output logic [7:0] m_axi_gmem_arlen,\n"
      "  output logic [2:0] m_axi_gmem_arsize,\n  output logic [1:0] m_axi_gmem_arburst,\n"
      "  output logic [3:0] m_axi_gmem_arcache,\n  output logic [2:0] m_axi_gmem_arprot,\n"
      "  input  logic m_axi_gmem_rvalid,\n  output logic m_axi_gmem_rready,\n"
      "  input  logic [{0}:0] m_axi_gmem_rdata,\n  input  logic m_axi_gmem_rlast,\n"
      "  input  logic [1:0] m_axi_gmem_rresp\n);\n\n",
      bits - 1, bits / 8 - 1);
}

std::string control_ports() {
  return "  input  logic s_axi_control_awvalid,\n  output logic s_axi_control_awready,\n"
         "  input  logic [11:0] s_axi_control_awaddr,\n  input  logic s_axi_control_wvalid,\n"
         "  output logic s_axi_control_wready,\n  input  logic [31:0] s_axi_control_wdata,\n"
         "  input  logic [3:0] s_axi_control_wstrb,\n  output logic s_axi_control_bvalid,\n"
         "  input  logic s_axi_control_bready,\n  output logic [1:0] s_axi_control_bresp,\n"
         "  input  logic s_axi_control_arvalid,\n  output logic s_axi_control_arready,\n"
         "  input  logic [11:0] s_axi_control_araddr,\n  output logic s_axi_control_rvalid,\n"
         "  input  logic s_axi_control_rready,\n  output logic [31:0] s_axi_control_rdata,\n"
         "  output logic [1:0] s_axi_control_rresp,\n\n";
}

/// The word `status` from the fields of the table.
std::string status_word() {
  const std::map<std::string, std::string> source = {{"read_error", "read_errors != 32'b0"},
                                                     {"write_error", "write_errors != 32'b0"},
                                                     {"misaligned", "misaligned"}};
  std::string text = "  assign status = 32'b0";
  for (const Field& field : kernel_register("status").fields) {
    text += fmt::format("\n      | {{{}'b0, {}{}}}", 31 - field.low_bit, source.at(field.name),
                        field.low_bit == 0 ? "" : fmt::format(", {}'b0", field.low_bit));
  }
  return text + ";\n";
}

std::string registers_instance(const std::string& name) {
  std::string text = fmt::format("  {}_registers u_registers (\n", name);
  text += "    .clk_i(ap_clk), .rst_ni(ap_rst_n)";
  for (const char* port : {"awvalid_i", "awready_o", "awaddr_i", "wvalid_i", "wready_o", "wdata_i",
                           "wstrb_i", "bvalid_o", "bready_i", "bresp_o", "arvalid_i", "arready_o",
                           "araddr_i", "rvalid_o", "rready_i", "rdata_o", "rresp_o"}) {
    const std::string p = port;
    text += fmt::format(",\n    .{}({}_{})", p, kControlBus, p.substr(0, p.size() - 2));
  }
  text += ",\n    .interrupt_o(interrupt), .start_o(start), .done_i(done)";
  for (const Register& r : kernel_registers()) {
    if (r.role == Role::kControl) continue;
    text += fmt::format(",\n    .{0}_{1}({0})", r.name, r.access == Access::kReadWrite ? "o" : "i");
  }
  return text + "\n  );\n\n";
}

/// The results' way back over the seams that the core crosses, to the SLR of the shell.
std::string way_home(const Core& core) {
  if (core.crossings == 0) return "";
  const int bits = core.out.lanes * core.out.format.width;
  std::string text =
      "  // The core ends in another SLR than it begins in: its results come back.\n";
  for (int k = 0; k < core.crossings; ++k)
    text += fmt::format("  logic far_{0}_valid, far_{0}_ready;\n  logic [{1}:0] far_{0}_data;\n", k,
                        bits - 1);
  for (int k = 0; k < core.crossings; ++k) {
    const std::string in = fmt::format("far_{}", k);
    const std::string out = k + 1 == core.crossings ? "out" : fmt::format("far_{}", k + 1);
    text += kept_attribute(core);
    text += fmt::format(
        "  mase_slr_crossing #(.Width({0})) u_home_{1} (\n    .clk_i(ap_clk), .rst_ni(ap_rst_n),\n"
        "    .in_valid_i({2}_valid), .in_ready_o({2}_ready), .in_data_i({2}_data),\n"
        "    .out_valid_o({3}_valid), .out_ready_i({3}_ready), .out_data_o({3}_data)\n  );\n",
        bits, k + 1, in, out);
  }
  return text + "\n";
}

std::string kernel_body(const Kernel& kernel) {
  const Core& core = kernel.core;
  const KernelOptions& o = kernel.options;
  const int byte_bits = std::countr_zero(static_cast<unsigned>(o.memory_bits / 8));
  const int count_bits =
      std::max(size_bits(core.in.bytes()), size_bits(core.out.bytes())) - byte_bits;
  const int in_words = o.memory_bits / core.in.container_bits();
  const int out_words = o.memory_bits / core.out.container_bits();
  const int in_width = core.in.format.width, out_width = core.out.format.width;
  std::string text = fmt::format(
      "// {}: the core {} as a Vitis RTL kernel (ap_ctrl_hs).\n// {}\n//\n"
      "//   samples in : {} [{}], {} bytes each; samples out: {} [{}], {} bytes each\n"
      "//   cycles a sample: {} of the core, at least {:.4g} of the memory bus\n\n",
      kernel.body(), core.module, core.stamp, to_string(core.in.format), core.in.elements,
      core.in.bytes(), to_string(core.out.format), core.out.elements, core.out.bytes(),
      core.ii_cycles, kernel.memory_ii_cycles());
  text += fmt::format(
      "module {} (\n  input  logic ap_clk,\n  input  logic ap_rst_n,\n"
      "  // verilator lint_off SYMRSVDWORD\n"
      "  output logic interrupt,  // the name that Vitis knows\n"
      "  // verilator lint_on SYMRSVDWORD\n\n",
      kernel.body());
  text += control_ports() + memory_ports(o.memory_bits);
  text += fmt::format(
      "  logic start, done, begin_run, misaligned;\n"
      "  logic reader_idle, writer_idle, unused_last;\n"
      "  logic [63:0] samples_in, samples_out, cycles;\n"
      "  logic [31:0] sample_count, sample_total, status, read_errors, write_errors;\n"
      "  logic [{0}:0] in_words, out_words;\n  logic [{1}:0] out_last_bytes;\n\n"
      "  logic read_valid, read_ready;\n  logic [{2}:0] read_data;  // {3} elements\n"
      "  logic in_valid, in_ready;\n  logic [{4}:0] in_data;\n"
      "  logic out_valid, out_ready;\n  logic [{5}:0] out_data;\n"
      "  logic write_valid, write_ready;\n  logic [{6}:0] write_data;  // {7} elements\n\n",
      count_bits - 1, byte_bits - 1, in_words * in_width - 1, in_words,
      core.in.lanes * in_width - 1, core.out.lanes * out_width - 1, out_words * out_width - 1,
      out_words);
  for (const char* channel : {"aw", "ar"}) {
    text += fmt::format(
        "  assign m_axi_gmem_{0}size  = 3'd{1};   // whole words\n"
        "  assign m_axi_gmem_{0}burst = 2'b01;    // INCR\n"
        "  assign m_axi_gmem_{0}cache = 4'b0011;  // bufferable, modifiable\n"
        "  assign m_axi_gmem_{0}prot  = 3'b000;\n",
        channel, byte_bits);
  }
  text +=
      "  assign unused_last  = m_axi_gmem_rlast;\n"
      "  assign sample_total = misaligned ? 32'b0 : sample_count;\n" +
      status_word();
  text += "\n";
  text += kept_attribute(core) + registers_instance(kernel.name);
  text += kept_attribute(core);
  text += fmt::format(
      "  mase_kernel_run #(\n    .DataBits({0}), .InBytes({1}), .OutBytes({2}), .CountBits({3})\n"
      "  ) u_run (\n    .clk_i(ap_clk), .rst_ni(ap_rst_n), .start_i(start), .done_o(done),\n"
      "    .in_low_i(samples_in[{4}:0]), .out_low_i(samples_out[{4}:0]), "
      ".samples_i(sample_count),\n"
      "    .begin_o(begin_run), .in_words_o(in_words), .out_words_o(out_words),\n"
      "    .out_last_bytes_o(out_last_bytes), .reader_idle_i(reader_idle),\n"
      "    .writer_idle_i(writer_idle), .misaligned_o(misaligned), .cycles_o(cycles)\n  );\n\n",
      o.memory_bits, core.in.bytes(), core.out.bytes(), count_bits, byte_bits - 1);
  text += kept_attribute(core);
  text += fmt::format(
      "  mase_axi_read #(\n    .DataBits({}), .ContainerBits({}), .ElementBits({}), "
      ".AddrBits(64),\n"
      "    .CountBits({}), .BurstWords({}), .ReadWords({})\n  ) u_read (\n"
      "    .clk_i(ap_clk), .rst_ni(ap_rst_n), .begin_i(begin_run), .addr_i(samples_in),\n"
      "    .words_i(in_words), .idle_o(reader_idle), .errors_o(read_errors),\n"
      "    .arvalid_o(m_axi_gmem_arvalid), .arready_i(m_axi_gmem_arready),\n"
      "    .araddr_o(m_axi_gmem_araddr), .arlen_o(m_axi_gmem_arlen),\n"
      "    .rvalid_i(m_axi_gmem_rvalid), .rready_o(m_axi_gmem_rready),\n"
      "    .rdata_i(m_axi_gmem_rdata), .rresp_i(m_axi_gmem_rresp),\n"
      "    .out_valid_o(read_valid), .out_ready_i(read_ready), .out_data_o(read_data)\n  );\n\n",
      o.memory_bits, core.in.container_bits(), in_width, count_bits, o.burst_words, o.read_words);
  text += kept_attribute(core);
  text += fmt::format(
      "  mase_sample_unpack #(\n    .Elements({}), .Width({}), .Lanes({}), .WordLanes({})\n"
      "  ) u_unpack (\n    .clk_i(ap_clk), .rst_ni(ap_rst_n), .begin_i(begin_run), "
      ".samples_i(sample_total),\n"
      "    .in_valid_i(read_valid), .in_ready_o(read_ready), .in_data_i(read_data),\n"
      "    .out_valid_o(in_valid), .out_ready_i(in_ready), .out_data_o(in_data)\n  );\n\n",
      core.in.elements, in_width, core.in.lanes, in_words);
  text += way_home(core);
  text += kept_attribute(core);
  text += fmt::format(
      "  {0} u_core (\n    .clk_i(ap_clk), .rst_ni(ap_rst_n),\n"
      "    .in_valid_i(in_valid), .in_ready_o(in_ready), .in_data_i(in_data),\n"
      "    .out_valid_o({1}_valid), .out_ready_i({1}_ready), .out_data_o({1}_data)\n  );\n\n",
      core.module, core.crossings == 0 ? "out" : "far_0");
  text += kept_attribute(core);
  text += fmt::format(
      "  mase_sample_pack #(\n    .Elements({}), .Width({}), .Lanes({}), .WordLanes({})\n"
      "  ) u_pack (\n    .clk_i(ap_clk), .rst_ni(ap_rst_n), .begin_i(begin_run), "
      ".samples_i(sample_total),\n"
      "    .in_valid_i(out_valid), .in_ready_o(out_ready), .in_data_i(out_data),\n"
      "    .out_valid_o(write_valid), .out_ready_i(write_ready), .out_data_o(write_data)\n"
      "  );\n\n",
      core.out.elements, out_width, core.out.lanes, out_words);
  text += kept_attribute(core);
  text += fmt::format(
      "  mase_axi_write #(\n    .DataBits({}), .ContainerBits({}), .ElementBits({}), "
      ".Signed(1'b{:d}),\n"
      "    .AddrBits(64), .CountBits({}), .BurstWords({}), .WriteWords({}),\n    "
      ".Outstanding({})\n  ) u_write (\n"
      "    .clk_i(ap_clk), .rst_ni(ap_rst_n), .begin_i(begin_run), .addr_i(samples_out),\n"
      "    .words_i(out_words), .last_bytes_i(out_last_bytes), .idle_o(writer_idle),\n"
      "    .errors_o(write_errors), .in_valid_i(write_valid), .in_ready_o(write_ready),\n"
      "    .in_data_i(write_data), .awvalid_o(m_axi_gmem_awvalid), "
      ".awready_i(m_axi_gmem_awready),\n"
      "    .awaddr_o(m_axi_gmem_awaddr), .awlen_o(m_axi_gmem_awlen),\n"
      "    .wvalid_o(m_axi_gmem_wvalid), .wready_i(m_axi_gmem_wready), "
      ".wdata_o(m_axi_gmem_wdata),\n"
      "    .wstrb_o(m_axi_gmem_wstrb), .wlast_o(m_axi_gmem_wlast), "
      ".bvalid_i(m_axi_gmem_bvalid),\n"
      "    .bready_o(m_axi_gmem_bready), .bresp_i(m_axi_gmem_bresp)\n  );\n\nendmodule\n",
      o.memory_bits, core.out.container_bits(), out_width, core.out.format.is_signed, count_bits,
      o.burst_words, o.write_words, o.write_bursts);
  return text;
}

}  // namespace

std::string kept_attribute(const Core& core) {
  return core.crossings == 0 ? "" : "  (* keep_hierarchy = \"yes\" *)\n";
}

Kernel make_kernel(const Core& core, const KernelOptions& options) {
  Kernel kernel{options.name.empty() ? core.module + "_kernel" : options.name, core, options, {}};
  kernel.options.name = kernel.name;
  emit::check_module_name(kernel.name);
  if (kernel.name == core.module) {
    throw UserError("V003", fmt::format("kernel and core are both called {}", kernel.name), {},
                    "give the kernel another name");
  }
  static const std::regex joined("[A-Za-z0-9]+(_[A-Za-z0-9]+)*");
  if (!std::regex_match(kernel.name, joined)) {
    throw UserError("V003", fmt::format("'{}' cannot name a kernel", kernel.name), {},
                    "Vitis takes '_' between letters and digits alone, not first, last or twice: "
                    "give --top-name another one");
  }
  check_containers(core);
  check(options, core);
  kernel.files = {
      {kernel.name + ".v", kernel_wrapper(kernel)},
      {kernel.body() + ".sv", kernel_body(kernel)},
      {kernel.name + "_registers.sv", register_decoder(kernel.name + "_registers", core.stamp)},
      {kernel.name + ".h", host_header(kernel)},
      {"kernel.xml", kernel_xml(kernel.name, options.memory_bits)}};
  for (const auto& cell : embedded::fpga_rtl()) {
    if (!cell.name.starts_with("mase_axis_"))
      kernel.files.emplace_back("rtl/" + std::string(cell.name), cell.content);
  }
  std::sort(kernel.files.begin(), kernel.files.end());
  return kernel;
}

}  // namespace mase::fpga
