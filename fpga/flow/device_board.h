// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "fpga/flow/slr_constraints.h"
#include "fpga/flow/vivado_flow.h"
#include "fpga/kernel/device_top.h"

namespace mase::fpga {

/// A signal of a card: bit i is at pins[i].
struct BoardSignal {
  std::vector<std::string> pins;
  std::string standard;  ///< "LVDS", ...; empty: pins of a transceiver, which have none
  std::vector<std::pair<std::string, std::string>> properties;  ///< of each port: {"DRIVE", "8"}
  std::string place;                                            ///< in the target's file
};

/// What the whole-device flow takes from a target file.
struct DeviceBoard {
  VivadoTarget vivado;
  std::string name, clock;  ///< clock: the signals <clock>_p and <clock>_n
  double board_mhz = 0, power_budget_w = 0;
  std::string flash_interface, flash_offset, flash_part;
  double jtag_mhz = 0;  ///< of the card's own cable
  int64_t flash_mbytes = 0;
  std::string pcie_block, pcie_quad;  ///< as XDMA names them: "X0Y1", "GTY_Quad_227"
  int pcie_slr = 0;                   ///< where that block is
  std::vector<std::pair<std::string, std::string>> properties;  ///< of the design, sorted
  std::map<std::string, BoardSignal> signals;
  std::string pins_place;  ///< of their table in the target's file
};

/// Errors: those of load_vivado_target; UserError V150 with file and line: no [board] table, a pin
/// that is none, is there twice, or stands without its standard; a property that is none; a PCIe
/// block in an SLR that the device has not; a flash or a property of the design that Vivado would
/// not take; Y012.
DeviceBoard load_device_board(const std::string& name_or_file);

/// Settings of XDMA that put it where the card's lanes are, without their "CONFIG.".
std::vector<std::pair<std::string, std::string>> xdma_place(const DeviceBoard& board);

/// Where the fabric goes unless --slr says it: beside the PCIe block, else 0.
int default_slr(const DeviceBoard& board, DeviceHost host);
/// "SLR1". Errors: UserError V132.
std::string slr_name(const DeviceBoard& board, int slr);

// Constraints of a device on a card.
/// A pin, a standard and its properties for every port; the design's properties. Errors: UserError
/// V150 when the card has no signal for a port, or one of another width.
std::string pins_xdc(const Device& device, const DeviceBoard& board);
/// Clocks and what belongs to none.
std::string clocks_xdc(const Device& device);
/// What constrains registers by the names that synthesis gives them: read behind synth_design,
/// before which no such pin is there (Vivado 12-4739).
std::string exceptions_xdc(const Device& device);
/// What belongs in which SLR when the design is cut: its parts, and memory and host beside the
/// kernel's shell in the first; empty when it is not cut. Errors: UserError V132.
std::vector<SlrCells> device_slr_cells(const arch::HardwareGraph& hardware, const Device& device,
                                       const DeviceBoard& board);
/// The fabric in one SLR, or the parts of a cut design in theirs. Errors: UserError V132.
std::string placement_xdc(const DeviceBoard& board, int slr, const std::vector<SlrCells>& slrs);

/// Bits of a port as the tools name them: "led[0]", or "clk300_0_p" when it has one.
std::vector<std::string> port_bits(const std::string& name, int width);

/// Every port of the top has exactly one PACKAGE_PIN and one IOSTANDARD (pins of transceivers
/// none), those of the card's signal of its name with its properties, and no pin has two. `calls`:
/// of the script under the recorder; `top`: the text of the top module. Errors: UserError V151 with
/// file and line, or the port.
void check_pins(const std::vector<RecordedCall>& calls, const std::string& top,
                const DeviceBoard& board);

/// XDMA is told the card's PCIe block and quad of transceivers. Errors: UserError V151.
void check_pcie(const std::vector<RecordedCall>& calls, const DeviceBoard& board);

/// Ports of a module's text, bit by bit, and the instances in it.
std::vector<std::string> ports_of(const std::string& module_text);
std::vector<std::string> instances_of(const std::string& module_text);

}  // namespace mase::fpga
