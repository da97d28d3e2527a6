// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "sim/synth/figures.h"

namespace mase::fpga {

/// What report_utilization says, whatever the version: rows by label, columns by header.
struct VivadoUtilisation {
  std::string version;  ///< "2022.2"; empty where the report has no head
  std::string device;   ///< as the head says, "xcu250-figd2104"
  std::string state;    ///< "Synthesized", "Fully Placed", "Routed"; empty without a head
  /// Used, by label without marks and indentation: "CLB LUTs", "DSPs". The first row of a label
  /// counts; later ones are those of single SLRs.
  std::map<std::string, double> used;

  /// The first of the labels that is there. Errors: InternalError when none is.
  double at(std::initializer_list<const char*> labels) const;
  /// Also where phys_opt_design followed route_design.
  bool routed() const {
    return state == "Routed" || state == "Fully Routed" || state == "Physopt postRoute";
  }
};

/// Errors: UserError V120 (no table, no row that every report has, a cell that is no number, a row
/// without its columns), naming `file` and the line.
VivadoUtilisation parse_vivado_utilisation(const std::string& text, const std::string& file);

/// The row under "Design Timing Summary". nullopt: NA or inf, which is unconstrained, not good.
struct VivadoTiming {
  std::string version;
  std::optional<double> wns_ns, tns_ns, whs_ns, ths_ns, wpws_ns, tpws_ns;
  int64_t failing_setup = 0, failing_hold = 0, failing_pulse_width = 0;  ///< endpoints
  std::optional<bool> met;                  ///< what it says in words; nullopt: nothing
  std::optional<int64_t> no_clock_pins;     ///< of its check_timing; nullopt: it has none
  std::map<std::string, double> period_ns;  ///< of each clock
  /// What is missed or unconstrained, in words; empty: nothing. Pulse width counts, too [UG949]:
  /// periods and pulses that block RAM, UltraRAM, DSPs and buffers need are on no path. `routed`:
  /// before that hold says nothing.
  std::string failure(bool routed = true) const;
  /// One of the figures is below 0, or one of the counts above.
  bool missed() const;
};

/// Errors: UserError V121 (also words that contradict the figures), naming `file` and the line.
VivadoTiming parse_vivado_timing(const std::string& text, const std::string& file);

/// report_route_status.
struct VivadoRoute {
  int64_t routable = 0, routed = 0, errors = 0;
  int64_t unrouted() const { return routable - routed; }
};

/// Errors: UserError V122, naming `file` and the line.
VivadoRoute parse_vivado_route(const std::string& text, const std::string& file);

/// mase.json, which our own Tcl writes at the end of a build.
struct VivadoSummary {
  std::string version, part, top, design, stage;  ///< stage: "synth", "routed"
  double period_ns = 0;
  std::optional<double> wns_ns, whs_ns, wpws_ns;
  /// There are several clocks, and the period is that of one of them, with this slack (nullopt: it
  /// is unconstrained).
  bool several_clocks = false;
  std::optional<double> clock_wns_ns;
  /// Each has to be 0; nullopt: the script did not find it in the tool's report.
  std::optional<int64_t> pulse_width_violations, no_clock_pins, unconstrained_endpoints, unrouted,
      routing_errors, drc_errors;
};

/// Errors: UserError V123, naming `file` and the line: of the key, or the last where it is missing.
VivadoSummary parse_vivado_summary(const std::string& text, const std::string& file);

/// All that a finished build folder says.
struct VivadoResult {
  VivadoSummary summary;
  VivadoUtilisation utilisation;
  VivadoTiming timing;
  std::optional<VivadoRoute> route;  ///< of a routed design
  bool routed() const { return summary.stage == "routed"; }
  std::optional<double> slack_ns() const;  ///< of the clock whose period the summary has
  double fmax_mhz() const;                 ///< 1000 / (period - that slack)
  /// What is wrong with it, in words; empty: all timing is met, every register has a clock, and
  /// everything is routed without an error.
  std::string failure() const;
  /// The metrics that Yosys's synthesis fills, from "vivado-synth" or "vivado-routed".
  synth::Figures figures() const;
};

/// Reads <folder>/reports: mase.json, utilization.rpt, timing.rpt, route_status.rpt. Errors: those
/// of the parsers, B001 (a missing file), V123 (a slack that leaves less than 1 ps of the period),
/// V124 (slacks, period, part or stage that contradict each other: of different builds).
VivadoResult read_vivado_reports(const std::filesystem::path& folder);

}  // namespace mase::fpga
