// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "fpga/flow/vivado_flow.h"
#include "gen/arch/hardware_graph.h"

namespace mase::fpga {

/// Hierarchical cells that belong in one SLR, as get_cells takes them.
struct SlrCells {
  std::string slr;  ///< "SLR0": what resize_pblock and USER_SLR_ASSIGNMENT take
  std::vector<std::string> cells;

  friend bool operator==(const SlrCells&, const SlrCells&) = default;
};

/// Of a cut design, one entry an SLR; empty for a design that is not cut. `names`: of the target's
/// SLRs, from 0 on. `prefix`: path of the design's instance, "" or one that ends in "/". Errors:
/// UserError V132 (the target has no such SLR).
std::vector<SlrCells> core_slr_cells(const arch::HardwareGraph& hardware,
                                     const std::vector<std::string>& names,
                                     const std::string& prefix = "");

/// The same for a kernel (kernel/kernel.h) around it: its shell stands in the first SLR, and its
/// crossings bring the results back there.
std::vector<SlrCells> kernel_slr_cells(const arch::HardwareGraph& hardware,
                                       const std::vector<std::string>& names,
                                       const std::string& prefix = "");

/// Commands for Tcl and XDC alike: a pblock over each whole SLR with its cells in it.
std::string pblock_lines(const std::vector<SlrCells>& slrs);

/// The softer way, for a design that is not alone in the device: USER_SLR_ASSIGNMENT (UG912).
std::string assignment_lines(const std::vector<SlrCells>& slrs);

/// Tcl that ends the script with an error where synthesis has left one of the cells out.
std::string presence_lines(const std::vector<SlrCells>& slrs);

/// Tcl that v++ runs before it places (--vivado.prop run.impl_1.STEPS.OPT_DESIGN.TCL.PRE): finds
/// each cell of the compute unit once or ends the build, and assigns it, should the platform's flow
/// not have read the kernel's own constraints.
/// The path has to be absolute: Vivado looks for it from a folder of its own.
inline constexpr char kLinkHook[] =
    "--vivado.prop \"run.impl_1.STEPS.OPT_DESIGN.TCL.PRE=$PWD/slr_hook.tcl\"";
std::string link_hook(const std::string& compute_unit, const std::vector<SlrCells>& slrs);

/// For flow.json, and back.
nlohmann::ordered_json slrs_to_json(const std::vector<SlrCells>& slrs);
std::vector<SlrCells> slrs_from_json(const nlohmann::json& json);

/// What a script was recorded to put into SLRs, by pblocks or assignments, against `wanted`: every
/// cell is an instance below `top` in the sources that synthesis has to keep, with those around it,
/// and each is in its SLR, once. Errors: UserError V139 with file and line.
void check_slrs(const std::vector<RecordedCall>& calls, const std::vector<SlrCells>& wanted,
                const std::vector<std::filesystem::path>& sources, const std::string& top);

/// A script ends with status 1 and an error where synthesis has left out one of the cells: a run of
/// the recorder for each SLR. Errors: UserError V139.
void check_presence(const std::filesystem::path& folder, const std::string& script,
                    const RecorderAnswers& answers, const std::vector<SlrCells>& slrs);

}  // namespace mase::fpga
