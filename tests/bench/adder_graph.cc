// SPDX-License-Identifier: Apache-2.0
// Constant matrices as adder graphs: adders, depth, modelled LUTs and seconds at the depth limits
// dc = none, 2, 0, beside da4ml's graphs, then the table of anchors.md and a summary.
//   --fresh SEED     random matrices that this seed makes, instead of MASE_SHARED_DIR/data/cmvm;
//                    further words choose among them by their beginnings
//   --graphs FOLDER  where those matrices and da4ml's graphs lie
//   --da4ml PYTHON   an interpreter that has da4ml, which makes the graphs that are missing
//   --yosys ADDERS   maps graphs of so many adders and fewer
//   --dc N           only this depth limit; -1 is none
//   --seconds S, --seed N   of our search
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "gen/arch/adder_graph.h"
#include "gen/base/error.h"
#include "gen/base/file.h"
#include "gen/base/process.h"
#include "tests/bench/adder_graph_yosys.h"

namespace {

using namespace mase;
using arch::AdderGraph;
using arch::AdderProblem;
using arch::AdderWire;
namespace fs = std::filesystem;

/// Rows of the file are inputs, as in da4ml's benchmark: y = x W.
AdderProblem read_problem(const fs::path& path) {
  std::vector<std::vector<int64_t>> rows;
  std::istringstream lines(read_file(path));
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    std::istringstream cells(line);
    rows.emplace_back();
    for (std::string cell; std::getline(cells, cell, ',');)
      rows.back().push_back(static_cast<int64_t>(std::stod(cell)));
  }
  AdderProblem problem;
  problem.inputs = static_cast<int>(rows.size());
  problem.outputs = static_cast<int>(rows.at(0).size());
  problem.input.resize(rows.size());
  for (size_t o = 0; o < rows[0].size(); ++o) {
    for (const auto& row : rows) problem.weight.push_back(row.at(o));
  }
  return problem;
}

/// A graph in the text of adder_graph_da4ml.py, with the intervals that are written there.
AdderGraph read_graph(const fs::path& path, double& seconds) {
  AdderGraph graph;
  std::istringstream lines(read_file(path));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string what;
    words >> what;
    int64_t low = 0, high = 0;
    if (what == "seconds") words >> seconds;
    if (what == "output") {
      auto& y = graph.outputs.emplace_back();
      words >> y.wire >> y.shift >> y.negate;
    }
    if (what != "input" && what != "adder") continue;
    AdderWire& wire = graph.wires.emplace_back();
    if (what == "input") {
      wire.kind = AdderWire::Kind::kInput;
      ++graph.inputs;
    } else {
      words >> wire.a >> wire.b >> wire.shift >> wire.negate_a >> wire.negate_b;
      wire.depth = 1 + std::max(graph.wires[static_cast<size_t>(wire.a)].depth,
                                graph.wires[static_cast<size_t>(wire.b)].depth);
    }
    words >> low >> high;
    wire.low = low;
    wire.high = high;
  }
  return graph;
}

/// Matrices nobody has seen: dense, signed of 4 and 8 bits, and the [128, 255] of da4ml's
/// benchmark.
std::vector<fs::path> fresh_matrices(uint64_t seed, const fs::path& folder) {
  struct Kind {
    const char* name;
    int64_t low;
    uint64_t span;
  };
  std::vector<fs::path> files;
  std::mt19937_64 random(seed);
  fs::create_directories(folder);
  for (const Kind& kind : {Kind{"s4", -8, 16}, {"s8", -128, 256}, {"u8", 128, 128}}) {
    for (const auto& [in, out] :
         {std::pair{8, 8}, {16, 16}, {32, 32}, {8, 32}, {32, 8}, {16, 64}, {64, 16}, {64, 64}}) {
      std::string text;
      for (int k = 0; k < in * out; ++k) {
        text += std::to_string(kind.low + static_cast<int64_t>(random() % kind.span));
        text += k % out == out - 1 ? '\n' : ',';
      }
      files.push_back(folder / fmt::format("{}_{}x{}_{}.csv", kind.name, in, out, seed));
      write_file(files.back(), text);
    }
  }
  return files;
}

/// Adders when every signed digit is a term of its own.
int64_t plain_adders(const AdderProblem& problem) {
  int64_t adders = 0;
  for (int o = 0; o < problem.outputs; ++o) {
    int64_t digits = 0;
    for (int i = 0; i < problem.inputs; ++i) {
      const auto w = static_cast<uint64_t>(std::abs(problem.at(o, i)));
      digits += std::popcount((3 * w ^ w) >> 1);
    }
    adders += std::max<int64_t>(0, digits - 1);
  }
  return adders;
}

struct Figures {
  int adders = 0, depth = 0;
  int64_t model = 0;
  std::optional<int64_t> luts;  ///< in Yosys
  double seconds = 0;
};

Figures figures_of(const AdderGraph& graph, double seconds, int most_mapped) {
  Figures figures{graph.adders(), graph.depth(), graph.lut_estimate(), {}, seconds};
  if (figures.adders <= most_mapped) figures.luts = yosys_luts(graph);
  return figures;
}

/// One matrix: plain adders, and ours and theirs for every depth limit.
struct Result {
  std::string name;
  int64_t plain = 0;
  std::map<int, Figures> ours, theirs;
};

std::string text_of(const Figures& f) {
  return fmt::format("{:>7}{:>6}{:>9}{:>8}{:>8.3f} |", f.adders, f.depth, f.model,
                     f.luts ? std::to_string(*f.luts) : "-", f.seconds);
}

double percent(int64_t ours, int64_t theirs) {
  return 100.0 * static_cast<double>(ours) / static_cast<double>(theirs) - 100;
}

void print_tables(const std::vector<Result>& results) {
  fmt::print("\n{:<24}{:>8} |{:^34}|{:^34}\n", "", "", "adders, ours / da4ml", "LUTs (model)");
  fmt::print("{:<24}{:>8} |{:>11}{:>11}{:>11} |{:>11}{:>11}{:>11} |{:>16}\n", "matrix", "plain",
             "dc=-1", "dc=2", "dc=0", "dc=-1", "dc=2", "dc=0", "s (dc=2)");
  const auto pair = [](auto ours, const Figures* theirs, auto value) {
    return theirs ? fmt::format("{}/{}", ours, value(*theirs)) : std::to_string(ours);
  };
  for (const Result& result : results) {
    std::string adders, luts;
    for (const int dc : {-1, 2, 0}) {
      const Figures& own = result.ours.at(dc);
      const auto found = result.theirs.find(dc);
      const Figures* theirs = found == result.theirs.end() ? nullptr : &found->second;
      adders += fmt::format("{:>11}",
                            pair(own.adders, theirs, [](const Figures& f) { return f.adders; }));
      luts +=
          fmt::format("{:>13}", pair(own.model, theirs, [](const Figures& f) { return f.model; }));
    }
    const auto theirs = result.theirs.find(2);
    fmt::print("{:<24}{:>8} |{} |{} |{:>8.2f}{:>8}\n", result.name, result.plain, adders, luts,
               result.ours.at(2).seconds,
               theirs == result.theirs.end() ? "-" : fmt::format("{:.2f}", theirs->second.seconds));
  }
}

void print_summary(const std::vector<Result>& results) {
  int pairs = 0, more_adders = 0, more_model = 0, mapped = 0, more_luts = 0;
  double adders = 0, model = 0, luts = 0, worst = -100;
  std::vector<double> errors;
  const auto note_error = [&](const Figures& f) {
    if (f.luts) errors.push_back(std::abs(percent(f.model, *f.luts)));
  };
  for (const Result& result : results) {
    for (const auto& [dc, own] : result.ours) {
      note_error(own);
      const auto found = result.theirs.find(dc);
      if (found == result.theirs.end()) continue;
      const Figures& other = found->second;
      ++pairs;
      adders += percent(own.adders, other.adders);
      model += percent(own.model, other.model);
      more_adders += own.adders > other.adders;
      more_model += own.model > other.model;
      if (!own.luts || !other.luts) continue;
      ++mapped;
      luts += percent(*own.luts, *other.luts);
      worst = std::max(worst, percent(*own.luts, *other.luts));
      more_luts += *own.luts > *other.luts;
    }
  }
  fmt::print("\n");
  if (pairs > 0) {
    fmt::print(
        "{} pairs with da4ml: adders {:+.1f} % in the mean, more in {}; modelled LUTs "
        "{:+.1f} %, more in {}\n",
        pairs, adders / pairs, more_adders, model / pairs, more_model);
  }
  if (mapped > 0) {
    fmt::print("{} of them in Yosys: LUTs {:+.1f} % in the mean, {:+.1f} % at worst, more in {}\n",
               mapped, luts / mapped, worst, more_luts);
  }
  if (errors.empty()) return;
  std::sort(errors.begin(), errors.end());
  fmt::print(
      "model against Yosys, {} graphs of ours: {:.2f} % off in the median, {:.2f} % at "
      "worst\n",
      errors.size(), errors[errors.size() / 2], errors.back());
}

}  // namespace

int main(int argc, char** argv) {
  std::optional<double> seconds;
  std::optional<uint64_t> fresh;
  uint64_t seed = 1;
  int most_mapped = 0;
  std::vector<int> limits = {-1, 2, 0};
  fs::path folder = fs::temp_directory_path() / "bench_adder_graph";
  std::string python;
  std::vector<fs::path> files;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--seconds" && i + 1 < argc)
      seconds = std::stod(argv[++i]);
    else if (word == "--graphs" && i + 1 < argc)
      folder = argv[++i];  // of da4ml: <matrix>.<dc>.graph
    else if (word == "--da4ml" && i + 1 < argc)
      python = argv[++i];  // makes those that are missing
    else if (word == "--fresh" && i + 1 < argc)
      fresh = std::stoull(argv[++i]);
    else if (word == "--dc" && i + 1 < argc)
      limits = {std::stoi(argv[++i])};
    else if (word == "--seed" && i + 1 < argc)
      seed = std::stoull(argv[++i]);
    else if (word == "--yosys" && i + 1 < argc)
      most_mapped = std::stoi(argv[++i]);  // graphs of so many adders and fewer
    else
      files.emplace_back(word);
  }
  if (fresh) {
    std::vector<fs::path> made = fresh_matrices(*fresh, folder);
    // Words beside --fresh choose among them by their beginnings.
    if (!files.empty()) {
      std::erase_if(made, [&](const fs::path& file) {
        return std::none_of(files.begin(), files.end(), [&](const fs::path& word) {
          return file.filename().string().starts_with(word.string());
        });
      });
    }
    files = std::move(made);
  } else if (files.empty()) {
    for (const int n : {8, 16, 32})
      files.push_back(fs::path(MASE_SHARED_DIR) /
                      fmt::format("data/cmvm/random_8bit_{0}x{0}.csv", n));
  }
  fmt::print("{:<24}{:>4} |{:>7}{:>6}{:>9}{:>8}{:>8} |{:>7}{:>6}{:>9}{:>8}{:>8} |{:>8}\n", "matrix",
             "dc", "adders", "depth", "model", "yosys", "s", "da4ml", "depth", "model", "yosys",
             "s", "LUTs");
  std::vector<Result> results;
  for (const fs::path& file : files) {
    const AdderProblem problem = read_problem(file);
    Result& result = results.emplace_back();
    result.name = file.stem().string();
    result.plain = plain_adders(problem);
    for (const int dc : limits) {
      arch::AdderGraphOptions options;
      options.seconds = seconds;
      options.seed = seed;
      if (dc >= 0) options.depth_limit = arch::minimum_depth(problem) + dc;
      const auto begin = std::chrono::steady_clock::now();
      const AdderGraph graph = arch::optimise_adders(problem, options);
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
      const Figures& own = result.ours[dc] = figures_of(graph, took.count(), most_mapped);
      fmt::print("{:<24}{:>4} |{}", result.name, dc, text_of(own));
      std::cout.flush();
      const fs::path other = folder / fmt::format("{}.{}.graph", result.name, dc);
      if (!python.empty() && !fs::exists(other)) {
        fs::create_directories(folder);
        const ProcessResult made = run_process(
            {python, MASE_SOURCE_DIR "/tests/bench/adder_graph_da4ml.py",
             fs::absolute(file).string(), std::to_string(dc), fs::absolute(other).string()},
            folder);
        MASE_CHECK(made.exit_code == 0, "da4ml: {}", made.output);
      }
      if (fs::exists(other)) {
        double spent = 0;
        const AdderGraph theirs = read_graph(other, spent);
        const Figures& figures = result.theirs[dc] = figures_of(theirs, spent, most_mapped);
        fmt::print("{}{:>7.1f}%", text_of(figures),
                   own.luts && figures.luts ? percent(*own.luts, *figures.luts)
                                            : percent(own.model, figures.model));
      }
      fmt::print("\n");
      std::cout.flush();
    }
  }
  if (limits.size() > 1) print_tables(results);
  print_summary(results);
}
