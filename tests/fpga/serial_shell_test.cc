// SPDX-License-Identifier: Apache-2.0
// The serial shell around designs of many widths, bytes through the pins, before any synthesis.
#include <gtest/gtest.h>

#include <cmath>

#include "fpga/flow/lint.h"
#include "fpga/flow/serial_chip.h"
#include "gen/base/file.h"
#include "gen/base/process.h"
#include "sim/simulate.h"
#include "tests/support/networks.h"
#include "tests/support/temp_dir.h"

namespace mase::fpga {
namespace {

namespace fs = std::filesystem;
using test::TempDir;

void expect_exact(const graph::Graph& graph, int64_t baud) {
  const TempDir dir;
  emit::write_design(emit::emit(graph, {}, {.tool_version = "test"}), dir.path());
  const auto design = emit::read_design(dir.path());
  const auto& h = design.hardware;
  auto board = load_small_board("ice40-hx8k");
  board.baud = baud;
  board.led_on = h.features_in % 2 == 0;
  write_file(dir / "mase_chip.sv", serial_chip(h, "top", board, "test"));
  write_file(dir / "bench.sv", serial_bench(h, "top", board, "test"));
  // The bench is the simulated top, so that the design inside the chip gets another name.
  auto text = read_file(dir / "mase_chip.sv");
  text.replace(text.find("  top u_design"), 5, "  inner");
  write_file(dir / "mase_chip.sv", text);
  text = read_file(dir / "top.sv");
  text.replace(text.find("module top"), 10, "module inner");
  write_file(dir / "inner.sv", text);

  std::vector<fs::path> chip = {dir / "mase_chip.sv", dir / "inner.sv"};
  for (const auto& source : design.sources) {
    if (source.filename() != "top.sv") chip.push_back(source);
  }
  for (const auto& [name, cell] : serial_cells()) {
    if (fs::exists(dir / "rtl" / name)) continue;
    write_file(dir / "rtl" / name, cell);
    if (name.ends_with(".sv")) chip.push_back(dir / "rtl" / name);
  }
  lint({.top = kChip, .files = chip, .include_dirs = {dir / "rtl"}});

  sim::SimulateOptions options{.seed = 7};
  options.netlist = chip;
  options.netlist.push_back(dir / "bench.sv");
  sim::Samples samples{24, h.features_in, {}};
  std::mt19937_64 rng(7);
  for (int64_t i = 0; i < samples.rows * h.features_in; ++i) {
    const auto span = static_cast<uint64_t>(h.input.max() - h.input.min() + 1);
    const auto q = static_cast<int64_t>(h.input.min()) + static_cast<int64_t>(rng() % span);
    samples.values.push_back(std::ldexp(static_cast<double>(q), -h.input.frac));
  }
  for (const auto stall : {sim::Stall::kNone, sim::Stall::kRandom, sim::Stall::kWorst}) {
    SCOPED_TRACE(sim::to_string(stall));
    options.stall = stall;
    const auto result = sim::simulate(design, samples, options);
    EXPECT_EQ(result.mismatches, 0);
    EXPECT_EQ(result.outputs, samples.rows * h.features_out);
    for (const auto& failure : result.failures) ADD_FAILURE() << failure;
  }
}

class SerialShell : public testing::Test {
 protected:
  void SetUp() override {
    if (find_program("verilator").empty()) GTEST_SKIP() << "needs verilator";
  }
};
class SerialShellSlow : public SerialShell {};

TEST_F(SerialShell, CarriesSamplesOfOddWidths) {
  expect_exact(test::random_network(11, {.max_width = 12, .max_features = 5, .max_layers = 2}),
               3000000);
}

// Results leave more slowly than samples come in, and nothing collects a whole sample first.
TEST_F(SerialShell, KeepsUpWithABatchNormAlone) {
  graph::Graph graph{.name = "bn"};
  graph::Node x{.name = "x", .op = graph::Op::kPlaceholder};
  x.shape = {6};
  graph.nodes.push_back(x);
  auto bn = graph::make_batch_norm1d("bn", "x", 6);
  bn.quant = graph::Quant{.data_in_width = 7,
                          .data_in_frac_width = 3,
                          .weight_width = 9,
                          .weight_frac_width = 4,
                          .bias_width = 9,
                          .bias_frac_width = 4};
  bn.hardware = graph::Hardware{.parallelism_in = 1, .parallelism_out = 1};
  for (auto& [key, tensor] : bn.parameters) {
    double next = 0.75;
    for (double& v : tensor.data) v = next += 0.25;
  }
  graph.nodes.push_back(bn);
  graph.nodes.push_back({.name = "output", .op = graph::Op::kOutput, .inputs = {"bn"}});
  expect_exact(graph, 3000000);
}

TEST_F(SerialShellSlow, CarriesManyDesigns) {
  for (uint64_t seed = 300; seed < 312; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    expect_exact(
        test::random_network(
            seed, {.max_width = 20, .max_features = 7, .max_layers = 2, .unrolled_percent = 40}),
        seed % 2 == 0 ? 1000000 : 2400000);
  }
}

}  // namespace
}  // namespace mase::fpga
