// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "fpga/flow/script_facts.h"
#include "fpga/flow/slr_constraints.h"

namespace mase::fpga {

/// flow.json of a build folder: what its writer says that it is.
struct FlowFile {
  std::vector<Fact> facts;  ///< strings and numbers
  std::string top, design;
  std::vector<std::string> sources, memories, ports;  ///< empty where the flow has none
  std::vector<SlrCells> slrs;
};

/// Errors: those of read_flow (json_text.h): V160, B001.
FlowFile read_flow_file(const std::filesystem::path& folder);

/// The flow's file against what was asked for: `wanted` next to format, top and design, which is
/// that of the stamp in <top>.sv; and no file in the folders of its lists is left out of its lists.
/// Errors: UserError V138.
void check_flow_file(const std::filesystem::path& folder, const FlowFile& flow,
                     std::vector<Wanted> wanted);

}  // namespace mase::fpga
