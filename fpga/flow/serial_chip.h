// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "fpga/flow/small_board.h"
#include "gen/arch/hardware_graph.h"

namespace mase::fpga {

/// The module with the pins; the design in it may not have this name.
inline constexpr const char* kChip = "mase_chip";

/// Ports of the chip: clk_i, rx_i, tx_o, led_o.
const std::vector<std::string>& chip_ports();

/// Bytes of one sample and of one result on the serial line: every element takes ceil(width/8).
struct SerialBytes {
  int64_t sample = 0, result = 0;
};
SerialBytes serial_bytes(const arch::HardwareGraph& hardware);

/// The chip: power-on reset, mase_serial_shell and the design `top_name`.
std::string serial_chip(const arch::HardwareGraph& hardware, const std::string& top_name,
                        const SmallBoard& board, const std::string& stamp);

/// A module with the ports of the design that reaches it through the pins of a chip: what simulates
/// a design simulates its bitstream. Sends a sample when the result of the one before is there.
std::string serial_bench(const arch::HardwareGraph& hardware, const std::string& top_name,
                         const SmallBoard& board, const std::string& stamp);

/// The cells behind both, name -> text: those of fpga/rtl and of rtl/.
std::vector<std::pair<std::string, std::string>> serial_cells();

/// nextpnr's constraints: a pin for every port.
std::string pin_constraints(const SmallBoard& board);

}  // namespace mase::fpga
