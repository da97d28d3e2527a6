// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "fpga/flow/device_board.h"

namespace mase::fpga {

/// What reaches the card from a build folder: run.sh, program.tcl, flash.tcl, pcie.sh, and for JTAG
/// as host jtag.tcl. `bit`: name of the bitstream without its ending; `batch`: samples of the
/// folder's batch. Pairs of file and text.
std::vector<std::pair<std::string, std::string>> card_scripts(const Device& device,
                                                              const DeviceBoard& board,
                                                              const std::string& bit,
                                                              int64_t batch);

/// A file of fpga/host as it is.
std::string device_host_file(const char* name);

/// The debug hub between JTAG and the JTAG-to-AXI core takes the core's clock, which has to be 2.5
/// times the cable's [UG908]. Errors: UserError V156.
void check_jtag_clock(const Device& device, const DeviceBoard& board);
/// Tcl after synthesis: the hub is told its clock, and divides one above 100 MHz [UG908].
std::string debug_hub_tcl(const Device& device);
/// The script does so, between synthesis and opt_design. Errors: UserError V134 with the line.
void check_debug_hub(const std::vector<RecordedCall>& calls, double core_mhz);

/// program.tcl and flash.tcl (and jtag.tcl, where it is there) on a stand-in of the hardware
/// manager: one card behind several cables, none, two of them, one that is named; what the manager
/// refuses; flash images that would overwrite the card's own. Errors: UserError V133, V153.
void check_card_scripts(const std::filesystem::path& folder, const DeviceBoard& board,
                        const std::string& bit);

}  // namespace mase::fpga
