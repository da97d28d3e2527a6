// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "gen/arch/adder_graph.h"

namespace mase {

/// LUT1 to LUT6 of the graph after synth_xilinx -family xcup -flatten. Before that, Yosys evaluates
/// the module on four vectors; a result that differs from the graph's is a bug of ours.
int64_t yosys_luts(const arch::AdderGraph& graph);

}  // namespace mase
