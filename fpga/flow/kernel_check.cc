// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/kernel_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <regex>

#include "fpga/flow/module_ports.h"
#include "fpga/kernel/axi_buses.h"
#include "fpga/kernel/register_map.h"
#include "gen/base/error.h"
#include "gen/base/file.h"

namespace mase::fpga {

namespace fs = std::filesystem;

namespace {

// The names that Vitis knows [UG1393].
constexpr const char* kClock = "ap_clk";
constexpr const char* kReset = "ap_rst_n";
constexpr const char* kTable = "the register table";
constexpr const char* kFixed = "every kernel";

std::string port_text(bool input, int width) {
  return fmt::format("{} of {} bit{}", input ? "input" : "output", width, width == 1 ? "" : "s");
}

/// A parameter that a module's instance is given in `text`.
int parameter(const std::string& text, const std::string& file, const std::string& module,
              const std::string& name) {
  const size_t begin = text.find(module + " #(");
  const std::string list =
      begin == std::string::npos ? "" : text.substr(begin, text.find(") u_", begin) - begin);
  std::smatch match;
  if (!std::regex_search(list, match, std::regex(fmt::format(R"(\.{}\((\d{{1,6}})\))", name))))
    throw UserError("V138", fmt::format("{} is given no {}", module, name), file,
                    "a folder that mase-gen wrote and nobody changed passes");
  return std::stoi(match[1]);
}

}  // namespace

KernelTop check_kernel_top(const std::filesystem::path& folder, const std::string& file,
                           const std::string& kernel) {
  const auto ports = module_ports(read_file(folder / file), kernel, file);
  const auto width = [&](const std::string& bus, const std::string& signal) {
    const auto it = std::find_if(ports.begin(), ports.end(), [&](const ModulePort& p) {
      return p.name == fmt::format("{}_{}", bus, signal);
    });
    return it == ports.end() ? 0 : it->width;
  };
  KernelTop top{kernel,
                file,
                "",
                width(kControlBus, "awaddr"),
                width(kControlBus, "wdata"),
                width(kMemoryBus, "awaddr"),
                width(kMemoryBus, "wdata")};
  const int data = top.memory_data_bits;
  if (data < 32 || data > 1024 || (data & (data - 1)) != 0)
    throw UserError("V138",
                    fmt::format("{}_wdata has {} bits, allowed are powers of two from 32 to 1024",
                                kMemoryBus, data),
                    file);
  std::vector<Wanted> wanted = {{"port ap_clk", port_text(true, 1), "UG1393"},
                                {"port ap_rst_n", port_text(true, 1), "UG1393"},
                                {"port interrupt", port_text(false, 1), "UG1393"}};
  const auto add = [&](const char* name, const Bus& bus, bool slave, const char* source) {
    for (const auto& s : bus)
      wanted.push_back(
          {fmt::format("port {}_{}", name, s.name), port_text(s.down == slave, s.width), source});
  };
  add(kControlBus, lite_bus(kControlAddressBits), true, "AXI4-Lite");
  add(kMemoryBus, axi4_bus(kMemoryAddressBits, data, 0), false, "AXI4");
  add(kMemoryBus, sidebands({"cache", "prot"}), false, "AXI4");
  std::vector<Fact> found;
  for (const auto& port : ports)
    found.push_back({"port " + port.name, port_text(port.input, port.width),
                     fmt::format("{}:{}", file, port.line)});
  compare_facts(found, wanted, file);
  const std::string body = fs::path(file).parent_path() / (kernel + "_body.sv");
  const std::string inside = read_file(folder / body);
  const auto of = [&](const char* module, const char* name) {
    return parameter(inside, body, module, name);
  };
  top.body = body;
  top.burst_words = of("mase_axi_read", "BurstWords");
  top.read_bursts = (of("mase_axi_read", "ReadWords") + top.burst_words - 1) / top.burst_words;
  top.write_bursts = of("mase_axi_write", "Outstanding");
  if (of("mase_axi_write", "BurstWords") != top.burst_words)
    throw UserError("V138", "reads and writes have bursts of different lengths", body);
  return top;
}

std::vector<Wanted> wanted_packaging(const KernelTop& top, const FlowFile& flow,
                                     const std::string& part, double freq_mhz) {
  const std::string& kernel = top.name;
  const std::string ports = "the ports of " + top.file;
  const std::string ip = "build/ip", component = ip + "/component.xml";
  std::vector<Wanted> wanted = {
      {"create_project -force packing build/packing -part", part, "the target"},
      {"top of sources_1", kernel, "flow.json"},
      {"update_compile_order -fileset sources_1", "", kFixed},
      {"ipx::package_project -import_files -root_dir", ip, kFixed},
      {"ipx::package_project -import_files -vendor", "mase-gen", "vlnv of kernel.xml"},
      {"ipx::package_project -import_files -library", "kernel", "vlnv of kernel.xml"},
      {"ipx::package_project -import_files -taxonomy", "/KernelIP", kFixed},
      {"ipx::package_project -import_files -set_current", "false", kFixed},
      {"ipx::unload_core " + component, "", kFixed},
      {fmt::format("ipx::edit_ip_in_project {} -upgrade", component), "true", kFixed},
      {fmt::format("ipx::edit_ip_in_project {} -name", component), "editing", kFixed},
      {fmt::format("ipx::edit_ip_in_project {} -directory", component), ip, kFixed},
      {"core_revision of core", "1", kFixed},
      {"ipx::remove_user_parameter parameter core", "", kFixed},
      {"xpm_libraries of core", "XPM_CDC XPM_MEMORY XPM_FIFO", kFixed},
      {"sdx_kernel of core", "true", kFixed},
      {"sdx_kernel_type of core", "rtl", kFixed},
      {"ipx::create_xgui_files core", "", kFixed},
      {"ipx::update_checksums core", "", kFixed},
      {"ipx::check_integrity -kernel core", "", kFixed},
      {"ipx::save_core core", "", kFixed},
      {"close_project -delete", "", kFixed},
      {"supported_families of core", "", kFixed},
      {"auto_family_support_level of core", "level_2", kFixed},
      {"package_xo -force -xo_path", kernel + ".xo", "run.sh"},
      {"package_xo -force -kernel_name", kernel, "flow.json"},
      {"package_xo -force -ip_directory", ip, kFixed},
      {"package_xo -force -kernel_xml", "kernel.xml", kFixed}};
  const auto want = [&](const std::string& key, const std::string& value,
                        const std::string& source) {
    wanted.push_back({key, value, source});
  };
  for (const auto& source : flow.sources) want("add_files -norecurse " + source, "", "flow.json");
  if (!flow.slrs.empty()) {
    want("add_files -norecurse -fileset constrs_1 slr.xdc", "", "the design is cut");
    want("USED_IN of slr.xdc", "implementation", "the design is cut");
  }
  // Clock, reset and both interfaces; the clock's frequency is v++'s to replace.
  want(fmt::format("ipx::infer_bus_interface {} xilinx.com:signal:clock_rtl:1.0 core", kClock), "",
       ports);
  want(fmt::format("ipx::infer_bus_interface {} xilinx.com:signal:reset_rtl:1.0 core", kReset), "",
       ports);
  for (const char* bus : {kControlBus, kMemoryBus})
    want(fmt::format("ipx::associate_bus_interfaces -busif {} core -clock", bus), kClock, ports);
  want("ipx::associate_bus_interfaces core -clock", kClock, ports);
  want("ipx::associate_bus_interfaces core -reset", kReset, ports);
  const std::string frequency = fmt::format("bus:{}/FREQ_HZ", kClock);
  want(fmt::format("ipx::add_bus_parameter -quiet FREQ_HZ bus:{}", kClock), "", kFixed);
  want("value of " + frequency, fmt::format("{}", std::llround(freq_mhz * 1e6)),
       fmt::format("{:g} MHz were asked for", freq_mhz));
  want("value_resolve_type of " + frequency, "user", kFixed);
  const std::string cells = "u_read and u_write of " + top.body,
                    bus = fmt::format("bus:{}", kMemoryBus);
  for (const auto& [name, value] : {std::pair{"MAX_BURST_LENGTH", top.burst_words},
                                    std::pair{"NUM_READ_OUTSTANDING", top.read_bursts},
                                    std::pair{"NUM_WRITE_OUTSTANDING", top.write_bursts},
                                    std::pair{"SUPPORTS_NARROW_BURST", 0}}) {
    want(fmt::format("ipx::add_bus_parameter -quiet {} {}", name, bus), "", kFixed);
    want(fmt::format("value of {}/{}", bus, name), fmt::format("{}", value), cells);
    want(fmt::format("value_source of {}/{}", bus, name), "constant", kFixed);
  }
  // The registers behind the control bus.
  const std::string map = fmt::format("map:{}", kControlBus), block = map + "/reg0";
  want(fmt::format("ipx::add_memory_map -quiet {} core", kControlBus), "", ports);
  want(fmt::format("slave_memory_map_ref of bus:{}", kControlBus), kControlBus, ports);
  want("ipx::add_address_block -quiet reg0 " + map, "", kFixed);
  want("range of " + block, fmt::format("{}", int64_t{1} << top.control_address_bits), ports);
  for (const Register& r : kernel_registers()) {
    if (r.role == Role::kStatus) continue;  // XRT would ask for values of them
    const std::string name = fmt::format("{}/{}", block, r.name);
    want(fmt::format("ipx::add_register {} {}", r.name, block), "", kTable);
    want("description of " + name, r.text, kTable);
    want("address_offset of " + name, fmt::format("0x{:02x}", r.offset_bytes), kTable);
    want("size of " + name, fmt::format("{}", r.width_bits), kTable);
    if (r.role != Role::kPointer) continue;
    want("ipx::add_register_parameter ASSOCIATED_BUSIF " + name, "", kTable);
    want(fmt::format("value of {}/ASSOCIATED_BUSIF", name), kMemoryBus, ports);
  }
  return wanted;
}

}  // namespace mase::fpga
