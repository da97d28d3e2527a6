// SPDX-License-Identifier: Apache-2.0
// The top of a packaged kernel in plain Verilog-2001: Vivado's packager does not fully support a
// top in SystemVerilog [UG1118, "Top-Level HDL Requirements"].
#include <fmt/format.h>

#include "fpga/kernel/axi_buses.h"
#include "fpga/kernel/kernel.h"
#include "fpga/kernel/register_map.h"

namespace mase::fpga {

std::string kernel_wrapper(const Kernel& kernel) {
  const std::string control = std::string(kControlBus) + "_",
                    memory = std::string(kMemoryBus) + "_";
  const Bus lite = lite_bus(kControlAddressBits);
  Bus axi4 = axi4_bus(kMemoryAddressBits, kernel.options.memory_bits, 0);
  for (const auto& s : sidebands({"cache", "prot"})) axi4.push_back(s);
  std::string ports =
      bus_ports(control, lite, true, "wire") + bus_ports(memory, axi4, false, "wire");
  ports.erase(ports.rfind(','), 1);
  return fmt::format(
             "// {0}: the kernel's top for Vivado's packager, in Verilog-2001.\n// {1}\n\n"
             "module {0} (\n  input  wire ap_clk,\n  input  wire ap_rst_n,\n"
             "  // verilator lint_off SYMRSVDWORD\n"
             "  output wire interrupt,  // the name that Vitis knows\n"
             "  // verilator lint_on SYMRSVDWORD\n{2});\n\n"
             "{4}  {3} u_body (\n    .ap_clk(ap_clk), .ap_rst_n(ap_rst_n), .interrupt(interrupt)",
             kernel.name, kernel.core.stamp, ports, kernel.body(), kept_attribute(kernel.core)) +
         bus_connections(control, control, lite) + bus_connections(memory, memory, axi4) +
         "\n  );\n\nendmodule\n";
}

}  // namespace mase::fpga
