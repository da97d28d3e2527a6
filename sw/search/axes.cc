// SPDX-License-Identifier: Apache-2.0
#include "sw/search/axes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "gen/base/error.h"

namespace mase::search {

namespace {

std::string described(const Choice& choice) {
  return std::holds_alternative<std::string>(choice) ? "'" + std::get<std::string>(choice) + "'"
                                                     : to_string(choice);
}

std::string wanted(const KeyRule& rule) {
  switch (rule.type) {
    case KeyRule::Type::kBoolean: return "true or false";
    case KeyRule::Type::kText: return fmt::format("one of {}", fmt::join(rule.allowed, ", "));
    case KeyRule::Type::kInteger: break;
  }
  const std::string words =
      rule.allowed.empty() ? "" : fmt::format(", or \"{}\"", fmt::join(rule.allowed, "\", \""));
  return fmt::format("whole numbers from {} to {}{}", rule.least, rule.most, words);
}

[[noreturn]] void fail(const std::string& owner, const ChoiceList& list, const std::string& found,
                       const std::string& help) {
  throw UserError("Q005", fmt::format("{}.{}: {}", owner, list.key, found), list.where, help);
}

void check(const std::string& owner, const ChoiceList& list, const KeyRule& rule,
           const Choice& value) {
  const auto* text = std::get_if<std::string>(&value);
  bool good = false;
  if (text != nullptr) {
    good = std::find(rule.allowed.begin(), rule.allowed.end(), *text) != rule.allowed.end();
  } else if (rule.type == KeyRule::Type::kBoolean) {
    good = std::holds_alternative<bool>(value);
  } else if (rule.type == KeyRule::Type::kInteger) {
    const auto* number = std::get_if<int64_t>(&value);
    good = number != nullptr && *number >= rule.least && *number <= rule.most;
  }
  if (good) return;
  std::string help = "allowed: " + wanted(rule);
  if (text != nullptr && rule.type == KeyRule::Type::kText)
    help = nearest_help(*text, rule.allowed);
  fail(owner, list, fmt::format("{} is no possible choice", described(value)), help);
}

}  // namespace

std::string to_string(const Choice& choice) {
  if (const auto* flag = std::get_if<bool>(&choice)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<int64_t>(&choice)) return fmt::format("{}", *number);
  if (const auto* number = std::get_if<double>(&choice)) return fmt::format("{}", *number);
  return std::get<std::string>(choice);
}

PreparedChoices prepare(const std::string& owner, const ChoiceList& list, const KeyRule& rule) {
  if (list.values.empty()) {
    fail(owner, list, "the list is empty", "give at least one choice: " + wanted(rule));
  }
  PreparedChoices result;
  for (const Choice& value : list.values) {
    check(owner, list, rule, value);
    if (std::find(result.values.begin(), result.values.end(), value) != result.values.end()) {
      result.notes.push_back(fmt::format("{}.{}: {} is given twice and counts once", owner,
                                         list.key, described(value)));
      continue;
    }
    result.values.push_back(value);
  }
  auto& values = result.values;
  result.ordinal = std::all_of(values.begin(), values.end(), [](const Choice& value) {
    return std::holds_alternative<int64_t>(value);
  });
  if (result.ordinal && !std::is_sorted(values.begin(), values.end()) &&
      !std::is_sorted(values.rbegin(), values.rend())) {
    std::sort(values.begin(), values.end());
  }
  return result;
}

const KeyRule& rule_of(const std::vector<KeyRule>& rules, const std::string& owner,
                       const ChoiceList& list) {
  std::vector<std::string> keys;
  for (const auto& rule : rules) {
    if (rule.key == list.key) return rule;
    keys.push_back(rule.key);
  }
  throw UserError("Q004", fmt::format("{}: unknown key '{}'", owner, list.key), list.where,
                  nearest_help(list.key, keys));
}

const SeedOptions* pick_seed(const SpaceOptions& options, const graph::Node& node,
                             std::vector<bool>& used) {
  const std::string key = options.by == "type" ? to_string(node.op) : node.name;
  const SeedOptions* fallback = nullptr;
  size_t fallback_index = 0;
  for (size_t i = 0; i < options.seeds.size(); ++i) {
    if (options.seeds[i].name == key) {
      used[i] = true;
      return &options.seeds[i];
    }
    if (options.seeds[i].name == "default") {
      fallback = &options.seeds[i];
      fallback_index = i;
    }
  }
  if (fallback != nullptr) used[fallback_index] = true;
  return fallback;
}

std::vector<std::string> unused_seeds(const SpaceOptions& options, const graph::Graph& graph,
                                      const std::vector<bool>& used) {
  const bool by_type = options.by == "type";
  std::vector<std::string> names, types = {"linear", "relu", "batch_norm1d"}, notes;
  for (const auto& node : graph.nodes) names.push_back(node.name);
  for (size_t i = 0; i < used.size(); ++i) {
    const std::string& name = options.seeds[i].name;
    if (used[i]) continue;
    std::string reason;
    if (name == "default") {
      reason = "every node has a seed of its own";
    } else if (std::find(names.begin(), names.end(), name) != names.end()) {
      reason = by_type ? "it is a node's name and setup.by is \"type\""
                       : "this node has nothing to search";
    } else if (std::find(types.begin(), types.end(), name) != types.end()) {
      reason = by_type ? "the network has no such node" : "it is a type and setup.by is \"name\"";
    } else {
      const std::string near = nearest_name(name, by_type ? types : names);
      reason = fmt::format("no {} of the network has this name", by_type ? "type" : "node");
      if (!near.empty()) reason += fmt::format("; did you mean '{}'?", near);
    }
    notes.push_back(fmt::format("search.search_space.seed.{} never applies: {}", name, reason));
  }
  return notes;
}

void fail_without_seed(const SpaceOptions& options, const graph::Node& node) {
  throw UserError(
      "Q003",
      fmt::format("search.search_space.seed: nothing is said for {} ({})", node.name,
                  to_string(node.op)),
      options.where,
      fmt::format("add [search.search_space.seed.{}.config], or [search.search_space.seed.default."
                  "config] with name = [\"NA\"] for nodes that stay as they are",
                  options.by == "type" ? to_string(node.op) : node.name));
}

std::optional<std::string> malformed(const std::vector<Parameter>& parameters, const Point& point) {
  if (point.size() != parameters.size()) {
    return fmt::format("{} values for {} parameters", point.size(), parameters.size());
  }
  for (size_t i = 0; i < point.size(); ++i) {
    if (point[i] >= 0 && point[i] < parameters[i].choices && point[i] == std::floor(point[i]))
      continue;
    return fmt::format("{} is {}, allowed 0 to {}", parameters[i].name, point[i],
                       parameters[i].choices - 1);
  }
  return std::nullopt;
}

}  // namespace mase::search
