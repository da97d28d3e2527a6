// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gen/arch/hardware_graph.h"
#include "sim/cycle/cell_spec.h"

namespace mase::sim {

/// What a design's cycles depend on, and nothing else: designs of equal chains have equal cycles.
ChainSpec chain_of(const arch::HardwareGraph& hardware);

/// Cells that the kind which is used most needs.
int64_t most_of_a_kind(const ChainSpec& chain);

}  // namespace mase::sim
