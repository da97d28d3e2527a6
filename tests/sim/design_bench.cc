// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/design_bench.h"

#include <fmt/format.h>

#include <random>
#include <set>

#include "gen/base/file.h"
#include "gen/emit/emit.h"
#include "tests/support/networks.h"
#include "tests/support/partition.h"

namespace mase::sim {

namespace {

/// Names that no other design has: memory files of all lie in one folder.
graph::Graph with_prefix(graph::Graph graph, const std::string& prefix) {
  for (auto& node : graph.nodes) {
    node.name = prefix + node.name;
    for (auto& input : node.inputs) input = prefix + input;
  }
  return graph;
}

std::string bench_top(const std::vector<arch::HardwareGraph>& designs) {
  int in_bits = 0, out_bits = 0;
  std::string body;
  for (size_t i = 0; i < designs.size(); ++i) {
    const auto& h = designs[i];
    const int in = h.lanes_in * h.input.width, out = h.lanes_out * h.output.width;
    const std::string bit = designs.size() == 1 ? "" : fmt::format("[{}]", i);
    body += fmt::format(
        "  design_{0} u_design_{0} (.clk_i(clk_i), .rst_ni(rst_ni),\n"
        "    .in_valid_i(in_valid_i{1}), .in_ready_o(in_ready_o{1}), .in_data_i(in_data_i[{2} +: "
        "{3}]),\n"
        "    .out_valid_o(out_valid_o{1}), .out_ready_i(out_ready_i{1}), "
        ".out_data_o(out_data_o[{4} "
        "+: {5}]));\n",
        i, bit, in_bits, in, out_bits, out);
    in_bits += in;
    out_bits += out;
  }
  const size_t last = designs.size() - 1;
  return fmt::format(
      "module bench (input logic clk_i, input logic rst_ni,\n"
      "  input logic [{0}:0] in_valid_i, output logic [{0}:0] in_ready_o,\n"
      "  input logic [{1}:0] in_data_i,\n"
      "  output logic [{0}:0] out_valid_o, input logic [{0}:0] out_ready_i,\n"
      "  output logic [{2}:0] out_data_o);\n{3}endmodule\n",
      last, in_bits - 1, out_bits - 1, body);
}

}  // namespace

DesignCase random_design(uint64_t seed, int unrolled_percent) {
  std::mt19937_64 rng(seed * 77 + 5);
  const auto draw = [&](int low, int high) {
    return low + static_cast<int>(rng() % static_cast<uint64_t>(high - low + 1));
  };
  test::RandomNetworkOptions network;
  network.max_width = draw(1, 6);
  network.max_features = draw(2, 20);
  network.max_layers = draw(1, 4);
  network.parallelism = draw(1, 4) > 1;  // else target_ii decides
  network.unrolled_percent = unrolled_percent;
  DesignCase design{seed, test::random_network(seed, network), {}};
  design.options.adder_seconds = 0.002;
  if (draw(0, 1) == 1) design.options.target_ii = draw(1, 60);
  const std::vector<std::string> storages{"auto", "lut", "bram"}, multipliers{"auto", "dsp", "lut"};
  design.options.weight_storage = storages[static_cast<size_t>(draw(0, 2))];
  design.options.multiplier = multipliers[static_cast<size_t>(draw(0, 2))];
  design.options.fuse = draw(0, 3) > 0;
  return design;
}

DesignCase random_cut_design(uint64_t seed, int unrolled_percent) {
  DesignCase design = random_design(seed, unrolled_percent);
  for (size_t parts = 2 + seed % 3; parts >= 2; --parts) {
    if (auto cut = test::cut_into(parts, design.graph, design.options)) {
      design.options = *std::move(cut);
      break;
    }
  }
  return design;
}

DesignBench::DesignBench(const std::vector<DesignCase>& cases, const std::filesystem::path& cache) {
  std::set<std::filesystem::path> files;
  for (size_t i = 0; i < cases.size(); ++i) {
    const auto design =
        emit::emit(with_prefix(cases[i].graph, fmt::format("d{}_", i)), cases[i].options,
                   {.top_name = fmt::format("design_{}", i), .tool_version = "test"});
    for (const auto& [path, bytes] : design.files) {
      const bool source = path.ends_with(".sv");
      if (!source && !path.starts_with("rtl/") && !path.starts_with("mem/")) continue;
      write_file(folder_.path() / path, bytes);
      if (source) files.insert(folder_.path() / path);
    }
    const auto& h = design.hardware;
    source_.channels.push_back({h.lanes_in * h.input.width, h.lanes_out * h.output.width});
    designs_.push_back(h);
  }
  write_file(folder_.path() / "bench.sv", bench_top(designs_));
  files.insert(folder_.path() / "bench.sv");
  source_.top = "bench";
  source_.files.assign(files.begin(), files.end());
  source_.include_dirs = {folder_.path() / "rtl"};
  model_ = build_model(source_, cache);
}

RunResult DesignBench::run(const std::vector<int64_t>& samples, Stall stall, uint64_t seed) const {
  RunRequest request;
  Random data(seed);
  for (size_t i = 0; i < designs_.size(); ++i) {
    const auto& h = designs_[i];
    ChannelInput input;
    input.in_beats = samples[i] * h.beats_in();
    input.out_beats = samples[i] * h.beats_out();
    for (int64_t beat = 0; beat < input.in_beats; ++beat) {
      for (int left = source_.channels[i].in_bits; left > 0; left -= 32) {
        const auto word = static_cast<uint32_t>(data.next());
        input.words.push_back(left >= 32 ? word : word & ((1u << left) - 1));
      }
    }
    request.channels.push_back(std::move(input));
  }
  request.stall = stall;
  request.seed = seed;
  request.working_directory = folder_.path();
  return run_model(model_, source_, request);
}

}  // namespace mase::sim
