// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

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
  Settings(const Settings&) = delete;
  Settings& operator=(const Settings&) = delete;

  /// Of the node at this place in the graph, which must outlive this.
  const graph::Hardware& of(size_t node) const { return *settled_[node]; }
  const std::string& storage(size_t node) const;     ///< "auto", "lut", "bram"
  const std::string& multiplier(size_t node) const;  ///< "auto", "dsp", "lut"
  bool fused(size_t node) const;
  bool unrolled(size_t node) const;
  UnrollOptions unroll_options(size_t node) const;

 private:
  static void verify(const graph::Graph& graph, const HardwareOptions& options);

  const HardwareOptions& options_;
  std::vector<graph::Hardware> merged_;          ///< where options say something of a node
  std::vector<const graph::Hardware*> settled_;  ///< [nodes] merged or the graph's own
};

}  // namespace mase::arch
