// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/vivado_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <regex>
#include <sstream>
#include <vector>

#include "fpga/flow/report_text.h"
#include "gen/base/error.h"

namespace mase::fpga {

namespace {

/// Columns with two blanks or more between them.
std::vector<std::string> columns_of(const std::string& line) {
  std::vector<std::string> columns;
  const std::regex gap(R"(\s{2,})");
  const std::string text = trimmed(line);
  for (std::sregex_token_iterator it(text.begin(), text.end(), gap, -1), end; it != end; ++it)
    columns.push_back(*it);
  return columns;
}

}  // namespace

double VivadoUtilisation::at(std::initializer_list<const char*> labels) const {
  for (const char* label : labels) {
    if (const auto it = used.find(label); it != used.end()) return it->second;
  }
  MASE_CHECK(false, "no row {}", *labels.begin());
}

VivadoUtilisation parse_vivado_utilisation(const std::string& text, const std::string& file) {
  const ReportText report(text, file, "V120");
  VivadoUtilisation result;
  size_t used_column = 0, label_column = 0, columns = 0;
  bool in_table = false;
  for (size_t i = 0; i < report.lines().size(); ++i) {
    const std::string& line = report.lines()[i];
    if (const auto tool = head_value(line, "Tool Version"); !tool.empty())
      result.version = version_of(tool);
    if (const auto device = head_value(line, "Device "); !device.empty()) result.device = device;
    if (const auto state = head_value(line, "Design State"); !state.empty()) result.state = state;
    const std::string start = trimmed(line);
    if (start.starts_with('+')) continue;  // a rule
    if (!start.starts_with('|')) {
      in_table = false;
      continue;
    }
    const auto cells = cells_of(start);
    const auto site = std::find(cells.begin(), cells.end(), "Site Type");
    if (site != cells.end()) {
      const auto used = std::find(cells.begin(), cells.end(), "Used");
      in_table = used != cells.end();  // tables of single SLRs have columns of their names
      label_column = static_cast<size_t>(site - cells.begin());
      used_column = static_cast<size_t>(used - cells.begin());
      columns = cells.size();
      continue;
    }
    if (!in_table) continue;
    if (cells.size() != columns)
      report.fail(i, fmt::format("a row of {} cells under a head of {}", cells.size(), columns));
    std::string label = cells[label_column];
    while (label.ends_with('*')) label.pop_back();
    label = trimmed(label);
    if (label.empty() || cells[used_column].empty()) continue;
    result.used.emplace(label, report.number(i, cells[used_column], label));
  }
  if (result.used.empty())
    report.fail(report.lines().size(), "no table with the columns 'Site Type' and 'Used'");
  // Every report of every family has these; Versal and 7-series call them otherwise.
  const std::initializer_list<std::initializer_list<const char*>> needed = {
      {"CLB LUTs", "Slice LUTs"},
      {"CLB Registers", "Slice Registers"},
      {"Block RAM Tile"},
      {"DSPs", "DSP Slices"}};
  for (const auto& labels : needed) {
    const bool there = std::any_of(labels.begin(), labels.end(),
                                   [&](const char* l) { return result.used.contains(l); });
    if (!there) report.fail(report.lines().size(), fmt::format("no row '{}'", *labels.begin()));
  }
  return result;
}

VivadoTiming parse_vivado_timing(const std::string& text, const std::string& file) {
  const ReportText report(text, file, "V121");
  const auto& lines = report.lines();
  VivadoTiming result;
  size_t i = 0;
  bool summary = false;
  for (; i < lines.size(); ++i) {
    if (const auto tool = head_value(lines[i], "Tool Version"); !tool.empty())
      result.version = version_of(tool);
    // Of check_timing: once in its table of contents, once above its own lines.
    std::smatch match;
    static const std::regex no_clock(R"(\s*\d+\. checking no_clock \((\d+)\)\s*)");
    if (std::regex_match(lines[i], match, no_clock))
      result.no_clock_pins = report.count(i, match[1], "no_clock");
    if (trimmed(lines[i]) == "| Design Timing Summary") summary = true;
    if (summary && trimmed(lines[i]).starts_with("WNS(ns)")) break;
  }
  if (!summary) report.fail(lines.size(), "no 'Design Timing Summary'");
  if (i >= lines.size()) report.fail(lines.size(), "no row of 'WNS(ns)' under the summary");
  const auto names = columns_of(lines[i]);
  const size_t row = i + 2;
  if (row >= lines.size()) report.fail(i, "nothing under 'WNS(ns)'");
  std::istringstream words(lines[row]);
  std::vector<std::string> values;
  for (std::string word; words >> word;) values.push_back(word);
  if (values.size() != names.size())
    report.fail(row, fmt::format("{} values under {} columns", values.size(), names.size()));
  const auto at = [&](const char* name) -> const std::string& {
    const auto it = std::find(names.begin(), names.end(), name);
    if (it == names.end()) report.fail(i, fmt::format("no column '{}'", name));
    return values[static_cast<size_t>(it - names.begin())];
  };
  result.wns_ns = report.slack(row, at("WNS(ns)"), "WNS");
  result.tns_ns = report.slack(row, at("TNS(ns)"), "TNS");
  result.whs_ns = report.slack(row, at("WHS(ns)"), "WHS");
  result.ths_ns = report.slack(row, at("THS(ns)"), "THS");
  result.wpws_ns = report.slack(row, at("WPWS(ns)"), "WPWS");
  result.tpws_ns = report.slack(row, at("TPWS(ns)"), "TPWS");
  for (const auto& [name, into] :
       {std::pair{"TNS Failing Endpoints", &result.failing_setup},
        std::pair{"THS Failing Endpoints", &result.failing_hold},
        std::pair{"TPWS Failing Endpoints", &result.failing_pulse_width}}) {
    if (const auto& cell = at(name); cell != "NA") *into = report.count(row, cell, name);
  }
  for (size_t c = row + 1; c < lines.size() && !lines[c].starts_with("---"); ++c) {
    const std::string said = trimmed(lines[c]);
    if (said == "All user specified timing constraints are met.") result.met = true;
    if (said == "Timing constraints are not met.") result.met = false;
    if (!result.met) continue;
    const bool missed = result.missed();
    if (*result.met == missed)
      report.fail(c, fmt::format("'{}' although the figures say that they are {}", said,
                                 missed ? "not" : "met"));
    break;
  }
  // Clocks: "name  {0.000 1.667}  3.333  300.030", generated ones indented.
  const std::regex clock(R"(^\s*(\S+)\s+\{[^}]*\}\s+([0-9.]+)\s+[0-9.]+\s*$)");
  for (size_t c = row; c < lines.size(); ++c) {
    std::smatch match;
    if (std::regex_match(lines[c], match, clock))
      result.period_ns.emplace(match[1], report.number(c, match[2], match[1]));
  }
  return result;
}

bool VivadoTiming::missed() const {
  return failing_setup > 0 || failing_hold > 0 || failing_pulse_width > 0 ||
         wns_ns.value_or(0) < 0 || whs_ns.value_or(0) < 0 || wpws_ns.value_or(0) < 0;
}

std::string VivadoTiming::failure(bool routed) const {
  struct Kind {
    const char *name, *slack;
    std::optional<double> ns;
    int64_t failing;
  };
  for (const auto& kind : {Kind{"setup timing", "WNS", wns_ns, failing_setup},
                           Kind{"hold timing", "WHS", whs_ns, failing_hold},
                           Kind{"pulse width", "WPWS", wpws_ns, failing_pulse_width}}) {
    if (!routed && kind.slack == std::string_view("WHS")) continue;
    if (!kind.ns)
      return fmt::format("{} is unconstrained ({} is NA or inf)", kind.name, kind.slack);
    if (*kind.ns < 0 || kind.failing > 0)
      return fmt::format("{} is missed: {} {} ns, {} endpoints", kind.name, kind.slack, *kind.ns,
                         kind.failing);
  }
  return "";
}

VivadoRoute parse_vivado_route(const std::string& text, const std::string& file) {
  const ReportText report(text, file, "V122");
  const auto& lines = report.lines();
  const auto row = [&](const std::string& label) {
    for (size_t i = 0; i < lines.size(); ++i) {
      const std::string line = trimmed(lines[i]);
      if (!line.starts_with(label)) continue;
      const size_t colon = line.find(':');
      const char next = line.size() > label.size() ? line[label.size()] : '\0';
      if (next != '.' && next != ' ' && next != ':') continue;
      if (colon == std::string::npos) report.fail(i, fmt::format("'{}' without a number", label));
      std::string cell = trimmed(line.substr(colon + 1));
      if (cell.ends_with(':')) cell = trimmed(cell.substr(0, cell.size() - 1));
      return report.count(i, cell, label);
    }
    report.fail(lines.size(), fmt::format("no row '{}'", label));
  };
  VivadoRoute route;
  route.routable = row("# of routable nets");
  route.routed = row("# of fully routed nets");
  route.errors = row("# of nets with routing errors");
  return route;
}

}  // namespace mase::fpga
