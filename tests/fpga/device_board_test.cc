// SPDX-License-Identifier: Apache-2.0
// Errors of a target's file name the line, and come before anything is written.
#include "fpga/flow/device_board.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "fpga/flow/vitis_flow.h"
#include "gen/base/file.h"
#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"

namespace mase::fpga {
namespace {

class TargetFile : public testing::Test {
 protected:
  /// `load` refuses the U250's file with `from` replaced by `to`, naming the line where that is.
  void refuse(auto load, const std::string& from, const std::string& to, const std::string& code,
              std::vector<std::string> parts) {
    SCOPED_TRACE(from + " -> " + to);
    auto text = read_file(std::filesystem::path(MASE_SOURCE_DIR) / "configs/targets/xcu250.toml");
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos);
    const auto lines = std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(at), '\n');
    parts.push_back(fmt::format("t.toml:{}", lines + 1));
    write_file(dir_ / "t.toml", text.replace(at, from.size(), to));
    test::expect_user_error([&] { load((dir_ / "t.toml").string()); }, code, parts);
  }
  void board(const std::string& from, const std::string& to,
             const std::vector<std::string>& parts) {
    refuse(load_device_board, from, to, "V150", parts);
  }
  void vivado(const std::string& from, const std::string& to,
              const std::vector<std::string>& parts) {
    refuse(load_vivado_target, from, to, "V131", parts);
  }
  void vitis(const std::string& from, const std::string& to,
             const std::vector<std::string>& parts) {
    refuse(load_vitis_target, from, to, "V131", parts);
  }
  test::TempDir dir_;
};

TEST_F(TargetFile, BadFlashAndPropertiesAreNamed) {
  for (const char* bad :
       {"behind the image", "0x", "-1", "0x01002000 }", "0x8000000", "134217728", "08"})
    board("flash_offset = \"0x01002000\"", fmt::format("flash_offset = \"{}\"", bad),
          {fmt::format("board.flash_offset = '{}'", bad), "below 0x8000000"});
  board("flash_mbytes = 128", "flash_mbytes = 100", {"board.flash_mbytes = '100'", "power of two"});
  board("flash_interface = \"SPIx4\"", "flash_interface = \"SPI\"",
        {"board.flash_interface = 'SPI'", "SPIx", "UG835"});
  board("CFGBVS = \"GND\"", "CFGBVS = \"GND 1.8\"",
        {"board.properties.CFGBVS = 'GND 1.8'", "VCCO|GND", "UG912"});
  board("CONFIGRATE\" = \"63.8\"", "CONFIGRATE\" = \"fast\"",
        {"BITSTREAM.CONFIG.CONFIGRATE = 'fast'", "UG908"});
  board("\"BITSTREAM.CONFIG.SPI_BUSWIDTH\"", "\"BITSTREAM.CONFIG.SPI_BUSWIDHT\"",
        {"no property 'BITSTREAM.CONFIG.SPI_BUSWIDHT'", "BITSTREAM.CONFIG.SPI_BUSWIDTH"});
  board("name = \"Alveo U250\"", "name = \"Alveo\\nexit 1\"", {"board.name", "one line"});
  board("clock = \"clk300_0\"", "clock = \"clk 300\"", {"board.clock = 'clk 300'"});
  EXPECT_EQ(load_device_board("xcu250").flash_offset, "0x01002000");
}

TEST_F(TargetFile, BadPinsAreNamed) {
  board("clk300_0_p = \"AY37 LVDS\"", "clk300_0_p = \"AY38 LVDS\"", {"share pin AY38"});
  board("uart_rx = \"BB20 LVCMOS12\"", "uart_rx = \"BB20\"", {"uart_rx", "no list of pins"});
  board("led = \"BC21 BB21 BA20 LVCMOS12", "led = \"BC21 B-21 BA20 LVCMOS12", {"'B-21' is no pin"});
  board("SLEW=SLOW", "SLEW=SLUGGISH", {"board.pins.led: SLEW is 'SLUGGISH'", "SLOW|MEDIUM|FAST"});
  board("PULLUP=true", "PULL=true", {"board.pins.pcie_perst_n: no property 'PULL' is known"});
  board("pcie_slr = 1", "pcie_slr = 4", {"board.pcie_slr = 4"});
  const auto pins = [&](const std::string& name) {
    const auto target = load_device_board(name);
    Device device;
    device.ports = {{"led", 3, false}};
    pins_xdc(device, target);
  };
  refuse(pins, "led = \"BC21 BB21 BA20 LVCMOS12", "led = \"BC21 BB21 LVCMOS12", "V150",
         {"board.pins.led has 2 pins, the device 3"});
  // A signal that is missing: the line of the table.
  auto text = read_file(std::filesystem::path(MASE_SOURCE_DIR) / "configs/targets/xcu250.toml");
  const auto header = text.find("[board.pins]");
  text.replace(text.find("led = "), 3, "lad");
  write_file(dir_ / "u.toml", text);
  const auto line =
      1 + std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(header), '\n');
  test::expect_user_error([&] { pins((dir_ / "u.toml").string()); }, "V150",
                          {"no signal led", fmt::format("u.toml:{}", line)});
}

TEST_F(TargetFile, BadWordsOfTheFlowsAreNamed) {
  vivado("ooc_clock_site = \"BUFGCE_X0Y2\"", "ooc_clock_site = \"BUFGCE X0Y2\"",
         {"vivado.ooc_clock_site = 'BUFGCE X0Y2'"});
  vivado("slr_pblocks = [\"SLR0\", \"SLR1\"", "slr_pblocks = [\"SLR0\", \"$SLR1\"", {"'$SLR1'"});
  vivado("slr_pblocks = [\"SLR0\", \"SLR1\", ", "slr_pblocks = [", {"2 names, device.slrs is 4"});
  vivado("kernel_mhz = 300", "kernel_mhz = 800", {"vivado.kernel_mhz = 800", "775"});
  vivado("name = \"xcu250\"", "name = \"../xcu250\"", {"name = '../xcu250'"});
  refuse(load_device_board, "pcie_block = \"X0Y1\"", "pcie_block = \"X0 Y1\"", "V131",
         {"board.pcie_block = 'X0 Y1'"});
  vitis("platform = \"xilinx_u250", "platform = \"xilinx u250", {"vitis.platform"});
  vitis("memories = [\"DDR[0]\", ", "memories = [", {"4 names", "4 and 3"});
}

}  // namespace
}  // namespace mase::fpga
