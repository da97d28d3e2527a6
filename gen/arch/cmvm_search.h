// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "gen/arch/cmvm_share.h"

namespace mase::arch::cmvm {

/// What an adder less is worth beside its LUTs, when graphs are compared: its chain has bits that
/// are not counted. Measured: with 10 the search ends with fewer adders than with 1 and no more
/// LUTs.
inline constexpr int kLutsAnAdder = 10;

/// The weights with the inputs' shifts in them, and 0 where an input is not there. [out * in]
std::vector<int64_t> effective_weights(const AdderProblem& problem);

/// How a first graph is made.
struct Start {
  /// Digits a column that are taken out of all rows and computed once: 0 is none, 1 keeps the sum
  /// of those shallow, more leave fewer digits in the rows.
  int common_digits = 0;
  /// Outputs may begin with another output and add the difference: a spanning tree of the rows.
  bool tree = false;
  Ranking ranking;
};

/// Terms that the rows of such a start have: the fewer, the better it promises to be.
int64_t terms_of(const AdderProblem& problem, std::optional<int> limit, const Start& start);

/// A graph from the weights' canonical digits. `steps` grows by the work done.
AdderGraph first_graph(const AdderProblem& problem, std::optional<int> limit, const Start& start,
                       int64_t& steps);

}  // namespace mase::arch::cmvm
