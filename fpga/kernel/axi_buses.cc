// SPDX-License-Identifier: Apache-2.0
#include "fpga/kernel/axi_buses.h"

#include <fmt/format.h>

#include "gen/base/error.h"

namespace mase::fpga {

namespace {

std::string range(int width) { return width == 1 ? "" : fmt::format("[{}:0] ", width - 1); }

}  // namespace

Bus axi4_bus(int address_bits, int data_bits, int id_bits) {
  Bus bus;
  const auto address = [&](const std::string& channel) {
    bus.insert(bus.end(), {{channel + "valid", 1, true},
                           {channel + "ready", 1, false},
                           {channel + "addr", address_bits, true},
                           {channel + "len", 8, true},
                           {channel + "size", 3, true},
                           {channel + "burst", 2, true}});
    if (id_bits > 0) bus.push_back({channel + "id", id_bits, true});
  };
  address("aw");
  bus.insert(bus.end(), {{"wvalid", 1, true},
                         {"wready", 1, false},
                         {"wdata", data_bits, true},
                         {"wstrb", data_bits / 8, true},
                         {"wlast", 1, true},
                         {"bvalid", 1, false},
                         {"bready", 1, true},
                         {"bresp", 2, false}});
  if (id_bits > 0) bus.push_back({"bid", id_bits, false});
  address("ar");
  bus.insert(bus.end(), {{"rvalid", 1, false},
                         {"rready", 1, true},
                         {"rdata", data_bits, false},
                         {"rresp", 2, false},
                         {"rlast", 1, false}});
  if (id_bits > 0) bus.push_back({"rid", id_bits, false});
  return bus;
}

Bus lite_bus(int address_bits) {
  return {{"awvalid", 1, true},
          {"awready", 1, false},
          {"awaddr", address_bits, true},
          {"wvalid", 1, true},
          {"wready", 1, false},
          {"wdata", 32, true},
          {"wstrb", 4, true},
          {"bvalid", 1, false},
          {"bready", 1, true},
          {"bresp", 2, false},
          {"arvalid", 1, true},
          {"arready", 1, false},
          {"araddr", address_bits, true},
          {"rvalid", 1, false},
          {"rready", 1, true},
          {"rdata", 32, false},
          {"rresp", 2, false}};
}

Bus sidebands(const std::vector<std::string>& names) {
  Bus bus;
  for (const char* channel : {"aw", "ar"}) {
    for (const auto& name : names) {
      MASE_CHECK(
          name == "lock" || name == "cache" || name == "prot" || name == "qos" || name == "region",
          "no sideband {}", name);
      bus.push_back({channel + name, name == "lock" ? 1 : name == "prot" ? 3 : 4, true});
    }
  }
  return bus;
}

std::string bus_ports(const std::string& prefix, const Bus& bus, bool slave, const char* type) {
  std::string text;
  for (const auto& s : bus)
    text += fmt::format("  {} {} {}{}{},\n", s.down == slave ? "input " : "output", type,
                        range(s.width), prefix, s.name);
  return text;
}

std::string bus_nets(const std::string& prefix, const Bus& bus) {
  std::string text;
  for (const auto& s : bus)
    text += fmt::format("  logic {}{}{};\n", range(s.width), prefix, s.name);
  return text;
}

std::string bus_connections(const std::string& port_prefix, const std::string& net_prefix,
                            const Bus& bus, PortStyle style) {
  std::string text;
  for (const auto& s : bus) {
    const bool input = s.down == (style == PortStyle::kSlave);
    const char* suffix = style == PortStyle::kPlain ? "" : input ? "_i" : "_o";
    text += fmt::format(",\n    .{}{}{}({}{})", port_prefix, s.name, suffix, net_prefix, s.name);
  }
  return text;
}

}  // namespace mase::fpga
