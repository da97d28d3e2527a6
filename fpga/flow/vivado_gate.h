// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace mase::fpga {

/// What the end of a build script has to know.
struct GateOptions {
  std::string part, top, design;  ///< for the summary
  std::string period;             ///< ns: a number
  /// Where there are several clocks, the one whose period and slack make the frequency; period is
  /// then asked of it.
  std::string clock = {};
  bool synth_only =
      false;  ///< the script stops after synthesis: no routing, no hold, no checkpoint
};

/// The end of a build script, behind routing: reports, summary (reports/mase.json), checkpoint, and
/// the gate: whatever misses setup or hold, is not routed or not constrained ends the script.
std::string gate_tcl(const GateOptions& options);

}  // namespace mase::fpga
