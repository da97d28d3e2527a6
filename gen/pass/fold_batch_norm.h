// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "gen/graph/graph.h"

namespace mase::pass {

struct FoldResult {
  graph::Graph graph;
  std::vector<std::string>
      folded;  ///< batch norms that are gone, and into which linear: "seq_blocks_3 -> seq_blocks_2"
  std::vector<std::string> kept;  ///< batch norms without a neighbouring linear
};

/// Folds each batch norm into the linear before it (y = a*(Wx+b)+c) or, where there is none, into
/// the linear after it (W(a*x+c)+b), in float64, before quantisation. Folded parameters are stored
/// as F64. Errors: UserError P020 when a node to be folded is quantised already (fold first, then
/// quantise).
FoldResult fold_batch_norm(const graph::Graph& graph);

}  // namespace mase::pass
