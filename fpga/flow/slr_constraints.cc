// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/slr_constraints.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "gen/base/error.h"
#include "gen/base/file.h"

namespace mase::fpga {

namespace fs = std::filesystem;

namespace {

std::string joined(const std::vector<std::string>& cells) {
  return fmt::format("{}", fmt::join(cells, " "));
}

std::string pblock_of(const SlrCells& slr) { return "pblock_" + slr.slr; }

[[noreturn]] void fail(const std::string& what, const RecordedCall* call = nullptr) {
  throw UserError("V139", what, call ? fmt::format("{}:{}", call->file, call->line) : "",
                  "a folder that mase-gen wrote and nobody changed passes");
}

struct Instance {
  std::string module;
  bool kept = false;  ///< (* keep_hierarchy = "yes" *)
};
/// Modules by name, with the instances u_* in each.
using Modules = std::map<std::string, std::map<std::string, Instance>>;

/// The word that ends before `at`, over a list of parameters #(...) if one stands there.
Instance instance_before(const std::string& text, size_t at) {
  const auto skip_blank = [&] {
    while (at > 0 && std::isspace(static_cast<unsigned char>(text[at - 1]))) --at;
  };
  skip_blank();
  if (at > 0 && text[at - 1] == ')') {
    int depth = 0;
    do {
      --at;
      depth += text[at] == ')' ? 1 : text[at] == '(' ? -1 : 0;
    } while (at > 0 && depth > 0);
    if (at > 0 && text[at - 1] == '#') --at;
    skip_blank();
  }
  const size_t end = at;
  while (at > 0 && (std::isalnum(static_cast<unsigned char>(text[at - 1])) || text[at - 1] == '_'))
    --at;
  Instance instance{text.substr(at, end - at)};
  skip_blank();
  const std::string attribute = "(* keep_hierarchy = \"yes\" *)";
  instance.kept = std::string_view(text).substr(0, at).ends_with(attribute);
  return instance;
}

Modules read_modules(const std::vector<fs::path>& sources) {
  static const std::regex head(R"((^|\n)module\s+(\w+))"), instance(R"(\b(u_\w+)\s*\()");
  Modules modules;
  for (const auto& source : sources) {
    const std::string text = read_file(source);
    std::smatch name;
    if (!std::regex_search(text, name, head)) continue;
    auto& instances = modules[name[2]];
    for (std::sregex_iterator it(text.begin(), text.end(), instance), end; it != end; ++it)
      instances[(*it)[1]] = instance_before(text, static_cast<size_t>(it->position(0)));
  }
  return modules;
}

/// The instances that the path leads through, its own last; empty where there is none.
std::vector<Instance> instances_on(const Modules& modules, const std::string& top,
                                   const std::string& path) {
  std::istringstream names(path);
  std::vector<Instance> found;
  std::string module = top;
  for (std::string name; std::getline(names, name, '/');) {
    const auto in = modules.find(module);
    if (in == modules.end()) return {};
    const auto at = in->second.find(name);
    if (at == in->second.end()) return {};
    found.push_back(at->second);
    module = at->second.module;
  }
  return found;
}

/// The words of a Tcl list without its braces.
std::vector<std::string> words_of(std::string text) {
  for (char& c : text) {
    if (c == '{' || c == '}') c = ' ';
  }
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

}  // namespace

std::vector<SlrCells> core_slr_cells(const arch::HardwareGraph& hardware,
                                     const std::vector<std::string>& names,
                                     const std::string& prefix) {
  std::vector<SlrCells> slrs;
  for (size_t k = 0; k < hardware.parts.size(); ++k) {
    const auto& part = hardware.parts[k];
    if (part.slr < 0 || part.slr >= static_cast<int>(names.size())) {
      throw UserError("V132",
                      fmt::format("the design is cut for SLR {}, the target has {} of them",
                                  part.slr, names.size()),
                      {}, "emit it again with the --target that it is built for");
    }
    SlrCells slr{names[static_cast<size_t>(part.slr)], {}};
    if (k > 0) {
      const auto& before = hardware.stages[hardware.parts[k - 1].end].name;
      slr.cells.push_back(fmt::format("{}u_{}/u_receive", prefix, before));
    }
    slr.cells.push_back(fmt::format("{}u_slr{}", prefix, part.slr));
    if (part.end < hardware.stages.size())
      slr.cells.push_back(fmt::format("{}u_{}/u_send", prefix, hardware.stages[part.end].name));
    slrs.push_back(std::move(slr));
  }
  return slrs;
}

std::vector<SlrCells> kernel_slr_cells(const arch::HardwareGraph& hardware,
                                       const std::vector<std::string>& names,
                                       const std::string& prefix) {
  auto slrs = core_slr_cells(hardware, names, prefix + "u_core/");
  if (slrs.empty()) return slrs;
  for (const char* cell : {"u_registers", "u_run", "u_read", "u_unpack", "u_pack", "u_write"})
    slrs.front().cells.push_back(prefix + cell);
  // u_home_1 leads from the last SLR to the one before it, and so on.
  for (size_t k = slrs.size() - 1; k > 0; --k) {
    const size_t home = slrs.size() - k;
    slrs[k].cells.push_back(fmt::format("{}u_home_{}/u_send", prefix, home));
    slrs[k - 1].cells.push_back(fmt::format("{}u_home_{}/u_receive", prefix, home));
  }
  return slrs;
}

std::string pblock_lines(const std::vector<SlrCells>& slrs) {
  std::string text;
  for (const auto& slr : slrs) {
    text += fmt::format(
        "create_pblock {0}\nresize_pblock -add {1} [get_pblocks {0}]\n"
        "add_cells_to_pblock [get_pblocks {0}] [get_cells {{{2}}}]\n",
        pblock_of(slr), slr.slr, joined(slr.cells));
  }
  return text;
}

std::string assignment_lines(const std::vector<SlrCells>& slrs) {
  std::string text;
  for (const auto& slr : slrs)
    text += fmt::format("set_property USER_SLR_ASSIGNMENT {} [get_cells {{{}}}]\n", slr.slr,
                        joined(slr.cells));
  return text;
}

std::string presence_lines(const std::vector<SlrCells>& slrs) {
  std::vector<std::string> all;
  for (const auto& slr : slrs) all.insert(all.end(), slr.cells.begin(), slr.cells.end());
  return fmt::format(
      "if {{[llength [get_cells -quiet {{{}}}]] != {}}} {{\n"
      "  puts \"ERROR: synthesis has left out cells that belong in an SLR\"\n  exit 1\n}}\n",
      joined(all), all.size());
}

std::string link_hook(const std::string& compute_unit, const std::vector<SlrCells>& slrs) {
  std::string pairs;
  for (const auto& slr : slrs) {
    for (const auto& cell : slr.cells) pairs += fmt::format("  {} {}\n", slr.slr, cell);
  }
  return fmt::format(
      "# Run by v++ in its implementation, before opt_design.\n"
      "foreach {{slr cell}} {{\n{0}}} {{\n"
      "  # The packager calls the kernel inside its wrapper inst, older ones U0.\n"
      "  set found [get_cells -quiet -hierarchical -filter \"NAME =~ */{1}/inst/$cell || NAME =~ "
      "*/{1}/U0/$cell\"]\n"
      "  if {{[llength $found] != 1}} {{\n"
      "    puts \"ERROR: [llength $found] cells {1}/inst/$cell, which belongs in $slr; 1 is "
      "wanted\"\n"
      "    exit 1\n  }}\n"
      "  set_property USER_SLR_ASSIGNMENT $slr $found\n}}\n",
      pairs, compute_unit);
}

nlohmann::ordered_json slrs_to_json(const std::vector<SlrCells>& slrs) {
  auto json = nlohmann::ordered_json::array();
  for (const auto& slr : slrs) json.push_back({{"slr", slr.slr}, {"cells", slr.cells}});
  return json;
}

std::vector<SlrCells> slrs_from_json(const nlohmann::json& json) {
  std::vector<SlrCells> slrs;
  for (const auto& slr : json)
    slrs.push_back({slr.at("slr"), slr.at("cells").get<std::vector<std::string>>()});
  return slrs;
}

void check_slrs(const std::vector<RecordedCall>& calls, const std::vector<SlrCells>& wanted,
                const std::vector<fs::path>& sources, const std::string& top) {
  const Modules modules = read_modules(sources);
  std::map<std::string, std::string> slr_of_pblock, slr_of_cell;
  const auto place = [&](const RecordedCall& call, const std::string& cell,
                         const std::string& slr) {
    if (!slr_of_cell.emplace(cell, slr).second)
      fail(fmt::format("'{}' is placed twice", cell), &call);
  };
  for (const auto& call : calls) {
    const auto words = words_of(call.arguments);
    for (const auto& word : words) {
      if (call.command != "get_cells" || word.starts_with('-')) continue;
      const auto path = instances_on(modules, top, word);
      if (path.empty()) fail(fmt::format("{} has no cell '{}'", top, word), &call);
      if (!std::all_of(path.begin(), path.end(), [](const Instance& i) { return i.kept; }))
        fail(fmt::format("synthesis may dissolve '{}': it, or what it stands in, has no "
                         "(* keep_hierarchy = \"yes\" *)",
                         word),
             &call);
    }
    if (call.command == "resize_pblock" && words.size() == 3) slr_of_pblock[words[2]] = words[1];
    if (call.command == "add_cells_to_pblock") {
      for (size_t i = 1; i < words.size(); ++i) place(call, words[i], slr_of_pblock[words[0]]);
    }
    if (call.command == "set_property" && words.size() > 2 && words[0] == "USER_SLR_ASSIGNMENT") {
      for (size_t i = 2; i < words.size(); ++i) place(call, words[i], words[1]);
    }
  }
  for (const auto& slr : wanted) {
    for (const auto& cell : slr.cells) {
      const auto found = slr_of_cell.find(cell);
      if (found == slr_of_cell.end()) fail(fmt::format("nothing places '{}'", cell));
      if (found->second != slr.slr)
        fail(fmt::format("'{}' is placed in {}, the cut has it in {}", cell, found->second,
                         slr.slr));
      slr_of_cell.erase(found);
    }
  }
  if (!slr_of_cell.empty())
    fail(fmt::format("'{}' is placed, but the cut does not name it", slr_of_cell.begin()->first));
}

void check_presence(const fs::path& folder, const std::string& script,
                    const RecorderAnswers& answers, const std::vector<SlrCells>& slrs) {
  for (const auto& slr : slrs) {
    auto without = answers;
    without.more.emplace_back("missing", slr.cells.back());
    const auto run = record(folder, script, without);
    if (run.exit_code != 1 || run.output.find("ERROR") == std::string::npos)
      fail(fmt::format("{} goes on although '{}' is missing", script, slr.cells.back()));
  }
}

}  // namespace mase::fpga
