// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/search_table.h"

#include <algorithm>
#include <cmath>

#include "sw/cli/option_groups.h"

namespace mase::cli {

namespace {

/// A scalar; nullopt for what no choice can be (dates, tables, arrays, nan and inf).
std::optional<search::Choice> scalar(const toml::node& node) {
  if (const auto* flag = node.as_boolean()) return flag->get();
  if (const auto* number = node.as_integer()) return number->get();
  if (const auto* text = node.as_string()) return text->get();
  const auto* real = node.as_floating_point();
  if (real && std::isfinite(real->get())) return real->get();
  return std::nullopt;
}

/// Lists of choices, key by key in the order of the file.
std::vector<search::ChoiceList> read_lists(Section table,
                                           const std::vector<std::string>& other_keys = {}) {
  constexpr const char* kWants = "an array of one or more choices (numbers, strings, true, false)";
  std::vector<search::ChoiceList> lists;
  for (const auto& key : table.keys_in_file_order()) {
    if (std::find(other_keys.begin(), other_keys.end(), key) != other_keys.end()) continue;
    const toml::node* node = table.find(key);
    if (!node->is_array() || node->as_array()->empty()) table.fail(key, kWants);
    search::ChoiceList list{.key = key, .where = table.where(key)};
    for (const auto& item : *node->as_array()) {
      if (item.is_array()) {
        table.fail(key, std::string(kWants) +
                            ", each for all channels: a search offers no widths channel by "
                            "channel; give those in [passes.quantize]");
      }
      auto value = scalar(item);
      if (!value) table.fail(key, kWants);
      list.values.push_back(std::move(*value));
    }
    lists.push_back(std::move(list));
  }
  return lists;
}

search::SeedOptions read_seed(Section entry, const std::string& name, const std::string& where) {
  search::SeedOptions seed{.name = name, .where = where};
  const bool nested = entry.table().contains("config") || entry.table().contains("hardware");
  if (!nested) {  // models that are not graphs have no inner table
    seed.config = read_lists(entry);
    return seed;
  }
  if (const auto config = entry.section("config")) seed.config = read_lists(*config);
  if (const auto hardware = entry.section("hardware")) seed.hardware = read_lists(*hardware);
  entry.finish();
  return seed;
}

search::SpaceOptions read_space(Section table) {
  search::SpaceOptions space{.where = table.where("")};
  if (auto name = table.text("name")) {
    space.name = std::move(*name);
    space.where = table.where("name");
  }
  if (auto setup = table.section("setup")) {
    if (auto by = setup->choice("by", {"type", "name"})) space.by = std::move(*by);
    setup->boolean("model_parallel");
    setup->finish();
  }
  if (auto seed = table.section("seed")) {
    for (const auto& name : seed->keys_in_file_order())
      space.seeds.push_back(read_seed(*seed->section(name), name, seed->where(name)));
  }
  if (const auto hardware = table.section("hardware")) space.hardware = read_lists(*hardware);
  table.finish();
  return space;
}

std::vector<search::RunnerOptions> read_runners(Section table) {
  std::vector<search::RunnerOptions> runners;
  for (const auto& name : table.keys_in_file_order()) {
    auto entry = table.section(name);
    search::RunnerOptions runner{.name = name, .where = table.where(name)};
    for (const auto& key : entry->keys_in_file_order()) {
      auto value = scalar(*entry->find(key));
      if (!value) entry->fail(key, "a number, a string, true or false");
      runner.settings.push_back({key, std::move(*value), entry->where(key)});
    }
    runners.push_back(std::move(runner));
  }
  return runners;
}

std::optional<double> finite(Section& table, const char* key) {
  const toml::node* node = table.find(key);
  if (!node) return std::nullopt;
  std::optional<double> value;
  if (const auto* whole = node->as_integer()) value = static_cast<double>(whole->get());
  if (const auto* real = node->as_floating_point()) value = real->get();
  if (!value || !std::isfinite(*value)) table.fail(key, "a finite number");
  return value;
}

std::optional<search::Direction> direction_of(Section& table) {
  const auto text = table.choice("direction", {"minimize", "maximize"});
  if (!text) return std::nullopt;
  return *text == "maximize" ? search::Direction::kMaximise : search::Direction::kMinimise;
}

std::vector<search::MetricOptions> read_metrics(Section table) {
  std::vector<search::MetricOptions> metrics;
  for (const auto& name : table.keys_in_file_order()) {
    auto entry = table.section(name);
    search::MetricOptions metric{.name = name, .where = table.where(name)};
    metric.scale = finite(*entry, "scale");
    metric.direction = direction_of(*entry);
    metric.upper = finite(*entry, "upper");
    metric.lower = finite(*entry, "lower");
    entry->finish();
    metrics.push_back(std::move(metric));
  }
  return metrics;
}

void read_setup(Section setup, search::StrategyOptions& strategy) {
  for (const auto& key : search_setup_options()) setup.find(key);
  strategy.sum_scaled_metrics = setup.boolean("sum_scaled_metrics").value_or(false);
  strategy.direction = direction_of(setup);
  strategy.uniform_weights = setup.choice("tpe_weights", {"hypervolume", "uniform"}) ==
                             std::optional<std::string>("uniform");
  if (setup.boolean("model_parallel").value_or(false))
    setup.fail("model_parallel", "false: these networks fit one device");
  setup.finish();
}

search::StrategyOptions read_strategy(Section table) {
  search::StrategyOptions strategy{.where = table.where("")};
  // MASE's word; the samplers are ours and the storage is Optuna's.
  table.choice("name", {"optuna"});
  strategy.eval_mode = table.boolean("eval_mode").value_or(true);
  if (const auto runners = table.section("sw_runner")) strategy.sw_runners = read_runners(*runners);
  if (const auto runners = table.section("hw_runner")) strategy.hw_runners = read_runners(*runners);
  if (const auto setup = table.section("setup")) read_setup(*setup, strategy);
  if (const auto metrics = table.section("metrics")) strategy.metrics = read_metrics(*metrics);
  table.finish();
  return strategy;
}

}  // namespace

search::SearchOptions read_search(Section search) {
  search::SearchOptions options;
  if (const auto space = search.section("search_space")) options.space = read_space(*space);
  if (const auto strategy = search.section("strategy")) {
    options.strategy = read_strategy(*strategy);
  }
  search.finish();
  return options;
}

}  // namespace mase::cli
