// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/vivado_flow.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "fpga/flow/memory_guard.h"
#include "fpga/flow/slr_constraints.h"
#include "fpga/flow/vivado_gate.h"
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

{guard}synth_design -top {top} -part {part} -mode out_of_context -flatten_hierarchy rebuilt -include_dirs rtl
)";

constexpr char kImplementation[] = R"(
# The clock comes from a buffer outside: without one its delay would be taken for none.
set site [get_sites -quiet {clock_site}]
if {{[llength $site] == 1}} {{
  set_property HD.CLK_SRC {clock_site} [get_ports clk_i]
}} else {{
  puts "WARNING: the device has no site {clock_site}; clock delay is ignored"
}}
{placement}
opt_design
place_design
phys_opt_design
route_design
phys_opt_design
)";

constexpr char kOneSlr[] =
    "create_pblock pblock_core\nresize_pblock -add {} [get_pblocks pblock_core]\n"
    "add_cells_to_pblock [get_pblocks pblock_core] -top\n";

constexpr char kRun[] = R"sh(#!/bin/sh
# {stamp}
# Needs vivado in PATH (source settings64.sh of the installation first). Exit status 0: timing is
# met and everything is routed. Then give this folder to mase-gen bitstream --report-only.
#   sh run.sh verify   after that: the netlist that Vivado made, in xsim, against the reference
cd "$(dirname "$0")" || exit 2
if [ "$1" = verify ]; then
  [ -f reports/netlist.v ] || {{ echo "no reports/netlist.v here: sh run.sh makes it" >&2; exit 2; }}
  rm -rf xsim.dir bench/*.log
  # xsim's exit status says nothing of $fatal.
  xvlog -log bench/netlist.log reports/netlist.v &&
    xvlog -sv -log bench/core_tb.log bench/core_tb.sv &&
    xelab -L unisims_ver -log bench/xelab.log -snapshot core_tb core_tb glbl &&
    xsim core_tb -runall -log bench/xsim.log && grep -q '^PASS' bench/xsim.log
  exit
fi
# A build that crashes must leave no result of an earlier one.
rm -rf reports checkpoints vivado.log
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
  target.most_mhz = base.bufg_max_mhz;
  check_word(target.name, "name", top.place_of("name"));
  check_word(target.part, "part", top.place_of("part"));
  check_word(target.ooc_clock_site, "vivado.ooc_clock_site", vivado.place_of("ooc_clock_site"));
  for (const auto& slr : target.slr_pblocks)
    check_word(slr, "vivado.slr_pblocks", vivado.place_of("slr_pblocks"));
  if (target.kernel_mhz > target.most_mhz)
    throw UserError("V131",
                    fmt::format("vivado.kernel_mhz = {:g}: clocks.bufg_max_mhz is {:g}",
                                target.kernel_mhz, target.most_mhz),
                    vivado.place_of("kernel_mhz"), "it is the default of --freq");
  if (static_cast<int>(target.slr_pblocks.size()) != base.slrs) {
    throw UserError("V131",
                    fmt::format("vivado.slr_pblocks has {} names, device.slrs is {}",
                                target.slr_pblocks.size(), base.slrs),
                    vivado.place_of("slr_pblocks"), "give one name for each SLR, from SLR 0 on");
  }
  return target;
}

void check_word(const std::string& word, const std::string& key, const std::string& file) {
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) ||
           std::string_view("_.-[]").find(static_cast<char>(c)) != std::string::npos;
  };
  if (!word.empty() && word.front() != '.' && word.front() != '-' &&
      std::all_of(word.begin(), word.end(), plain))
    return;
  throw UserError("V131", fmt::format("{} = '{}' cannot stand in a script", key, word), file,
                  "allowed: letters, digits and _ . - [ ]");
}

void check_frequency(const VivadoTarget& target, double mhz) {
  if (mhz > 0 && mhz <= target.most_mhz) return;
  throw UserError("V156",
                  fmt::format("a clock of {:g} MHz: {} carries none above {:g} MHz", mhz,
                              target.name, target.most_mhz),
                  {}, "give --freq a lower one");
}

std::vector<std::pair<std::string, std::string>> ooc_files(const emit::EmittedFolder& design,
                                                           const VivadoTarget& target,
                                                           const VivadoOptions& options) {
  if (options.slr < 0 || options.slr >= static_cast<int>(target.slr_pblocks.size())) {
    throw UserError("V132", fmt::format("--slr {}: {} has no such SLR", options.slr, target.name),
                    {}, fmt::format("allowed: 0 to {}", target.slr_pblocks.size() - 1));
  }
  check_frequency(target, options.freq_mhz);
  const std::string stamp = fmt::format("Generated by mase-gen from design {}.", design.hash);
  const auto slrs = core_slr_cells(design.hardware, target.slr_pblocks);  // empty: one SLR
  const auto& slr =
      slrs.empty() ? target.slr_pblocks[static_cast<size_t>(options.slr)] : slrs.front().slr;
  auto files = emit::hardware_files(design.hardware, design.top_name, stamp);
  std::vector<std::string> sources, memories;
  for (const auto& [path, bytes] : files) {
    if (path.ends_with(".sv")) sources.push_back(path);
    if (path.ends_with(".mem")) memories.push_back(path);
  }
  const std::string read_memories =
      memories.empty() ? "" : fmt::format("read_mem {{\n{}}}\n", listed(memories));
  // Whole ps, rounded down: what meets it meets the frequency that was asked for.
  const std::string period =
      fmt::format("{:.3f}", std::floor(1e6 / options.freq_mhz + 1e-6) / 1000);
  const bool routed = !options.synth_only;
  const char* stage = routed ? "routed" : "synth";
  const std::string script = std::string(kSynthesis) + (routed ? kImplementation : "") + "\n{gate}";
  files.emplace_back(
      "build.tcl",
      fmt::format(fmt::runtime(script), fmt::arg("stamp", stamp), fmt::arg("top", design.top_name),
                  fmt::arg("what", routed ? "synthesis, placement and routing" : "synthesis"),
                  fmt::arg("part", target.part), fmt::arg("sources", listed(sources)),
                  fmt::arg("memories", read_memories), fmt::arg("guard", memory_guard_tcl()),
                  fmt::arg("placement", slrs.empty() ? fmt::format(kOneSlr, slr)
                                                     : presence_lines(slrs) + pblock_lines(slrs)),
                  fmt::arg("clock_site", target.ooc_clock_site),
                  fmt::arg("gate", gate_tcl({.part = target.part,
                                             .top = design.top_name,
                                             .design = design.hash,
                                             .period = period,
                                             .synth_only = options.synth_only}))));
  files.emplace_back(
      "clocks.xdc",
      fmt::format("# {}\n# {:g} MHz.\ncreate_clock -period {} -name clk [get_ports clk_i]\n", stamp,
                  options.freq_mhz, period));
  files.emplace_back("run.sh", fmt::format(kRun, fmt::arg("stamp", stamp)));
  nlohmann::ordered_json flow = {{"format", "mase-flow"},
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
  if (!slrs.empty()) flow["slrs"] = slrs_to_json(slrs);
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

void run_vivado(const fs::path& folder, const ToolRun& how) {
  const auto vivado = find_program("vivado");
  if (vivado.empty()) {
    throw UserError(
        "V130", "not built: vivado not found in PATH", folder.string(),
        fmt::format("the folder is complete; where Vivado is: sh run.sh in it, then mase-gen "
                    "bitstream with the same design, --target and --flow, and --report-only {}",
                    folder.string()),
        ExitCode::kToolMissing);
  }
  const auto result = run_script(folder, "Vivado", how);
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
                      const VivadoTarget& target, const std::string& top) {
  const auto& s = result.summary;
  const std::string& wanted_top = top.empty() ? design.top_name : top;
  const auto refuse = [&](const char* what, const std::string& got, const std::string& wants) {
    throw UserError("V137", fmt::format("the reports are of {} {}, this is {}", what, got, wants),
                    {}, "give --design and --target of the build");
  };
  if (s.part != target.part) refuse("part", s.part, target.part);
  if (s.top != wanted_top) refuse("top", s.top, wanted_top);
  if (s.design != design.hash) refuse("design", s.design, design.hash);
}

}  // namespace mase::fpga
