// SPDX-License-Identifier: Apache-2.0
// A finished build folder as one result.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "fpga/flow/json_text.h"
#include "fpga/flow/vivado_report.h"
#include "gen/base/error.h"
#include "gen/base/file.h"

namespace mase::fpga {

namespace fs = std::filesystem;

namespace {

constexpr char kSummaryHelp[] =
    "build.tcl of the flow writes this file when it has come to its end";
constexpr char kFolderHelp[] =
    "give the build folder (the one with run.sh in it) after `sh run.sh` has come to its end there";

/// Three digits of a slack or a period, which the tool rounds or cuts.
constexpr double kDigitsNs = 0.0011;
/// The least that a slack leaves of the period: Vivado counts picoseconds.
constexpr double kLeastPathNs = 0.001;

/// "xcu250figd2104-2L", "xcu250-figd2104-2L-e" and "7z020clg400-1" are spellings of one device:
/// lower letters and digits, without the "xc" that old versions leave off.
std::string plain_device(const std::string& name) {
  std::string plain;
  for (const unsigned char c : name) {
    if (std::isalnum(c)) plain.push_back(static_cast<char>(std::tolower(c)));
  }
  return plain.starts_with("xc") ? plain.substr(2) : plain;
}

std::string told(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : "none";
}

}  // namespace

VivadoSummary parse_vivado_summary(const std::string& text, const std::string& file) {
  const JsonText json(text, file, "V123", kSummaryHelp);
  if (json.text({"format"}) != "mase-vivado")
    json.fail({"format"}, "\"format\" is not \"mase-vivado\"");
  const auto slack = [&](const char* name) -> std::optional<double> {
    if (json.at({name}).is_null()) return std::nullopt;
    return json.number({name});
  };
  const auto count = [&](const char* name) -> std::optional<int64_t> {
    if (json.at({name}).is_null()) return std::nullopt;
    const int64_t value = json.integer({name});
    if (value < 0) json.fail({name}, fmt::format("{} is {}", name, value));
    return value;
  };
  VivadoSummary summary;
  summary.version = json.text({"vivado"});
  summary.part = json.text({"part"});
  summary.top = json.text({"top"});
  summary.design = json.text({"design"});
  summary.stage = json.text({"stage"});
  summary.period_ns = json.number({"period_ns"});
  summary.wns_ns = slack("wns_ns");
  summary.whs_ns = slack("whs_ns");
  summary.wpws_ns = slack("wpws_ns");
  summary.several_clocks = json.has({"clock_wns_ns"});
  if (summary.several_clocks) summary.clock_wns_ns = slack("clock_wns_ns");
  summary.pulse_width_violations = count("pulse_width_violations");
  summary.no_clock_pins = count("no_clock_pins");
  summary.unconstrained_endpoints = count("unconstrained_endpoints");
  summary.unrouted = count("unrouted_nets");
  summary.routing_errors = count("routing_errors");
  summary.drc_errors = count("drc_errors");
  if (summary.stage != "synth" && summary.stage != "routed")
    json.fail({"stage"}, fmt::format("stage is '{}'", summary.stage), "allowed: synth, routed");
  if (!(summary.period_ns > 0))
    json.fail({"period_ns"}, fmt::format("period_ns is {}", summary.period_ns));
  return summary;
}

std::optional<double> VivadoResult::slack_ns() const {
  return summary.several_clocks ? summary.clock_wns_ns : timing.wns_ns;
}

double VivadoResult::fmax_mhz() const {
  MASE_CHECK(slack_ns(), "no slack, no fmax");
  return 1000 / (summary.period_ns - *slack_ns());
}

std::string VivadoResult::failure() const {
  if (auto missed = timing.failure(routed()); !missed.empty()) return missed;
  if (!slack_ns()) return "the core's clock is unconstrained (clock_wns_ns is null)";
  const auto& s = summary;
  for (const auto& [count, what] :
       {std::pair{s.pulse_width_violations, "pulses or periods are too short"},
        std::pair{s.no_clock_pins, "register pins have no clock"},
        std::pair{std::optional(timing.no_clock_pins.value_or(0)), "register pins have no clock"},
        std::pair{s.unconstrained_endpoints, "endpoints are unconstrained"}}) {
    if (!count) return fmt::format("it is not known how many {}", what);
    if (*count > 0) return fmt::format("{} {}", *count, what);
  }
  if (!routed()) return "";
  if (!route) return "there is no report of the routing";
  for (const auto& [count, what] :
       {std::pair{std::optional(route->unrouted()), "nets are not routed"},
        std::pair{std::optional(route->errors), "nets have routing errors"},
        std::pair{s.unrouted, "nets are not routed"},
        std::pair{s.routing_errors, "nets have routing errors"},
        std::pair{s.drc_errors, "errors are in the DRC report"}}) {
    if (!count) return fmt::format("it is not known how many {}", what);
    if (*count != 0) return fmt::format("{} {}", *count, what);
  }
  return "";
}

synth::Figures VivadoResult::figures() const {
  const char* source = routed() ? "vivado-routed" : "vivado-synth";
  synth::Figures figures{.target = summary.part, .tools = {{"vivado", summary.version}}};
  const auto add = [&](const char* name, double value, const char* unit) {
    figures.metrics.push_back({name, value, unit, source});
  };
  const auto& u = utilisation;
  add("lut", u.at({"CLB LUTs", "Slice LUTs"}), "LUT");
  add("ff", u.at({"CLB Registers", "Slice Registers"}), "FF");
  add("dsp", u.at({"DSPs", "DSP Slices"}), "DSP48E2");
  add("bram36", u.at({"Block RAM Tile"}), "RAMB36E2");
  for (const auto& [label, name, unit] :
       {std::tuple{"CARRY8", "carry8", "CARRY8"}, std::tuple{"URAM", "uram", "URAM288"}}) {
    if (u.used.contains(label)) add(name, u.used.at(label), unit);
  }
  add("clock_constraint_mhz", 1000 / summary.period_ns, "MHz");
  if (timing.wns_ns) add("wns_ns", *timing.wns_ns, "ns");
  if (slack_ns()) add("fmax_mhz", fmax_mhz(), "MHz");
  if (timing.whs_ns) add("whs_ns", *timing.whs_ns, "ns");
  if (timing.wpws_ns) add("wpws_ns", *timing.wpws_ns, "ns");
  if (route) add("unrouted_nets", static_cast<double>(route->unrouted()), "nets");
  return figures;
}

VivadoResult read_vivado_reports(const fs::path& folder) {
  const fs::path reports = folder / "reports";
  const auto text = [&](const char* name) {
    try {
      return read_file(reports / name);
    } catch (const UserError& error) {
      throw UserError(error.code(), error.message(), error.where(), kFolderHelp, error.exit_code());
    }
  };
  const auto place = [&](const char* name) { return (reports / name).string(); };
  VivadoResult result;
  result.summary = parse_vivado_summary(text("mase.json"), place("mase.json"));
  result.utilisation = parse_vivado_utilisation(text("utilization.rpt"), place("utilization.rpt"));
  result.timing = parse_vivado_timing(text("timing.rpt"), place("timing.rpt"));
  if (result.routed())
    result.route = parse_vivado_route(text("route_status.rpt"), place("route_status.rpt"));
  const auto contradict = [&](const std::string& what) {
    throw UserError("V124", what, reports.string(),
                    "the reports are not of one build: take the whole folder of one run");
  };
  // Both say the same slacks, one with three digits.
  const auto& ours = result.summary;
  const auto& theirs = result.timing;
  const auto compare = [&](const char* name, const std::optional<double>& one,
                           const std::optional<double>& other) {
    if (one.has_value() != other.has_value() || (one && std::abs(*one - *other) > kDigitsNs))
      contradict(fmt::format("mase.json has {} {}, timing.rpt {}", name, told(one), told(other)));
  };
  compare("WNS", ours.wns_ns, theirs.wns_ns);
  compare("WHS", ours.whs_ns, theirs.whs_ns);
  compare("WPWS", ours.wpws_ns, theirs.wpws_ns);
  // The scripts call the clock so: of a whole device, of a core alone.
  const char* clock = ours.several_clocks ? "core_clk" : "clk";
  if (const auto it = theirs.period_ns.find(clock);
      it != theirs.period_ns.end() && std::abs(it->second - ours.period_ns) > kDigitsNs)
    contradict(fmt::format("mase.json has the period {} ns, timing.rpt {} ns of the clock {}",
                           ours.period_ns, it->second, clock));
  if (!plain_device(ours.part).starts_with(plain_device(result.utilisation.device)))
    contradict(fmt::format("mase.json is of part {}, utilization.rpt of device {}", ours.part,
                           result.utilisation.device));
  const auto& state = result.utilisation.state;
  if (!state.empty() && result.routed() != result.utilisation.routed())
    contradict(fmt::format("mase.json is of stage {}, utilization.rpt of a design in state '{}'",
                           result.summary.stage, state));
  if (const auto slack = result.slack_ns(); slack && !(ours.period_ns - *slack >= kLeastPathNs)) {
    const JsonText json(text("mase.json"), place("mase.json"), "V123", kSummaryHelp);
    json.fail({ours.several_clocks ? "clock_wns_ns" : "wns_ns"},
              fmt::format("the period {} ns with a slack of {} ns leaves no time of a path",
                          ours.period_ns, *slack));
  }
  return result;
}

}  // namespace mase::fpga
