// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "gen/arch/hardware_graph.h"

namespace mase::emit {

/// SystemVerilog of the module of an unrolled stage: one adder a line with its interval, registers
/// between the segments, the casts of the outputs, and the stream ports of every cell. `stamp` is
/// its second comment line. `module`: its name; empty: module_name(stage). Deterministic.
std::string unrolled_module(const arch::Stage& stage, const std::string& stamp,
                            const std::string& module = {});

/// "<cells><stage>_unrolled.sv": the module's path relative to the design's folder.
std::string unrolled_path(const arch::Stage& stage, const std::string& cells = "rtl/");

}  // namespace mase::emit
