// SPDX-License-Identifier: Apache-2.0
#include "tests/sw/search/search_fixture.h"

#include <gtest/gtest.h>
#include <toml++/toml.h>

#include <cmath>
#include <random>

#include "gen/base/error.h"
#include "sw/model/network.h"
#include "sw/model/zoo.h"

namespace mase::search::test {

namespace {

Choice choice_of(const toml::node& node) {
  if (node.is_boolean()) return node.as_boolean()->get();
  if (node.is_integer()) return node.as_integer()->get();
  if (node.is_floating_point()) return node.as_floating_point()->get();
  return node.as_string()->get();
}

std::vector<ChoiceList> lists_of(const toml::table& table) {
  std::vector<std::pair<uint32_t, ChoiceList>> placed;
  for (const auto& [key, node] : table) {
    ChoiceList list{.key = std::string(key.str()), .values = {}, .where = {}};
    for (const auto& value : *node.as_array()) list.values.push_back(choice_of(value));
    placed.emplace_back(node.source().begin.line, list);
  }
  std::sort(placed.begin(), placed.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<ChoiceList> lists;
  for (auto& [line, list] : placed) lists.push_back(std::move(list));
  return lists;
}

}  // namespace

SpaceOptions space_of_example(const std::string& file) {
  const toml::table root =
      toml::parse_file(std::string(MASE_SOURCE_DIR) + "/configs/examples/" + file);
  const toml::table& space = *root["search"]["search_space"].as_table();
  SpaceOptions options;
  options.name = *space["name"].value<std::string>();
  options.by = *space["setup"]["by"].value<std::string>();
  for (const auto& [name, seed] : *space["seed"].as_table()) {
    options.seeds.push_back({.name = std::string(name.str()),
                             .config = lists_of(*(*seed.as_table())["config"].as_table())});
  }
  return options;
}

ChoiceList numbers(const std::string& key, const std::vector<int64_t>& values) {
  return {key, {values.begin(), values.end()}, "search.toml:7"};
}

ChoiceList texts(const std::string& key, const std::vector<std::string>& values) {
  return {key, {values.begin(), values.end()}, "search.toml:7"};
}

SeedOptions integer_seed(const std::string& name, const std::vector<int64_t>& widths) {
  SeedOptions seed{.name = name, .config = {texts("name", {"integer"})}};
  for (const std::string operand : {"data_in", "weight", "bias"}) {
    seed.config.push_back(numbers(operand + "_width", widths));
    seed.config.push_back(texts(operand + "_frac_width", {"NA"}));
  }
  return seed;
}

Point point_with(const Space& space, const std::vector<std::pair<std::string, double>>& values) {
  Point point(space.parameters().size(), 0.0);
  for (const auto& [name, value] : values) {
    bool found = false;
    for (size_t i = 0; i < point.size(); ++i) {
      if (space.parameters()[i].name != name) continue;
      point[i] = value;
      found = true;
    }
    EXPECT_TRUE(found) << name;
  }
  return point;
}

std::vector<Point> random_points(const Space& space, int count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Point> points;
  while (static_cast<int>(points.size()) < count) {
    Point point;
    for (const Parameter& p : space.parameters())
      point.push_back(static_cast<double>(random() % static_cast<uint64_t>(p.choices)));
    if (!space.illegal(point)) points.push_back(point);
  }
  return points;
}

graph::Graph trained_like(const std::string& model, uint64_t seed) {
  graph::Graph graph = model::build_model(model, seed);
  std::mt19937_64 random(seed + 1);
  std::normal_distribution<double> normal(0, 1);
  for (auto& node : graph.nodes) {
    if (node.op != graph::Op::kBatchNorm1d) continue;
    for (auto& [key, tensor] : node.parameters) {
      for (double& v : tensor.data) {
        const double z = normal(random);
        v = static_cast<float>(key == "running_var" ? 0.5 + z * z
                               : key == "weight"    ? 1 + 0.1 * z
                                                    : 0.2 * z);
      }
    }
  }
  return graph;
}

data::Dataset jets_like(const graph::Graph& graph, int64_t rows, uint64_t seed) {
  const int64_t columns = graph::features_out(graph, graph.placeholder());
  const int64_t classes = graph::features_out(graph, graph.output());
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal(0, 1);
  data::Dataset dataset{.name = "jets-like", .features = columns, .classes = classes};
  const model::Network network(graph);
  for (auto* split : {&dataset.train, &dataset.validation, &dataset.test}) {
    std::vector<float> x(static_cast<size_t>(rows * columns));
    for (float& v : x) v = normal(random);
    const std::vector<int64_t> any(static_cast<size_t>(rows), 0);
    auto labels = model::evaluate(network, x, any).predictions;
    for (size_t r = 0; r < labels.size(); r += 10) labels[r] = (labels[r] + 1) % classes;
    *split = data::make_split("part", columns, x, labels);
  }
  return dataset;
}

RunnerOptions runner(const std::string& name, const std::vector<Setting>& settings) {
  return {name, settings, "search.toml:9"};
}

MetricOptions objective(const std::string& name, double scale, Direction direction) {
  return {name, scale, direction, std::nullopt, std::nullopt, "search.toml:11"};
}

MetricOptions limit(const std::string& name, std::optional<double> upper,
                    std::optional<double> lower) {
  return {name, std::nullopt, std::nullopt, upper, lower, "search.toml:12"};
}

}  // namespace mase::search::test
