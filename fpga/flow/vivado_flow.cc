// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/vivado_flow.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <set>

#include "gen/base/error.h"
#include "gen/base/file.h"
#include "gen/base/process.h"
#include "sim/synth/target.h"
#include "sim/synth/target_reader.h"

namespace mase::fpga {

namespace fs = std::filesystem;

namespace {

constexpr char kScript[] = R"(# {stamp}
# Out-of-context synthesis, placement and routing of {top} for {part}, non-project flow.
# Run it where this folder is the current one: sh run.sh
file mkdir reports
file mkdir checkpoints

create_project -in_memory -part {part}
read_verilog -sv {{
{sources}}}
{memories}read_xdc -mode out_of_context clocks.xdc

synth_design -top {top} -part {part} -mode out_of_context -flatten_hierarchy rebuilt -include_dirs rtl

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

report_utilization -file reports/utilization.rpt
report_utilization -hierarchical -file reports/utilization_hierarchical.rpt
report_timing_summary -max_paths 10 -file reports/timing.rpt
report_route_status -file reports/route_status.rpt
report_drc -file reports/drc.rpt

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
set open_nets [llength [get_nets -quiet -hierarchical -filter {{ROUTE_STATUS == UNROUTED || ROUTE_STATUS == PARTIAL || ROUTE_STATUS == CONFLICTS || ROUTE_STATUS == ANTENNAS}}]]
set summary [open reports/mase.json w]
puts $summary "{{\"format\": \"mase-vivado\", \"vivado\": \"[version -short]\", \"part\": \"{part}\","
puts $summary " \"top\": \"{top}\", \"design\": \"{hash}\", \"stage\": \"routed\", \"period_ns\": {period},"
puts $summary " \"wns_ns\": $wns, \"whs_ns\": $whs, \"unrouted_nets\": $open_nets}}"
close $summary
write_checkpoint -force checkpoints/routed.dcp

# A result that misses its clock is none, whatever the tool's exit status says.
if {{$wns eq "null" || $whs eq "null" || $wns < 0 || $whs < 0 || $open_nets > 0}} {{
  puts "ERROR: not met: WNS $wns ns, WHS $whs ns, $open_nets nets not routed"
  exit 1
}}
puts "MET: WNS $wns ns, WHS $whs ns"
)";

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

void write_ooc(const emit::EmittedFolder& design, const VivadoTarget& target,
               const fs::path& folder, const VivadoOptions& options) {
  if (options.slr < 0 || options.slr >= static_cast<int>(target.slr_pblocks.size())) {
    throw UserError("V132", fmt::format("--slr {}: {} has no such SLR", options.slr, target.name),
                    {}, fmt::format("allowed: 0 to {}", target.slr_pblocks.size() - 1));
  }
  const std::string stamp = fmt::format("Generated by mase-gen from design {}.", design.hash);
  const auto& slr = target.slr_pblocks[static_cast<size_t>(options.slr)];
  std::error_code ignored;
  for (const char* stale : {"reports", "checkpoints", "rtl", "mem"})
    fs::remove_all(folder / stale, ignored);

  std::vector<std::string> sources, memories;
  for (const auto& [path, bytes] : emit::hardware_files(design.hardware, design.top_name, stamp)) {
    write_file(folder / path, bytes);
    if (path.ends_with(".sv")) sources.push_back(path);
    if (path.ends_with(".mem")) memories.push_back(path);
  }
  const std::string read_memories =
      memories.empty() ? "" : fmt::format("read_mem {{\n{}}}\n", listed(memories));
  const std::string period = fmt::format("{:.3f}", 1000 / options.freq_mhz);
  write_file(folder / "build.tcl",
             fmt::format(kScript, fmt::arg("stamp", stamp), fmt::arg("top", design.top_name),
                         fmt::arg("part", target.part), fmt::arg("sources", listed(sources)),
                         fmt::arg("memories", read_memories), fmt::arg("slr", slr),
                         fmt::arg("clock_site", target.ooc_clock_site), fmt::arg("period", period),
                         fmt::arg("hash", design.hash)));
  write_file(folder / "clocks.xdc",
             fmt::format("# {}\n# {:g} MHz.\ncreate_clock -period {} -name clk [get_ports clk_i]\n",
                         stamp, options.freq_mhz, period));
  write_file(folder / "run.sh", fmt::format(kRun, fmt::arg("stamp", stamp)));
  const nlohmann::ordered_json flow = {{"format", "mase-flow"},
                                       {"flow", "ooc"},
                                       {"target", target.name},
                                       {"part", target.part},
                                       {"top", design.top_name},
                                       {"design", design.hash},
                                       {"freq_mhz", options.freq_mhz},
                                       {"slr", slr},
                                       {"ports",
                                        {"clk_i", "rst_ni", "in_valid_i", "in_ready_o", "in_data_i",
                                         "out_valid_o", "out_ready_i", "out_data_o"}},
                                       {"sources", sources},
                                       {"memories", memories}};
  write_file(folder / "flow.json", flow.dump(2) + "\n");
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
  if (!fs::exists(folder / "reports/mase.json")) {
    const auto& all = result.output;
    throw UserError(
        "V136",
        fmt::format("Vivado ends with status {} before it has written its summary:\n{}",
                    result.exit_code, all.substr(all.size() - std::min<size_t>(all.size(), 3000))),
        (folder / "vivado.log").string(),
        "nothing here has run under Vivado yet: please report it with vivado.log");
  }
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
