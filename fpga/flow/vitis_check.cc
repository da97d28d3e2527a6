// SPDX-License-Identifier: Apache-2.0
// What can be proved about a Vitis build folder without Vitis.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "fpga/flow/json_text.h"
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

int64_t number(const std::string& text, const std::string& what) {
  try {
    size_t end = 0;
    const int64_t value = std::stoll(text, &end, 0);
    if (end == text.size()) return value;
  } catch (const std::exception&) {}
  fail(fmt::format("{} is '{}', no number", what, text), "kernel.xml");
}

using Attributes = std::map<std::string, std::string>;

/// Attributes of every element of this name. Each element has to have exactly those of `wants`.
std::vector<Attributes> elements(const std::string& xml, const std::string& name,
                                 const std::vector<std::string>& wants) {
  std::vector<Attributes> found;
  const std::regex element("<" + name + R"((\s[^<>]*?)/?>)"), attribute(R"re((\w+)="([^"]*)")re");
  for (std::sregex_iterator it(xml.begin(), xml.end(), element), end; it != end; ++it) {
    const std::string text = (*it)[1];
    Attributes attributes;
    for (std::sregex_iterator a(text.begin(), text.end(), attribute); a != end; ++a)
      attributes[(*a)[1]] = (*a)[2];
    for (const auto& want : wants) {
      if (!attributes.contains(want)) fail(fmt::format("<{}> has no {}", name, want), "kernel.xml");
    }
    for (const auto& [key, value] : attributes) {
      if (std::find(wants.begin(), wants.end(), key) == wants.end())
        fail(fmt::format("<{}> has an unknown attribute {}", name, key), "kernel.xml");
    }
    found.push_back(attributes);
  }
  return found;
}

/// The kernel metadata against UG1393's rules and the one register table.
void check_metadata(const std::string& xml, const std::string& kernel, const std::string& top) {
  const auto kernels =
      elements(xml, "kernel",
               {"name", "language", "vlnv", "attributes", "preferredWorkGroupSizeMultiple",
                "workGroupSize", "interrupt", "hwControlProtocol"});
  if (kernels.size() != 1) fail("wants one <kernel>", "kernel.xml");
  const auto expect = [](const Attributes& of, const char* key, const std::string& wants) {
    if (of.at(key) != wants)
      fail(fmt::format("{} is '{}', not '{}'", key, of.at(key), wants), "kernel.xml");
  };
  expect(kernels[0], "name", kernel);
  expect(kernels[0], "language", "ip_c");
  expect(kernels[0], "hwControlProtocol", "ap_ctrl_hs");
  std::map<std::string, std::string> mode;
  for (const auto& port :
       elements(xml, "port", {"name", "mode", "range", "dataWidth", "portType", "base"})) {
    mode[port.at("name")] = port.at("mode");
    const auto width = number(port.at("dataWidth"), "dataWidth");
    if (width < 32 || (width & (width - 1)) != 0) fail("dataWidth of a port", "kernel.xml");
    // Every port is an interface of the top.
    if (top.find(port.at("name") + "_awvalid") == std::string::npos)
      fail(fmt::format("the top has no interface {}", port.at("name")), "kernel.xml");
  }
  if (mode.size() != 2 || mode[kControlBus] != "slave" || mode[kMemoryBus] != "master")
    fail("wants one slave for control and one master for memory", "kernel.xml");
  const auto args = elements(xml, "arg",
                             {"name", "addressQualifier", "id", "port", "size", "offset",
                              "hostOffset", "hostSize", "type"});
  std::vector<const Register*> wants;
  for (const auto& r : kernel_registers()) {
    if (r.is_argument()) wants.push_back(&r);
  }
  if (args.size() != wants.size())
    fail(fmt::format("{} arguments, the register table has {}", args.size(), wants.size()),
         "kernel.xml");
  for (size_t i = 0; i < args.size(); ++i) {
    const bool pointer = wants[i]->role == Role::kPointer;
    expect(args[i], "name", wants[i]->name);
    expect(args[i], "addressQualifier", pointer ? "1" : "0");
    expect(args[i], "port", pointer ? kMemoryBus : kControlBus);
    expect(args[i], "type", wants[i]->c_type);
    for (const auto& [key, value] :
         {std::pair{"id", wants[i]->argument}, std::pair{"offset", wants[i]->offset_bytes},
          std::pair{"size", wants[i]->bytes()}, std::pair{"hostSize", wants[i]->bytes()}}) {
      if (number(args[i].at(key), key) != value)
        fail(fmt::format("{} of {} is {}, the register table has {:#x}", key, wants[i]->name,
                         args[i].at(key), value),
             "kernel.xml");
    }
  }
}

/// slr.xdc: a cut kernel's cells, each in its SLR, by nothing but assignments.
void check_assignments(const fs::path& folder, const std::vector<SlrCells>& slrs,
                       const std::vector<RecordedCall>& packed,
                       const std::vector<fs::path>& sources, const std::string& kernel) {
  const auto named = [](const RecordedCall& call) {
    return call.command == "add_files" && call.arguments == "-fileset constrs_1 -norecurse slr.xdc";
  };
  if (std::none_of(packed.begin(), packed.end(), named))
    fail("the kernel is packed without slr.xdc", "package.tcl");
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

/// link.cfg: one compute unit, in an SLR (`spans`: in several, which the kernel says itself) and at
/// a memory that the target has.
void check_link(const std::string& text, const std::string& kernel, const VitisTarget& target,
                bool spans) {
  std::map<std::string, std::string> keys;
  std::istringstream stream(text);
  std::string section;
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == '[') {
      section = line;
      continue;
    }
    const size_t equals = line.find('=');
    const std::string key = line.substr(0, equals);
    if (section != "[connectivity]" || equals == std::string::npos ||
        (key != "nk" && key != "slr" && key != "sp") || keys.contains(key))
      fail(fmt::format("'{}' is not expected here", line), fmt::format("link.cfg:{}", number));
    keys[key] = line.substr(equals + 1);
  }
  const auto one_of = [&](const char* key, const std::string& before,
                          const std::vector<std::string>& names) {
    for (const auto& name : names) {
      if (keys[key] == before + name) return;
    }
    fail(fmt::format("{}={}: allowed are {}{} and the like", key, keys[key], before, names.front()),
         "link.cfg");
  };
  one_of("nk", kernel, {":1:" + kernel + "_1"});
  if (!spans) one_of("slr", kernel + "_1:", target.slrs);
  if (spans && keys.contains("slr")) fail("slr= for a kernel that spans SLRs", "link.cfg");
  one_of("sp", fmt::format("{}_1.{}:", kernel, kMemoryBus), target.memories);
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

/// The registers that the script adds, with their offsets.
void check_registers(const std::vector<RecordedCall>& calls) {
  std::vector<std::pair<std::string, int64_t>> added;
  for (const auto& call : calls) {
    std::istringstream words(call.arguments);
    std::string first, second;
    words >> first >> second;
    if (call.command == "ipx::add_register") added.emplace_back(first, -1);
    if (call.command == "set_property" && first == "address_offset" && !added.empty())
      added.back().second = number(second, "address_offset");
  }
  std::vector<std::pair<std::string, int64_t>> wanted;
  for (const auto& r : kernel_registers()) {
    if (r.role != Role::kStatus) wanted.emplace_back(r.name, r.offset_bytes);
  }
  if (added != wanted) fail("its registers are not those of the register table", "package.tcl");
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
/// where it does not, there is no .xo. Returns how many there are.
size_t check_memories(const fs::path& folder) {
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
    }
    const auto typed = std::count_if(left.calls.begin(), left.calls.end(), [&](const auto& call) {
      return call.command == "set_property" && call.arguments == "type mem " + memory;
    });
    if (typed != 2) fail(fmt::format("'{}' is added without the type mem", memory), "package.tcl");
  }
  const auto lost = record(folder, "package.tcl", {.more = {{"imports", "0"}, {"keeps", "0"}}});
  const bool packed = std::any_of(lost.calls.begin(), lost.calls.end(),
                                  [](const auto& call) { return call.command == "package_xo"; });
  if (lost.exit_code != 1 || packed)
    fail("package.tcl ends well although memory files are not in the IP", "package.tcl");
  return memories.size();
}

}  // namespace

std::vector<Check> check_vitis_folder(const fs::path& folder, const VitisTarget& target) {
  const auto flow = read_flow(folder);
  const auto kernel = flow.at("top").get<std::string>();
  std::vector<Check> checks;
  LintJob job{.top = kernel, .include_dirs = {folder / kPackedSources}};
  for (const std::string source : flow.at("sources")) {
    if (source.ends_with(".sv") || source.ends_with(".v")) job.files.push_back(folder / source);
  }
  lint(job);
  checks.push_back(
      {"lint", fmt::format("{} files of SystemVerilog, no warning", job.files.size())});

  const auto packed = record(folder, "package.tcl", {});
  if (packed.exit_code != 0) fail("package.tcl gives up", "package.tcl");
  check_steps(packed.calls);
  check_registers(packed.calls);
  checks.push_back({"packaging", fmt::format("{} calls, all in the common subset of Vivado 2020.2 "
                                             "to 2025.2, in their order",
                                             packed.calls.size())});
  checks.push_back(
      {"memories", fmt::format("{} files in the IP, or no .xo", check_memories(folder))});
  check_metadata(read_file(folder / "kernel.xml"), kernel,
                 read_file(folder / kPackedSources / (kernel + ".v")));
  checks.push_back({"metadata", "kernel.xml, package.tcl and the register table agree"});
  const bool spans = flow.contains("slrs");
  check_vpp(folder);
  check_link(read_file(folder / "link.cfg"), kernel, target, spans);
  checks.push_back({"link", spans ? "one compute unit over several SLRs, at a memory of the target"
                                  : "one compute unit, in an SLR and at a memory of the target"});
  if (spans) {
    const auto slrs = slrs_from_json(flow.at("slrs"));
    check_assignments(folder, slrs, packed.calls, job.files, kernel);
    checks.push_back(
        {"SLRs", fmt::format("every part of the cut in its SLR, {} in all", slrs.size())});
  }
  return checks;
}

}  // namespace mase::fpga
