// SPDX-License-Identifier: Apache-2.0
// What can be proved about a Vitis build folder without Vitis.
#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

#include "fpga/flow/flow_file.h"
#include "fpga/flow/kernel_check.h"
#include "fpga/flow/lint.h"
#include "fpga/flow/slr_constraints.h"
#include "fpga/flow/vitis_flow.h"
#include "fpga/flow/vitis_package.h"
#include "fpga/flow/vpp_check.h"
#include "fpga/kernel/register_map.h"
#include "gen/base/error.h"
#include "gen/base/file.h"

namespace mase::fpga {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const std::string& what, const std::string& where) {
  throw UserError("V138", what, where, "a folder that mase-gen wrote and nobody changed passes");
}

/// slr.xdc: a cut kernel's cells, each in its SLR, by nothing but assignments.
void check_assignments(const fs::path& folder, const std::vector<SlrCells>& slrs,
                       const std::vector<fs::path>& sources, const std::string& kernel) {
  const auto assigned = record(folder, "slr.xdc", {});
  for (const auto& call : assigned.calls) {
    if (call.command != "set_property" && call.command != "get_cells")
      fail(fmt::format("'{}' is not expected here", call.command),
           fmt::format("slr.xdc:{}", call.line));
  }
  check_slrs(assigned.calls, slrs, sources, kernel);
  const auto hooked = record(folder, "slr_hook.tcl", {});
  std::vector<SlrCells> set;
  for (const auto& call : hooked.calls) {
    std::istringstream words(call.arguments);
    std::string property, slr, cell;
    if (call.command != "set_property" || !(words >> property >> slr >> cell)) continue;
    if (set.empty() || set.back().slr != slr) set.push_back({slr, {}});
    set.back().cells.push_back(cell);
  }
  if (hooked.exit_code != 0 || set != slrs)
    fail("its assignments are not those of slr.xdc", "slr_hook.tcl");
  check_presence(folder, "slr_hook.tcl", {}, slrs);
  if (read_file(folder / "run.sh").find(kLinkHook) == std::string::npos)
    fail(fmt::format("v++ is not told {}", kLinkHook), "run.sh");
}

/// link.cfg: "nk", "sp", "slr".
std::vector<Fact> link_facts(const std::string& text) {
  std::vector<Fact> facts;
  std::istringstream stream(text);
  std::string section;
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    const std::string where = fmt::format("link.cfg:{}", number);
    if (line[0] == '[') {
      section = line;
      facts.push_back({"section " + line, "", where});
      continue;
    }
    const size_t equals = line.find('=');
    if (section.empty() || equals == std::string::npos)
      fail(fmt::format("'{}' is not expected here", line), where);
    facts.push_back({line.substr(0, equals), line.substr(equals + 1), where});
  }
  return facts;
}

/// How many samples lie in samples.bin.
int64_t samples_in(const fs::path& folder, const std::string& kernel) {
  static const std::regex bytes(R"(kInputBytes = (\d+);)");
  const std::string header = read_file(folder / (kernel + ".h"));
  std::smatch match;
  if (!std::regex_search(header, match, bytes)) fail("no kInputBytes", kernel + ".h");
  return static_cast<int64_t>(fs::file_size(folder / "samples.bin")) / std::stoll(match[1]);
}

/// These calls, in this order; others may stand between.
void check_steps(const std::vector<RecordedCall>& calls) {
  size_t at = 0;
  for (const char* step :
       {"create_project", "add_files", "ipx::package_project", "ipx::edit_ip_in_project",
        "ipx::infer_bus_interface", "ipx::associate_bus_interfaces", "ipx::add_bus_parameter",
        "ipx::add_memory_map", "ipx::add_address_block", "ipx::add_register",
        "ipx::update_checksums", "ipx::check_integrity", "ipx::save_core", "package_xo"}) {
    while (at < calls.size() && calls[at].command != step) ++at;
    if (at == calls.size())
      throw UserError("V134", fmt::format("no {} where it belongs", step), "package.tcl",
                      "order: package, edit, buses, registers, check, save, package_xo");
  }
}

/// The memory files that the sources read: by their names alone, which are found wherever v++ lays
/// the sources and runs Vivado.
std::set<std::string> named_memories(const fs::path& folder) {
  static const std::string ending = ".mem\"";
  std::set<std::string> memories;
  for (const auto& entry : fs::directory_iterator(folder / kPackedSources)) {
    if (entry.path().extension() == ".mem") continue;
    const std::string text = read_file(entry.path());
    const std::string source = kPackedSources + entry.path().filename().string();
    for (size_t at = text.find(ending); at != std::string::npos; at = text.find(ending, at + 1)) {
      const size_t begin = text.rfind('"', at) + 1;
      const std::string name = text.substr(begin, at + ending.size() - 1 - begin);
      if (name.find('/') != std::string::npos)
        fail(fmt::format("'{}' is not found where v++ runs Vivado: no folder may be named", name),
             source);
      if (!fs::is_regular_file(folder / kPackedSources / name))
        fail(fmt::format("there is no '{}'", name), source);
      memories.insert(kPackedSources + name);
    }
  }
  return memories;
}

/// Every memory file of the folder reaches the IP whatever Vivado's packager takes for used, and
/// where it does not, there is no .xo. `wanted`: what package.tcl says where nothing is left out.
/// Returns how many there are.
size_t check_memories(const fs::path& folder, std::vector<Wanted> wanted) {
  const auto memories = named_memories(folder);
  if (memories.empty()) return 0;
  const auto left = record(folder, "package.tcl", {.more = {{"imports", "0"}}});
  if (left.exit_code != 0)
    fail("package.tcl gives up where the packager leaves data files out", "package.tcl");
  for (const auto& memory : memories) {
    for (const char* group :
         {"xilinx_anylanguagesynthesis", "xilinx_anylanguagebehavioralsimulation"}) {
      const bool added = std::any_of(left.calls.begin(), left.calls.end(), [&](const auto& call) {
        return call.command == "ipx::add_file" &&
               call.arguments == fmt::format("{} {}", memory, group);
      });
      if (!added) fail(fmt::format("'{}' is not added to {}", memory, group), "package.tcl");
      wanted.push_back({fmt::format("ipx::add_file {} {}", memory, group), "", "the sources"});
      wanted.push_back({"type of " + memory, "mem", "the sources"});
    }
    const auto typed = std::count_if(left.calls.begin(), left.calls.end(), [&](const auto& call) {
      return call.command == "set_property" && call.arguments == "type mem " + memory;
    });
    if (typed != 2) fail(fmt::format("'{}' is added without the type mem", memory), "package.tcl");
  }
  compare_facts(facts_of(left.calls), wanted, "package.tcl");
  const auto lost = record(folder, "package.tcl", {.more = {{"imports", "0"}, {"keeps", "0"}}});
  const bool packed = std::any_of(lost.calls.begin(), lost.calls.end(),
                                  [](const auto& call) { return call.command == "package_xo"; });
  if (lost.exit_code != 1 || packed)
    fail("package.tcl ends well although memory files are not in the IP", "package.tcl");
  return memories.size();
}

}  // namespace

std::vector<Check> check_vitis_scripts(const fs::path& folder, const VitisTarget& target,
                                       const VivadoOptions& asked) {
  const auto flow = read_flow_file(folder);
  const bool spans = !flow.slrs.empty();
  const std::string mhz = fmt::format("{:.9g}", asked.freq_mhz);
  const std::string asked_mhz = fmt::format("{:g} MHz were asked for", asked.freq_mhz);
  const std::string of_target = "the target " + target.vivado.name;
  const std::string asked_slr =
      spans ? "the first SLR of the cut" : fmt::format("--slr {}", asked.slr);
  const auto first = spans
                         ? std::find(target.slrs.begin(), target.slrs.end(), flow.slrs.front().slr)
                         : target.slrs.begin() + asked.slr;
  if (first == target.slrs.end())
    fail(fmt::format("{} has no {}", of_target, flow.slrs.front().slr), "flow.json");
  const auto& memory = target.memories[static_cast<size_t>(first - target.slrs.begin())];
  const std::string kernel = flow.top, unit = kernel + "_1";
  check_flow_file(folder, flow,
                  {{"flow", "vitis", "--flow"},
                   {"target", target.vivado.name, of_target},
                   {"part", target.vivado.part, of_target},
                   {"freq_mhz", mhz, asked_mhz},
                   {"slr", *first, asked_slr},
                   {"memory", memory, of_target},
                   {"platform", target.platform, of_target},
                   {"batch", fmt::format("{}", samples_in(folder, kernel)), "samples.bin"}});
  const auto top = check_kernel_top(folder, kPackedSources + kernel + ".v", kernel);

  std::vector<Check> checks;
  const auto packed = record(folder, "package.tcl", {});
  if (packed.exit_code != 0) fail("package.tcl gives up", "package.tcl");
  check_steps(packed.calls);
  const auto packaging = wanted_packaging(top, flow, target.vivado.part, asked.freq_mhz);
  compare_facts(facts_of(packed.calls), packaging, "package.tcl");
  checks.push_back(
      {"packaging", fmt::format("{} calls, all in the common subset of Vivado 2020.2 to 2025.2, in "
                                "their order, with the values of table, ports and options",
                                packed.calls.size())});
  checks.push_back({"memories", fmt::format("{} files in the IP, or no .xo",
                                            check_memories(folder, packaging))});
  compare_facts(metadata_facts(read_file(folder / "kernel.xml")), wanted_metadata(top),
                "kernel.xml");
  checks.push_back({"metadata",
                    "every attribute of kernel.xml is that of the register table, the "
                    "top's ports and package.tcl"});
  std::vector<Wanted> link = {{"section [connectivity]", "", "UG1393"},
                              {"nk", fmt::format("{}:1:{}", kernel, unit), "flow.json"},
                              {"sp", fmt::format("{}.{}:{}", unit, kMemoryBus, memory), of_target}};
  // A kernel that spans SLRs says itself what goes where.
  if (!spans) link.push_back({"slr", fmt::format("{}:{}", unit, *first), asked_slr});
  compare_facts(link_facts(read_file(folder / "link.cfg")), link, "link.cfg");
  check_vpp(folder);
  checks.push_back({"link", fmt::format("one compute unit at {}, {}", memory,
                                        spans ? "over several SLRs" : "in " + *first)});
  if (spans) {
    std::vector<fs::path> sources;
    for (const auto& source : flow.sources) {
      if (source.ends_with(".sv") || source.ends_with(".v")) sources.push_back(folder / source);
    }
    check_assignments(folder, flow.slrs, sources, kernel);
    checks.push_back(
        {"SLRs", fmt::format("every part of the cut in its SLR, {} in all", flow.slrs.size())});
  }
  return checks;
}

std::vector<Check> check_vitis_folder(const fs::path& folder, const VitisTarget& target,
                                      const VivadoOptions& asked) {
  const auto flow = read_flow_file(folder);
  LintJob job{.top = flow.top, .include_dirs = {folder / kPackedSources}};
  for (const auto& source : flow.sources) {
    if (source.ends_with(".sv") || source.ends_with(".v")) job.files.push_back(folder / source);
  }
  lint(job);
  std::vector<Check> checks = {
      {"lint", fmt::format("{} files of SystemVerilog, no warning", job.files.size())}};
  for (auto& check : check_vitis_scripts(folder, target, asked)) checks.push_back(std::move(check));
  return checks;
}

}  // namespace mase::fpga
