// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "gen/graph/graph.h"
#include "tests/support/vectors.h"

namespace mase::test {

/// A network of vectors/networks.json as a graph: parameters are the golden integers in natural
/// units.
inline graph::Graph golden_network(const nlohmann::json& net) {
  using graph::Op;
  graph::Graph graph{.name = "golden"};
  graph::Node x{.name = "x", .op = Op::kPlaceholder};
  x.shape = {static_cast<int64_t>(net["x"][0].size())};
  const auto input = format_of(net["input"]);
  x.quant = graph::Quant{.data_in_width = input.width, .data_in_frac_width = input.frac};
  graph.nodes.push_back(x);
  const auto natural = [](const nlohmann::json& q, int frac) {
    std::vector<double> values;
    for (const auto& row : q) {
      if (row.is_array()) {
        for (const auto& v : row) values.push_back(std::ldexp(v.get<double>(), -frac));
      } else {
        values.push_back(std::ldexp(row.get<double>(), -frac));
      }
    }
    return values;
  };
  int index = 0;
  for (const auto& n : net["nodes"]) {
    const std::string name = "seq_blocks_" + std::to_string(index++);
    const std::string producer = graph.nodes.back().name;
    if (n["op"] == "relu") {
      graph::Node node = graph::make_relu(name, producer);
      if (!n["data_in"].is_null()) {
        const auto f = format_of(n["data_in"]);
        node.quant = graph::Quant{.data_in_width = f.width, .data_in_frac_width = f.frac};
      }
      graph.nodes.push_back(node);
    } else {
      graph::Node node = graph::make_linear(name, producer, n["in_features"], n["out_features"]);
      const auto in = format_of(n["data_in"]), w = format_of(n["weight"]), b = format_of(n["bias"]);
      node.parameters["weight"].data = natural(n["w"], w.frac);
      node.parameters["bias"].data = natural(n["b"], b.frac);
      for (auto& [key, tensor] : node.parameters) tensor.dtype = graph::Dtype::kF64;
      node.quant = graph::Quant{.data_in_width = in.width,
                                .data_in_frac_width = in.frac,
                                .weight_width = w.width,
                                .weight_frac_width = w.frac,
                                .bias_width = b.width,
                                .bias_frac_width = b.frac};
      graph.nodes.push_back(node);
    }
  }
  graph.nodes.push_back({.name = "output", .op = Op::kOutput, .inputs = {graph.nodes.back().name}});
  return graph;
}

/// How random networks are drawn.
struct RandomNetworkOptions {
  int max_width = 12;  ///< operand bits
  int64_t max_features = 24;
  int max_layers = 4;  ///< linear layers
  bool batch_norm = true;
  bool parallelism = true;   ///< draw parallelism_in/out per node
  int unrolled_percent = 0;  ///< of linears and batch norms
  int channel_percent = 0;   ///< of the formats: one for each channel, some of width 0
  int plain_percent = 0;     ///< of the linears: zero rows and columns, powers of two, one sign
};

/// A random quantised chain (batch norm, linear, ReLU, odd widths and fractions, casts, unquantised
/// ReLUs).
inline graph::Graph random_network(uint64_t seed, const RandomNetworkOptions& options = {}) {
  using graph::Op;
  std::mt19937_64 rng(seed);
  const auto draw = [&](int low, int high) {
    return low + static_cast<int>(rng() % static_cast<uint64_t>(high - low + 1));
  };
  const auto chance = [&](int percent) { return draw(1, 100) <= percent; };
  const auto features = [&] { return draw(1, static_cast<int>(options.max_features)); };
  const auto width = [&] { return draw(1, options.max_width); };
  graph::Graph graph{.name = "random"};
  graph::Node x{.name = "x", .op = Op::kPlaceholder};
  int64_t current = features();
  x.shape = {current};
  if (chance(70)) {
    const int w = width();
    x.quant = graph::Quant{.data_in_width = w, .data_in_frac_width = draw(-1, w)};
  }
  // Formats of channels near those of the tensor, or of any width; all of them fit in 62 bits.
  const auto split = [&](std::optional<graph::Bits>& bits, std::optional<graph::Bits>& frac,
                         int64_t channels) {
    if (!bits || options.channel_percent == 0 || !chance(options.channel_percent)) return;
    std::vector<int> widths, fracs;
    for (int64_t c = 0; c < channels; ++c) {
      const int one = chance(15) ? 0 : chance(15) ? 1 : chance(10) ? options.max_width : width();
      widths.push_back(one);
      fracs.push_back(one > 16 ? one / 2 + draw(-2, 2) : draw(-1, one + 1));
    }
    bits = widths;
    if (chance(80))
      frac = fracs;
    else if (chance(50))
      frac.reset();
  };
  const auto split_all = [&](std::optional<graph::Quant>& q, int64_t in, int64_t out) {
    if (!q) return;
    split(q->data_in_width, q->data_in_frac_width, in);
    split(q->weight_width, q->weight_frac_width, out);
    split(q->bias_width, q->bias_frac_width, out);
    split(q->data_out_width, q->data_out_frac_width, out);
  };
  split_all(x.quant, current, current);
  graph.nodes.push_back(x);
  // Weights of simple hardware.
  const auto simplify = [&](graph::Node& node) {
    if (options.plain_percent == 0 || !chance(options.plain_percent)) return;
    auto& weight = node.parameters.at("weight").data;
    const int kind = draw(0, 3);
    const size_t columns = static_cast<size_t>(node.in_features);
    const size_t row = rng() % static_cast<uint64_t>(node.out_features), column = rng() % columns;
    for (size_t i = 0; i < weight.size(); ++i) {
      if (kind == 0) weight[i] = -std::abs(weight[i]);
      if (kind == 1) weight[i] = std::ldexp(weight[i] < 0 ? -1.0 : 1.0, draw(-4, 0));
      if (kind == 2 && (i / columns == row || i % columns == column)) weight[i] = 0;
      if (kind == 3 && chance(70)) weight[i] = 0;
    }
  };
  int index = 0;
  const auto name = [&] { return "seq_blocks_" + std::to_string(index++); };
  const auto fill = [&](graph::Node& node) {
    std::normal_distribution<double> normal(0, 0.7);
    for (auto& [key, tensor] : node.parameters) {
      for (double& v : tensor.data)
        v = static_cast<float>(key == "running_var" ? 0.2 + std::abs(normal(rng)) : normal(rng));
    }
  };
  const auto quantise = [&](graph::Node& node, bool affine) {
    graph::Quant q;
    q.data_in_width = width();
    q.data_in_frac_width = draw(-1, q.data_in_width->all() + 1);
    if (affine) {
      q.weight_width = width();
      q.weight_frac_width = draw(0, q.weight_width->all() + 1);
      q.bias_width = width();
      q.bias_frac_width = draw(0, q.bias_width->all() + 1);
    }
    if (chance(30)) {
      q.data_out_width = width();
      q.data_out_frac_width = draw(-1, q.data_out_width->all());
    }
    if (chance(20)) q.rounding = fixed::Rounding::kFloor;
    node.quant = q;
  };
  const auto parallel = [&](graph::Node& node, int64_t in, int64_t out) {
    graph::Hardware h;
    const bool affine = node.op == Op::kLinear || node.op == Op::kBatchNorm1d;
    if (affine && options.unrolled_percent > 0 && chance(options.unrolled_percent)) {
      h.style = "unrolled";
      h.adders_per_stage = draw(1, 4);
      if (chance(50)) h.extra_adder_depth = draw(0, 2);
      node.hardware = h;
    }
    if (!options.parallelism) return;
    h.parallelism_in = draw(1, static_cast<int>(in));
    h.parallelism_out = node.op == Op::kLinear ? draw(1, static_cast<int>(out)) : *h.parallelism_in;
    if (node.op == Op::kLinear || node.op == Op::kBatchNorm1d) {
      h.weight_storage =
          std::vector<std::string>{"auto", "lut", "bram"}[static_cast<size_t>(draw(0, 2))];
      h.multiplier =
          std::vector<std::string>{"auto", "dsp", "lut"}[static_cast<size_t>(draw(0, 2))];
    } else if (chance(30)) {
      h.fuse = false;
    }
    node.hardware = h;
  };
  const int layers = draw(1, options.max_layers);
  for (int l = 0; l < layers; ++l) {
    if (options.batch_norm && chance(40)) {
      graph::Node node = graph::make_batch_norm1d(name(), graph.nodes.back().name, current);
      fill(node);
      quantise(node, true);
      split_all(node.quant, current, current);
      parallel(node, current, current);
      graph.nodes.push_back(node);
    }
    const int64_t out = features();
    graph::Node node =
        graph::make_linear(name(), graph.nodes.back().name, current, out, chance(80));
    fill(node);
    simplify(node);
    quantise(node, true);
    split_all(node.quant, current, out);
    if (!node.bias) node.quant->bias_width = node.quant->bias_frac_width = std::nullopt;
    parallel(node, current, out);
    graph.nodes.push_back(node);
    current = out;
    if (chance(70)) {
      graph::Node relu = graph::make_relu(name(), graph.nodes.back().name);
      if (chance(70)) quantise(relu, false);
      split_all(relu.quant, current, current);
      parallel(relu, current, current);
      graph.nodes.push_back(relu);
    }
  }
  graph.nodes.push_back({.name = "output", .op = Op::kOutput, .inputs = {graph.nodes.back().name}});
  return graph;
}

}  // namespace mase::test
