// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "gen/arch/hardware_graph.h"
#include "gen/graph/graph.h"

namespace mase::arch {

/// What each node's hardware table says, settled from the most to the least specific place:
/// options.nodes, the graph's own `hardware`, the global options.
class Settings {
 public:
  /// Errors: UserError A001 (an entry names no node), A002 (a global choice), A003 (target_ii), and
  /// the verifier's own for what a node's table may say.
  /// `verified`: the caller knows that every node's table is legal, and pays for no second look.
  Settings(const graph::Graph& graph, const HardwareOptions& options, bool verified = false);

  const graph::Hardware& of(const std::string& node) const { return settled_.at(node); }
  std::string storage(const std::string& node) const;     ///< "auto", "lut", "bram"
  std::string multiplier(const std::string& node) const;  ///< "auto", "dsp", "lut"
  bool fused(const std::string& node) const;

 private:
  const HardwareOptions& options_;
  std::map<std::string, graph::Hardware> settled_;
};

}  // namespace mase::arch
