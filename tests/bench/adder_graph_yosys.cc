// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/adder_graph_yosys.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "gen/base/error.h"
#include "gen/base/file.h"
#include "gen/base/process.h"

namespace mase {

namespace fs = std::filesystem;
using arch::AdderGraph;
using arch::AdderWire;

namespace {

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

}  // namespace

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

}  // namespace mase
