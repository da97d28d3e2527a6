// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/device_board.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

#include "gen/base/error.h"
#include "sim/synth/target.h"
#include "sim/synth/target_reader.h"

namespace mase::fpga {

namespace {

constexpr const char* kTransceiver = "GT";

/// A property and what it may be, in any case of letters.
struct Property {
  const char *name, *value, *reference;
};

/// Of a design, for its bitstream.
const std::vector<Property>& properties() {
  static const std::vector<Property> all = {
      {"CFGBVS", "VCCO|GND", "UG912"},
      {"CONFIG_VOLTAGE", "1\\.5|1\\.8|2\\.5|3\\.3", "UG912"},
      {"CONFIG_MODE", "SPIx[1248]|BPI(8|16)|S_SELECTMAP(16|32)?|M_SERIAL|S_SERIAL|B_SCAN", "UG912"},
      {"BITSTREAM.GENERAL.COMPRESS", "TRUE|FALSE", "UG908"},
      {"BITSTREAM.CONFIG.CONFIGFALLBACK", "ENABLE|DISABLE", "UG908"},
      {"BITSTREAM.CONFIG.CONFIGRATE", "[0-9]{1,3}(\\.[0-9])?", "UG908"},
      {"BITSTREAM.CONFIG.EXTMASTERCCLK_EN", "DISABLE|DIV-(1|2|3|4|6|8|12|16|24|48)", "UG908"},
      {"BITSTREAM.CONFIG.SPI_32BIT_ADDR", "YES|NO", "UG908"},
      {"BITSTREAM.CONFIG.SPI_BUSWIDTH", "NONE|1|2|4|8", "UG908"},
      {"BITSTREAM.CONFIG.SPI_FALL_EDGE", "YES|NO", "UG908"},
      {"BITSTREAM.CONFIG.UNUSEDPIN", "PULLDOWN|PULLUP|PULLNONE", "UG908"}};
  return all;
}

/// Of a port.
const std::vector<Property>& port_properties() {
  static const std::vector<Property> all = {{"DRIVE", "2|4|6|8|12|16|24", "UG912"},
                                            {"SLEW", "SLOW|MEDIUM|FAST", "UG912"},
                                            {"PULLUP", "TRUE|FALSE", "UG912"}};
  return all;
}

bool matches(const std::string& text, const char* pattern) {
  return std::regex_match(text, std::regex(pattern, std::regex::icase));
}

BoardSignal read_signal(const std::string& name, const std::string& text,
                        const std::string& place) {
  std::istringstream stream(text);
  BoardSignal signal{.place = place};
  for (std::string word; stream >> word;) signal.pins.push_back(word);
  const auto fail = [&](const std::string& what) {
    throw UserError("V150", fmt::format("board.pins.{}: {}", name, what), place,
                    "give the pins, bit 0 first, then the I/O standard (or GT), then properties "
                    "like PULLUP=true");
  };
  static const std::regex property("([A-Z_]+)=([A-Za-z0-9_]+)");
  for (std::smatch match;
       !signal.pins.empty() && std::regex_match(signal.pins.back(), match, property);
       signal.pins.pop_back())
    signal.properties.insert(signal.properties.begin(), {match[1], match[2]});
  for (const auto& [key, value] : signal.properties) {
    const auto known = std::find_if(port_properties().begin(), port_properties().end(),
                                    [&, &key = key](const Property& p) { return p.name == key; });
    if (known == port_properties().end()) fail(fmt::format("no property '{}' is known", key));
    if (!matches(value, known->value))
      fail(fmt::format("{} is '{}', allowed are {} ({})", key, value, known->value,
                       known->reference));
  }
  if (signal.pins.size() < 2) fail(fmt::format("'{}' is no list of pins and a standard", text));
  signal.standard = signal.pins.back();
  signal.pins.pop_back();
  static const std::regex pin("[A-Z]{1,2}[0-9]{1,2}"), standard("[A-Z]+[A-Z0-9_]*");
  for (const auto& p : signal.pins) {
    if (!std::regex_match(p, pin)) fail(fmt::format("'{}' is no pin", p));
  }
  if (signal.standard == kTransceiver) {
    signal.standard.clear();
    if (!signal.properties.empty()) fail("pins of a transceiver have no properties");
  } else if (std::regex_match(signal.standard, pin) ||
             !std::regex_match(signal.standard, standard)) {
    fail(fmt::format("'{}' is no I/O standard", signal.standard));
  }
  return signal;
}

/// What stands in build.tcl and in constraints as it is: wrong, it would fail in Vivado, hours
/// later.
void check_board(const DeviceBoard& board, const synth::TargetReader& table) {
  const auto fail = [&](const std::string& key, const std::string& inner, const std::string& value,
                        const std::string& wants) {
    throw UserError("V150",
                    fmt::format("board.{}{}{} = '{}'", key, inner.empty() ? "" : ".", inner, value),
                    table.place_of(key, inner), "allowed: " + wants);
  };
  const auto plain = [](unsigned char c) { return c >= ' ' && c != 127; };
  if (!std::all_of(board.name.begin(), board.name.end(), plain))
    fail("name", "", board.name, "one line");
  if (!matches(board.clock, "[a-z_][a-z0-9_]*"))
    fail("clock", "", board.clock, "a name as of a port: letters, digits and _");
  constexpr const char* kInterfaces = "SPIx[1248]|BPIx(8|16)|SMAPx(8|16|32)|SERIALx1";
  if (!matches(board.flash_interface, kInterfaces))
    fail("flash_interface", "", board.flash_interface,
         std::string(kInterfaces) + " (UG835 write_cfgmem)");
  if ((board.flash_mbytes & (board.flash_mbytes - 1)) != 0 || board.flash_mbytes > 65536)
    fail("flash_mbytes", "", std::to_string(board.flash_mbytes),
         "a power of two (UG835 write_cfgmem)");
  const bool number = matches(board.flash_offset, "0x[0-9a-f]{1,12}|0|[1-9][0-9]{0,12}");
  if (!number || std::stoll(board.flash_offset, nullptr, 0) >= board.flash_mbytes << 20)
    fail("flash_offset", "", board.flash_offset,
         fmt::format("an address in the flash, decimal or with 0x, below {:#x}",
                     board.flash_mbytes << 20));
  for (const auto& [name, value] : board.properties) {
    std::vector<std::string> known;
    const Property* property = nullptr;
    for (const auto& p : properties()) {
      known.emplace_back(p.name);
      if (p.name == name) property = &p;
    }
    if (!property)
      throw UserError("V150", fmt::format("board.properties: no property '{}' is known", name),
                      table.place_of("properties", name), nearest_help(name, known));
    if (!matches(value, property->value))
      fail("properties", name, value, fmt::format("{} ({})", property->value, property->reference));
  }
}

}  // namespace

DeviceBoard load_device_board(const std::string& name_or_file) {
  DeviceBoard board{.vivado = load_vivado_target(name_or_file)};
  board.board_mhz = synth::load_target(name_or_file).board_mhz;
  const auto file = synth::find_target(name_or_file);
  const toml::table table = toml::parse(file.text, file.place);
  if (!table.contains("board")) {
    throw UserError("V150", fmt::format("target {} has no [board] table", board.vivado.name),
                    file.place, "configs/targets/xcu250.toml shows one");
  }
  synth::TargetReader top(table, file.place, "");
  auto described = top.table("board");
  board.name = described.text("name");
  board.clock = described.text("clock");
  board.power_budget_w = described.positive("power_budget_w");
  board.flash_interface = described.text("flash_interface");
  board.flash_mbytes = described.count("flash_mbytes");
  board.flash_offset = described.text("flash_offset");
  board.flash_part = described.text("flash_part");
  check_word(board.flash_part, "board.flash_part", file.place);
  board.jtag_mhz = described.positive("jtag_mhz");
  board.pcie_block = described.text("pcie_block");
  board.pcie_quad = described.text("pcie_quad");
  board.pcie_slr = static_cast<int>(described.number("pcie_slr"));
  if (board.pcie_slr >= static_cast<int>(board.vivado.slr_pblocks.size())) {
    throw UserError(
        "V150",
        fmt::format("board.pcie_slr = {}: {} has no such SLR", board.pcie_slr, board.vivado.name),
        described.place_of("pcie_slr"),
        fmt::format("0 to {}", board.vivado.slr_pblocks.size() - 1));
  }
  check_word(board.pcie_block, "board.pcie_block", described.place_of("pcie_block"));
  check_word(board.pcie_quad, "board.pcie_quad", described.place_of("pcie_quad"));
  board.properties = described.texts("properties");
  check_board(board, described);
  board.pins_place = described.place_of("pins");
  std::map<std::string, std::string> user;
  for (const auto& [name, text] : described.texts("pins")) {
    board.signals[name] = read_signal(name, text, described.place_of("pins", name));
    for (const auto& pin : board.signals[name].pins) {
      if (const auto [it, fresh] = user.emplace(pin, name); !fresh)
        throw UserError("V150",
                        fmt::format("board.pins: {} and {} share pin {}", it->second, name, pin),
                        described.place_of("pins", name), "give every signal pins of its own");
    }
  }
  described.finish();
  return board;
}

std::vector<std::pair<std::string, std::string>> xdma_place(const DeviceBoard& board) {
  return {{"pcie_blk_locn", board.pcie_block},
          {"en_gt_selection", "true"},
          {"select_quad", board.pcie_quad}};
}

int default_slr(const DeviceBoard& board, DeviceHost host) {
  return host == DeviceHost::kXdma ? board.pcie_slr : 0;
}

std::string slr_name(const DeviceBoard& board, int slr) {
  const auto& slrs = board.vivado.slr_pblocks;
  if (slr >= 0 && slr < static_cast<int>(slrs.size())) return slrs[static_cast<size_t>(slr)];
  throw UserError("V132", fmt::format("--slr {}: {} has no such SLR", slr, board.vivado.name), {},
                  fmt::format("allowed: 0 to {}", slrs.size() - 1));
}

std::vector<std::string> port_bits(const std::string& name, int width) {
  std::vector<std::string> bits;
  if (width == 1) return {name};
  for (int i = 0; i < width; ++i) bits.push_back(fmt::format("{}[{}]", name, i));
  return bits;
}

std::string pins_xdc(const Device& device, const DeviceBoard& board) {
  std::string text =
      fmt::format("# {}\n# {}: pins and configuration.\n", device.kernel.core.stamp, board.name);
  for (const auto& [name, value] : board.properties)
    text += fmt::format("set_property {} {} [current_design]\n", name, value);
  text += fmt::format("set_operating_conditions -design_power_budget {:g}\n", board.power_budget_w);
  for (const auto& port : device.ports) {
    const auto signal = board.signals.find(port.name);
    if (signal == board.signals.end() ||
        static_cast<int>(signal->second.pins.size()) != port.width) {
      throw UserError(
          "V150",
          signal == board.signals.end()
              ? fmt::format("{} has no signal {}", board.name, port.name)
              : fmt::format("board.pins.{} has {} pins, the device {}", port.name,
                            signal->second.pins.size(), port.width),
          signal == board.signals.end() ? board.pins_place : signal->second.place,
          "the whole-device flow needs it; configs/targets/xcu250.toml shows the names");
    }
    const auto bits = port_bits(port.name, port.width);
    for (size_t i = 0; i < bits.size(); ++i) {
      text += fmt::format("\nset_property PACKAGE_PIN {} [get_ports {{{}}}]\n",
                          signal->second.pins[i], bits[i]);
      if (!signal->second.standard.empty())
        text += fmt::format("set_property IOSTANDARD {} [get_ports {{{}}}]\n",
                            signal->second.standard, bits[i]);
      for (const auto& [name, value] : signal->second.properties)
        text += fmt::format("set_property {} {} [get_ports {{{}}}]\n", name, value, bits[i]);
    }
  }
  return text;
}

std::string clocks_xdc(const Device& device) {
  std::string text = fmt::format(
      "# {0}\n# The board's clock, and what the clock manager makes of it: {1:g} MHz.\n"
      "create_clock -period {2:.3f} -name board_clk [get_ports {3}_p]\n"
      "create_generated_clock -name core_clk [get_pins u_mmcm/CLKOUT0]\n",
      device.kernel.core.stamp, device.clock.mhz, 1000 / device.clock.board_mhz,
      device.options.clock_port);
  if (device.options.host == DeviceHost::kXdma) {
    text +=
        "create_clock -period 10.000 -name pcie_refclk [get_ports pcie_refclk_p]\n"
        "set_false_path -from [get_ports pcie_perst_n]\n";
  }
  return text + "set_false_path -to [get_ports {led[0] led[1] led[2]}]\n";
}

std::string exceptions_xdc(const Device& device) {
  return fmt::format(
      "# {}\n# Names that come from synthesis: read behind it.\n"
      "# The way into the reset belongs to no clock.\n"
      "set_false_path -to [get_pins {{u_reset/stage_q_reg[0]/D}}]\n",
      device.kernel.core.stamp);
}

std::vector<SlrCells> device_slr_cells(const arch::HardwareGraph& hardware, const Device& device,
                                       const DeviceBoard& board) {
  auto slrs = kernel_slr_cells(hardware, board.vivado.slr_pblocks, "u_fabric/u_kernel/");
  if (slrs.empty()) return slrs;
  slrs.front().cells.push_back("u_fabric/u_memory");
  if (device.options.host == DeviceHost::kJtag) slrs.front().cells.push_back("u_fabric/u_host");
  return slrs;
}

std::string placement_xdc(const DeviceBoard& board, int slr, const std::vector<SlrCells>& cut) {
  if (!cut.empty()) return pblock_lines(cut);
  return fmt::format(
      "create_pblock pblock_fabric\nresize_pblock -add {} [get_pblocks pblock_fabric]\n"
      "add_cells_to_pblock [get_pblocks pblock_fabric] [get_cells u_fabric]\n",
      slr_name(board, slr));
}

std::vector<std::string> ports_of(const std::string& module_text) {
  std::vector<std::string> ports;
  static const std::regex port(R"(^\s*(input|output)\s+logic\s+(?:\[(\d+):0\]\s*)?(\w+),?\s*$)");
  std::istringstream stream(module_text);
  for (std::string line; std::getline(stream, line) && line != ");";) {
    std::smatch match;
    if (!std::regex_match(line, match, port)) continue;
    const int width = match[2].matched ? std::stoi(match[2]) + 1 : 1;
    for (const auto& bit : port_bits(match[3], width)) ports.push_back(bit);
  }
  return ports;
}

std::vector<std::string> instances_of(const std::string& module_text) {
  std::vector<std::string> names;
  static const std::regex instance(R"(\b(u_\w+)\s*\()");
  for (std::sregex_iterator it(module_text.begin(), module_text.end(), instance), end; it != end;
       ++it)
    names.push_back((*it)[1]);
  return names;
}

void check_pins(const std::vector<RecordedCall>& calls, const std::string& top,
                const DeviceBoard& board) {
  struct Place {
    std::string value, where;
  };
  std::map<std::string, Place> pin_of, standard_of, port_at;
  std::set<std::string> of_port;  // further properties: "port property value"
  const auto fail = [](const std::string& what, const std::string& where) {
    throw UserError("V151", what, where, "a folder that mase-gen wrote and nobody changed passes");
  };
  for (const auto& call : calls) {
    if (call.command != "set_property") continue;
    std::istringstream words(call.arguments);
    std::string property, value, port;
    words >> property >> value >> port;
    if (port.starts_with("{")) port = port.substr(1, port.size() - 2);
    if (property != "PACKAGE_PIN" && property != "IOSTANDARD") {
      of_port.insert(port + " " + property + " " + value);
      continue;
    }
    const std::string where = fmt::format("{}:{}", call.file, call.line);
    auto& table = property == "PACKAGE_PIN" ? pin_of : standard_of;
    if (const auto [it, fresh] = table.emplace(port, Place{value, where}); !fresh)
      fail(fmt::format("{} has a second {} ({}, {} before)", port, property, value,
                       it->second.value),
           where);
    if (property != "PACKAGE_PIN") continue;
    if (const auto [it, fresh] = port_at.emplace(value, Place{port, where}); !fresh)
      fail(fmt::format("{} and {} share pin {}", it->second.value, port, value), where);
  }
  for (const auto& port : ports_of(top)) {
    const std::string name = port.substr(0, port.find('['));
    const size_t bit =
        name == port ? 0 : static_cast<size_t>(std::stoi(port.substr(name.size() + 1)));
    const auto signal = board.signals.find(name);
    if (signal == board.signals.end() || bit >= signal->second.pins.size())
      fail(fmt::format("port {}: the card has no such signal", port), "the top");
    if (!pin_of.contains(port)) fail(fmt::format("port {} has no PACKAGE_PIN", port), "pins.xdc");
    const auto& [pin, where] = pin_of[port];
    const auto& wants = signal->second;
    if (pin != wants.pins[bit])
      fail(fmt::format("{} is at pin {}, the card has it at {}", port, pin, wants.pins[bit]),
           where);
    const bool has = standard_of.contains(port);
    if (wants.standard.empty() && has)
      fail(fmt::format("{} is a transceiver's and has an IOSTANDARD", port),
           standard_of[port].where);
    if (!wants.standard.empty() && !has)
      fail(fmt::format("port {} has no IOSTANDARD", port), "pins.xdc");
    if (has && standard_of[port].value != wants.standard)
      fail(fmt::format("{} has the standard {}, the card {}", port, standard_of[port].value,
                       wants.standard),
           standard_of[port].where);
    for (const auto& [property, value] : wants.properties) {
      if (!of_port.contains(port + " " + property + " " + value))
        fail(fmt::format("port {} has no {} {}", port, property, value), "pins.xdc");
    }
  }
}

void check_pcie(const std::vector<RecordedCall>& calls, const DeviceBoard& board) {
  const auto is_setting = [](const RecordedCall& c) {
    return c.command == "set_property" && c.arguments.ends_with(std::string(" ") + kXdmaIp);
  };
  const auto call = std::find_if(calls.begin(), calls.end(), is_setting);
  if (call == calls.end()) throw UserError("V151", "XDMA has no settings", "build.tcl");
  for (const auto& [key, value] : xdma_place(board)) {
    if (call->arguments.find(fmt::format(" CONFIG.{} {} ", key, value)) == std::string::npos)
      throw UserError(
          "V151",
          fmt::format("XDMA has no {} {}, where {} has its PCIe lanes", key, value, board.name),
          fmt::format("{}:{}", call->file, call->line),
          "a folder that mase-gen wrote and nobody changed passes");
  }
}

}  // namespace mase::fpga
