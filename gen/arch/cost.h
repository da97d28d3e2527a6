// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "gen/arch/hardware_graph.h"
#include "gen/arch/resources.h"

namespace mase::arch {

/// What Yosys makes of one cell, by closed formulas: microseconds, no tool. Calibrated against
/// `synth_xilinx -family xcup -flatten -abc9 -nosrl` of Yosys 0.23; rules and errors in gen/README.md.
Resources estimate(const Stage& stage);

/// The cells of a design in their order.
std::vector<Resources> estimate_stages(const HardwareGraph& hardware);

/// The sum over the cells.
Resources estimate(const HardwareGraph& hardware);

}  // namespace mase::arch
