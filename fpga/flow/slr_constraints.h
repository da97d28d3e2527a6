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

/// For flow.json, and back.
nlohmann::ordered_json slrs_to_json(const std::vector<SlrCells>& slrs);
std::vector<SlrCells> slrs_from_json(const nlohmann::json& json);

/// What a script was recorded to put into SLRs, by pblocks or assignments, against `wanted`: every
/// cell is an instance below `top` in the sources, and each is in its SLR, once. Errors: UserError
/// V139 with file and line.
void check_slrs(const std::vector<RecordedCall>& calls, const std::vector<SlrCells>& wanted,
                const std::vector<std::filesystem::path>& sources, const std::string& top);

}  // namespace mase::fpga
