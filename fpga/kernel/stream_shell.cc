// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "embedded/fpga_rtl.h"
#include "fpga/kernel/kernel.h"

namespace mase::fpga {

std::vector<std::pair<std::string, std::string>> make_stream_shell(const Core& core) {
  check_containers(core);
  const SampleLayout &in = core.in, &out = core.out;
  const int in_bits = in.lanes * in.container_bits(), out_bits = out.lanes * out.container_bits();
  std::string text = fmt::format(
      "// {0}_axis: the core {0} with AXI4-Stream ports.\n// {1}\n//\n"
      "//   s_axis: {2} [{3}], {4} beats of {5} lanes of {6} bits, lane 0 in the LSBs\n"
      "//   m_axis: {7} [{8}], {9} beats of {10} lanes of {11} bits, lane 0 in the LSBs\n"
      "//   TLAST: the last beat of every sample; last_error: it was elsewhere on s_axis\n\n",
      core.module, core.stamp, to_string(in.format), in.elements, in.beats(), in.lanes,
      in.container_bits(), to_string(out.format), out.elements, out.beats(), out.lanes,
      out.container_bits());
  text += fmt::format(
      "module {}_axis (\n  input  logic aclk,\n  input  logic aresetn,\n"
      "  output logic last_error,\n\n"
      "  input  logic s_axis_tvalid,\n  output logic s_axis_tready,\n"
      "  input  logic [{}:0] s_axis_tdata,\n  input  logic s_axis_tlast,\n\n"
      "  output logic m_axis_tvalid,\n  input  logic m_axis_tready,\n"
      "  output logic [{}:0] m_axis_tdata,\n  output logic m_axis_tlast\n);\n\n"
      "  logic in_valid, in_ready, out_valid, out_ready;\n"
      "  logic [{}:0] in_data;\n  logic [{}:0] out_data;\n\n",
      core.module, in_bits - 1, out_bits - 1, in.lanes * in.format.width - 1,
      out.lanes * out.format.width - 1);
  text += fmt::format(
      "  mase_axis_in #(\n    .Lanes({}), .Width({}), .ContainerBits({}), .Beats({})\n"
      "  ) u_in (\n    .clk_i(aclk), .rst_ni(aresetn), .last_error_o(last_error),\n"
      "    .tvalid_i(s_axis_tvalid), .tready_o(s_axis_tready), .tdata_i(s_axis_tdata),\n"
      "    .tlast_i(s_axis_tlast),\n"
      "    .out_valid_o(in_valid), .out_ready_i(in_ready), .out_data_o(in_data)\n  );\n\n",
      in.lanes, in.format.width, in.container_bits(), in.beats());
  text += fmt::format(
      "  {} u_core (\n    .clk_i(aclk), .rst_ni(aresetn),\n"
      "    .in_valid_i(in_valid), .in_ready_o(in_ready), .in_data_i(in_data),\n"
      "    .out_valid_o(out_valid), .out_ready_i(out_ready), .out_data_o(out_data)\n  );\n\n",
      core.module);
  text += fmt::format(
      "  mase_axis_out #(\n    .Lanes({}), .Width({}), .Signed(1'b{:d}), .ContainerBits({}), "
      ".Beats({})\n  ) u_out (\n    .clk_i(aclk), .rst_ni(aresetn),\n"
      "    .in_valid_i(out_valid), .in_ready_o(out_ready), .in_data_i(out_data),\n"
      "    .tvalid_o(m_axis_tvalid), .tready_i(m_axis_tready), .tdata_o(m_axis_tdata),\n"
      "    .tlast_o(m_axis_tlast)\n  );\n\nendmodule\n",
      out.lanes, out.format.width, out.format.is_signed, out.container_bits(), out.beats());
  std::vector<std::pair<std::string, std::string>> files = {{core.module + "_axis.sv", text}};
  for (const auto& cell : embedded::fpga_rtl()) {
    const bool used = cell.name.starts_with("mase_axis_") || cell.name == "mase_counter.sv" ||
                      cell.name == "mase_check.svh";
    if (used) files.emplace_back("rtl/" + std::string(cell.name), cell.content);
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace mase::fpga
