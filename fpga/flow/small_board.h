// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace mase::fpga {

/// A board whose FPGA the open tools know from end to end (Yosys, nextpnr-ice40, icestorm).
struct SmallBoard {
  std::string target, part, board;              ///< "ice40-hx8k", "ice40hx8k-ct256", its name
  std::string nextpnr_device, nextpnr_package;  ///< "hx8k", "ct256"
  int64_t logic_cells = 0, bram4k = 0;          ///< of the device
  double clock_mhz = 0;                         ///< of the oscillator
  int64_t baud = 0;                             ///< of the serial line
  bool led_on = true;                           ///< level that lights the LED
  std::vector<std::pair<std::string, std::string>> pins;  ///< port of the chip -> pin

  /// Clock cycles of one bit on the serial line.
  int64_t bit_cycles() const;
};

/// Reads configs/targets/ice40-*.toml or a file like them. Errors: UserError Y010 (no such target),
/// Y011, Y012 (with file and line), V100 (the serial line's rate is not within 2 % of a whole
/// number of clock cycles a bit, or a port has no pin, or two share one).
SmallBoard load_small_board(const std::string& name_or_file);

/// The family a target belongs to: "xcup", "ice40". Errors: as load_small_board.
std::string target_family(const std::string& name_or_file);

}  // namespace mase::fpga
