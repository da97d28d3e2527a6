// SPDX-License-Identifier: Apache-2.0
// Batch norms in unrolled hardware: multiplied into the matrix beside them, or cells of their own.
#include "gen/arch/fuse_affine.h"

#include <gtest/gtest.h>

#include <iostream>

#include "gen/arch/cost.h"
#include "gen/fixed/requantise.h"
#include "tests/support/networks.h"

namespace mase::arch {
namespace {

using fixed::Wide;
using graph::Op;

struct Case {
  bool norm_first = false;
  std::vector<double> scales = {0.5, 1, -1, 0.25};
  int norm_in_width = 24;  ///< bits of what the batch norm reads
  bool casts = false;      ///< to 6 bits at the end
  uint64_t seed = 1;
};

/// A linear and a batch norm of 4 features, all of 5 bits, that nothing rounds in between.
graph::Graph network(const Case& c) {
  constexpr int64_t kFeatures = 4;
  std::mt19937_64 rng(c.seed);
  const auto draw = [&] { return (static_cast<double>(rng() % 31) - 15) / 8; };
  graph::Graph graph{.name = "norm"};
  graph::Node x{.name = "x", .op = Op::kPlaceholder};
  x.shape = {kFeatures};
  x.quant = graph::Quant{.data_in_width = 5, .data_in_frac_width = 3};
  graph.nodes.push_back(x);
  const auto add = [&](graph::Node node, int in_width, int in_frac) {
    node.quant = graph::Quant{.data_in_width = in_width,
                              .data_in_frac_width = in_frac,
                              .weight_width = 5,
                              .weight_frac_width = 3,
                              .bias_width = 6,
                              .bias_frac_width = 3};
    node.hardware = graph::Hardware{.style = "unrolled"};
    graph.nodes.push_back(std::move(node));
  };
  const auto linear = [&](const std::string& from) {
    graph::Node node = graph::make_linear("fc", from, kFeatures, kFeatures);
    for (auto& [key, tensor] : node.parameters) {
      for (double& v : tensor.data) v = draw();
    }
    return node;
  };
  const auto norm = [&](const std::string& from) {
    graph::Node node = graph::make_batch_norm1d("bn", from, kFeatures);
    for (auto& [key, tensor] : node.parameters) {
      for (double& v : tensor.data) v = key == "bias" ? draw() : key == "running_var" ? 1 : 0;
    }
    node.eps = 0;
    node.parameters["weight"].data = c.scales;
    return node;
  };
  if (c.norm_first) {
    add(norm("x"), 5, 3);
    add(linear("bn"), c.norm_in_width, 6);
  } else {
    add(linear("x"), 5, 3);
    add(norm("fc"), c.norm_in_width, 6);
  }
  if (c.casts) {
    graph.nodes.back().quant->data_out_width = 6;
    graph.nodes.back().quant->data_out_frac_width = 2;
  }
  graph.nodes.push_back({.name = "output", .op = Op::kOutput, .inputs = {graph.nodes.back().name}});
  return graph;
}

/// What leaves an unrolled cell, as its module computes it (unrolled.h).
std::vector<Wide> run_cell(const Stage& stage, const std::vector<Wide>& x) {
  const Unrolled& u = *stage.unrolled;
  std::vector<Wide> q, y;
  for (size_t i = 0; i < x.size(); ++i) q.push_back(x[i] / (Wide{1} << u.zeros[i]));
  const AdderGraph& graph = u.graph;
  std::vector<Wide> wires;
  for (const AdderWire& wire : graph.wires) {
    if (wire.kind == AdderWire::Kind::kInput) {
      wires.push_back(q[wires.size()]);
    } else if (wire.kind == AdderWire::Kind::kConstant) {
      wires.push_back(wire.low);
    } else {
      const Wide a = wires[static_cast<size_t>(wire.a)];
      const Wide b = wires[static_cast<size_t>(wire.b)] * (Wide{1} << wire.shift);
      wires.push_back((wire.negate_a ? -a : a) + (wire.negate_b ? -b : b));
    }
  }
  for (const UnrolledOutput& o : u.outputs) {
    if (o.table >= 0) {
      const LookupTable& table = u.tables[static_cast<size_t>(o.table)];
      size_t index = 0;
      int at = 0;
      for (const int i : table.inputs) {
        const int width = graph.wires[static_cast<size_t>(i)].width();
        const auto bits = static_cast<size_t>(wires[static_cast<size_t>(i)]);
        index |= (bits & ((size_t{1} << width) - 1)) << at;
        at += width;
      }
      y.push_back(table.values[index] * (Wide{1} << o.pad));
      continue;
    }
    if (o.wire < 0) {
      y.push_back(o.constant);
      continue;
    }
    const Wide t = wires[static_cast<size_t>(o.wire)];
    Wide r = o.drop < 0 ? t * (Wide{1} << -o.drop) : t >> o.drop;
    if (o.ties && (o.drop < 0 || r * (Wide{1} << o.drop) == t)) r -= r & 1;
    if (o.below) r = std::max(r, o.format.min());
    if (o.above) r = std::min(r, o.format.max());
    y.push_back(r * (Wide{1} << o.pad));
  }
  return y;
}

void expect_exact(const graph::Graph& graph, const HardwareGraph& hardware) {
  const auto network = pass::lower(graph);
  std::mt19937_64 rng(3);
  for (int sample = 0; sample < 200; ++sample) {
    std::vector<Wide> x;
    for (int64_t i = 0; i < network.features_in(); ++i)
      x.push_back(static_cast<Wide>(rng() % 32) - 16);
    std::vector<Wide> y = x;
    for (const Stage& stage : hardware.stages) y = run_cell(stage, y);
    EXPECT_EQ(hardware.output, network.output());
    EXPECT_EQ(y, pass::evaluate(network, x)) << sample;
  }
}

HardwareGraph build(const graph::Graph& graph) {
  HardwareOptions options;
  options.adder_seconds = 0.05;
  return build_hardware(graph, options);
}

// In front of the matrix they are always worth it, behind it where no sum is needed twice.
TEST(FuseAffine, ScalesThatAreShiftsVanishInTheMatrix) {
  int behind = 0;
  for (const bool norm_first : {false, true}) {
    for (const bool casts : {false, true}) {
      for (uint64_t seed = 1; seed <= 6; ++seed) {
        SCOPED_TRACE(testing::Message() << norm_first << casts << " seed " << seed);
        const auto graph = network({.norm_first = norm_first, .casts = casts, .seed = seed});
        const HardwareGraph hardware = build(graph);
        expect_exact(graph, hardware);
        if (hardware.stages.size() == 1) EXPECT_EQ(hardware.stages[0].graph_nodes.size(), 2u);
        if (norm_first) EXPECT_EQ(hardware.stages.size(), 1u);
        behind += !norm_first && hardware.stages.size() == 1;
      }
    }
  }
  EXPECT_GT(behind, 0);
}

/// The two cells that unroll_stages would make of them without fusing.
Resources apart(const graph::Graph& graph) {
  Resources sum;
  graph::Graph one = graph;
  // Another number of levels of the second is a reason not to fuse.
  one.nodes[2].hardware->adders_per_stage = 64;
  one.nodes[1].hardware->adders_per_stage = 63;
  const HardwareGraph hardware = build(one);
  EXPECT_EQ(hardware.stages.size(), 2u);
  expect_exact(graph, hardware);
  return estimate(hardware);
}

TEST(FuseAffine, TheCheaperOfTheTwoIsBuilt) {
  int fused = 0, kept = 0;
  for (const bool norm_first : {false, true}) {
    for (uint64_t seed = 1; seed <= 6; ++seed) {
      Case c{.norm_first = norm_first, .seed = seed};
      if (seed % 2 == 0) c.scales = {1.375, -1.625, 0.875, 1.125};
      graph::Graph graph = network(c);
      for (size_t n : {1, 2}) graph.nodes[n].hardware->adders_per_stage = 64;
      const HardwareGraph hardware = build(graph);
      const Resources is = estimate(hardware), two = apart(graph);
      std::cout << (norm_first ? "norm, linear" : "linear, norm") << " seed " << seed << ": "
                << hardware.stages.size() << " cells, " << is.lut << " LUT, apart " << two.lut
                << "\n";
      EXPECT_LE(is.lut, two.lut);
      ++(hardware.stages.size() == 1 ? fused : kept);
      expect_exact(graph, hardware);
    }
  }
  EXPECT_GT(fused, 0);
  EXPECT_GT(kept, 0);
}

TEST(FuseAffine, WhatRoundsInBetweenStaysApart) {
  const auto graph = network({.norm_in_width = 6});
  const HardwareGraph hardware = build(graph);
  ASSERT_EQ(hardware.stages.size(), 2u);
  expect_exact(graph, hardware);
}

}  // namespace
}  // namespace mase::arch
