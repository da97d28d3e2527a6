// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "gen/arch/hardware_graph.h"
#include "sim/cycle/cycle_model.h"

namespace mase::sim {

/// hardware/report.json of a run of the cycle model: the fields of sim::report_json that need no
/// data, every metric as {"value", "unit", "source"} with source "systemc-model". `design`, `top`:
/// hash and top module of the emitted design.
std::string cycle_report_json(const arch::HardwareGraph& hardware, const std::string& design,
                              const std::string& top, const CycleResult& timing,
                              const CycleRun& run, const CycleTrace& trace);

}  // namespace mase::sim
