// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "fpga/flow/vitis_flow.h"
#include "fpga/flow/vivado_report.h"

namespace mase::fpga {

/// A compute unit's row of report_accelerator_utilization (kernel_util_routed.rpt).
struct KernelUtilisation {
  std::string version;  ///< "2022.2"; empty where the report has no head
  double lut = 0, ff = 0, dsp = 0, bram36 = 0, uram = 0;
};

/// Cells "6140 [  0.40%]" or "6140", columns by name. Errors: UserError V125 (no table, no row of
/// `compute_unit`, a cell that is no number), naming `file` and the line.
KernelUtilisation parse_kernel_utilisation(const std::string& text, const std::string& file,
                                           const std::string& compute_unit);

/// What xclbinutil --info says of an .xclbin, in the layouts of XRT 2.3 to 2.19.
struct XclbinInfo {
  std::vector<std::string> kernels;
  /// Of the data clock, ap_clk of our kernel: to the tenth where the "System Clocks" are told, else
  /// in whole MHz.
  double clock_mhz = 0;
};

/// Errors: UserError V126, naming `file` and where known the line.
XclbinInfo parse_xclbin_info(const std::string& text, const std::string& file);

/// All that a finished build folder of the Vitis flow says.
struct VitisResult {
  std::string part, kernel, design;  ///< of reports/mase.json, which run.sh writes last
  double requested_mhz = 0;
  KernelUtilisation utilisation;
  VivadoTiming timing;               ///< of the whole device, the platform's own clocks included
  std::optional<VivadoRoute> route;  ///< where v++ leaves that report
  XclbinInfo xclbin;
  /// What is wrong with it, in words; empty: timing is met at the clock that was asked for, and
  /// everything is routed.
  std::string failure() const;
  /// From "vivado-routed": resources of the compute unit, the clock that v++ achieved, slack.
  synth::Figures figures() const;
};

/// Reads <folder>/reports, which run.sh fills from what v++ leaves. Errors: those of the parsers,
/// V121, V122, V123, B001 (a missing file).
VitisResult read_vitis_reports(const std::filesystem::path& folder);

/// Errors: UserError V137 when the reports are of another part, kernel or design than these.
void check_reports_of(const VitisResult& result, const emit::EmittedFolder& design,
                      const VivadoTarget& target);

}  // namespace mase::fpga
