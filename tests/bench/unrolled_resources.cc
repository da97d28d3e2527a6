// SPDX-License-Identifier: Apache-2.0
// Unrolled layers beside folded ones: jet taggers with random weights, 8, 6 and mixed bits, with
// and without pruning, through Yosys; and the error of the cost model on them and on random layers.
//   bench_unrolled_resources [--sample] [--only TEXT] [--random N] [--seed S] [--seconds T]
//   [--adders-per-stage K] [--no-jets] [--stages] [GRAPH.mz ...]
// --sample: the networks of tests/support/unrolled_sample.h (those whose name holds TEXT), with the
// error of each, the worst and the median. Graphs that are named are built in both styles. Adder
// graphs are searched as `emit` does, unless --seconds says otherwise.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "gen/arch/cost.h"
#include "gen/arch/latency.h"
#include "gen/graph/mz.h"
#include "sim/synth/synthesise.h"
#include "tests/support/jet_network.h"
#include "tests/support/networks.h"
#include "tests/support/unrolled_sample.h"

using namespace mase;

namespace {

struct Options {
  int random = 0, adders_per_stage = 3;
  uint64_t seed = 1;
  std::optional<double> seconds;
  bool jets = true, stages = false, sample = false;
  std::string only;
  std::vector<std::string> graphs;
};

double percent(int64_t model, int64_t yosys) {
  return yosys == 0 ? 0 : 100.0 * static_cast<double>(model - yosys) / static_cast<double>(yosys);
}

struct Counts {
  int64_t model = 0, yosys = 0;
};

/// LUTs of the design.
Counts print_row(const std::string& name, const arch::HardwareGraph& h, bool stages) {
  const auto report = synth::synthesise(h, {.per_node = true, .flat = false});
  arch::Resources model = arch::estimate(h);
  const auto& y = report.total;
  fmt::print(
      "| {:<28} | {:>6} | {:>6} | {:>+6.1f} | {:>6} | {:>6} | {:>+6.1f} | {:>3} | {:>7} | {:>3} | "
      "{:>5.0f} |\n",
      name, y.lut, model.lut, percent(model.lut, y.lut), y.ff, model.ff, percent(model.ff, y.ff),
      y.dsp, arch::latency_cycles(h), h.ii_cycles(), report.fmax ? report.fmax->mhz : 0.0);
  const Counts counts{model.lut, y.lut};
  if (!stages) return counts;
  for (size_t i = 0; i < h.stages.size(); ++i) {
    const auto m = arch::estimate(h.stages[i]);
    const auto& r = report.stages[i].resources;
    std::string cells;
    for (const auto& [type, count] : report.stages[i].cells)
      cells += fmt::format(" {}={}", type, count);
    const arch::Stage& stage = h.stages[i];
    std::string what = fmt::format("{} x {} -> {} | ", stage.elements_in, to_string(stage.in),
                                   to_string(stage.out));
    if (const auto& u = stage.unrolled)
      what += fmt::format("{} adders, depth {}, {} registers, {} tables, graph {} | ",
                          u->graph.adders(), u->graph.depth(), u->registers, u->tables.size(),
                          u->graph.lut_estimate());
    fmt::print("    {}: {}lut {} {} | ff {} {} |{}\n", stage.name, what, r.lut, m.lut, r.ff, m.ff,
               cells);
  }
  return counts;
}

void run_sample(const Options& options, const arch::HardwareOptions& hardware) {
  constexpr int64_t kSmall = 200;  // LUTs; below, a few of them are many per cent
  std::vector<double> errors;
  double worst = 0;
  int64_t least = 0;
  for (const auto& [name, graph] : test::unrolled_sample()) {
    if (name.find(options.only) == std::string::npos) continue;
    const Counts c = print_row(name, arch::build_hardware(graph, hardware), options.stages);
    std::fflush(stdout);
    if (c.yosys < kSmall) {
      least = std::max(least, std::abs(c.model - c.yosys));
    } else {
      errors.push_back(std::abs(percent(c.model, c.yosys)));
      worst = std::max(worst, errors.back());
    }
  }
  std::sort(errors.begin(), errors.end());
  fmt::print(
      "networks of {} LUTs and more: {}, error {:.1f} % in the median, {:.1f} % at worst; "
      "smaller ones: {} LUTs at worst\n",
      kSmall, errors.size(), errors.empty() ? 0 : errors[errors.size() / 2], worst, least);
}

void run(const Options& options) {
  fmt::print(
      "| {:<28} | {:>6} | {:>6} | {:>6} | {:>6} | {:>6} | {:>6} | {:>3} | {:>7} | {:>3} | {:>5} "
      "|\n",
      "", "LUT", "model", "%", "FF", "model", "%", "DSP", "latency", "II", "MHz");
  arch::HardwareOptions hardware{.adders_per_stage = options.adders_per_stage};
  hardware.adder_seconds = options.seconds;
  if (options.sample) return run_sample(options, hardware);
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
    else if (key == "--sample")
      options.sample = true;
    else if (key == "--only")
      options.only = value();
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
