// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "gen/arch/hardware_graph.h"
#include "gen/graph/graph.h"

namespace mase::emit {

struct EmitOptions {
  std::string top_name = "top";  ///< module name of the design
  std::string tool_version;      ///< stamped into the files; no dates
};

/// A complete design in memory: relative path -> bytes, sorted by path. Equal input gives equal
/// bytes.
///   <top>.sv  (<top>_slr<N>.sv)  rtl/*.sv  mem/*.mem  design.json  graph.mz  files.f
struct Design {
  std::string top_name;
  std::string hash;  ///< of the network and the hardware, stamped into <top>.sv and design.json
  arch::HardwareGraph hardware;
  std::vector<std::pair<std::string, std::string>> files;

  const std::string& file(const std::string& path) const;  ///< InternalError when there is none
};

/// Errors: those of arch::build_hardware; UserError E001 (illegal or reserved top name), E002 (two
/// instances of one name).
Design emit(const graph::Graph& graph, const arch::HardwareOptions& hardware,
            const EmitOptions& options = {});

/// What a synthesis or simulation tool reads of the cells, sorted by path: <top>.sv and the modules
/// of its SLRs, rtl/*, mem/*.
/// `stamp` is the second comment line of <top>.sv.
std::vector<std::pair<std::string, std::string>> hardware_files(const arch::HardwareGraph& hardware,
                                                                const std::string& top_name,
                                                                const std::string& stamp);

/// Writes the design into `directory`; files of an earlier emission that are no longer part of it
/// are removed, nothing else is touched. Errors: UserError B003 (read-only folder, full disk).
void write_design(const Design& design, const std::filesystem::path& directory);

/// What the simulator needs to know of an emitted folder.
struct EmittedFolder {
  std::filesystem::path directory;
  std::string top_name;
  std::string hash;
  graph::Graph graph;
  arch::HardwareGraph hardware;  ///< rebuilt from graph.mz, whose nodes carry every hardware choice
  std::vector<std::filesystem::path> sources;  ///< <top>*.sv and rtl/*.sv, absolute
};

/// Reads design.json and graph.mz. Errors: UserError E010 (no design in this folder), E011
/// (design.json is no design of ours), E012 (a listed file is missing), and those of read_mz.
EmittedFolder read_design(const std::filesystem::path& directory);

}  // namespace mase::emit
