// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "gen/arch/hardware_graph.h"

namespace mase::emit {

/// hardware_files for tools that gather all files in one folder and run in another: every file by
/// its name alone, no two alike, and memory files are read by their names alone.
std::vector<std::pair<std::string, std::string>> flat_hardware_files(
    const arch::HardwareGraph& hardware, const std::string& top_name, const std::string& stamp);

}  // namespace mase::emit
