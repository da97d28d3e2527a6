// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "gen/graph/graph.h"
#include "sim/samples.h"

namespace mase::test {

/// The jet taggers of the field: linears with ReLUs between them, random weights, of which
/// `pruned_percent` are 0. Layer i has operands of widths[i % size] bits.
struct JetOptions {
  std::vector<int64_t> layers = {16, 64, 32, 32, 5};
  std::vector<int> widths = {6};
  int pruned_percent = 50;
  std::string style = "unrolled";
  uint64_t seed = 1;
};

inline graph::Graph jet_network(const JetOptions& options = {}) {
  std::mt19937_64 rng(options.seed);
  graph::Graph graph{.name = "jets"};
  graph::Node x{.name = "x", .op = graph::Op::kPlaceholder};
  x.shape = {options.layers[0]};
  graph.nodes.push_back(x);
  for (size_t i = 1; i < options.layers.size(); ++i) {
    const int64_t in = options.layers[i - 1], out = options.layers[i];
    const int width = options.widths[(i - 1) % options.widths.size()];
    graph::Node fc = graph::make_linear("fc" + std::to_string(i), graph.nodes.back().name, in, out);
    std::normal_distribution<double> normal(0, 1.2 / std::sqrt(static_cast<double>(in)));
    for (auto& [key, tensor] : fc.parameters) {
      for (double& v : tensor.data) {
        v = static_cast<float>(normal(rng));
        if (key == "weight" && static_cast<int>(rng() % 100) < options.pruned_percent) v = 0;
      }
    }
    fc.quant = graph::Quant{.data_in_width = width,
                            .data_in_frac_width = width / 2,
                            .weight_width = width,
                            .weight_frac_width = width - 1,
                            .bias_width = width,
                            .bias_frac_width = width - 1};
    fc.hardware = graph::Hardware{.style = options.style};
    graph.nodes.push_back(fc);
    if (i + 1 < options.layers.size())
      graph.nodes.push_back(graph::make_relu("relu" + std::to_string(i), fc.name));
  }
  graph.nodes.push_back(
      {.name = "output", .op = graph::Op::kOutput, .inputs = {graph.nodes.back().name}});
  return graph;
}

/// Real jets where they are at hand, else nothing: the 16 features before the label.
inline sim::Samples real_jets(int64_t most = 1000) {
  const std::filesystem::path file =
      std::filesystem::path(MASE_SHARED_DIR) / "data/jsc_openml_1000.csv";
  sim::Samples samples{0, 16, {}};
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  while (samples.rows < most && std::getline(stream, line)) {
    std::istringstream fields(line);
    std::string field;
    for (int i = 0; i < 16 && std::getline(fields, field, ','); ++i)
      samples.values.push_back(std::stod(field));
    ++samples.rows;
  }
  return samples;
}

}  // namespace mase::test
