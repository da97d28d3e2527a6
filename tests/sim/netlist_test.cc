// SPDX-License-Identifier: Apache-2.0
// The netlist that Yosys makes of an emitted design for the xcup family, with DSPs and block RAMs,
// simulated against the integer reference.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <random>
#include <sstream>

#include "gen/base/process.h"
#include "gen/emit/emit.h"
#include "gen/fixed/quantise.h"
#include "sim/simulate.h"
#include "sim/synth/synthesise.h"
#include "tests/support/networks.h"
#include "tests/support/temp_dir.h"

namespace mase::test {
namespace {

namespace fs = std::filesystem;

struct Wanted {
  bool dsp = false, bram = false;  ///< the netlist must have some
};

/// The netlist gives every output of the RTL, in the same cycle, and both give the integer
/// reference's. `samples` without rows: drawn at random.
void expect_netlist_exact(const graph::Graph& graph, uint64_t seed, Wanted wanted = {},
                          sim::Samples samples = {}, int64_t rows = 40) {
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  const TempDir dir;
  emit::write_design(emit::emit(graph, {}, {.tool_version = "test"}), dir.path());
  const auto design = emit::read_design(dir.path());
  const auto netlist = synth::simulation_netlist(design.hardware, design.top_name, dir / "synth");
  EXPECT_TRUE(!wanted.dsp || netlist.resources.dsp > 0);
  EXPECT_TRUE(!wanted.bram || netlist.resources.bram36 > 0);
  if (samples.rows == 0)
    samples = sim::random_samples(design.hardware.input, rows, design.hardware.features_in, seed);
  for (const auto stall : {sim::Stall::kNone, sim::Stall::kRandom, sim::Stall::kWorst}) {
    SCOPED_TRACE(sim::to_string(stall));
    sim::SimulateOptions options{.stall = stall, .seed = seed};
    const auto rtl = sim::simulate(design, samples, options);
    options.netlist = netlist.files;
    const auto result = sim::simulate(design, samples, options);
    EXPECT_TRUE(rtl.good());
    EXPECT_EQ(result.mismatches, 0);
    EXPECT_TRUE(result.failures.empty()) << result.failures.front();
    EXPECT_EQ(result.outputs, samples.rows * design.hardware.features_out);
    EXPECT_EQ(result.raw_outputs, rtl.raw_outputs);
    EXPECT_EQ(result.cycles, rtl.cycles);
    EXPECT_EQ(result.latency_cycles, rtl.latency_cycles);
    EXPECT_EQ(result.ii_cycles, static_cast<double>(result.predicted_ii_cycles));
  }
}

class Netlist : public testing::Test {
 protected:
  void SetUp() override {
    if (find_program("yosys").empty() || find_program("verilator").empty())
      GTEST_SKIP() << "needs verilator and yosys";
  }
  static graph::Graph drawn(uint64_t seed, int max_width = 6) {
    return random_network(seed, {.max_width = max_width, .max_features = 7, .max_layers = 2});
  }
};
class NetlistSlow : public Netlist {};

/// Layers of `widths` with a ReLU between them; `jet` puts batch norm and ReLU first and a ReLU
/// last, as the jet models have them. Random weights, s8.4 everywhere.
graph::Graph network_of(const std::vector<int64_t>& widths, bool jet, const std::string& storage,
                        const std::string& multiplier, uint64_t seed) {
  std::mt19937_64 rng(seed);
  std::normal_distribution<double> normal(0, 0.7);
  graph::Graph graph{.name = "net"};
  graph::Node x{.name = "x", .op = graph::Op::kPlaceholder};
  x.shape = {widths[0]};
  graph.nodes.push_back(x);
  int index = 0;
  const auto name = [&] { return "seq_blocks_" + std::to_string(index++); };
  const auto add = [&](graph::Node node) {
    for (auto& [key, tensor] : node.parameters) {
      for (double& v : tensor.data)
        v = static_cast<float>(key == "running_var" ? 0.2 + std::abs(normal(rng)) : normal(rng));
    }
    node.quant = graph::Quant{.data_in_width = 8, .data_in_frac_width = 4};
    if (node.op != graph::Op::kRelu) {
      node.quant->weight_width = node.quant->bias_width = 8;
      node.quant->weight_frac_width = node.quant->bias_frac_width = 5;
      node.hardware = graph::Hardware{.weight_storage = storage, .multiplier = multiplier};
    }
    graph.nodes.push_back(node);
  };
  if (jet) {
    add(graph::make_batch_norm1d(name(), "x", widths[0]));
    add(graph::make_relu(name(), graph.nodes.back().name));
  }
  for (size_t i = 1; i < widths.size(); ++i) {
    add(graph::make_linear(name(), graph.nodes.back().name, widths[i - 1], widths[i]));
    if (jet || i + 1 < widths.size()) add(graph::make_relu(name(), graph.nodes.back().name));
  }
  graph.nodes.push_back(
      {.name = "output", .op = graph::Op::kOutput, .inputs = {graph.nodes.back().name}});
  return graph;
}

graph::Graph toy(const std::string& storage, const std::string& multiplier) {
  return network_of({4, 8, 8, 2}, false, storage, multiplier, 3);
}
graph::Graph jsc_tiny(const std::string& storage, const std::string& multiplier) {
  return network_of({16, 5}, true, storage, multiplier, 5);
}

/// Real jets where they are at hand: the 16 features before the label.
sim::Samples jets() {
  const fs::path file = fs::path(MASE_SHARED_DIR) / "data/jsc_openml_1000.csv";
  sim::Samples samples;
  if (!fs::exists(file)) return samples;
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  while (std::getline(stream, line)) {
    std::istringstream fields(line);
    std::string field;
    for (int i = 0; i < 16 && std::getline(fields, field, ','); ++i)
      samples.values.push_back(std::stod(field));
    ++samples.rows;
  }
  samples.columns = 16;
  return samples;
}

TEST_F(NetlistSlow, OfASmallNetworkAgrees) { expect_netlist_exact(drawn(6), 6); }

TEST_F(Netlist, OfToyAgreesWithDspAndBlockRam) {
  expect_netlist_exact(toy("bram", "dsp"), 3, {.dsp = true, .bram = true}, {}, 1000);
}

TEST_F(Netlist, OfJscTinyAgreesOnJetsWithDspAndBlockRam) {
  expect_netlist_exact(jsc_tiny("bram", "dsp"), 5, {.dsp = true, .bram = true}, jets());
}

TEST_F(NetlistSlow, OfToyAndJscTinyAgreeWithEveryChoice) {
  for (const char* storage : {"auto", "lut", "bram"}) {
    for (const char* multiplier : {"auto", "dsp", "lut"}) {
      SCOPED_TRACE(testing::Message() << storage << ", " << multiplier);
      const Wanted wanted{.dsp = std::string(multiplier) == "dsp",
                          .bram = std::string(storage) == "bram"};
      expect_netlist_exact(toy(storage, multiplier), 3, wanted, {}, 1000);
      expect_netlist_exact(jsc_tiny(storage, multiplier), 5, wanted, jets());
    }
  }
}

TEST_F(NetlistSlow, OfManyNetworksAgrees) {
  for (uint64_t seed = 100; seed < 140; ++seed) expect_netlist_exact(drawn(seed), seed);
}

// Operands beyond 18 and 27 bits take several DSPs each.
TEST_F(NetlistSlow, OfWideOperandsAgrees) {
  for (uint64_t seed = 200; seed < 220; ++seed) {
    auto graph = drawn(seed, 32);
    for (auto& node : graph.nodes) {
      if (node.hardware && node.hardware->multiplier) node.hardware->multiplier = "dsp";
      if (node.hardware && node.hardware->weight_storage) node.hardware->weight_storage = "bram";
    }
    expect_netlist_exact(graph, seed);
  }
}

}  // namespace
}  // namespace mase::test
