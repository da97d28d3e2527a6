// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/small_board.h"

#include <cmath>
#include <map>

#include "fpga/flow/serial_chip.h"
#include "sim/synth/target.h"
#include "sim/synth/target_reader.h"

namespace mase::fpga {

namespace {

toml::table parse(const synth::TargetFile& file) {
  try {
    return toml::parse(file.text, file.place);
  } catch (const toml::parse_error& error) {
    throw UserError("V101", fmt::format("not valid TOML: {}", error.description()),
                    fmt::format("{}:{}", file.place, error.source().begin.line));
  }
}

void check_pins(const SmallBoard& board, const synth::TargetReader& table) {
  std::map<std::string, std::string> port_of, pin_of;
  for (const auto& [port, pin] : board.pins) {
    pin_of[port] = pin;
    if (const auto [it, fresh] = port_of.emplace(pin, port); !fresh) {
      throw UserError("V100", fmt::format("pins: {} and {} share pin {}", it->second, port, pin),
                      table.place_of("pins", port), "give every port a pin of its own");
    }
  }
  for (const auto& port : chip_ports()) {
    if (!pin_of.contains(port))
      throw UserError("V100", fmt::format("pins: port {} has no pin", port), table.place_of("pins"),
                      fmt::format("ports: {}", fmt::join(chip_ports(), ", ")));
  }
  for (const auto& [port, pin] : pin_of) {
    const auto& ports = chip_ports();
    if (std::find(ports.begin(), ports.end(), port) == ports.end())
      throw UserError("V100", fmt::format("pins: the chip has no port {}", port),
                      table.place_of("pins", port), nearest_help(port, ports));
  }
}

}  // namespace

int64_t SmallBoard::bit_cycles() const {
  return std::llround(clock_mhz * 1e6 / static_cast<double>(baud));
}

std::string target_family(const std::string& name_or_file) {
  const auto file = synth::find_target(name_or_file);
  const auto table = parse(file);
  return synth::TargetReader(table, file.place, "").text("yosys_family");
}

SmallBoard load_small_board(const std::string& name_or_file) {
  const auto file = synth::find_target(name_or_file);
  const auto table = parse(file);
  synth::TargetReader top(table, file.place, "");
  SmallBoard board;
  board.target = top.text("name");
  board.part = top.text("part");
  if (top.text("yosys_family") != "ice40")
    top.fail("yosys_family", table.get("yosys_family"), "\"ice40\"");
  auto device = top.table("device");
  board.logic_cells = device.count("logic_cells");
  board.bram4k = device.count("bram4k");
  device.finish();
  auto nextpnr = top.table("nextpnr");
  board.nextpnr_device = nextpnr.text("device");
  board.nextpnr_package = nextpnr.text("package");
  nextpnr.finish();
  auto described = top.table("board");
  board.board = described.text("name");
  board.clock_mhz = described.positive("clock_mhz");
  board.baud = described.count("baud");
  board.led_on = described.number("led_on") != 0;
  described.finish();
  board.pins = top.texts("pins");
  top.finish();
  const double cycles = board.clock_mhz * 1e6 / static_cast<double>(board.baud);
  if (board.bit_cycles() < 4 ||
      std::abs(cycles / static_cast<double>(board.bit_cycles()) - 1) > 0.02) {
    throw UserError("V100",
                    fmt::format("board.baud: {} makes {:.2f} cycles of {:g} MHz a bit", board.baud,
                                cycles, board.clock_mhz),
                    top.place_of("board", "baud"),
                    "take a rate that divides the clock to within 2 %, by at least 4");
  }
  check_pins(board, top);
  return board;
}

}  // namespace mase::fpga
