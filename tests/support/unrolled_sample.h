// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "gen/graph/graph.h"
#include "tests/support/jet_network.h"
#include "tests/support/networks.h"

namespace mase::test {

/// A network whose cost model is held against Yosys: small and medium, dense and pruned, with
/// formats for each channel, and so narrow that outputs become tables. All unrolled.
struct SampleNetwork {
  std::string name;
  graph::Graph graph;
};

/// Gives every input and every row of weights a width of its own, some of them 0, about the one it
/// had.
inline graph::Graph with_channel_widths(graph::Graph graph, uint64_t seed) {
  std::mt19937_64 rng(seed);
  for (graph::Node& node : graph.nodes) {
    if (node.op != graph::Op::kLinear) continue;
    const auto split = [&](std::optional<graph::Bits>& width, std::optional<graph::Bits>& frac,
                           int64_t channels) {
      std::vector<int> widths, fracs;
      for (int64_t c = 0; c < channels; ++c) {
        const int less = static_cast<int>(rng() % 4);
        widths.push_back(rng() % 8 == 0 ? 0 : std::max(width->all() - less, 1));
        fracs.push_back(frac->all() - less);
      }
      width = widths;
      frac = fracs;
    };
    split(node.quant->data_in_width, node.quant->data_in_frac_width, node.in_features);
    split(node.quant->weight_width, node.quant->weight_frac_width, node.out_features);
  }
  return graph;
}

inline std::vector<SampleNetwork> unrolled_sample() {
  std::vector<SampleNetwork> sample;
  const auto jets = [&](const JetOptions& options) {
    std::string layers, widths;
    for (const int64_t n : options.layers)
      layers += fmt::format("{}{}", layers.empty() ? "" : "-", n);
    for (const int w : options.widths) widths += fmt::format("{}{}", widths.empty() ? "" : "/", w);
    sample.push_back(
        {fmt::format("jets {} {} bits {} % zero", layers, widths, options.pruned_percent),
         jet_network(options)});
  };
  jets({.layers = {8, 8, 4}, .widths = {6}, .pruned_percent = 0});
  jets({.layers = {16, 16, 5}, .widths = {2}, .pruned_percent = 0});
  jets({.layers = {16, 16, 5}, .widths = {3}, .pruned_percent = 40});
  jets({.layers = {16, 16, 16, 5}, .widths = {4}, .pruned_percent = 50});
  jets({.layers = {16, 16, 5}, .widths = {6}, .pruned_percent = 90});
  jets({.layers = {16, 24, 5}, .widths = {8, 6}, .pruned_percent = 70});
  jets({.layers = {16, 32, 16, 5}, .widths = {5}, .pruned_percent = 80});
  jets({.layers = {16, 64, 32, 32, 5}, .widths = {8}, .pruned_percent = 90});
  jets({.layers = {16, 64, 32, 32, 5}, .widths = {8, 6, 4, 6}, .pruned_percent = 80});
  jets({.layers = {16, 64, 32, 32, 5}, .widths = {4}, .pruned_percent = 60});
  for (const int width : {5, 7}) {
    const JetOptions options{.layers = {16, 24, 5}, .widths = {width}, .pruned_percent = 60};
    sample.push_back({fmt::format("channels of jets 16-24-5 {} bits", width),
                      with_channel_widths(jet_network(options), static_cast<uint64_t>(width))});
  }
  const auto random = [&](const char* kind, uint64_t first, int count,
                          RandomNetworkOptions options) {
    options.parallelism = false;
    options.unrolled_percent = 100;
    for (int i = 0; i < count; ++i) {
      const uint64_t seed = first + static_cast<uint64_t>(i);
      sample.push_back({fmt::format("{} {}", kind, seed), random_network(seed, options)});
    }
  };
  random("tables", 100, 8, {.max_width = 3, .max_features = 8, .max_layers = 2});
  random("narrow", 200, 8, {.max_width = 5, .max_features = 12, .max_layers = 2});
  random("channels", 300, 8,
         {.max_width = 6, .max_features = 8, .max_layers = 2, .channel_percent = 60});
  random("wide", 400, 6, {.max_width = 10, .max_features = 10, .max_layers = 2});
  random("plain", 500, 6,
         {.max_width = 7, .max_features = 10, .max_layers = 2, .plain_percent = 80});
  return sample;
}

}  // namespace mase::test
