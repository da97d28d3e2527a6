// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/vivado_flow.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "gen/base/error.h"
#include "gen/base/file.h"
#include "gen/base/process.h"
#include "sim/synth/target.h"
#include "sim/synth/target_reader.h"

namespace mase::fpga {

namespace fs = std::filesystem;

namespace {

constexpr char kSynthesis[] = R"(# {stamp}
# Out-of-context {what} of {top} for {part}, non-project flow.
# Run it where this folder is the current one: sh run.sh
file mkdir reports
file mkdir checkpoints

create_project -in_memory -part {part}
read_verilog -sv {{
{sources}}}
{memories}read_xdc -mode out_of_context clocks.xdc

synth_design -top {top} -part {part} -mode out_of_context -flatten_hierarchy rebuilt -include_dirs rtl
)";

constexpr char kImplementation[] = R"(
# The clock comes from a buffer outside: without one its delay would be taken for none.
set site [get_sites -quiet {clock_site}]
if {{[llength $site] == 1}} {{
  set_property HD.CLK_SRC {clock_site} [get_ports clk_i]
}} else {{
  puts "WARNING: the device has no site {clock_site}; clock delay is ignored"
}}
create_pblock pblock_core
resize_pblock -add {slr} [get_pblocks pblock_core]
add_cells_to_pblock [get_pblocks pblock_core] -top

opt_design
place_design
phys_opt_design
route_design
phys_opt_design
)";

constexpr char kReports[] = R"(
report_utilization -file reports/utilization.rpt
report_utilization -hierarchical -file reports/utilization_hierarchical.rpt
report_timing_summary -max_paths 10 -file reports/timing.rpt
{reports}
# The figures that decide, in a form that does not change with the version.
proc slack {{kind}} {{
  set paths [get_timing_paths -max_paths 1 -delay_type $kind]
  if {{[llength $paths] == 0}} {{return null}}
  set value [get_property SLACK $paths]
  if {{[regexp {{^-?[0-9.]+$}} $value]}} {{return $value}}
  return null
}}
set wns [slack max]
set whs [slack min]
set open_nets {open_nets}
set summary [open reports/mase.json w]
puts $summary "{{\"format\": \"mase-vivado\", \"vivado\": \"[version -short]\", \"part\": \"{part}\","
puts $summary " \"top\": \"{top}\", \"design\": \"{hash}\", \"stage\": \"{stage}\", \"period_ns\": {period},"
puts $summary " \"wns_ns\": $wns, \"whs_ns\": $whs, \"unrouted_nets\": $open_nets}}"
close $summary
{checkpoint}
# A result that misses its clock is none, whatever the tool's exit status says.
if {{{gate}}} {{
  puts "ERROR: not met: WNS $wns ns, WHS $whs ns, $open_nets nets not routed"
  exit 1
}}
puts "MET: WNS $wns ns, WHS $whs ns"
)";

// Of a placed and routed design alone.
constexpr char kRoutedReports[] =
    "report_route_status -file reports/route_status.rpt\n"
    "report_drc -file reports/drc.rpt\n";
constexpr char kOpenNets[] =
    "[llength [get_nets -quiet -hierarchical -filter {ROUTE_STATUS == UNROUTED || ROUTE_STATUS == "
    "PARTIAL || ROUTE_STATUS == CONFLICTS || ROUTE_STATUS == ANTENNAS}]]";
constexpr char kRoutedGate[] =
    R"($wns eq "null" || $whs eq "null" || $wns < 0 || $whs < 0 || $open_nets > 0)";
// Before placement hold says nothing yet.
constexpr char kSynthGate[] = R"($wns eq "null" || $wns < 0)";

constexpr char kRun[] = R"sh(#!/bin/sh
# {stamp}
# Needs vivado in PATH (source settings64.sh of the installation first). Exit status 0: timing is
# met and everything is routed. Then give this folder to mase-gen bitstream --report-only.
cd "$(dirname "$0")" || exit 2
exec vivado -mode batch -nojournal -log vivado.log -source build.tcl
)sh";

std::string listed(const std::vector<std::string>& files) {
  std::string text;
  for (const auto& file : files) text += "  " + file + "\n";
  return text;
}

std::string last_of(const std::string& output) {
  return output.substr(output.size() - std::min<size_t>(output.size(), 3000));
}

}  // namespace

VivadoTarget load_vivado_target(const std::string& name_or_file) {
  const auto base = synth::load_target(name_or_file);  // all the rest of the file is checked there
  const auto file = synth::find_target(name_or_file);
  const toml::table table = toml::parse(file.text, file.place);
  if (!table.contains("vivado")) {
    throw UserError("V131", fmt::format("target {} has no [vivado] table", base.name), file.place,
                    "configs/targets/xcu250.toml shows one");
  }
  synth::TargetReader top(table, file.place, "");
  auto vivado = top.table("vivado");
  VivadoTarget target{.name = base.name, .part = base.part};
  target.kernel_mhz = vivado.positive("kernel_mhz");
  target.slr_pblocks = vivado.list("slr_pblocks");
  target.ooc_clock_site = vivado.text("ooc_clock_site");
  vivado.finish();
  if (static_cast<int>(target.slr_pblocks.size()) != base.slrs) {
    throw UserError("V131",
                    fmt::format("vivado.slr_pblocks has {} names, device.slrs is {}",
                                target.slr_pblocks.size(), base.slrs),
                    file.place, "give one name for each SLR, from SLR 0 on");
  }
  return target;
}

std::vector<std::pair<std::string, std::string>> ooc_files(const emit::EmittedFolder& design,
                                                           const VivadoTarget& target,
                                                           const VivadoOptions& options) {
  if (options.slr < 0 || options.slr >= static_cast<int>(target.slr_pblocks.size())) {
    throw UserError("V132", fmt::format("--slr {}: {} has no such SLR", options.slr, target.name),
                    {}, fmt::format("allowed: 0 to {}", target.slr_pblocks.size() - 1));
  }
  const std::string stamp = fmt::format("Generated by mase-gen from design {}.", design.hash);
  const auto& slr = target.slr_pblocks[static_cast<size_t>(options.slr)];
  auto files = emit::hardware_files(design.hardware, design.top_name, stamp);
  std::vector<std::string> sources, memories;
  for (const auto& [path, bytes] : files) {
    if (path.ends_with(".sv")) sources.push_back(path);
    if (path.ends_with(".mem")) memories.push_back(path);
  }
  const std::string read_memories =
      memories.empty() ? "" : fmt::format("read_mem {{\n{}}}\n", listed(memories));
  const std::string period = fmt::format("{:.3f}", 1000 / options.freq_mhz);
  const bool routed = !options.synth_only;
  const char* stage = routed ? "routed" : "synth";
  const std::string script = std::string(kSynthesis) + (routed ? kImplementation : "") + kReports;
  files.emplace_back(
      "build.tcl",
      fmt::format(
          fmt::runtime(script), fmt::arg("stamp", stamp), fmt::arg("top", design.top_name),
          fmt::arg("what", routed ? "synthesis, placement and routing" : "synthesis"),
          fmt::arg("part", target.part), fmt::arg("sources", listed(sources)),
          fmt::arg("memories", read_memories), fmt::arg("slr", slr),
          fmt::arg("clock_site", target.ooc_clock_site), fmt::arg("period", period),
          fmt::arg("hash", design.hash), fmt::arg("stage", stage),
          fmt::arg("reports", routed ? kRoutedReports : ""),
          fmt::arg("open_nets", routed ? kOpenNets : "0"),
          fmt::arg("checkpoint", routed ? "write_checkpoint -force checkpoints/routed.dcp\n" : ""),
          fmt::arg("gate", routed ? kRoutedGate : kSynthGate)));
  files.emplace_back(
      "clocks.xdc",
      fmt::format("# {}\n# {:g} MHz.\ncreate_clock -period {} -name clk [get_ports clk_i]\n", stamp,
                  options.freq_mhz, period));
  files.emplace_back("run.sh", fmt::format(kRun, fmt::arg("stamp", stamp)));
  const nlohmann::ordered_json flow = {{"format", "mase-flow"},
                                       {"flow", "ooc"},
                                       {"target", target.name},
                                       {"part", target.part},
                                       {"top", design.top_name},
                                       {"design", design.hash},
                                       {"freq_mhz", options.freq_mhz},
                                       {"slr", slr},
                                       {"stage", stage},
                                       {"ports",
                                        {"clk_i", "rst_ni", "in_valid_i", "in_ready_o", "in_data_i",
                                         "out_valid_o", "out_ready_i", "out_data_o"}},
                                       {"sources", sources},
                                       {"memories", memories}};
  files.emplace_back("flow.json", flow.dump(2) + "\n");
  return files;
}

void write_ooc(const emit::EmittedFolder& design, const VivadoTarget& target,
               const fs::path& folder, const VivadoOptions& options) {
  const auto files = ooc_files(design, target, options);
  std::error_code ignored;
  for (const char* stale : {"reports", "checkpoints", "rtl", "mem"})
    fs::remove_all(folder / stale, ignored);
  for (const auto& [path, bytes] : files) write_file(folder / path, bytes);
}

Vivado find_vivado() {
  const auto program = find_program("vivado");
  if (program.empty()) {
    throw UserError("V130", "vivado not found in PATH", {},
                    "source settings64.sh of a Vivado installation first", ExitCode::kToolMissing);
  }
  const auto result = run_process({program.string(), "-version"});
  static const std::regex version(R"([Vv]ivado v(\d{4}\.\d+(\.\d+)?))");
  std::smatch match;
  if (result.exit_code != 0 || !std::regex_search(result.output, match, version)) {
    throw UserError("V130",
                    fmt::format("`{} -version` ends with status {} and names no version: {}",
                                program.string(), result.exit_code, last_of(result.output)),
                    {}, "put a Vivado that runs first in PATH", ExitCode::kToolMissing);
  }
  return {program, match[1]};
}

void run_vivado(const fs::path& folder) {
  const auto vivado = find_program("vivado");
  if (vivado.empty()) {
    throw UserError(
        "V130", "not built: vivado not found in PATH", folder.string(),
        fmt::format("the folder is complete; where Vivado is: sh run.sh in it, then mase-gen "
                    "bitstream with the same options and --report-only {}",
                    folder.string()),
        ExitCode::kToolMissing);
  }
  const auto result = run_process({"sh", "run.sh"}, folder);
  const auto fail = [&](const char* when) {
    throw UserError("V136",
                    fmt::format("Vivado ends with status {}{} {}:\n{}", result.exit_code,
                                result.exit_code > 128 ? " (killed by a signal)" : "", when,
                                last_of(result.output)),
                    (folder / "vivado.log").string(),
                    "nothing here has run under Vivado yet: please report it with vivado.log");
  };
  if (!fs::exists(folder / "reports/mase.json")) fail("before it has written its summary");
  // The script fails where the reports say why; any other end is no result.
  const bool met = read_vivado_reports(folder).failure().empty();
  if (met && result.exit_code != 0) fail("although its reports say that timing is met");
  if (!met && result.exit_code == 0) fail("although its reports say that the design fails");
}

void check_reports_of(const VivadoResult& result, const emit::EmittedFolder& design,
                      const VivadoTarget& target) {
  const auto& s = result.summary;
  const auto refuse = [&](const char* what, const std::string& got, const std::string& wants) {
    throw UserError("V137", fmt::format("the reports are of {} {}, this is {}", what, got, wants),
                    {}, "give --design and --target of the build");
  };
  if (s.part != target.part) refuse("part", s.part, target.part);
  if (s.top != design.top_name) refuse("top", s.top, design.top_name);
  if (s.design != design.hash) refuse("design", s.design, design.hash);
}

}  // namespace mase::fpga
