// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "gen/graph/graph.h"
#include "sw/data/dataset.h"
#include "sw/search/options.h"
#include "sw/search/problem_builder.h"
#include "sw/search/space.h"

namespace mase::search::test {

/// `[search.search_space]` of a file under configs/examples.
SpaceOptions space_of_example(const std::string& file);

/// One list of whole numbers, or of texts.
ChoiceList numbers(const std::string& key, const std::vector<int64_t>& values);
ChoiceList texts(const std::string& key, const std::vector<std::string>& values);

/// name = "integer" and every width of `widths` for data, weights and bias, fractions "NA".
SeedOptions integer_seed(const std::string& name, const std::vector<int64_t>& widths);

/// The point whose parameter `name` has index `value`, all others 0; names that are absent fail.
Point point_with(const Space& space,
                 const std::vector<std::pair<std::string, double>>& values = {});

/// Random legal points.
std::vector<Point> random_points(const Space& space, int count, uint64_t seed);

/// Random rows in the shape of the jets, labelled by `graph` itself with every tenth label moved.
data::Dataset jets_like(const graph::Graph& graph, int64_t rows, uint64_t seed);

/// The graph with weights that do something: a batch norm with statistics of its own.
graph::Graph trained_like(const std::string& model, uint64_t seed);

RunnerOptions runner(const std::string& name, const std::vector<Setting>& settings = {});
MetricOptions objective(const std::string& name, double scale, Direction direction);
MetricOptions limit(const std::string& name, std::optional<double> upper,
                    std::optional<double> lower = std::nullopt);

}  // namespace mase::search::test
