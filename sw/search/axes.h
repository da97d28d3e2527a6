// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "gen/graph/graph.h"
#include "sw/search/options.h"
#include "sw/search/space.h"

namespace mase::search {

/// What a key of a space may hold.
struct KeyRule {
  std::string key;
  enum class Type { kInteger, kText, kBoolean } type = Type::kInteger;
  int64_t least = 0, most = 0;       ///< kInteger
  std::vector<std::string> allowed;  ///< kText; kInteger: words allowed beside numbers ("NA")
};

/// A list of choices of one node (or a global one) with its place in the space.
struct Axis {
  std::string key;
  size_t parameter = 0;
};

/// Checks values against the rule and brings them into the order of their indices: numbers that are
/// not monotone are sorted, a choice given twice is kept once (with a note). Errors: UserError Q005
/// naming `owner` and key.
struct PreparedChoices {
  std::vector<Choice> values;
  bool ordinal = false;
  std::vector<std::string> notes;
};
PreparedChoices prepare(const std::string& owner, const ChoiceList& list, const KeyRule& rule);

/// The rule of `key`. Errors: UserError Q004 with the nearest.
const KeyRule& rule_of(const std::vector<KeyRule>& rules, const std::string& owner,
                       const ChoiceList& list);

/// The seed that MASE picks for a node: by its name or its type, else "default"; nullptr: none.
/// `used` marks it.
const SeedOptions* pick_seed(const SpaceOptions& options, const graph::Node& node,
                             std::vector<bool>& used);

/// A note for every seed that picked no node.
std::vector<std::string> unused_seeds(const SpaceOptions& options, const graph::Graph& graph,
                                      const std::vector<bool>& used);

/// Q003: the node has no seed.
[[noreturn]] void fail_without_seed(const SpaceOptions& options, const graph::Node& node);

/// The index that the point has for a parameter; the point has been checked.
inline size_t index_at(const Point& point, size_t parameter) {
  return static_cast<size_t>(point[parameter]);
}

/// Why the point is none of the space: its size, or an index outside the choices.
std::optional<std::string> malformed(const std::vector<Parameter>& parameters, const Point& point);

std::unique_ptr<Space> make_quantise_space(const graph::Graph& graph, const SpaceOptions& options,
                                           const arch::HardwareOptions& hardware);
std::unique_ptr<Space> make_channel_space(const graph::Graph& graph, const SpaceOptions& options,
                                          const arch::HardwareOptions& hardware);

}  // namespace mase::search
