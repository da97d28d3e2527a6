// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/netlist_check.h"

#include <fmt/format.h>

#include "gen/arch/cost.h"
#include "gen/base/error.h"
#include "gen/base/process.h"
#include "sim/simulate.h"
#include "sim/synth/synthesise.h"

namespace mase::fpga {

Check check_netlist(const emit::EmittedFolder& design, const std::filesystem::path& folder,
                    NetlistCheck when) {
  constexpr int64_t kRows = 100;
  const char* name = "netlist";
  if (when == NetlistCheck::kNever) return {name, "not simulated: --netlist-check never"};
  if (when == NetlistCheck::kAuto) {
    for (const char* tool : {"yosys", "verilator"}) {
      if (find_program(tool).empty())
        return {name, fmt::format("not simulated: {} is not in PATH", tool)};
    }
    if (const int64_t luts = arch::estimate(design.hardware).lut; luts > kNetlistCheckLuts) {
      return {name, fmt::format("not simulated: about {} LUTs take minutes; --netlist-check always "
                                "does it",
                                luts)};
    }
  }
  const auto netlist = synth::simulation_netlist(design.hardware, design.top_name, folder);
  const auto result = sim::simulate(
      design, sim::random_samples(design.hardware.input, kRows, design.hardware.features_in, 1),
      {.stall = sim::Stall::kRandom, .seed = 1, .netlist = netlist.files});
  if (!result.good()) {
    throw UserError("V155",
                    fmt::format("Yosys's netlist differs from the reference in {} of {} outputs{}",
                                result.mismatches, result.outputs,
                                result.failures.empty() ? "" : "; " + result.failures.front()),
                    netlist.files[1].string(),
                    "`mase-gen simulate --level netlist` shows where; if the RTL agrees "
                    "(--level rtl), please report it",
                    ExitCode::kCheckFailed);
  }
  return {name,
          fmt::format("{} outputs of Yosys's netlist ({} LUT, {} DSP) under stalls, every bit "
                      "the reference's",
                      result.outputs, netlist.resources.lut, netlist.resources.dsp)};
}

}  // namespace mase::fpga
