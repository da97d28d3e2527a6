// SPDX-License-Identifier: Apache-2.0
// What simulation costs beyond the bare verilated loop: for a few designs, 100,000 samples (or the
// number given as argument) through
//   bare   a hand-written loop around the same design, verilated with the same flags: input words
//          from memory, output words to memory, no stalls, no probes, nothing recorded
//   loop   the harness's clock loop (RunResult::loop_seconds)
//   run    the whole of run_model, from and to vectors in this process
//   total  the whole of simulate(): model from the cache, quantisation, timing runs, comparison
// Every figure is the best of five. Prints one row a design; ratios are to `bare`.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <random>

#include "gen/base/error.h"
#include "gen/base/file.h"
#include "gen/base/process.h"
#include "gen/emit/emit.h"
#include "sim/beats.h"
#include "sim/simulate.h"

namespace {

using namespace mase;
namespace fs = std::filesystem;
constexpr int kRepeats = 5;

// The type of the data port is the only thing that changes with the design.
constexpr char kBareLoop[] = R"(
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>
int main(int argc, char** argv) {
  const size_t beats = std::strtoul(argv[2], nullptr, 10);
  const size_t outs = std::strtoul(argv[3], nullptr, 10);
  const size_t in_words = std::strtoul(argv[4], nullptr, 10);
  std::vector<unsigned> words(beats * in_words);
  std::FILE* file = std::fopen(argv[1], "rb");
  if (std::fread(words.data(), 4, words.size(), file) != words.size()) return 1;
  VerilatedContext context;
  Vtop top(&context, "");
  std::vector<unsigned char> results(outs * sizeof top.out_data_o);
  top.rst_ni = 0;
  for (int i = 0; i < 8; ++i) {
    top.clk_i = 0;
    top.eval();
    top.clk_i = 1;
    top.eval();
  }
  top.rst_ni = 1;
  top.in_valid_i = 1;
  top.out_ready_i = 1;
  const auto begin = std::chrono::steady_clock::now();
  size_t sent = 0, received = 0;
  while (received < outs) {
    top.clk_i = 0;
    if (sent < beats) std::memcpy(&top.in_data_i, &words[sent * in_words], sizeof top.in_data_i);
    top.in_valid_i = sent < beats;
    top.eval();
    sent += top.in_valid_i && top.in_ready_o;
    if (top.out_valid_o) {
      constexpr size_t size = sizeof top.out_data_o;
      std::memcpy(&results[received++ * size], &top.out_data_o, size);
    }
    top.clk_i = 1;
    top.eval();
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  std::printf("%.9f\n", seconds.count());
}
)";

graph::Graph network(const std::vector<int64_t>& widths) {
  std::mt19937_64 random(1);
  graph::Graph graph{.name = "bench"};
  graph::Node x{.name = "x", .op = graph::Op::kPlaceholder};
  x.shape = {widths[0]};
  const graph::Quant quant{.data_in_width = 8,
                           .data_in_frac_width = 4,
                           .weight_width = 8,
                           .weight_frac_width = 4,
                           .bias_width = 8,
                           .bias_frac_width = 4};
  graph.nodes.push_back(x);
  for (size_t i = 1; i < widths.size(); ++i) {
    auto node = graph::make_linear(fmt::format("seq_blocks_{}", 2 * i), graph.nodes.back().name,
                                   widths[i - 1], widths[i]);
    for (auto& [name, tensor] : node.parameters) {
      for (double& value : tensor.data) {
        value = static_cast<double>(static_cast<int64_t>(random() % 63) - 31) / 16;
      }
    }
    node.quant = quant;
    graph.nodes.push_back(node);
    auto relu = graph::make_relu(fmt::format("seq_blocks_{}", 2 * i + 1), graph.nodes.back().name);
    relu.quant = graph::Quant{.data_in_width = 8, .data_in_frac_width = 4};
    graph.nodes.push_back(relu);
  }
  graph.nodes.push_back(
      {.name = "output", .op = graph::Op::kOutput, .inputs = {graph.nodes.back().name}});
  return graph;
}

template <class Action>
double best_of(const Action& action) {
  double best = 1e9;
  for (int i = 0; i < kRepeats; ++i) best = std::min(best, action());
  return best;
}

template <class Action>
double seconds(const Action& action) {
  const auto begin = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

fs::path build_bare(const emit::EmittedFolder& design, const fs::path& folder) {
  write_file(folder / "bare.cc", std::string("#include \"Vtop.h\"\n") + kBareLoop);
  std::vector<std::string> command = {
      "verilator",     "--cc",
      "--exe",         "--build",
      "--assert",      "-O3",
      "-Wno-fatal",    "--x-assign",
      "unique",        "--x-initial",
      "unique",        "-CFLAGS",
      "-O2",           "--prefix",
      "Vtop",          "--top-module",
      design.top_name, "-Mdir",
      folder / "obj",  "-o",
      "bare",          "+incdir+" + (design.directory / "rtl").string()};
  for (const auto& source : design.sources) command.push_back(source.string());
  command.push_back(folder / "bare.cc");
  const auto result = run_process(command, folder);
  MASE_CHECK(result.exit_code == 0, "{}", result.output);
  return folder / "obj/bare";
}

void measure(const std::string& name, const std::vector<int64_t>& widths, int64_t ii,
             int64_t samples, const fs::path& folder) {
  arch::HardwareOptions hardware;
  hardware.target_ii = ii;
  emit::write_design(emit::emit(network(widths), hardware), folder / "design");
  const auto design = emit::read_design(folder / "design");
  const auto& h = design.hardware;

  sim::Samples inputs{samples, widths[0], {}};
  std::mt19937_64 random(2);
  for (int64_t i = 0; i < samples * widths[0]; ++i) {
    inputs.values.push_back(static_cast<double>(static_cast<int64_t>(random() % 256) - 128) / 16);
  }
  std::vector<int64_t> raw;
  for (const double value : inputs.values) raw.push_back(std::llround(value * 16));
  const sim::BeatLayout in{h.input.width, h.lanes_in, h.features_in};
  const auto words = sim::pack_beats(raw, in, 1);

  const fs::path bare = build_bare(design, folder);
  write_file(folder / "words",
             {reinterpret_cast<const char*>(words.data()), words.size() * sizeof(uint32_t)});
  const int64_t beats_in = samples * h.beats_in(), beats_out = samples * h.beats_out();
  const double bare_seconds = best_of([&] {
    return std::strtod(run_process({bare, folder / "words", std::to_string(beats_in),
                                    std::to_string(beats_out), std::to_string(in.words())},
                                   design.directory)
                           .output.c_str(),
                       nullptr);
  });

  sim::SimulateOptions options;
  options.cache = folder / "cache";
  sim::SimulateResult simulated = sim::simulate(design, inputs, options);
  const double build_seconds = simulated.build_seconds;
  MASE_CHECK(simulated.good(), "{}: {} mismatches", name, simulated.mismatches);
  const double total_seconds =
      best_of([&] { return seconds([&] { simulated = sim::simulate(design, inputs, options); }); });

  sim::ModelSource source;
  source.top = design.top_name;
  source.files = design.sources;
  source.include_dirs = {design.directory / "rtl"};
  source.channels = {{in.beat_bits(), h.output.width * h.lanes_out}};
  const auto model = sim::build_model(source, options.cache);
  sim::RunRequest request;
  request.channels = {{words, beats_in, beats_out}};
  request.working_directory = design.directory;
  sim::RunResult result;
  double loop_seconds = 1e9;
  const double run_seconds = best_of([&] {
    const double taken = seconds([&] { result = sim::run_model(model, source, request); });
    loop_seconds = std::min(loop_seconds, result.loop_seconds);
    return taken;
  });
  fmt::print(
      "{:<26} {:>10} {:>8.1f} {:>8.3f} {:>8.3f} {:>8.3f} {:>8.3f} {:>8.2f} {:>8.2f} {:>8.2f}\n",
      name, result.cycles, build_seconds, bare_seconds, loop_seconds, run_seconds, total_seconds,
      loop_seconds / bare_seconds, run_seconds / bare_seconds, total_seconds / bare_seconds);
}

}  // namespace

int main(int argc, char** argv) {
  const int64_t samples = argc > 1 ? std::strtoll(argv[1], nullptr, 10) : 100'000;
  std::string pattern = (fs::temp_directory_path() / "mase-bench.XXXXXX").string();
  if (!::mkdtemp(pattern.data())) return 1;
  const fs::path folder = pattern;
  fmt::print("{} samples\n{:<26} {:>10} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}\n", samples,
             "design", "cycles", "build s", "bare s", "loop s", "run s", "total s", "loop", "run",
             "total");
  measure("16-5, 1 cycle/sample", {16, 5}, 1, samples, folder / "a");
  measure("16-5, 20 cycles/sample", {16, 5}, 20, samples, folder / "b");
  measure("16-64-32-32-5, 64 cycles", {16, 64, 32, 32, 5}, 64, samples, folder / "c");
  fs::remove_all(folder);
}
