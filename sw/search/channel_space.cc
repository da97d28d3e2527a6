// SPDX-License-Identifier: Apache-2.0
// Layers widened by whole factors.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "gen/base/error.h"
#include "gen/pass/channel_multiply.h"
#include "sw/search/axes.h"

namespace mase::search {

namespace {

using graph::Node;
using graph::Op;
using pass::ChannelMultiply;
using Mode = ChannelMultiply::Mode;
using Type = KeyRule::Type;

constexpr const char* kFactor = "channel_multiplier";
constexpr const char* kInput = "channel_multiplier_input";
constexpr const char* kOutput = "channel_multiplier_output";

bool widenable(const Node& node) {
  return node.op == Op::kLinear || node.op == Op::kBatchNorm1d || node.op == Op::kRelu;
}

std::vector<KeyRule> rules_for(const Node* node) {
  std::vector<std::string> names = {"NA", "output_only", "input_only", "both", "inplace"};
  if (node != nullptr) {
    names = node->op == Op::kLinear
                ? std::vector<std::string>{"output_only", "input_only", "both", "NA"}
                : std::vector<std::string>{"inplace", "NA"};
  }
  return {{"name", Type::kText, 0, 0, names},
          {kFactor, Type::kInteger, 1, 4096, {}},
          {kInput, Type::kInteger, 1, 4096, {}},
          {kOutput, Type::kInteger, 1, 4096, {}}};
}

/// The keys that a mode reads. `both` takes one factor for both sides as well.
std::vector<std::string> keys_of(const std::string& mode, const SeedOptions& seed) {
  const auto has = [&](const std::string& key) {
    return std::any_of(seed.config.begin(), seed.config.end(),
                       [&](const auto& list) { return list.key == key; });
  };
  if (mode == "NA") return {};
  if (mode == "both" && (has(kInput) || has(kOutput))) return {kInput, kOutput};
  return {kFactor};
}

struct NodeAxes {
  size_t node = 0;
  std::vector<Axis> config;
  std::optional<size_t> name, factor, input, output;  ///< parameters
  /// Keys that count, by the index of the name.
  std::vector<std::vector<std::string>> alive;
};

class ChannelSpace final : public Space {
 public:
  ChannelSpace(const graph::Graph& graph, const SpaceOptions& options,
               const arch::HardwareOptions& hardware)
      : Space(options.name, graph, hardware) {
    if (!options.hardware.empty()) {
      throw UserError(
          "Q004",
          fmt::format("search.search_space.hardware: space {} has no hardware keys", options.name),
          options.hardware.front().where, "search them in graph/quantize/mixed_precision_ptq");
    }
    check_seeds(options);
    std::vector<bool> used(options.seeds.size(), false);
    for (size_t i = 0; i < base_.nodes.size(); ++i) {
      const Node& node = base_.nodes[i];
      if (!widenable(node)) continue;
      const SeedOptions* seed = pick_seed(options, node, used);
      if (seed == nullptr) fail_without_seed(options, node);
      add_node(*seed, i);
    }
    for (auto& note : unused_seeds(options, base_, used)) notes_.push_back(std::move(note));
    check_reachable(options);
    note_idle_relus();
  }

  std::optional<std::string> illegal(const Point& point) const override {
    if (auto reason = malformed(parameters_, point)) return reason;
    for (const NodeAxes& axes : nodes_) {
      const auto& alive = axes.alive[axes.name ? index_at(point, *axes.name) : 0];
      for (const Axis& axis : axes.config) {
        if (axis.key == "name" || index_at(point, axis.parameter) == 0) continue;
        if (std::find(alive.begin(), alive.end(), axis.key) == alive.end()) {
          return fmt::format("{}: {} means nothing for this name", base_.nodes[axes.node].name,
                             axis.key);
        }
      }
    }
    if (auto error = pass::channel_mismatch(base_, factors(point))) return error->message();
    return std::nullopt;
  }

  bool may_be_illegal() const override {
    return std::any_of(parameters_.begin(), parameters_.end(),
                       [](const Parameter& parameter) { return parameter.choices > 1; });
  }

  bool fixed_parameters() const override { return false; }

  nlohmann::ordered_json sampled_config(const Point& point) const override {
    check(point);
    auto result = nlohmann::ordered_json::object();
    for (const NodeAxes& axes : nodes_) {
      auto& config = result[base_.nodes[axes.node].name]["config"];
      const auto& alive = axes.alive[axes.name ? index_at(point, *axes.name) : 0];
      for (const Axis& axis : axes.config) {
        const Choice& value = choices_[axis.parameter][index_at(point, axis.parameter)];
        if (axis.key == "name") {
          const auto& name = std::get<std::string>(value);
          config["name"] = name == "NA" ? nlohmann::ordered_json() : nlohmann::ordered_json(name);
        } else if (std::find(alive.begin(), alive.end(), axis.key) != alive.end()) {
          config[axis.key] = std::get<int64_t>(value);
        }
      }
    }
    return result;
  }

  graph::Graph graph(const Point& point) const override {
    check(point);
    return pass::channel_multiply(base_, factors(point)).graph;
  }

  arch::HardwareOptions hardware_options(const Point& point) const override {
    check(point);
    return hardware_;
  }

 private:
  void check(const Point& point) const {
    if (auto reason = malformed(parameters_, point)) throw UserError("Q010", *reason);
  }

  void check_seeds(const SpaceOptions& options) const {
    for (const auto& seed : options.seeds) {
      const std::string owner = "search.search_space.seed." + seed.name + ".config";
      for (const auto& list : seed.config)
        prepare(owner, list, rule_of(rules_for(nullptr), owner, list));
      if (!seed.hardware.empty()) {
        throw UserError("Q004",
                        fmt::format("search.search_space.seed.{}: space {} has no hardware keys",
                                    seed.name, options.name),
                        seed.hardware.front().where,
                        "search them in graph/quantize/mixed_precision_ptq");
      }
    }
  }

  void add_node(const SeedOptions& seed, size_t index) {
    const Node& node = base_.nodes[index];
    const std::string owner = fmt::format("search.search_space.seed.{}.config for {} ({})",
                                          seed.name, node.name, to_string(node.op));
    const auto rules = rules_for(&node);
    NodeAxes axes{.node = index};
    std::vector<std::string> modes = {"NA"};
    for (const auto& list : seed.config) {
      if (list.key != "name") continue;
      const PreparedChoices names = prepare(owner, list, rule_of(rules, owner, list));
      modes.clear();
      for (const Choice& name : names.values) modes.push_back(std::get<std::string>(name));
    }
    std::set<std::string> needed;
    for (const auto& mode : modes) {
      axes.alive.push_back(keys_of(mode, seed));
      needed.insert(axes.alive.back().begin(), axes.alive.back().end());
    }
    for (const auto& list : seed.config) {
      if (list.key != "name" && !needed.contains(list.key)) continue;
      needed.erase(list.key);
      const size_t parameter = add(node, owner, list, rule_of(rules, owner, list));
      axes.config.push_back({list.key, parameter});
      if (list.key == "name") axes.name = parameter;
      if (list.key == kFactor) axes.factor = parameter;
      if (list.key == kInput) axes.input = parameter;
      if (list.key == kOutput) axes.output = parameter;
    }
    if (!needed.empty()) {
      throw UserError("Q006", fmt::format("{} has no {}", owner, fmt::join(needed, " and no ")),
                      seed.where, fmt::format("add for example {} = [2, 4]", *needed.begin()));
    }
    nodes_.push_back(std::move(axes));
  }

  size_t add(const Node& node, const std::string& owner, const ChoiceList& list,
             const KeyRule& rule) {
    PreparedChoices prepared = prepare(owner, list, rule);
    for (auto& note : prepared.notes) notes_.push_back(std::move(note));
    // A ReLU has no width: more than one factor would be an axis on which nothing changes.
    if (node.op == Op::kRelu && prepared.values.size() > 1) {
      notes_.push_back(
          fmt::format("{}: {} has no width of its own and follows its input: its "
                      "first {} stands for all",
                      owner, node.name, list.key));
      prepared.values.resize(1);
    }
    parameters_.push_back(
        {.name = node.name + "/config/" + list.key,
         .kind = prepared.ordinal ? Parameter::Kind::kOrdinal : Parameter::Kind::kNominal,
         .choices = static_cast<int>(prepared.values.size())});
    choices_.push_back(std::move(prepared.values));
    return parameters_.size() - 1;
  }

  int64_t factor_of(const std::optional<size_t>& parameter, size_t index) const {
    return parameter ? std::get<int64_t>(choices_[*parameter][index]) : 1;
  }

  ChannelMultiply channel_of(const NodeAxes& axes, const std::string& mode, int64_t factor,
                             int64_t input, int64_t output) const {
    ChannelMultiply result{.mode = pass::parse_channel_mode(mode)};
    const bool split = result.mode == Mode::kBoth && (axes.input || axes.output);
    result.input = split ? input : factor;
    result.output = split ? output : factor;
    return result;
  }

  std::vector<std::pair<std::string, ChannelMultiply>> factors(const Point& point) const {
    std::vector<std::pair<std::string, ChannelMultiply>> result;
    const auto at = [&](const std::optional<size_t>& p) {
      return factor_of(p, p ? index_at(point, *p) : 0);
    };
    for (const NodeAxes& axes : nodes_) {
      const std::string mode =
          axes.name ? std::get<std::string>(choices_[*axes.name][index_at(point, *axes.name)])
                    : "NA";
      result.emplace_back(base_.nodes[axes.node].name,
                          channel_of(axes, mode, at(axes.factor), at(axes.input), at(axes.output)));
    }
    return result;
  }

  /// Everything that a node's choices can make of it.
  std::vector<ChannelMultiply> variants(const NodeAxes& axes) const {
    std::vector<ChannelMultiply> result;
    const auto count = [&](const std::optional<size_t>& p) { return p ? choices_[*p].size() : 1; };
    for (size_t n = 0; n < axes.alive.size(); ++n) {
      const std::string mode = axes.name ? std::get<std::string>(choices_[*axes.name][n]) : "NA";
      for (size_t f = 0; f < count(axes.factor); ++f) {
        for (size_t i = 0; i < count(axes.input); ++i) {
          for (size_t o = 0; o < count(axes.output); ++o) {
            result.push_back(channel_of(axes, mode, factor_of(axes.factor, f),
                                        factor_of(axes.input, i), factor_of(axes.output, o)));
          }
        }
      }
    }
    return result;
  }

  /// Follows every width that the choices allow through the chain: a node that none of them suits
  /// is an error now and not one a trial.
  void check_reachable(const SpaceOptions& options) const {
    std::map<std::string, std::set<int64_t>> widths;
    std::map<size_t, const NodeAxes*> axes_of;
    for (const NodeAxes& axes : nodes_) axes_of[axes.node] = &axes;
    for (size_t i = 0; i < base_.nodes.size(); ++i) {
      const Node& node = base_.nodes[i];
      std::set<int64_t>& leaving = widths[node.name];
      if (node.op == Op::kPlaceholder) {
        leaving.insert(features_out(base_, node));
        continue;
      }
      const auto& arriving = widths.at(node.inputs.front());
      std::set<int64_t> expected;
      if (node.op == Op::kLinear || node.op == Op::kBatchNorm1d) {
        const bool linear = node.op == Op::kLinear;
        for (const auto& variant : variants(*axes_of.at(i))) {
          const bool in = variant.mode != Mode::kNone && variant.mode != Mode::kOutputOnly;
          const bool out = variant.mode == Mode::kOutputOnly || variant.mode == Mode::kBoth;
          const int64_t width =
              (linear ? node.in_features : node.num_features) * (in ? variant.input : 1);
          expected.insert(width);
          if (!arriving.contains(width)) continue;
          leaving.insert(linear ? node.out_features * (out ? variant.output : 1) : width);
        }
      } else if (node.op == Op::kOutput) {
        expected = {features_out(base_, node)};
        if (arriving.contains(*expected.begin())) leaving = expected;
      } else {
        leaving = arriving;
      }
      if (!leaving.empty()) continue;
      throw UserError(
          "Q007",
          fmt::format("{} gives {} values, {} ({}) expects {}: no choice of the two fits",
                      node.inputs.front(), fmt::join(arriving, " or "), node.name,
                      to_string(node.op), fmt::join(expected, " or ")),
          options.where,
          node.op == Op::kOutput
              ? "the network's outputs are the data set's classes: leave the last layer's outputs "
                "as they are"
              : "give neighbours the same channel multiplier: the output factor of one is the "
                "input factor of the next (a batch norm between them: name = [\"inplace\"])");
    }
  }

  /// A ReLU whose factor is never that of its input is worth a word: it changes nothing.
  void note_idle_relus() {
    const bool constant = std::all_of(parameters_.begin(), parameters_.end(),
                                      [](const auto& parameter) { return parameter.choices == 1; });
    if (!constant) return;
    auto result = pass::channel_multiply(base_, factors(Point(parameters_.size(), 0.0)));
    for (auto& note : result.notes) notes_.push_back(std::move(note));
  }

  std::vector<NodeAxes> nodes_;
};

}  // namespace

std::unique_ptr<Space> make_channel_space(const graph::Graph& graph, const SpaceOptions& options,
                                          const arch::HardwareOptions& hardware) {
  return std::make_unique<ChannelSpace>(graph, options, hardware);
}

}  // namespace mase::search
