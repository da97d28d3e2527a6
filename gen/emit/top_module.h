// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "gen/arch/hardware_graph.h"

namespace mase::emit {

/// SystemVerilog of the top module. `stamp` is the second comment line (tool version and design
/// hash). Deterministic; free of dates and paths.
std::string top_module(const arch::HardwareGraph& hardware, const std::string& top_name,
                       const std::string& stamp);

/// "mem/<stage>_weight.mem", "mem/<stage>_bias.mem": paths relative to the design's folder.
std::string weight_path(const arch::Stage& stage);
std::string bias_path(const arch::Stage& stage);

}  // namespace mase::emit
