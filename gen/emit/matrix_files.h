// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "gen/arch/hardware_graph.h"

namespace mase::emit {

/// What arch::matrix_stage made as files that stand by themselves: <module>.sv, the two headers it
/// includes, <module>_tb.sv (a test bench that checks itself and needs nothing of ours) and
/// graph.json (every wire with its interval). Sorted (path, bytes), deterministic.
/// Errors: UserError E001 (module).
std::vector<std::pair<std::string, std::string>> matrix_files(const arch::Stage& stage,
                                                              const std::string& module,
                                                              const std::string& tool_version);

/// graph.json: the stage's adder graph. Integers beyond 64 bits are texts.
std::string adder_graph_json(const arch::Stage& stage, const std::string& module,
                             const std::string& tool_version);

/// <module>_tb.sv: random and extreme inputs, stalls on both sides, outputs compared with the
/// multiplied-out matrix.
std::string matrix_test_bench(const arch::Stage& stage, const std::string& module,
                              const std::string& stamp);

}  // namespace mase::emit
