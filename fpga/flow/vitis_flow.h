// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "fpga/flow/vivado_flow.h"

namespace mase::fpga {

/// What the Vitis flow takes from a target file.
struct VitisTarget {
  VivadoTarget vivado;
  std::string platform;
  std::vector<std::string> slrs, memories;  ///< [SLRs] names for slr= and sp= of link.cfg
};

/// Errors: those of load_vivado_target; V131 for the [vitis] table.
VitisTarget load_vitis_target(const std::string& name_or_file);

/// Writes the build folder of an RTL kernel around the design: sources, package.tcl, kernel.xml,
/// link.cfg, host.cc and its header, a batch with the reference's results, run.sh, flow.json.
/// Errors: UserError V132 (no such SLR), E001, V001, V002 (kernel), B003.
void write_vitis(const emit::EmittedFolder& design, const VitisTarget& target,
                 const std::filesystem::path& folder, const VivadoOptions& options,
                 int64_t batch = 1000);

/// As check_build_folder, for package.tcl, kernel.xml and link.cfg. Errors: V110, V116, V133, V134,
/// V138 (kernel.xml or link.cfg contradicts the register table or the kernel's ports).
std::vector<Check> check_vitis_folder(const std::filesystem::path& folder,
                                      const VitisTarget& target);

/// Errors: UserError V130, exit 4 (vivado or v++ is not found), V136, V159.
void run_vitis(const std::filesystem::path& folder, const ToolRun& how = {});

}  // namespace mase::fpga
