// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "gen/graph/graph.h"

namespace mase::graph {

/// The JSON text of the .mz metadata, without the tensors. Keys are in the order of formats.md.
nlohmann::ordered_json graph_to_json(const Graph& graph);

/// Errors: UserError M02x for unknown keys (with the nearest known one), unknown operators and
/// wrong types.
Graph graph_from_json(const nlohmann::ordered_json& json, const std::string& where);

/// The `hardware` table of a node. Errors of the reader: as graph_from_json; `path` names the
/// table.
nlohmann::ordered_json hardware_to_json(const Hardware& hardware);
Hardware hardware_from_json(const nlohmann::ordered_json& json, const std::string& path,
                            const std::string& where);

}  // namespace mase::graph
