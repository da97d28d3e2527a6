// SPDX-License-Identifier: Apache-2.0
// The cost model of gen/arch against Yosys: random designs (widths 1 to 16, any lanes, both weight
// storages, every multiplier), each cell synthesised with the flags of `mase-gen synth` and
// estimated. Prints the errors per resource and the microseconds of an estimate.
//   bench_cost_model [--designs N] [--seed S] [--cache DIR] [--jobs J] [--seconds T] [--rows]
// Counts are kept in DIR by content, so that a run which --seconds cut short goes on where it
// stopped. Many cells share one Yosys process, each in a module that keeps its hierarchy: reading
// Xilinx's libraries takes longer than most cells.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <thread>

#include "gen/arch/cost.h"
#include "gen/base/file.h"
#include "gen/base/process.h"
#include "gen/emit/memory_file.h"
#include "gen/emit/top_module.h"
#include "sim/synth/yosys.h"
#include "tests/support/networks.h"

namespace fs = std::filesystem;
using namespace mase;
using arch::HardwareGraph;
using arch::Resources;
using arch::Stage;
using Clock = std::chrono::steady_clock;

namespace {

struct Options {
  int designs = 200, jobs = 1;
  uint64_t seed = 1;
  double seconds = 1e9;
  fs::path cache = "cost_model_cache";
  bool rows = false;
};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// A random chain whose cells have few enough multipliers for Yosys to be done in seconds.
HardwareGraph random_design(uint64_t seed) {
  auto graph = test::random_network(seed, {.max_width = 16, .max_features = 24, .max_layers = 3});
  std::mt19937_64 rng(seed);
  for (auto& node : graph.nodes) {
    if (node.op != graph::Op::kLinear) continue;
    constexpr int kMostBits = 1600;  // partial products of a cell
    auto& h = *node.hardware;
    const int bits = node.quant->data_in_width->all() * node.quant->weight_width->all();
    while (*h.parallelism_in * *h.parallelism_out * bits > kMostBits &&
           *h.parallelism_in * *h.parallelism_out > 1) {
      auto& lanes = rng() % 2 ? h.parallelism_in : h.parallelism_out;
      if (*lanes > 1) lanes = 1 + static_cast<int>(rng() % static_cast<uint64_t>(*lanes - 1));
    }
  }
  return arch::build_hardware(graph);
}

/// What every count depends on beside the cell: the library of cells and the script.
const std::string& common_key() {
  static const std::string key = [] {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(fs::path(MASE_SOURCE_DIR) / "rtl"))
      if (entry.path().extension() != ".md") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    std::string text = synth::synthesis_commands("all", true);
    for (const auto& [name, bytes] : synth::synthesis_files()) text += bytes;
    for (const fs::path& file : files) text += read_file(file);
    return content_hash(text);
  }();
  return key;
}

/// One cell as a module of its own.
struct Unit {
  std::string key;  ///< of its content
  std::string module;
  std::vector<std::pair<std::string, std::string>> memories;
  Stage stage;
};

Unit unit_of(const Stage& stage) {
  Unit unit{.stage = stage};
  const auto text = [&](const std::string& name) {
    HardwareGraph single{.name = "cell",
                         .input = stage.in,
                         .output = stage.out,
                         .features_in = stage.elements_in,
                         .features_out = stage.elements_out,
                         .lanes_in = stage.lanes_in,
                         .lanes_out = stage.lanes_out,
                         .stages = {stage}};
    single.stages[0].name = name;
    single.stages[0].graph_nodes.clear();
    return "(* keep_hierarchy *)\n" + emit::top_module(single, "cell_" + name, "");
  };
  const bool affine = stage.cell == arch::Cell::kLinear || stage.cell == arch::Cell::kBatchNorm1d;
  std::string content = text("x");
  const std::string weight = affine ? emit::weight_memory(stage) : "";
  const std::string bias = affine && stage.bias_format ? emit::bias_memory(stage) : "";
  unit.key = content_hash(common_key() + content + weight + "|" + bias);
  unit.stage.name = "x" + unit.key;
  unit.module = text(unit.stage.name);
  if (affine) unit.memories.emplace_back(emit::weight_path(unit.stage), weight);
  if (!bias.empty()) unit.memories.emplace_back(emit::bias_path(unit.stage), bias);
  return unit;
}

using Counts = std::map<std::string, int>;

Resources resources_of(const Counts& cells) {
  static const std::map<std::string, int> memory_luts = {
      {"RAM32M16", 8},  {"RAM64M8", 8},    {"RAM32M", 4},    {"RAM64M", 4},   {"RAM32X1D", 2},
      {"RAM64X1D", 2},  {"RAM128X1D", 4},  {"RAM256X1D", 8}, {"RAM32X1S", 1}, {"RAM64X1S", 1},
      {"RAM128X1S", 2}, {"RAM256X1S", 4},  {"RAM512X1S", 8}, {"SRL16E", 1},   {"SRLC32E", 1},
      {"RAM64X8SW", 8}, {"RAM32X16DR8", 8}};
  Resources r;
  for (const auto& [type, number] : cells) {
    if (memory_luts.contains(type))
      r.lut += memory_luts.at(type) * number;
    else if (type.starts_with("LUT"))
      r.lut += number;
    else if (type.starts_with("FD"))
      r.ff += number;
    else if (type.starts_with("DSP"))
      r.dsp += number;
    else if (type.starts_with("RAMB"))
      r.bram36 += type.starts_with("RAMB18") ? 0.5 * number : number;
    else if (type.starts_with("RAM") || type.starts_with("SRL"))
      throw std::runtime_error("a memory cell nobody counts: " + type);
  }
  return r;
}

/// Synthesises the units in one process; returns their cell counts by key.
std::map<std::string, Counts> synthesise(const std::vector<const Unit*>& units,
                                         const fs::path& folder) {
  fs::remove_all(folder);
  std::string text, ports, instances;
  for (const Unit* unit : units) {
    text += unit->module;
    for (const auto& [path, bytes] : unit->memories) write_file(folder / path, bytes);
    const Stage& s = unit->stage;
    const auto port = [&](const char* direction, const char* name, int64_t bits) {
      ports += fmt::format("{}{} logic [{}:0] {}_{}", ports.empty() ? "" : ",\n  ", direction,
                           bits - 1, name, s.name);
      return fmt::format(".{0}({0}_{1})", name, s.name);
    };
    std::string connections = port("input", "clk_i", 1) + ", " + port("input", "rst_ni", 1) + ", ";
    connections += port("input", "in_valid_i", 1) + ", " + port("output", "in_ready_o", 1) + ", ";
    connections += port("input", "in_data_i", int64_t{s.lanes_in} * s.in.width) + ", ";
    connections += port("output", "out_valid_o", 1) + ", " + port("input", "out_ready_i", 1) + ", ";
    connections += port("output", "out_data_o", int64_t{s.lanes_out} * s.out.width);
    instances += fmt::format("  cell_{0} u_{0} ({1});\n", s.name, connections);
  }
  write_file(folder / "all.sv",
             text + "module all (\n  " + ports + "\n);\n" + instances + "endmodule\n");
  const fs::path rtl = fs::path(MASE_SOURCE_DIR) / "rtl";
  std::vector<std::string> cells;
  for (const auto& entry : fs::directory_iterator(rtl))
    if (entry.path().extension() == ".sv") cells.push_back(entry.path().string());
  std::sort(cells.begin(), cells.end());
  std::string script = "read_verilog -sv -I" + rtl.string();
  for (const std::string& cell : cells) script += " " + cell;
  script += fmt::format(" all.sv; {}; tee -q -o stat.json stat -json",
                        synth::synthesis_commands("all", true));
  for (const auto& [name, bytes] : synth::synthesis_files()) write_file(folder / name, bytes);
  const auto run = run_process({"yosys", "-q", "-p", script}, folder);
  if (run.exit_code != 0) throw std::runtime_error(folder.string() + ": " + run.output);
  const auto stat = nlohmann::json::parse(read_file(folder / "stat.json"));
  std::map<std::string, Counts> result;
  for (const Unit* unit : units) {
    result[unit->key] =
        stat["modules"]["\\cell_" + unit->stage.name]["num_cells_by_type"].get<Counts>();
  }
  fs::remove_all(folder);
  return result;
}

/// Work of a synthesis, roughly: what batches are filled by.
int64_t work(const Unit& unit) {
  const Resources r = arch::estimate(unit.stage);
  return 100 + r.lut + r.ff / 2;
}

void synthesise_all(const std::vector<const Unit*>& todo, const Options& options) {
  constexpr int64_t kBatchWork = 6000;
  std::vector<std::vector<const Unit*>> batches;
  int64_t held = kBatchWork;
  for (const Unit* unit : todo) {
    if (held >= kBatchWork) batches.emplace_back(), held = 0;
    batches.back().push_back(unit);
    held += work(*unit);
  }
  const auto start = Clock::now();
  std::atomic<size_t> next = 0, done = 0;
  const auto worker = [&] {
    for (size_t i; (i = next++) < batches.size() && seconds_since(start) < options.seconds;) {
      const fs::path folder = options.cache / ("run_" + batches[i].front()->key);
      for (const auto& [key, counts] : synthesise(batches[i], folder))
        write_file(options.cache / (key + ".json"), nlohmann::json(counts).dump());
      done += batches[i].size();
      fmt::print(stderr, "{} of {} cells, {:.0f} s\n", done.load(), todo.size(),
                 seconds_since(start));
    }
  };
  std::vector<std::thread> threads;
  for (int j = 0; j < options.jobs; ++j) threads.emplace_back(worker);
  for (auto& thread : threads) thread.join();
}

struct Sample {
  double model, yosys;
};

void print_errors(const char* what, const std::vector<Sample>& samples, bool exact) {
  std::vector<double> errors;
  double model = 0, yosys = 0;
  size_t equal = 0, within = 0;
  for (const Sample& s : samples) {
    model += s.model;
    yosys += s.yosys;
    equal += s.model == s.yosys;
    const double error =
        s.model == s.yosys ? 0 : std::abs(s.model - s.yosys) / std::max(s.yosys, 1.0);
    errors.push_back(error);
    within += error <= 0.1;
  }
  std::sort(errors.begin(), errors.end());
  const auto n = errors.size();
  const auto at = [&](double share) {
    return 100 * errors[std::min(n - 1, static_cast<size_t>(share * static_cast<double>(n)))];
  };
  const double whole = 100.0 / static_cast<double>(n);
  fmt::print(
      "| {:<7} | {:>7.1f} | {:>7.1f} | {:>8.1f} | {:>9.1f} | {:>7.1f} | {:>11.0f} | {:>11.0f} |\n",
      what, at(0.5), at(0.9), 100 * errors.back(), whole * static_cast<double>(within),
      whole * static_cast<double>(equal), model, yosys);
  (void)exact;
}

void report(const char* title, const std::vector<std::pair<Resources, Resources>>& pairs) {
  fmt::print("\n{}: {}\n", pairs.size(), title);
  fmt::print("| {:<7} | {:>7} | {:>7} | {:>8} | {:>9} | {:>7} | {:>11} | {:>11} |\n", "",
             "median %", "90 %", "worst %", "within 10", "equal %", "model sum", "Yosys sum");
  if (pairs.empty()) return;
  const auto column = [&](const char* name, auto get) {
    std::vector<Sample> samples;
    for (const auto& [model, yosys] : pairs)
      samples.push_back({static_cast<double>(get(model)), static_cast<double>(get(yosys))});
    print_errors(name, samples, false);
  };
  column("LUT", [](const Resources& r) { return r.lut; });
  column("FF", [](const Resources& r) { return r.ff; });
  column("DSP", [](const Resources& r) { return r.dsp; });
  column("BRAM36", [](const Resources& r) { return r.bram36; });
}

std::string row(const Stage& s, const Resources& model, const Resources& yosys,
                const Counts& cells) {
  std::string counts;
  for (const auto& [type, number] : cells) counts += fmt::format(" {}={}", type, number);
  return fmt::format(
      "{} {} I={} O={} P={} Q={} x={} w={} b={} acc={} out={} down={} floor={} ps={} bs={} rs={} "
      "br={} mul={} | lut {} {} | ff {} {} | dsp {} {} | bram {} {} |{}",
      module_name(s.cell).substr(5), s.name.substr(0, 7), s.elements_in, s.elements_out, s.lanes_in,
      s.lanes_out, to_string(s.in), s.weight_format.width, s.bias_format ? s.bias_format->width : 0,
      s.running_width, to_string(s.out), s.cast_from.frac - s.out.frac,
      s.rounding == fixed::Rounding::kFloor, s.alignment.product_shift, s.alignment.bias_shift,
      s.replay_samples, s.block_ram, s.multiplier, model.lut, yosys.lut, model.ff, yosys.ff,
      model.dsp, yosys.dsp, model.bram36, yosys.bram36, counts);
}

void run(const Options& options) {
  fmt::print("seed {}, {} designs\n", options.seed, options.designs);
  fs::create_directories(options.cache);
  std::vector<HardwareGraph> designs;
  for (int i = 0; i < options.designs; ++i)
    designs.push_back(random_design(options.seed * 1000003 + static_cast<uint64_t>(i)));
  std::vector<std::vector<Unit>> units(designs.size());
  std::set<std::string> seen;
  std::vector<const Unit*> todo;
  for (size_t d = 0; d < designs.size(); ++d) {
    for (const Stage& stage : designs[d].stages) units[d].push_back(unit_of(stage));
    for (const Unit& unit : units[d]) {
      if (!fs::exists(options.cache / (unit.key + ".json")) && seen.insert(unit.key).second)
        todo.push_back(&unit);
    }
  }
  if (!todo.empty()) synthesise_all(todo, options);

  std::vector<std::pair<Resources, Resources>> cells, whole;
  for (size_t d = 0; d < designs.size(); ++d) {
    Resources measured;
    bool complete = true;
    for (const Unit& unit : units[d]) {
      const fs::path file = options.cache / (unit.key + ".json");
      complete = complete && fs::exists(file);
      if (!complete) break;
      const auto counts = nlohmann::json::parse(read_file(file)).get<Counts>();
      const Resources yosys = resources_of(counts);
      cells.emplace_back(arch::estimate(unit.stage), yosys);
      if (options.rows)
        fmt::print("{} {}\n", d, row(unit.stage, cells.back().first, yosys, counts));
      measured += yosys;
    }
    if (complete) whole.emplace_back(arch::estimate(designs[d]), measured);
  }
  report("cells", cells);
  report("designs", whole);

  const auto start = Clock::now();
  int64_t sum = 0, repeats = 0;
  for (; seconds_since(start) < 0.5; ++repeats)
    for (const auto& design : designs) sum += arch::estimate(design).lut;
  fmt::print("\n{:.2f} microseconds an estimate of a design (mean; checksum {})\n",
             1e6 * seconds_since(start) / static_cast<double>(repeats) /
                 static_cast<double>(designs.size()),
             sum / repeats);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string key = argv[i];
    const auto value = [&] { return std::string(i + 1 < argc ? argv[++i] : "0"); };
    if (key == "--designs")
      options.designs = std::stoi(value());
    else if (key == "--seed")
      options.seed = std::stoull(value());
    else if (key == "--cache")
      options.cache = fs::absolute(value());
    else if (key == "--jobs")
      options.jobs = std::stoi(value());
    else if (key == "--seconds")
      options.seconds = std::stod(value());
    else if (key == "--rows")
      options.rows = true;
    else
      return fmt::print(stderr, "unknown option {}\n", key), 2;
  }
  run(options);
  return 0;
}
