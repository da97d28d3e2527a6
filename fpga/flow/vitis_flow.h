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

/// As check_build_folder, for package.tcl, kernel.xml, link.cfg, flow.json and v++'s options in
/// run.sh: every value in them is that of the register table, the ports of the kernel's top, the
/// target and `asked`. Errors: V110, V116, V133, V134, V138 (with file, line, what was found and
/// what was expected), V139.
std::vector<Check> check_vitis_folder(const std::filesystem::path& folder,
                                      const VitisTarget& target, const VivadoOptions& asked);
/// The same without the linter.
std::vector<Check> check_vitis_scripts(const std::filesystem::path& folder,
                                       const VitisTarget& target, const VivadoOptions& asked);

/// Errors: UserError V130, exit 4 (vivado or v++ is not found), V136, V159.
void run_vitis(const std::filesystem::path& folder, const ToolRun& how = {});

}  // namespace mase::fpga
