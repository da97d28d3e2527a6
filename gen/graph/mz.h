// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>

#include "gen/graph/graph.h"

namespace mase::graph {

/// Reads a .mz file (safetensors with the graph in its metadata) and verifies the graph.
/// Errors: UserError M0xx with the offset or the key at fault, for anything a file can have wrong
/// (missing, truncated, header longer than the file, overlapping or out-of-range tensors, wrong
/// dtypes and shapes, unknown keys, cycles, dangling inputs). It never reads past the file.
Graph read_mz(const std::filesystem::path& path);
Graph parse_mz(std::string_view bytes, const std::string& where);

/// Writes atomically; deterministic to the byte for equal graphs.
void write_mz(const Graph& graph, const std::filesystem::path& path);
std::string serialise_mz(const Graph& graph);

}  // namespace mase::graph
