// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

#include "fpga/flow/run_tool.h"
#include "fpga/flow/vivado_flow.h"
#include "gen/emit/emit.h"

namespace mase::fpga {

/// Writes bench/core_tb.sv, bench/samples.mem and bench/expected.mem: a test bench of the core with
/// `rows` random samples and the integer reference's outputs, for the netlist that Vivado writes
/// (reports/netlist.v) in its own simulator. It holds the first half of the samples back by
/// nothing, the second half by random stalls on both sides; prints PASS, or ends with $fatal.
void write_core_bench(const emit::EmittedFolder& design, const std::filesystem::path& folder,
                      int64_t rows = 200);

/// `sh run.sh verify` in a finished build: the samples through Vivado's netlist. Where xsim is not
/// in PATH the result says so. Errors: UserError V158 (bits differ, or the simulator fails), exit
/// 1; those of run_script.
Check verify_netlist(const std::filesystem::path& folder, ToolRun how = {});

}  // namespace mase::fpga
