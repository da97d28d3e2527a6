// SPDX-License-Identifier: Apache-2.0
// Mixed precision after training: formats and hardware keys of every node.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "gen/base/error.h"
#include "sw/search/axes.h"
#include "sw/search/quantise_keys.h"

namespace mase::search {

namespace {

using graph::Hardware;
using graph::Node;
using graph::Op;
using graph::Quant;

/// Parameters of one node.
struct NodeAxes {
  size_t node = 0;  ///< index into the base graph
  std::vector<Axis> config, hardware;
  std::optional<size_t> name, bypass;  ///< parameters
  /// (fraction, width) where "NA" stands beside numbers: half the width has two names.
  std::vector<std::pair<size_t, size_t>> fractions;
};

class QuantiseSpace final : public Space {
 public:
  QuantiseSpace(const graph::Graph& graph, const SpaceOptions& options,
                const arch::HardwareOptions& hardware)
      : Space(options.name, graph, hardware) {
    check_seeds(options);
    std::vector<bool> used(options.seeds.size(), false);
    for (size_t i = 0; i < base_.nodes.size(); ++i) add_node(options, i, used);
    for (const auto& list : options.hardware) {
      check_registers("search.search_space.hardware", list, options.hardware);
      const KeyRule& rule = rule_of(global_rules(), "search.search_space.hardware", list);
      globals_.push_back(
          {list.key, add("hardware/" + list.key, "search.search_space.hardware", list, rule)});
    }
    for (auto& note : unused_seeds(options, base_, used)) notes_.push_back(std::move(note));
  }

  std::optional<std::string> illegal(const Point& point) const override {
    if (auto reason = malformed(parameters_, point)) return reason;
    for (const NodeAxes& axes : nodes_) {
      const std::string& name = node_name(axes);
      if (!enabled(axes, point)) {
        const Axis* other = first_moved(axes, point);
        if (other == nullptr) continue;
        return fmt::format("{} is not quantised: its {} means nothing", name, other->key);
      }
      for (const auto& [frac, width] : axes.fractions) {
        const Choice& chosen = choice(point, frac);
        if (number(chosen) && *number(chosen) == *number(choice(point, width)) / 2) {
          return fmt::format("{}: {} of width {} is what \"NA\" says", parameters_[frac].name,
                             *number(chosen), *number(choice(point, width)));
        }
      }
    }
    return std::nullopt;
  }

  bool may_be_illegal() const override {
    return std::any_of(nodes_.begin(), nodes_.end(), [&](const NodeAxes& axes) {
      const auto varies = [&](const std::optional<size_t>& p) {
        return p && parameters_[*p].choices > 1;
      };
      return !axes.fractions.empty() || varies(axes.name) || varies(axes.bypass);
    });
  }

  bool fixed_parameters() const override { return true; }

  nlohmann::ordered_json sampled_config(const Point& point) const override {
    check(point);
    auto result = nlohmann::ordered_json::object();
    for (const NodeAxes& axes : nodes_) {
      auto& entry = result[node_name(axes)];
      const bool on = enabled(axes, point);
      for (const Axis& axis : axes.config) {
        const bool says_off = axis.key == "name" || axis.key == "bypass";
        if (on || says_off) entry["config"][axis.key] = json_of(choice(point, axis.parameter));
      }
      for (const Axis& axis : axes.hardware)
        entry["hardware"][axis.key] = json_of(choice(point, axis.parameter));
    }
    for (const Axis& axis : globals_)
      result["hardware"][axis.key] = json_of(choice(point, axis.parameter));
    return result;
  }

  graph::Graph graph(const Point& point) const override {
    check(point);
    graph::Graph result = base_;
    for (const NodeAxes& axes : nodes_) {
      Node& node = result.nodes[axes.node];
      if (!axes.config.empty()) node.quant = quant(axes, point);
      if (!axes.hardware.empty()) node.hardware = hardware_of(axes, point);
    }
    return result;
  }

  void configure(Configured& configured, const Point& point) const override {
    check(point);
    const bool first = configured.point.size() != point.size();
    if (first) {
      configured = {{}, base_, hardware_};
      for (const NodeAxes& axes : nodes_) {
        if (!axes.hardware.empty()) configured.hardware.nodes.erase(node_name(axes));
      }
    }
    const auto moved = [&](const std::vector<Axis>& axes) {
      return std::any_of(axes.begin(), axes.end(), [&](const Axis& axis) {
        return first || configured.point[axis.parameter] != point[axis.parameter];
      });
    };
    for (const NodeAxes& axes : nodes_) {
      Node& node = configured.graph.nodes[axes.node];
      if (moved(axes.config)) node.quant = quant(axes, point);
      if (moved(axes.hardware)) node.hardware = hardware_of(axes, point);
    }
    for (const Axis& axis : globals_)
      set_key(configured.hardware, axis.key, choice(point, axis.parameter));
    configured.point = point;
  }

  arch::HardwareOptions hardware_options(const Point& point) const override {
    check(point);
    arch::HardwareOptions result = hardware_;
    for (const Axis& axis : globals_) {
      set_key(result, axis.key, choice(point, axis.parameter));
    }
    for (const NodeAxes& axes : nodes_) {
      if (!axes.hardware.empty()) result.nodes[node_name(axes)] = hardware_of(axes, point);
    }
    return result;
  }

 private:
  const Choice& choice(const Point& point, size_t parameter) const {
    return choices_[parameter][index_at(point, parameter)];
  }

  void check(const Point& point) const {
    if (auto reason = malformed(parameters_, point)) throw UserError("Q010", *reason);
  }

  static nlohmann::ordered_json json_of(const Choice& choice) {
    if (const auto* text = std::get_if<std::string>(&choice))
      return *text == "NA" ? nlohmann::ordered_json() : nlohmann::ordered_json(*text);
    return std::visit([](const auto& value) { return nlohmann::ordered_json(value); }, choice);
  }

  static void check_registers(const std::string& owner, const ChoiceList& list,
                              const std::vector<ChoiceList>& others) {
    if (list.key != "target_mhz" || find(others, "adders_per_stage") == nullptr) return;
    throw UserError("Q004", owner + ": target_mhz and adders_per_stage exclude each other",
                    list.where, "keep one of them");
  }

  /// Keys and values are checked also where a seed never applies.
  void check_seeds(const SpaceOptions& options) const {
    const auto config = config_rules();
    const auto hardware = hardware_rules(int64_t{1} << 31, int64_t{1} << 31);
    auto either = config;
    either.insert(either.end(), hardware.begin(), hardware.end());
    for (size_t i = 0; i < options.seeds.size(); ++i) {
      const auto& seed = options.seeds[i];
      const std::string owner = "search.search_space.seed." + seed.name;
      for (size_t j = 0; j < i; ++j) {
        if (options.seeds[j].name == seed.name)
          throw UserError("Q004", owner + " is given twice", seed.where, "keep one of them");
      }
      for (const auto& list : seed.config) check_registers(owner, list, seed.config);
      for (const auto& list : seed.config)
        prepare(owner + ".config", list, rule_of(either, owner + ".config", list));
      for (const auto& list : seed.hardware) {
        prepare(owner + ".hardware", list, rule_of(hardware, owner + ".hardware", list));
        check_registers(owner, list, seed.config);
        check_registers(owner, list, seed.hardware);
        if (find(seed.config, list.key) != nullptr) {
          throw UserError("Q004",
                          fmt::format("{}: {} stands in config and in hardware", owner, list.key),
                          list.where, "keep one of them");
        }
      }
    }
  }

  size_t add(const std::string& name, const std::string& owner, const ChoiceList& list,
             const KeyRule& rule) {
    PreparedChoices prepared = prepare(owner, list, rule);
    for (auto& note : prepared.notes) {
      if (std::find(notes_.begin(), notes_.end(), note) == notes_.end())
        notes_.push_back(std::move(note));
    }
    parameters_.push_back(
        {.name = name,
         .kind = prepared.ordinal ? Parameter::Kind::kOrdinal : Parameter::Kind::kNominal,
         .choices = static_cast<int>(prepared.values.size())});
    choices_.push_back(std::move(prepared.values));
    return parameters_.size() - 1;
  }

  void add_node(const SpaceOptions& options, size_t index, std::vector<bool>& used) {
    const Node& node = base_.nodes[index];
    const SeedOptions* seed = nullptr;
    if (quantisable(node)) {
      seed = pick_seed(options, node, used);
      if (seed == nullptr) fail_without_seed(options, node);
    } else if (options.by == "name") {  // the ends of the network have lanes of their own
      for (size_t i = 0; i < options.seeds.size(); ++i) {
        if (options.seeds[i].name != node.name || node.op == Op::kFlatten) continue;
        seed = &options.seeds[i];
        used[i] = true;
      }
    }
    if (seed == nullptr) return;
    NodeAxes axes{.node = index};
    if (quantisable(node)) add_config(*seed, node, axes);
    add_hardware(*seed, node, axes);
    if (!axes.config.empty() || !axes.hardware.empty()) nodes_.push_back(std::move(axes));
  }

  void add_config(const SeedOptions& seed, const Node& node, NodeAxes& axes) {
    const std::string owner = "search.search_space.seed." + seed.name + ".config";
    const auto rules = config_rules();
    const bool silent = std::none_of(seed.config.begin(), seed.config.end(),
                                     [&](const auto& list) { return is_rule(rules, list.key); });
    if (silent) return;  // a search of hardware keys alone keeps the graph's formats
    const bool possible = can_be_quantised(seed);
    for (const auto& list : seed.config) {
      const bool switches = list.key == "name" || list.key == "bypass";
      if (!is_rule(rules, list.key) || !has_key(node, list.key) || (!possible && !switches))
        continue;
      const size_t parameter =
          add(node.name + "/config/" + list.key, owner, list, rule_of(rules, owner, list));
      axes.config.push_back({list.key, parameter});
      if (list.key == "name") axes.name = parameter;
      if (list.key == "bypass") axes.bypass = parameter;
    }
    if (!possible) return;
    for (const std::string& operand : operands()) {
      const auto frac = parameter_of(axes, operand + "_frac_width");
      const auto width = parameter_of(axes, operand + "_width");
      const bool needed = (operand == "data_in" || operand == "weight" || operand == "bias") &&
                          has_key(node, operand + "_width");
      if (!width && (needed || frac)) {
        throw UserError("Q006",
                        fmt::format("{} has no {}_width, which {} ({}) needs", owner, operand,
                                    node.name, to_string(node.op)),
                        seed.where, fmt::format("add for example {}_width = [4, 8]", operand));
      }
      if (!frac || parameters_[*frac].kind == Parameter::Kind::kOrdinal) continue;
      if (parameters_[*frac].choices > 1) axes.fractions.push_back({*frac, *width});
    }
  }

  /// False when every choice says "not quantised".
  static bool can_be_quantised(const SeedOptions& seed) {
    const auto holds = [&](const char* key, const Choice& value) {
      const ChoiceList* list = find(seed.config, key);
      return list == nullptr ||
             std::find(list->values.begin(), list->values.end(), value) != list->values.end();
    };
    return holds("name", std::string("integer")) && holds("bypass", false);
  }

  static std::optional<size_t> parameter_of(const NodeAxes& axes, const std::string& key) {
    for (const Axis& axis : axes.config) {
      if (axis.key == key) return axis.parameter;
    }
    return std::nullopt;
  }

  void add_hardware(const SeedOptions& seed, const Node& node, NodeAxes& axes) {
    const int64_t out = features_out(base_, node);
    const int64_t in =
        node.inputs.empty() ? out : features_out(base_, *base_.find(node.inputs.front()));
    const auto rules = hardware_rules(in, out);
    auto lists = seed.hardware;
    for (const auto& list : seed.config) {
      if (is_rule(rules, list.key)) lists.push_back(list);
    }
    for (const auto& list : lists) {
      const std::string& key = list.key;
      if ((key == "weight_storage" || key == "multiplier" || key == "style" ||
           key == "adders_per_stage" || key == "extra_adder_depth" || key == "target_mhz") &&
          !affine(node))
        continue;
      if (key == "fuse" && !quantisable(node)) continue;
      // An element-wise node reads and writes the same lanes: one parameter, not two.
      if (key == "parallelism_out" && node.op != Op::kLinear && find(lists, "parallelism_in"))
        continue;
      const std::string owner =
          fmt::format("search.search_space.seed.{} for {} ({}, {} -> {} features)", seed.name,
                      node.name, to_string(node.op), in, out);
      axes.hardware.push_back(
          {key, add(node.name + "/hardware/" + key, owner, list, rule_of(rules, owner, list))});
    }
  }

  const std::string& node_name(const NodeAxes& axes) const { return base_.nodes[axes.node].name; }

  bool enabled(const NodeAxes& axes, const Point& point) const {
    if (axes.config.empty()) return false;
    if (axes.name && std::get<std::string>(choice(point, *axes.name)) == "NA") return false;
    return !axes.bypass || !std::get<bool>(choice(point, *axes.bypass));
  }

  /// Of all points in which the node is not quantised one counts: name "NA" where it can be, else
  /// bypass, and everything else at its first choice.
  const Axis* first_moved(const NodeAxes& axes, const Point& point) const {
    const auto& names = axes.name ? choices_[*axes.name] : std::vector<Choice>{};
    const bool can_say_na =
        std::find(names.begin(), names.end(), Choice(std::string("NA"))) != names.end();
    const bool says_na = axes.name && choice(point, *axes.name) == Choice(std::string("NA"));
    for (const Axis& axis : axes.config) {
      if (axis.key == "name") continue;
      if (axis.key == "bypass" && !says_na) {
        if (can_say_na) return &axis;
        continue;
      }
      if (index_at(point, axis.parameter) != 0) return &axis;
    }
    return nullptr;
  }

  std::optional<Quant> quant(const NodeAxes& axes, const Point& point) const {
    if (!enabled(axes, point)) return std::nullopt;
    Quant q;
    for (const Axis& axis : axes.config) {
      set_key(q, axis.key, choice(point, axis.parameter));
    }
    settle_fractions(q);
    return q;
  }

  /// The graph's own table, the project's on top, the point's on top of both.
  Hardware hardware_of(const NodeAxes& axes, const Point& point) const {
    const Node& node = base_.nodes[axes.node];
    Hardware h = node.hardware.value_or(Hardware{});
    if (const auto found = hardware_.nodes.find(node.name); found != hardware_.nodes.end()) {
      h = overlay(h, found->second);
    }
    for (const Axis& axis : axes.hardware) {
      set_key(h, axis.key, choice(point, axis.parameter), node.op == Op::kLinear);
    }
    return h;
  }

  std::vector<NodeAxes> nodes_;
  std::vector<Axis> globals_;
};

}  // namespace

std::unique_ptr<Space> make_quantise_space(const graph::Graph& graph, const SpaceOptions& options,
                                           const arch::HardwareOptions& hardware) {
  return std::make_unique<QuantiseSpace>(graph, options, hardware);
}

}  // namespace mase::search
