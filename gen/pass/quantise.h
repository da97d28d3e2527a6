// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gen/graph/graph.h"

namespace mase::pass {

/// How `[passes.quantize]` picks a node's configuration.
enum class QuantiseBy {
  kType,       ///< by operator: "linear", "relu", "batch_norm1d"
  kName,       ///< by node name
  kRegexName,  ///< by regular expression (ECMAScript) over the node name, whole match, first entry
               ///< that matches
};

struct QuantiseOptions {
  QuantiseBy by = QuantiseBy::kType;
  graph::Quant default_config{.name = "NA"};  ///< nodes that no entry picks
  std::vector<std::pair<std::string, graph::Quant>>
      configs;  ///< type, name or regex -> config, in file order
};

/// One row of "| Original type | OP | Total | Changed | Unchanged |".
struct QuantiseRow {
  std::string original_type, op;
  int total = 0, changed = 0;
};

/// A node and what became of it, as MASE's per-node summary prints it.
struct NodeChange {
  std::string name, original_type, quantised_type;
  bool changed = false;
};

struct QuantiseResult {
  graph::Graph graph;                      ///< the input graph is untouched
  std::vector<QuantiseRow> rows;           ///< sorted by original type
  std::vector<NodeChange> nodes;           ///< topological order
  std::vector<std::string> never_applied;  ///< entries of `configs` that picked no node
};

/// Gives every linear, batch norm and ReLU its `quant`. A frac width that is absent ("NA") becomes
/// width / 2. A picked configuration is restricted to the keys that the operator has (a ReLU keeps
/// the data keys only). Errors: UserError P010 (a required key is missing for a node), P011 (bad
/// regular expression), F001/F002 (ranges). Source: MASE's quantize_transform_pass.
QuantiseResult quantise(const graph::Graph& graph, const QuantiseOptions& options);

}  // namespace mase::pass
