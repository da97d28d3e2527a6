// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "fpga/flow/device_board.h"

namespace mase::fpga {

/// "jtag", "xdma". Errors: UserError V154.
DeviceHost device_host(const std::string& name);

/// The name that reports of a whole device carry.
std::string device_top_name(const emit::EmittedFolder& design);

/// Writes the build folder of a whole device around the design: sources, build.tcl, constraints,
/// the host's program (jtag.tcl, or host_xdma.cc and its headers), a batch with the reference's
/// results (at most what the memory holds), run.sh, flow.json. What an earlier build left is
/// removed. Errors: UserError V132, V150, V002, V004, E001, B003.
void write_device(const emit::EmittedFolder& design, const DeviceBoard& board,
                  const std::filesystem::path& folder, const VivadoOptions& options,
                  DeviceHost host, int64_t batch = 1000);

/// As check_build_folder, for build.tcl, the constraints, the clock manager's settings and
/// jtag.tcl, which meets a stand-in for the card. Errors: V110, V116, V123, V133, V134, V135, V151
/// (pins), V152 (clocks), V153 (the host's script says right of wrong results, or wrong of right
/// ones).
std::vector<Check> check_device_folder(const std::filesystem::path& folder,
                                       const DeviceBoard& board);

/// Errors: those of run_vivado; V136 when it ends well without the bitstream.
void run_device(const std::filesystem::path& folder, const ToolRun& how = {});

}  // namespace mase::fpga
