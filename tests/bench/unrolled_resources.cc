// SPDX-License-Identifier: Apache-2.0
// Unrolled layers beside folded ones: jet taggers with random weights, 8, 6 and mixed bits, with
// and without pruning, through Yosys; and the error of the cost model on them and on random layers.
//   bench_unrolled_resources [--random N] [--seed S] [--seconds T] [--adders-per-stage K]
//   [--no-jets] [--stages] [GRAPH.mz ...]
// Graphs that are named are built in both styles.
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "gen/arch/cost.h"
#include "gen/arch/latency.h"
#include "gen/graph/mz.h"
#include "sim/synth/synthesise.h"
#include "tests/support/jet_network.h"
#include "tests/support/networks.h"

using namespace mase;

namespace {

struct Options {
  int random = 0, adders_per_stage = 3;
  uint64_t seed = 1;
  double seconds = 0.5;
  bool jets = true, stages = false;
  std::vector<std::string> graphs;
};

double percent(int64_t model, int64_t yosys) {
  return yosys == 0 ? 0 : 100.0 * static_cast<double>(model - yosys) / static_cast<double>(yosys);
}

void print_row(const std::string& name, const arch::HardwareGraph& h, bool stages) {
  const auto report = synth::synthesise(h, {.per_node = true, .flat = false});
  arch::Resources model = arch::estimate(h);
  const auto& y = report.total;
  fmt::print(
      "| {:<28} | {:>6} | {:>6} | {:>+6.1f} | {:>6} | {:>6} | {:>+6.1f} | {:>3} | {:>7} | {:>3} | "
      "{:>5.0f} |\n",
      name, y.lut, model.lut, percent(model.lut, y.lut), y.ff, model.ff, percent(model.ff, y.ff),
      y.dsp, arch::latency_cycles(h), h.ii_cycles(), report.fmax ? report.fmax->mhz : 0.0);
  if (!stages) return;
  for (size_t i = 0; i < h.stages.size(); ++i) {
    if (!h.stages[i].unrolled) continue;
    const auto m = arch::estimate(h.stages[i]);
    const auto& r = report.stages[i].resources;
    std::string cells;
    for (const auto& [type, count] : report.stages[i].cells)
      cells += fmt::format(" {}={}", type, count);
    fmt::print("    {}: {} adders, depth {}, {} registers, graph {} | lut {} {} | ff {} {} |{}\n",
               h.stages[i].name, h.stages[i].unrolled->graph.adders(),
               h.stages[i].unrolled->graph.depth(), h.stages[i].unrolled->registers,
               h.stages[i].unrolled->graph.lut_estimate(), r.lut, m.lut, r.ff, m.ff, cells);
  }
}

void run(const Options& options) {
  fmt::print(
      "| {:<28} | {:>6} | {:>6} | {:>6} | {:>6} | {:>6} | {:>6} | {:>3} | {:>7} | {:>3} | {:>5} "
      "|\n",
      "", "LUT", "model", "%", "FF", "model", "%", "DSP", "latency", "II", "MHz");
  arch::HardwareOptions hardware{.adders_per_stage = options.adders_per_stage};
  hardware.adder_seconds = options.seconds;
  for (int i = 0; i < options.random; ++i) {
    const uint64_t seed = options.seed + static_cast<uint64_t>(i);
    auto graph = test::random_network(seed, {.max_width = 10,
                                             .max_features = 16,
                                             .max_layers = 2,
                                             .parallelism = false,
                                             .unrolled_percent = 100});
    print_row(fmt::format("random {}", seed), arch::build_hardware(graph, hardware),
              options.stages);
  }
  for (const std::string& file : options.graphs) {
    const auto graph = graph::read_mz(file);
    for (const char* style : {"unrolled", "folded"}) {
      hardware.style = style;
      print_row(fmt::format("{} {}", std::filesystem::path(file).stem().string(), style),
                arch::build_hardware(graph, hardware), options.stages);
    }
  }
  if (!options.jets || !options.graphs.empty()) return;
  for (const auto& widths : std::vector<std::vector<int>>{{8}, {6}, {8, 6, 4, 6}}) {
    for (const int pruned : {0, 60}) {
      for (const char* style : {"unrolled", "folded"}) {
        const auto graph = test::jet_network(
            {.widths = widths, .pruned_percent = pruned, .style = style, .seed = options.seed});
        const std::string name =
            fmt::format("{} bits, {} % zero, {}",
                        widths.size() > 1 ? "mixed" : std::to_string(widths[0]), pruned, style);
        const auto start = std::chrono::steady_clock::now();
        const auto h = arch::build_hardware(graph, hardware);
        const double seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        print_row(name, h, options.stages);
        fmt::print("    built in {:.2f} s\n", seconds);
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string key = argv[i];
    const auto value = [&] { return std::string(i + 1 < argc ? argv[++i] : "0"); };
    if (key == "--random")
      options.random = std::stoi(value());
    else if (key == "--seed")
      options.seed = std::stoull(value());
    else if (key == "--seconds")
      options.seconds = std::stod(value());
    else if (key == "--adders-per-stage")
      options.adders_per_stage = std::stoi(value());
    else if (key == "--no-jets")
      options.jets = false;
    else if (key == "--stages")
      options.stages = true;
    else if (!key.starts_with("--"))
      options.graphs.push_back(key);
    else
      return fmt::print(stderr, "unknown option {}\n", key), 2;
  }
  run(options);
  return 0;
}
