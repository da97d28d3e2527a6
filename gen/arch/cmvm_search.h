// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "gen/arch/cmvm_share.h"

namespace mase::arch::cmvm {

/// The weights with the inputs' shifts in them, and 0 where an input is not there. [out * in]
std::vector<int64_t> effective_weights(const AdderProblem& problem);

/// How a first graph is made.
struct Start {
  bool common = false;  ///< take out of every row a weighted sum of the inputs that all rows share
  Ranking ranking;
};

/// A graph from the weights' canonical digits. `steps` grows by the work done.
AdderGraph first_graph(const AdderProblem& problem, std::optional<int> limit, const Start& start,
                       int64_t& steps);

/// How a graph is taken apart and put together again.
struct Rework {
  double drop = 0.1;  ///< share of the wires with several readers that are dissolved too
  bool late = false;  ///< under a limit: wires may come as late as their readers allow
  Ranking ranking;
};

/// The same product in another graph, mostly close to the given one. Under a limit the result may
/// turn out too deep (a negated output); the caller looks.
AdderGraph rework(const AdderProblem& problem, const AdderGraph& graph, std::optional<int> limit,
                  const Rework& how, uint64_t seed, int64_t& steps);

}  // namespace mase::arch::cmvm
