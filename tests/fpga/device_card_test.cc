// SPDX-License-Identifier: Apache-2.0
// What the whole-device flow knows about the card: properties of its ports, where its PCIe lanes
// are.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/fpga/device_fixture.h"

namespace mase::fpga {
namespace {

using test::expect_user_error;
using testing::AllOf;
using testing::HasSubstr;

class DeviceCard : public DeviceFlow {};

TEST_F(DeviceCard, PortsHaveTheCardsProperties) {
  write(DeviceHost::kXdma);
  EXPECT_THAT(read_file(folder_ / "pins.xdc"),
              AllOf(HasSubstr("set_property PULLUP true [get_ports {pcie_perst_n}]"),
                    HasSubstr("set_property DRIVE 8 [get_ports {led[2]}]"),
                    HasSubstr("set_property SLEW SLOW [get_ports {led[0]}]")));
  expect_xdma("pins.xdc", "set_property PULLUP true [get_ports {pcie_perst_n}]\n", "", "V151",
              {"port pcie_perst_n has no PULLUP true"});
  expect_jtag("pins.xdc", "DRIVE 8 [get_ports {led[1]}]", "DRIVE 12 [get_ports {led[1]}]", "V151",
              {"port led[1] has no DRIVE 8"});
  expect_jtag("pins.xdc", "SLEW SLOW", "SLOW SLEW", "V133", {"no property 'SLOW'"});
  expect_user_error(
      [&] { load_device_board(changed_target("LVCMOS12 PULLUP=true", "LVCMOS12 PULLUP true")); },
      "V150", {"board.pins.pcie_perst_n", "PULLUP=true"});
  expect_user_error([&] { load_device_board(changed_target("AM11 GT", "AM11 GT PULLUP=true")); },
                    "V150", {"pcie_refclk_p", "no properties"});
}

TEST_F(DeviceCard, XdmaIsWhereTheCardHasItsLanes) {
  EXPECT_EQ(default_slr(board_, DeviceHost::kXdma), 1) << "the PCIe block's";
  EXPECT_EQ(default_slr(board_, DeviceHost::kJtag), 0);
  write(DeviceHost::kXdma);
  EXPECT_THAT(
      read_file(folder_ / "build.tcl"),
      AllOf(HasSubstr("CONFIG.pcie_blk_locn X0Y1\n"), HasSubstr("CONFIG.en_gt_selection true\n"),
            HasSubstr("CONFIG.select_quad GTY_Quad_227\n")));
  expect_xdma("build.tcl", "pcie_blk_locn X0Y1", "pcie_blk_locn X0Y2", "V151",
              {"XDMA has no pcie_blk_locn X0Y1", "build.tcl:"});
  expect_xdma("build.tcl", "  CONFIG.select_quad GTY_Quad_227\n", "", "V151",
              {"XDMA has no select_quad GTY_Quad_227", "build.tcl:"});
  expect_xdma("build.tcl", "GTY_Quad_227", "GTH_Quad_227", "V133",
              {"CONFIG.select_quad of xdma may not be"});
  expect_user_error([&] { load_device_board(changed_target("pcie_slr = 1", "pcie_slr = 4")); },
                    "V150", {"board.pcie_slr = 4", "0 to 3"});
  expect_user_error([&] { load_device_board(changed_target("\"X0Y1\"", "\"X0Y1; exit\"")); },
                    "V131", {"board.pcie_block"});
}

}  // namespace
}  // namespace mase::fpga
