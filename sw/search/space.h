// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "gen/arch/hardware_graph.h"
#include "gen/graph/graph.h"
#include "sw/search/options.h"
#include "sw/search/sampler/problem.h"

namespace mase::search {

/// What may be chosen, and what a choice means. Immutable and thread-safe: every call starts from
/// the untouched graph.
///
/// A parameter is named as MASE flattens its dictionaries: `seq_blocks_2/config/data_in_width`,
/// `seq_blocks_2/hardware/parallelism_in`, and `hardware/target_ii` for a global one. Its value is
/// the index of the choice. Numbers (all of a list) are ordinal and in an order that is monotone in
/// value: a list that is not sorted either way is sorted upwards; everything else, "NA" beside
/// numbers included, is nominal and stays in the user's order. A list of one choice is a constant,
/// which is a parameter with one choice. Keys that a node's operator does not have (the weights of
/// a ReLU) are no parameters.
class Space {
 public:
  virtual ~Space() = default;

  const std::string& name() const { return name_; }
  const std::vector<Parameter>& parameters() const { return parameters_; }
  /// [parameters] the choices of each, in the order of their indices.
  const std::vector<std::vector<Choice>>& choices() const { return choices_; }
  /// What the user should know: seeds that apply to nothing, choices given twice, ...
  const std::vector<std::string>& notes() const { return notes_; }

  /// Why this point must not be evaluated: it is inconsistent (two widths that do not meet), or it
  /// is another point in disguise (a width that differs where nothing is quantised). Points of
  /// wrong size or with indices out of range are illegal as well. nullopt: it is legal.
  virtual std::optional<std::string> illegal(const Point& point) const = 0;
  /// False when every point is legal.
  virtual bool may_be_illegal() const = 0;

  /// True when every point has the base graph's parameters.
  virtual bool fixed_parameters() const = 0;

  /// As log.json shows it: {"seq_blocks_2": {"config": {"name": "integer", "data_in_width": 4,
  /// "data_in_frac_width": null}, "hardware": {..}}, .., "hardware": {..}} in the graph's order;
  /// "NA" is null, and a node that is not quantised shows its name alone.
  virtual nlohmann::ordered_json sampled_config(const Point& point) const = 0;

  /// A new graph: quantised (or widened) and with its nodes' `hardware`. Errors: UserError Q010
  /// for an illegal point.
  virtual graph::Graph graph(const Point& point) const = 0;
  /// The base options with the point's global and per-node choices on top.
  virtual arch::HardwareOptions hardware_options(const Point& point) const = 0;

  /// One point after the other, in the same memory.
  struct Configured {
    Point point;  ///< empty: none yet
    graph::Graph graph;
    arch::HardwareOptions hardware;
  };
  /// Makes `configured`, of this space, mean `point`: what has not changed since its last point is
  /// left alone. What graph() and hardware_options() both say of a node stands in the graph alone.
  /// Errors: as graph().
  virtual void configure(Configured& configured, const Point& point) const;

  /// The graph that every trial starts from.
  const graph::Graph& base() const { return base_; }

 protected:
  Space(std::string name, graph::Graph base, arch::HardwareOptions hardware)
      : name_(std::move(name)), base_(std::move(base)), hardware_(std::move(hardware)) {}

  std::string name_;
  graph::Graph base_;
  arch::HardwareOptions hardware_;
  std::vector<Parameter> parameters_;
  std::vector<std::vector<Choice>> choices_;
  std::vector<std::string> notes_;
};

/// "graph/quantize/mixed_precision_ptq", "graph/channel_multiply/channel_multiplier".
const std::vector<std::string>& space_names();

/// `hardware`: the project's [hardware] table, under what is searched. Errors: UserError Q001
/// (unknown space, with the nearest), Q002 (setup.by), Q003 (a node has no seed and there is no
/// default), Q004 (unknown key, with the nearest), Q005 (empty list, value of wrong type or out of
/// range, with the limit), Q006 (a key that the node needs is missing), Q007 (no point is legal).
std::unique_ptr<Space> make_space(const graph::Graph& graph, const SpaceOptions& options,
                                  const arch::HardwareOptions& hardware = {});

}  // namespace mase::search
