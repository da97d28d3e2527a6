// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/vitis_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "fpga/flow/json_text.h"
#include "fpga/flow/report_text.h"
#include "gen/base/error.h"
#include "gen/base/file.h"

namespace mase::fpga {

namespace fs = std::filesystem;

namespace {

/// v++ and XRT tell clocks in whole MHz, and a clock wizard meets a request to less than that.
constexpr double kClockToleranceMhz = 1;

/// "6140 [  0.40%]" -> "6140".
std::string before_bracket(const std::string& cell) {
  return trimmed(cell.substr(0, cell.find('[')));
}

/// "   Frequency: 300 MHz" -> {"Frequency", "300 MHz"}.
std::pair<std::string, std::string> key_value(const std::string& line) {
  const size_t colon = line.find(':');
  if (colon == std::string::npos) return {};
  return {trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1))};
}

}  // namespace

KernelUtilisation parse_kernel_utilisation(const std::string& text, const std::string& file,
                                           const std::string& compute_unit) {
  const ReportText report(text, file, "V125");
  KernelUtilisation result;
  std::map<std::string, size_t> columns;
  size_t width = 0;
  for (size_t i = 0; i < report.lines().size(); ++i) {
    const std::string& line = report.lines()[i];
    if (const auto tool = head_value(line, "Tool Version"); !tool.empty())
      result.version = version_of(tool);
    const std::string start = trimmed(line);
    if (!start.starts_with('|')) continue;
    const auto cells = cells_of(start);
    if (!cells.empty() && cells[0] == "Name") {
      columns.clear();
      for (size_t c = 0; c < cells.size(); ++c) columns[cells[c]] = c;
      width = cells.size();
      continue;
    }
    if (columns.empty() || cells.empty() || cells[0] != compute_unit) continue;
    if (cells.size() != width)
      report.fail(i, fmt::format("a row of {} cells under a head of {}", cells.size(), width));
    for (const auto& [name, into] :
         {std::pair{"LUT", &result.lut}, std::pair{"REG", &result.ff},
          std::pair{"BRAM", &result.bram36}, std::pair{"URAM", &result.uram},
          std::pair{"DSP", &result.dsp}}) {
      const auto column = columns.find(name);
      if (column == columns.end()) report.fail(i, fmt::format("no column '{}'", name));
      *into = report.number(i, before_bracket(cells[column->second]), name);
    }
    return result;
  }
  if (columns.empty()) report.fail(report.lines().size(), "no table with the column 'Name'");
  report.fail(report.lines().size(), fmt::format("no row '{}'", compute_unit));
}

XclbinInfo parse_xclbin_info(const std::string& text, const std::string& file) {
  const ReportText report(text, file, "V126");
  const auto& lines = report.lines();
  const auto mhz = [&](size_t i, const std::string& value) {
    if (!value.ends_with(" MHz")) report.fail(i, fmt::format("'{}' is no frequency", value));
    const double number = report.number(i, trimmed(value.substr(0, value.size() - 4)), "clock");
    if (!(number > 0)) report.fail(i, fmt::format("'{}' is no frequency", value));
    return number;
  };
  XclbinInfo info;
  std::string name, type;
  double whole = 0, exact = 0;
  for (size_t i = 0; i < lines.size(); ++i) {
    const auto [key, value] = key_value(lines[i]);
    if (lines[i].starts_with("Kernel:")) info.kernels.push_back(value);
    if (key == "Name") name = value, type.clear();
    if (key == "Type") type = value;
    // "Clocks" (XRT 2.3), "Scalable Clocks" since: DATA_CLK, or another name of type DATA.
    if (key == "Frequency" && (name == "DATA_CLK" || type == "DATA") && whole == 0)
      whole = mhz(i, value);
    // "System Clocks", since XRT 2.13: "..aclk_kernel_00" is the data clock, "_01" the second one.
    if (key == "Achieved Freq" && name.ends_with("aclk_kernel_00")) exact = mhz(i, value);
  }
  if (info.kernels.empty()) report.fail(lines.size(), "no line 'Kernel:'");
  if (whole == 0) report.fail(lines.size(), "no frequency of the clock DATA_CLK");
  if (exact != 0 && std::abs(exact - whole) > kClockToleranceMhz)
    report.fail(lines.size(), fmt::format("the data clock has {} MHz, then {} MHz", whole, exact));
  info.clock_mhz = exact != 0 ? exact : whole;
  return info;
}

std::string VitisResult::failure() const {
  const std::string missed = timing.failure();
  if (timing.wns_ns && xclbin.clock_mhz < requested_mhz - kClockToleranceMhz)
    return fmt::format("v++ lowered the clock to {:g} MHz, {:g} MHz were asked for (WNS {} ns)",
                       xclbin.clock_mhz, requested_mhz, *timing.wns_ns);
  if (!missed.empty()) return missed;
  if (route && route->unrouted() > 0)
    return fmt::format("{} nets are not routed", route->unrouted());
  if (route && route->errors > 0) return fmt::format("{} nets have routing errors", route->errors);
  return "";
}

synth::Figures VitisResult::figures() const {
  synth::Figures figures{.target = part, .tools = {{"vivado", timing.version}}};
  const auto add = [&](const char* name, double value, const char* unit) {
    figures.metrics.push_back({name, value, unit, "vivado-routed"});
  };
  add("lut", utilisation.lut, "LUT");
  add("ff", utilisation.ff, "FF");
  add("dsp", utilisation.dsp, "DSP48E2");
  add("bram36", utilisation.bram36, "RAMB36E2");
  add("uram", utilisation.uram, "URAM288");
  add("clock_constraint_mhz", requested_mhz, "MHz");
  add("kernel_clock_mhz", xclbin.clock_mhz, "MHz");
  if (timing.wns_ns) add("wns_ns", *timing.wns_ns, "ns");
  if (timing.whs_ns) add("whs_ns", *timing.whs_ns, "ns");
  if (timing.wpws_ns) add("wpws_ns", *timing.wpws_ns, "ns");
  if (route) add("unrouted_nets", static_cast<double>(route->unrouted()), "nets");
  return figures;
}

VitisResult read_vitis_reports(const fs::path& folder) {
  const fs::path reports = folder / "reports";
  const auto text = [&](const char* name) {
    try {
      return read_file(reports / name);
    } catch (const UserError& error) {
      throw UserError(error.code(), error.message(), error.where(),
                      "run.sh copies it from build/link when v++ has ended; its last lines say "
                      "what v++ left nothing of",
                      error.exit_code());
    }
  };
  const auto place = [&](const char* name) { return (reports / name).string(); };
  VitisResult result;
  const JsonText json(text("mase.json"), place("mase.json"), "V123",
                      "run.sh of --flow vitis writes this file");
  if (json.text({"format"}) != "mase-vitis")
    json.fail({"format"}, "\"format\" is not \"mase-vitis\"");
  result.part = json.text({"part"});
  result.kernel = json.text({"kernel"});
  result.design = json.text({"design"});
  result.requested_mhz = json.number({"requested_mhz"});
  if (!(result.requested_mhz > 0))
    json.fail({"requested_mhz"}, fmt::format("requested_mhz is {}", result.requested_mhz));
  result.utilisation = parse_kernel_utilisation(
      text("kernel_utilization.rpt"), place("kernel_utilization.rpt"), result.kernel + "_1");
  result.timing = parse_vivado_timing(text("timing.rpt"), place("timing.rpt"));
  if (fs::exists(reports / "route_status.rpt"))
    result.route = parse_vivado_route(text("route_status.rpt"), place("route_status.rpt"));
  result.xclbin = parse_xclbin_info(text("xclbin.info"), place("xclbin.info"));
  const auto& kernels = result.xclbin.kernels;
  if (std::find(kernels.begin(), kernels.end(), result.kernel) == kernels.end())
    throw UserError("V124",
                    fmt::format("xclbin.info is of the kernels {}, mase.json of {}",
                                fmt::join(kernels, ", "), result.kernel),
                    reports.string(),
                    "the reports are not of one build: take the whole folder of one run");
  return result;
}

void check_reports_of(const VitisResult& result, const emit::EmittedFolder& design,
                      const VivadoTarget& target) {
  VivadoResult same;
  same.summary.part = result.part;
  same.summary.design = result.design;
  same.summary.top = result.kernel == design.top_name + "_kernel" ? design.top_name : result.kernel;
  check_reports_of(same, design, target);
}

}  // namespace mase::fpga
