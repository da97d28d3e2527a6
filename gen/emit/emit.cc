// SPDX-License-Identifier: Apache-2.0
#include "gen/emit/emit.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "embedded/rtl.h"
#include "gen/base/error.h"
#include "gen/base/file.h"
#include "gen/emit/design_json.h"
#include "gen/emit/flat_files.h"
#include "gen/emit/memory_file.h"
#include "gen/emit/names.h"
#include "gen/emit/top_module.h"
#include "gen/emit/unrolled_module.h"
#include "gen/graph/mz.h"

namespace mase::emit {

namespace {

using nlohmann::ordered_json;
namespace fs = std::filesystem;

const EmbeddedFile* find_cell(const std::string& file_name) {
  for (const auto& file : embedded::rtl()) {
    if (file.name == file_name) return &file;
  }
  return nullptr;
}

/// The files under rtl/ that the named modules need, found from what each cell instantiates and
/// includes.
std::set<std::string> cell_files(const arch::HardwareGraph& hardware) {
  static const std::regex reference("\\b(mase_[a-z0-9_]+)\\b");
  std::vector<std::string> open;
  for (const auto& stage : hardware.stages) {
    if (stage.cell == arch::Cell::kUnrolled) {
      open.insert(open.end(), {"mase_adders.svh", "mase_check.svh"});
    } else {
      open.push_back(module_name(stage.cell) + ".sv");
    }
  }
  std::set<std::string> needed;
  while (!open.empty()) {
    const std::string name = open.back();
    open.pop_back();
    if (!needed.insert(name).second) continue;
    const EmbeddedFile* file = find_cell(name);
    MASE_CHECK(file != nullptr, "no cell {}", name);
    const std::string text(file->content);
    for (auto it = std::sregex_iterator(text.begin(), text.end(), reference);
         it != std::sregex_iterator(); ++it) {
      for (const char* suffix : {".sv", ".svh"}) {
        if (find_cell(it->str(1) + suffix) != nullptr) open.push_back(it->str(1) + suffix);
      }
    }
  }
  return needed;
}

void check_instance_names(const arch::HardwareGraph& hardware, const std::string& top_name) {
  std::set<std::string> seen;
  for (const auto& stage : hardware.stages) {
    if (!seen.insert(stage.name).second) {
      throw UserError("E002", fmt::format("two cells would both be named u_{}", stage.name), {},
                      "rename the node of that name");
    }
    if (module_name(stage) == top_name) {
      throw UserError("E001",
                      fmt::format("--top-name '{}' is the module of {}", top_name, stage.name), {},
                      "give the top module another name");
    }
  }
}

ordered_json design_json(const Design& design, const arch::HardwareOptions& options,
                         const std::string& version) {
  const arch::HardwareGraph& h = design.hardware;
  ordered_json files = ordered_json::array();
  for (const auto& [path, bytes] : design.files) files.push_back(path);
  files.push_back("design.json");
  std::sort(files.begin(), files.end());
  ordered_json input{{"features", h.features_in},
                     {"lanes", h.lanes_in},
                     {"beats", h.beats_in()},
                     {"data", to_json(h.input)}};
  if (!h.input_channels.empty()) input["channels"] = to_json(h.input_channels);
  ordered_json json{{"format", "mase-design"},
                    {"version", "1"},
                    {"tool", fmt::format("mase-gen {}", version)},
                    {"network", h.name},
                    {"hash", design.hash},
                    {"top", design.top_name},
                    {"input", input},
                    {"output",
                     {{"features", h.features_out},
                      {"lanes", h.lanes_out},
                      {"beats", h.beats_out()},
                      {"data", to_json(h.output)}}},
                    {"ii_cycles", h.ii_cycles()},
                    {"hardware", options_to_json(options)},
                    {"stages", stages_to_json(h)}};
  if (!h.parts.empty()) json["partition"] = partition_to_json(h);
  json["files"] = std::move(files);
  return json;
}

std::string file_list(const Design& design) {
  std::string text = "+incdir+rtl\n";
  for (const auto& [path, bytes] : design.files) {
    if (path.size() > 3 && path.substr(path.size() - 3) == ".sv") text += path + "\n";
  }
  return text;
}

/// Folders of the cells and of the memory files, each ending in a slash or empty.
struct Folders {
  std::string cells, memories;
};

std::vector<std::pair<std::string, std::string>> hardware_in(const arch::HardwareGraph& hardware,
                                                             const std::string& top_name,
                                                             const std::string& stamp,
                                                             const Folders& folders) {
  const std::string& memories = folders.memories;
  std::vector<std::pair<std::string, std::string>> files;
  files.emplace_back(top_name + ".sv", top_module(hardware, top_name, stamp, memories));
  for (const auto& part : hardware.parts) {
    files.emplace_back(slr_module_name(part, top_name) + ".sv",
                       slr_module(hardware, part, top_name, stamp, memories));
  }
  for (const auto& name : cell_files(hardware))
    files.emplace_back(folders.cells + name, std::string(find_cell(name)->content));
  for (const auto& stage : hardware.stages) {
    if (stage.unrolled)
      files.emplace_back(unrolled_path(stage, folders.cells), unrolled_module(stage, stamp));
    if (stage.rom_depth() == 0) continue;
    files.emplace_back(weight_path(stage, memories), weight_memory(stage));
    if (stage.bias_format) files.emplace_back(bias_path(stage, memories), bias_memory(stage));
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

const std::string& Design::file(const std::string& path) const {
  const auto it =
      std::find_if(files.begin(), files.end(), [&](const auto& f) { return f.first == path; });
  MASE_CHECK(it != files.end(), "the design has no file {}", path);
  return it->second;
}

std::vector<std::pair<std::string, std::string>> hardware_files(const arch::HardwareGraph& hardware,
                                                                const std::string& top_name,
                                                                const std::string& stamp) {
  return hardware_in(hardware, top_name, stamp, {"rtl/", kMemories});
}

std::vector<std::pair<std::string, std::string>> flat_hardware_files(
    const arch::HardwareGraph& hardware, const std::string& top_name, const std::string& stamp) {
  auto files = hardware_in(hardware, top_name, stamp, {"", ""});
  const auto same = std::adjacent_find(
      files.begin(), files.end(), [](const auto& a, const auto& b) { return a.first == b.first; });
  MASE_CHECK(same == files.end(), "two files would be called {}", same->first);
  return files;
}

Design emit(const graph::Graph& graph, const arch::HardwareOptions& given,
            const EmitOptions& emit_options) {
  check_module_name(emit_options.top_name);
  Design design;
  design.top_name = emit_options.top_name;
  design.hardware = arch::build_hardware(graph, given);
  // Delays are part of a design only where they place its registers.
  arch::HardwareOptions options = given;
  const auto& stages = design.hardware.stages;
  if (std::none_of(stages.begin(), stages.end(), [](const auto& s) { return s.unroll.target_mhz; }))
    options.delays = nullptr;
  if (design.hardware.parts.empty()) options.slrs.clear();  // nor is a device that it fits
  check_instance_names(design.hardware, design.top_name);
  const std::string mz = graph::serialise_mz(graph);
  design.hash = content_hash(mz + options_to_json(options).dump() + emit_options.tool_version +
                             emit_options.top_name);
  const std::string stamp = fmt::format("Generated by mase-gen {} from design {}.",
                                        emit_options.tool_version, design.hash);

  design.files = hardware_files(design.hardware, design.top_name, stamp);
  design.files.emplace_back("graph.mz", mz);
  design.files.emplace_back("files.f", file_list(design));
  design.files.emplace_back("design.json",
                            design_json(design, options, emit_options.tool_version).dump(2) + "\n");
  std::sort(design.files.begin(), design.files.end());
  return design;
}

void write_design(const Design& design, const fs::path& directory) {
  std::set<std::string> now;
  for (const auto& [path, bytes] : design.files) now.insert(path);
  // What an earlier emission listed and this one lacks must not be compiled in by accident.
  std::vector<std::string> before;
  try {
    const auto old = ordered_json::parse(read_file(directory / "design.json"));
    if (old.value("format", "") == "mase-design") {
      before = old.at("files").get<std::vector<std::string>>();
      // Figures of another design beside this one would be read as its own.
      if (old.value("hash", "") != design.hash) {
        for (const char* stale : {"report.json", "synth/report.json", "synth/critical_path.txt"})
          before.emplace_back(stale);
      }
    }
  } catch (const std::exception&) {
    before.clear();  // nothing of ours is there
  }
  // design.json goes last: a folder that has it is complete.
  for (const auto& [path, bytes] : design.files) {
    if (path != "design.json") write_file(directory / path, bytes);
  }
  for (const auto& path : before) {
    const fs::path relative(path);
    const bool inside = relative.is_relative() && path.find("..") == std::string::npos;
    std::error_code ignored;
    if (inside && now.count(path) == 0) fs::remove(directory / relative, ignored);
  }
  write_file(directory / "design.json", design.file("design.json"));
}

EmittedFolder read_design(const fs::path& directory) {
  const fs::path json_path = directory / "design.json";
  if (!fs::exists(json_path)) {
    throw UserError(
        "E010", fmt::format("no emitted design in {}: design.json is missing", directory.string()),
        {}, "run mase-gen emit first, or name the folder that it wrote");
  }
  EmittedFolder folder{.directory = fs::absolute(directory)};
  try {
    const auto json = ordered_json::parse(read_file(json_path));
    if (json.value("format", "") != "mase-design" || json.value("version", "") != "1") {
      throw UserError("E011", "this is no design.json of mase-gen (format mase-design, version 1)",
                      json_path.string());
    }
    folder.top_name = json.at("top").get<std::string>();
    folder.hash = json.at("hash").get<std::string>();
    for (const auto& file : json.at("files")) {
      const auto path = file.get<std::string>();
      if (!fs::exists(directory / path)) {
        throw UserError("E012", fmt::format("{} is missing", (directory / path).string()),
                        json_path.string(), "the design is incomplete: emit it again");
      }
      if (path.size() > 3 && path.substr(path.size() - 3) == ".sv")
        folder.sources.push_back(folder.directory / path);
    }
    folder.graph = graph::read_mz(directory / "graph.mz");
    folder.hardware = arch::build_hardware(
        folder.graph, options_from_json(json.at("hardware"), json_path.string()));
    if (stages_to_json(folder.hardware) != json.at("stages")) {
      throw UserError("E013", "design.json lists other cells than this version of mase-gen builds",
                      json_path.string(),
                      "the design was emitted by another version or edited: emit it again");
    }
  } catch (const ordered_json::exception&) {
    throw UserError("E011", "this is no design.json of mase-gen: its JSON is broken or lacks a key",
                    json_path.string(), "emit the design again");
  }
  return folder;
}

}  // namespace mase::emit
