// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "gen/arch/hardware_graph.h"

namespace mase::arch {

/// Latency as numerics.md defines it: clock edges from the transfer of a sample's first beat in to
/// that of its last beat out, idle pipeline, source and sink always willing. Exact, by a recurrence
/// over beats (when each one is offered and taken at each cell), so that it costs nanoseconds a
/// beat, not a cycle. Back pressure between the cells is part of it. Tested against the SystemC
/// model and Verilator. The interval needs no such thing: HardwareGraph::ii_cycles() is exact.
int64_t latency_cycles(const HardwareGraph& hardware);

}  // namespace mase::arch
