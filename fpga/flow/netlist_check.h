// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>

#include "fpga/flow/vivado_flow.h"
#include "gen/emit/emit.h"

namespace mase::fpga {

/// When check_netlist may cost what it costs.
enum class NetlistCheck { kAuto, kAlways, kNever };

/// kAuto stops short of designs of more modelled LUTs: Verilator compiles some 40 a second.
inline constexpr int64_t kNetlistCheckLuts = 3000;

/// The core as Yosys maps it for the device's family (synth_xilinx -family xcup) in Verilator, 100
/// random samples under random stalls against the integer reference; or what it was left out for.
/// `folder`: where the netlist goes. Errors: UserError V155 (bits differ; exit 1); with kAlways
/// Y001 and S001, exit 4, where a tool is missing; those of synth::simulation_netlist,
/// sim::simulate.
Check check_netlist(const emit::EmittedFolder& design, const std::filesystem::path& folder,
                    NetlistCheck when);

}  // namespace mase::fpga
