// SPDX-License-Identifier: Apache-2.0
// Constant matrices as adder graphs: adders, depth, modelled LUTs and seconds at the depth limits
// dc = none, 2, 0, and with --yosys the LUTs that Yosys finds, beside da4ml's figures for the
// matrices of MASE_SHARED_DIR/data/cmvm and graphs that adder_graph_da4ml.py wrote.
#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "gen/arch/adder_graph.h"
#include "gen/base/error.h"
#include "gen/base/file.h"
#include "gen/base/process.h"

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

/// Bits [from, from + bits) of a wire, extended by its sign or zeros.
std::string slice(const AdderGraph& graph, int w, int from, int bits) {
  const AdderWire& wire = graph.wires[static_cast<size_t>(w)];
  const int width = wire.width();
  const int have = std::clamp(width - from, 0, bits);
  std::string text;
  if (have < bits)
    text = wire.is_signed() ? fmt::format("{{{}{{w{}[{}]}}}}", bits - have, w, width - 1)
                            : fmt::format("{}'b0", bits - have);
  if (have > 0) {
    if (!text.empty()) text += ", ";
    text += fmt::format("w{}[{}:{}]", w, from + have - 1, from);
  }
  return text;
}

std::string verilog(const AdderGraph& graph) {
  std::string ports, body;
  for (size_t w = 0; w < graph.wires.size(); ++w) {
    const AdderWire& wire = graph.wires[w];
    const int width = wire.width();
    if (width == 0) continue;
    if (wire.kind == AdderWire::Kind::kInput) {
      ports += fmt::format("{}input [{}:0] w{}", ports.empty() ? "" : ", ", width - 1, w);
      continue;
    }
    body += fmt::format("  wire [{}:0] w{};\n", width - 1, w);
    const int beside = std::min(width, wire.negate_a ? 0 : wire.shift), bits = width - beside;
    if (beside > 0)
      body += fmt::format("  assign w{}[{}:0] = {{{}}};\n", w, beside - 1,
                          slice(graph, wire.a, 0, beside));
    if (bits == 0) continue;
    std::string b = slice(graph, wire.b, 0, std::max(0, bits - (wire.shift - beside)));
    if (wire.shift > beside) b += fmt::format(", {}'b0", std::min(bits, wire.shift - beside));
    // The zero below keeps Yosys from merging chained adders into compressors.
    const std::string left = fmt::format("{{{}, 1'b0}}", slice(graph, wire.a, beside, bits));
    const std::string right = fmt::format("{{{}, 1'b0}}", b);
    body += fmt::format("  wire [{}:0] t{} = {} {} {};\n  assign w{}[{}:{}] = t{}[{}:1];\n", bits,
                        w, wire.negate_a ? right : left, wire.negate_a || wire.negate_b ? '-' : '+',
                        wire.negate_a ? left : right, w, width - 1, beside, w, bits);
  }
  for (size_t o = 0; o < graph.outputs.size(); ++o) {
    const auto& y = graph.outputs[o];
    if (y.wire < 0) continue;
    const int width = graph.wires[static_cast<size_t>(y.wire)].width() + (y.negate ? 1 : 0);
    ports += fmt::format(", output [{}:0] y{}", width - 1, o);
    body += fmt::format("  assign y{} = {}{{{}}};\n", o, y.negate ? "-" : "",
                        slice(graph, y.wire, 0, width));
  }
  return fmt::format("module top({});\n{}endmodule\n", ports, body);
}

/// Yosys commands that evaluate the module for q; what they print goes to vector<n>.txt.
std::string evaluation(const AdderGraph& graph, const std::vector<fixed::Wide>& q, int n) {
  std::string command = fmt::format("tee -q -o vector{}.txt eval", n);
  for (size_t i = 0; i < q.size(); ++i) {
    const int width = graph.wires[i].width();
    const auto bits = static_cast<uint64_t>(q[i]) & ((uint64_t{1} << width) - 1);
    if (width > 0) command += fmt::format(" -set w{} {}'d{}", i, width, bits);
  }
  for (size_t o = 0; o < graph.outputs.size(); ++o) {
    if (graph.outputs[o].wire >= 0) command += fmt::format(" -show y{}", o);
  }
  return command + "; ";
}

/// The low 62 bits of y[o] from what Yosys printed, without the output's shift.
void compare(const AdderGraph& graph, const std::vector<fixed::Wide>& q, const std::string& text) {
  const std::vector<fixed::Wide> want = arch::evaluate(graph, q);
  for (size_t o = 0; o < want.size(); ++o) {
    const auto& y = graph.outputs[o];
    if (y.wire < 0) continue;
    const int width = graph.wires[static_cast<size_t>(y.wire)].width() + (y.negate ? 1 : 0);
    const auto bits = static_cast<uint64_t>(want[o] >> y.shift) & ((uint64_t{1} << width) - 1);
    const std::string line = fmt::format("\\y{} = {}'{:0{}b}", o, width, bits, width);
    MASE_CHECK(width > 62 || text.find(line) != std::string::npos, "yosys lacks '{}' in\n{}", line,
               text);
  }
}

/// LUT1 to LUT6 after synth_xilinx -family xcup -flatten.
int64_t yosys_luts(const AdderGraph& graph) {
  const fs::path folder = fs::temp_directory_path() / fmt::format("adder_graph_{}", ::getpid());
  fs::create_directories(folder);
  write_file(folder / "top.v", verilog(graph));
  std::mt19937_64 random(1);
  std::vector<std::vector<fixed::Wide>> vectors(4);
  std::string script = "read_verilog top.v; prep -top top; ";
  for (size_t v = 0; v < vectors.size(); ++v) {
    for (int i = 0; i < graph.inputs; ++i) {
      const AdderWire& x = graph.wires[static_cast<size_t>(i)];
      const auto span = static_cast<uint64_t>(x.high - x.low) + 1;
      vectors[v].push_back(v == 0 ? x.low : v == 1 ? x.high : x.low + random() % span);
    }
    script += evaluation(graph, vectors[v], static_cast<int>(v));
  }
  script += "synth_xilinx -family xcup -flatten -top top; tee -q -o stat.json stat -json";
  const ProcessResult result = run_process({"yosys", "-q", "-p", script}, folder);
  MASE_CHECK(result.exit_code == 0, "yosys: {}", result.output);
  for (size_t v = 0; v < vectors.size(); ++v)
    compare(graph, vectors[v], read_file(folder / fmt::format("vector{}.txt", v)));
  const auto stat = nlohmann::json::parse(read_file(folder / "stat.json"));
  int64_t luts = 0;
  for (const auto& [type, count] : stat["design"]["num_cells_by_type"].items()) {
    if (type.starts_with("LUT")) luts += count.get<int64_t>();
  }
  fs::remove_all(folder);
  return luts;
}

const std::map<std::pair<std::string, int>, int> kDa4mlAdders = {
    {{"random_8bit_8x8", -1}, 97},     {{"random_8bit_8x8", 2}, 100},
    {{"random_8bit_8x8", 0}, 125},     {{"random_8bit_16x16", -1}, 349},
    {{"random_8bit_16x16", 2}, 373},   {{"random_8bit_16x16", 0}, 441},
    {{"random_8bit_32x32", -1}, 1219}, {{"random_8bit_32x32", 2}, 1472},
    {{"random_8bit_32x32", 0}, 1586}};

}  // namespace

int main(int argc, char** argv) {
  std::optional<double> seconds;
  uint64_t seed = 1;
  bool yosys = false;
  fs::path graphs;
  std::vector<fs::path> files;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--seconds" && i + 1 < argc)
      seconds = std::stod(argv[++i]);
    else if (word == "--graphs" && i + 1 < argc)
      graphs = argv[++i];  // of da4ml: <matrix>.<dc>.graph
    else if (word == "--seed" && i + 1 < argc)
      seed = std::stoull(argv[++i]);
    else if (word == "--yosys")
      yosys = true;
    else
      files.emplace_back(word);
  }
  if (files.empty()) {
    for (const int n : {8, 16, 32})
      files.push_back(fs::path(MASE_SHARED_DIR) /
                      fmt::format("data/cmvm/random_8bit_{0}x{0}.csv", n));
  }
  fmt::print("{:<22}{:>4} |{:>7}{:>6}{:>9}{:>8}{:>8} |{:>7}{:>6}{:>9}{:>8}{:>8} |{:>7}\n", "matrix",
             "dc", "adders", "depth", "model", "yosys", "s", "da4ml", "depth", "model", "yosys",
             "s", "LUTs");
  for (const fs::path& file : files) {
    const AdderProblem problem = read_problem(file);
    for (const int dc : {-1, 2, 0}) {
      arch::AdderGraphOptions options;
      options.seconds = seconds;
      options.seed = seed;
      if (dc >= 0) options.depth_limit = arch::minimum_depth(problem) + dc;
      const auto begin = std::chrono::steady_clock::now();
      const AdderGraph graph = arch::optimise_adders(problem, options);
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
      const std::string name = file.stem().string();
      const int64_t mapped = yosys ? yosys_luts(graph) : 0;
      fmt::print("{:<22}{:>4} |{:>7}{:>6}{:>9}{:>8}{:>8.3f} |", name, dc, graph.adders(),
                 graph.depth(), graph.lut_estimate(), yosys ? std::to_string(mapped) : "-",
                 took.count());
      const fs::path other = graphs / fmt::format("{}.{}.graph", name, dc);
      if (!graphs.empty() && fs::exists(other)) {
        double spent = 0;
        const AdderGraph theirs = read_graph(other, spent);
        const int64_t model = theirs.lut_estimate(), found = yosys ? yosys_luts(theirs) : 0;
        fmt::print(
            "{:>7}{:>6}{:>9}{:>8}{:>8.3f} |{:>6.1f}%\n", theirs.adders(), theirs.depth(), model,
            yosys ? std::to_string(found) : "-", spent,
            yosys ? 100.0 * static_cast<double>(mapped) / static_cast<double>(found) - 100
                  : 100.0 * static_cast<double>(graph.lut_estimate()) / static_cast<double>(model) -
                        100);
      } else if (const auto known = kDa4mlAdders.find({name, dc}); known != kDa4mlAdders.end()) {
        fmt::print("{:>7}\n", known->second);
      } else {
        fmt::print("\n");
      }
      std::cout.flush();
    }
  }
}
