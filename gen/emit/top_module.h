// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "gen/arch/hardware_graph.h"

namespace mase::emit {

/// Where memory files lie, relative to the design's folder.
inline constexpr const char* kMemories = "mem/";

/// SystemVerilog of the top module. `stamp` is the second comment line (tool version and design
/// hash). `memories` stands before the names of memory files; empty: they lie beside the sources.
/// Deterministic; free of dates and other paths.
std::string top_module(const arch::HardwareGraph& hardware, const std::string& top_name,
                       const std::string& stamp, const std::string& memories = kMemories);

/// "<top>_slr<N>": the module with the cells of one SLR of a cut design, instance "u_slr<N>".
std::string slr_module_name(const arch::SlrPart& part, const std::string& top_name);

/// SystemVerilog of that module.
std::string slr_module(const arch::HardwareGraph& hardware, const arch::SlrPart& part,
                       const std::string& top_name, const std::string& stamp,
                       const std::string& memories = kMemories);

/// Where the valid of a stage's stream out is found.
struct NetPlace {
  std::string module;    ///< that declares it
  std::string instance;  ///< of that module in the top; empty: the top itself
  std::string net;
};
NetPlace valid_net(const arch::HardwareGraph& hardware, size_t stage, const std::string& top_name);

/// The instance of a stage, as a path from the top: "u_fc1", "u_slr0.u_fc1".
std::string instance_path(const arch::HardwareGraph& hardware, size_t stage);

/// "<memories><stage>_weight.mem", "<memories><stage>_bias.mem": paths relative to the design's
/// folder.
std::string weight_path(const arch::Stage& stage, const std::string& memories = kMemories);
std::string bias_path(const arch::Stage& stage, const std::string& memories = kMemories);

}  // namespace mase::emit
