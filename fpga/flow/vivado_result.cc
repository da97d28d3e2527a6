// SPDX-License-Identifier: Apache-2.0
// A finished build folder as one result.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "fpga/flow/vivado_report.h"
#include "gen/base/error.h"
#include "gen/base/file.h"

namespace mase::fpga {

namespace fs = std::filesystem;

VivadoSummary parse_vivado_summary(const std::string& text, const std::string& file) {
  VivadoSummary summary;
  const char* help = "build.tcl of the flow writes this file when it has come to its end";
  try {
    const auto json = nlohmann::json::parse(text);
    if (json.at("format") != "mase-vivado")
      throw UserError("V123", "\"format\" is not \"mase-vivado\"", file, help);
    summary.version = json.at("vivado").get<std::string>();
    summary.part = json.at("part").get<std::string>();
    summary.top = json.at("top").get<std::string>();
    summary.design = json.at("design").get<std::string>();
    summary.stage = json.at("stage").get<std::string>();
    summary.period_ns = json.at("period_ns").get<double>();
    const auto slack = [&](const char* key) -> std::optional<double> {
      if (json.at(key).is_null()) return std::nullopt;
      return json.at(key).get<double>();
    };
    summary.wns_ns = slack("wns_ns");
    summary.whs_ns = slack("whs_ns");
    if (json.contains("clock_wns_ns")) summary.clock_wns_ns = slack("clock_wns_ns");
    summary.unrouted = json.at("unrouted_nets").get<int64_t>();
  } catch (const nlohmann::json::parse_error& error) {
    const auto end = text.begin() + static_cast<ptrdiff_t>(std::min(error.byte, text.size()));
    throw UserError("V123", "not JSON: cut off or edited",
                    fmt::format("{}:{}", file, 1 + std::count(text.begin(), end, '\n')), help);
  } catch (const nlohmann::json::exception& error) {
    throw UserError("V123", error.what(), file, help);
  }
  if (summary.stage != "synth" && summary.stage != "routed")
    throw UserError("V123", fmt::format("stage is '{}'", summary.stage), file,
                    "allowed: synth, routed");
  if (!(summary.period_ns > 0))
    throw UserError("V123", fmt::format("period_ns is {}", summary.period_ns), file, help);
  return summary;
}

double VivadoResult::fmax_mhz() const {
  MASE_CHECK(timing.wns_ns, "no slack, no fmax");
  return 1000 / (summary.period_ns - summary.clock_wns_ns.value_or(*timing.wns_ns));
}

std::string VivadoResult::failure() const {
  if (!timing.wns_ns) return "setup timing is unconstrained (WNS is NA or inf)";
  if (*timing.wns_ns < 0) return fmt::format("setup timing is missed: WNS {} ns", *timing.wns_ns);
  if (!routed()) return "";
  if (!timing.whs_ns) return "hold timing is unconstrained (WHS is NA or inf)";
  if (*timing.whs_ns < 0) return fmt::format("hold timing is missed: WHS {} ns", *timing.whs_ns);
  if (!route) return "there is no report of the routing";
  if (route->unrouted() > 0) return fmt::format("{} nets are not routed", route->unrouted());
  if (route->errors > 0) return fmt::format("{} nets have routing errors", route->errors);
  if (summary.unrouted > 0) return fmt::format("{} nets are not routed", summary.unrouted);
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
  if (timing.wns_ns) {
    add("wns_ns", *timing.wns_ns, "ns");
    add("fmax_mhz", fmax_mhz(), "MHz");
  }
  if (timing.whs_ns) add("whs_ns", *timing.whs_ns, "ns");
  if (route) add("unrouted_nets", static_cast<double>(route->unrouted()), "nets");
  return figures;
}

VivadoResult read_vivado_reports(const fs::path& folder) {
  const fs::path reports = folder / "reports";
  const auto text = [&](const char* name) { return read_file(reports / name); };
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
  // Both say the same slack, one with three digits.
  const auto& ours = result.summary.wns_ns;
  const auto& theirs = result.timing.wns_ns;
  if (ours.has_value() != theirs.has_value() || (ours && std::abs(*ours - *theirs) > 0.0011))
    contradict(fmt::format("mase.json has WNS {}, timing.rpt {}",
                           ours ? fmt::format("{}", *ours) : "none",
                           theirs ? fmt::format("{}", *theirs) : "none"));
  const auto& state = result.utilisation.state;
  if (!state.empty() && result.routed() != result.utilisation.routed())
    contradict(fmt::format("mase.json is of stage {}, utilization.rpt of a design in state '{}'",
                           result.summary.stage, state));
  return result;
}

}  // namespace mase::fpga
