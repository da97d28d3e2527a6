// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

namespace mase::fpga {

/// One signal of an AXI interface.
struct BusSignal {
  std::string name;  ///< without a prefix: "awvalid"
  int width = 1;
  bool down = true;  ///< from the master to the slave
};
using Bus = std::vector<BusSignal>;

/// AXI4 without user signals and sidebands; ids where id_bits > 0.
Bus axi4_bus(int address_bits, int data_bits, int id_bits);
/// AXI4-Lite without protection.
Bus lite_bus(int address_bits);
/// What an interface of the vendor's IP has next to those: names out of lock, cache, prot, qos,
/// region, each for both addresses.
Bus sidebands(const std::vector<std::string>& names);

/// Text of ports, one a line, each ending in ",\n". `type`: "logic", or "wire" for Verilog.
std::string bus_ports(const std::string& prefix, const Bus& bus, bool slave,
                      const char* type = "logic");
/// Nets, one a line.
std::string bus_nets(const std::string& prefix, const Bus& bus);
/// ",\n    .<port>name<suffix>(<net>name)" for each; suffix: how the port's module ends its names,
/// "" or "_i"/"_o" as a master or a slave.
enum class PortStyle { kPlain, kMaster, kSlave };
std::string bus_connections(const std::string& port_prefix, const std::string& net_prefix,
                            const Bus& bus, PortStyle style = PortStyle::kPlain);

}  // namespace mase::fpga
