// SPDX-License-Identifier: Apache-2.0
// What cycles cost to know: for a few networks, random foldings of each (200, or the number given
// as argument) through
//   build      arch::build_hardware
//   formula    arch::latency_cycles, exact, no simulation
//   systemc    sim::measure_cycles, every design for the first time, from one thread and from two
//   known      sim::measure_cycles of designs that were met before
//   verilator  build_simulator, and the runs of simulate() of 100 samples with the model built
// Every design's latency by formula must be SystemC's; Verilator's is compared on the designs that
// go through it (3 a network; 0 as second argument: none). Foldings of the widest network take
// Verilator many minutes each, and are left out.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>

#include "gen/arch/latency.h"
#include "gen/base/error.h"
#include "sim/cycle/cycle_model.h"
#include "sim/simulate.h"
#include "tests/support/temp_dir.h"

namespace {

using namespace mase;
using Clock = std::chrono::steady_clock;

struct Network {
  const char* name;
  std::vector<int64_t> widths;
  bool verilated = true;
};

graph::Graph folded(const Network& network, uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto draw = [&](int64_t most) {
    return 1 + static_cast<int>(random() % static_cast<uint64_t>(most));
  };
  graph::Graph graph{.name = network.name};
  graph::Node x{.name = "x", .op = graph::Op::kPlaceholder};
  x.shape = {network.widths[0]};
  graph.nodes.push_back(x);
  for (size_t i = 1; i < network.widths.size(); ++i) {
    const int64_t in = network.widths[i - 1], out = network.widths[i];
    auto node = graph::make_linear(fmt::format("fc_{}", i), graph.nodes.back().name, in, out);
    for (auto& [name, tensor] : node.parameters) {
      for (double& value : tensor.data)
        value = static_cast<double>(static_cast<int64_t>(random() % 15) - 7) / 8;
    }
    node.quant = graph::Quant{.data_in_width = 4,
                              .data_in_frac_width = 2,
                              .weight_width = 4,
                              .weight_frac_width = 3,
                              .bias_width = 4,
                              .bias_frac_width = 3};
    node.hardware = graph::Hardware{.parallelism_in = draw(in), .parallelism_out = draw(out)};
    graph.nodes.push_back(node);
    auto relu = graph::make_relu(fmt::format("relu_{}", i), graph.nodes.back().name);
    relu.quant = graph::Quant{.data_in_width = 4, .data_in_frac_width = 2};
    graph.nodes.push_back(relu);
  }
  graph.nodes.push_back(
      {.name = "output", .op = graph::Op::kOutput, .inputs = {graph.nodes.back().name}});
  return graph;
}

template <class Action>
double seconds(const Action& action) {
  const auto begin = Clock::now();
  action();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

void compare_with_verilator(const graph::Graph& graph, const arch::HardwareGraph& hardware) {
  const test::TempDir folder, cache;
  emit::write_design(emit::emit(graph, {}, {.tool_version = "bench"}), folder.path());
  const auto design = emit::read_design(folder.path());
  const sim::SimulateOptions options{.cache = cache.path()};
  const double build = seconds([&] { sim::build_simulator(design, options); });
  const sim::Samples samples{
      100, hardware.features_in,
      std::vector<double>(static_cast<size_t>(100 * hardware.features_in), 0.5)};
  sim::SimulateResult result;
  const double run = seconds([&] { result = sim::simulate(design, samples, options); });
  const auto model = sim::measure_cycles(hardware);
  fmt::print(
      "    verilator: build {:.2f} s, runs {:.1f} ms; latency {} (model {}), interval {} "
      "(model {})\n",
      build, run * 1e3, result.latency_cycles, model.latency_cycles, result.ii_cycles,
      model.ii_cycles);
  std::fflush(stdout);
  MASE_CHECK(result.latency_cycles == model.latency_cycles &&
                 result.ii_cycles == static_cast<double>(model.ii_cycles),
             "the cycle model is wrong");
}

void measure(const Network& network, size_t count, size_t verilated) {
  std::vector<arch::HardwareGraph> designs;
  std::vector<graph::Graph> graphs;
  for (size_t i = 0; i < count; ++i) graphs.push_back(folded(network, i));
  const double build = seconds([&] {
    for (const auto& graph : graphs) designs.push_back(arch::build_hardware(graph));
  });
  std::vector<int64_t> latencies(count);
  const double formula = seconds([&] {
    for (size_t i = 0; i < count; ++i) latencies[i] = arch::latency_cycles(designs[i]);
  });
  int64_t cycles = 0, stages = 0;
  const auto all = [&](size_t from, size_t step, bool memoise) {
    for (size_t i = from; i < count; i += step) {
      const auto result = sim::measure_cycles(designs[i], {.memoise = memoise});
      MASE_CHECK(result.latency_cycles == latencies[i], "design {}: {} by SystemC, {} by formula",
                 i, result.latency_cycles, latencies[i]);
    }
  };
  sim::measure_cycles(designs[0]);  // starts a worker
  const double one = seconds([&] { all(0, 1, false); });
  const double two = seconds([&] {
    std::thread other([&] { all(0, 2, false); });
    all(1, 2, false);
    other.join();
  });
  all(0, 1, true);
  const double known = seconds([&] { all(0, 1, true); });
  for (const auto& design : designs) {
    cycles += design.ii_cycles();
    stages += static_cast<int64_t>(design.stages.size());
  }
  const auto n = static_cast<double>(count);
  fmt::print("{}: {} designs, mean interval {:.0f} cycles, {:.1f} cells\n", network.name, count,
             static_cast<double>(cycles) / n, static_cast<double>(stages) / n);
  fmt::print(
      "    build {:.1f} us, formula {:.1f} us, systemc {:.0f} us ({:.0f} designs/s; {:.0f} "
      "from two threads), known {:.1f} us\n",
      build / n * 1e6, formula / n * 1e6, one / n * 1e6, n / one, n / two, known / n * 1e6);
  std::fflush(stdout);
  for (size_t i = 0; i < verilated && network.verilated; ++i)
    compare_with_verilator(graphs[i], designs[i]);
}

}  // namespace

int main(int argc, char** argv) {
  const size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 200;
  const size_t verilated = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 3;
  for (const Network& network :
       {Network{"toy", {4, 8, 8, 2}}, Network{"jsc-three-linear-layers", {16, 16, 16, 5}},
        Network{"hls4ml-jet", {16, 64, 32, 32, 5}}, Network{"wide", {256, 256, 128, 10}, false}})
    measure(network, count, verilated);
}
