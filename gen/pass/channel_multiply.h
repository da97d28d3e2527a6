// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gen/base/error.h"
#include "gen/graph/graph.h"

namespace mase::pass {

/// How one node is widened; MASE's names.
struct ChannelMultiply {
  enum class Mode { kNone, kOutputOnly, kInputOnly, kBoth, kInplace };
  Mode mode = Mode::kNone;
  int64_t input = 1;   ///< factor of in_features; kInplace: of num_features
  int64_t output = 1;  ///< factor of out_features
};

/// "NA", "output_only", "input_only", "both", "inplace". Errors: UserError P030 with the nearest.
ChannelMultiply::Mode parse_channel_mode(const std::string& name);

struct ChannelMultiplyResult {
  graph::Graph graph;              ///< the input graph is untouched
  std::vector<std::string> notes;  ///< a ReLU's factor that differs from what arrives
};

/// Widens nodes by whole factors and keeps what the network computes: a unit becomes `m` copies,
/// and whoever reads it divides its weight among them in the unequal shares 2(k+1) / (m(m+1)), so
/// that copies get different gradients and training makes different units of them. A batch norm is
/// copied along (mode `inplace`); a ReLU has no width and follows its input. The units of a widened
/// layer are in the order u0 copy 0, u0 copy 1, ..., u1 copy 0, ...
///
/// `nodes`: (name, factors). Errors: UserError P030 (mode that the operator does not have), P031
/// (factor below 1, or more than 65536 features), P032 (neighbours do not meet: names both and
/// their widths; the first layer's input and the network's output are neighbours of the data), P033
/// (a name that is no node).
/// Source: the function-preserving wider operator of Net2Net (Chen, Goodfellow, Shlens, 2016).
ChannelMultiplyResult channel_multiply(
    const graph::Graph& graph, const std::vector<std::pair<std::string, ChannelMultiply>>& nodes);

/// P032 without widening anything, or nothing: cheap. Errors: P030, P031, P033 as above.
std::optional<UserError> channel_mismatch(
    const graph::Graph& graph, const std::vector<std::pair<std::string, ChannelMultiply>>& nodes);

}  // namespace mase::pass
