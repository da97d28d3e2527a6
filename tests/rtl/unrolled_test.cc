// SPDX-License-Identifier: Apache-2.0
// Generated modules of unrolled layers against gen/fixed: shapes, widths, roundings, register
// distances, stalls; both linters.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "gen/arch/hardware_graph.h"
#include "gen/base/error.h"
#include "gen/base/file.h"
#include "gen/base/process.h"
#include "gen/emit/unrolled_module.h"
#include "gen/fixed/affine.h"
#include "gen/fixed/channels.h"
#include "tests/rtl/affine_cases.h"
#include "tests/rtl/cell_bench.h"

namespace mase::rtl_test {
namespace {

namespace fs = std::filesystem;
using arch::Interval;
using arch::Stage;

/// A layer with the values that its inputs take.
struct Layer {
  Affine affine;
  std::vector<Interval> inputs;
  std::vector<fixed::Format> out_channels;
  arch::UnrollOptions options;
};

Stage stage_of(const Layer& layer, const std::string& name) {
  const Affine& a = layer.affine;
  Stage stage{.name = name, .cell = arch::Cell::kUnrolled, .graph_nodes = {name}};
  stage.elements_in = stage.lanes_in = a.inputs;
  stage.elements_out = stage.lanes_out = a.outputs;
  stage.in = a.data;
  stage.weight_format = a.weight;
  stage.bias_format = a.bias_format;
  stage.alignment = fixed::align(a.data, a.weight, a.bias_format);
  stage.weight = a.w;
  stage.bias = a.b;
  const auto rows = static_cast<size_t>(a.outputs);
  stage.cast_from = a.is_linear
                        ? fixed::linear_accumulator(a.w, a.b, rows, a.data, stage.alignment)
                        : fixed::batch_norm1d_accumulator(a.w, a.b, a.data, stage.alignment);
  stage.out = a.out.value_or(stage.cast_from);
  stage.out_channels = layer.out_channels;
  stage.rounding = a.rounding;
  stage.diagonal = !a.is_linear;
  stage.unroll = layer.options;
  stage.unrolled = arch::unroll(stage, layer.inputs, layer.options);
  return stage;
}

Layer draw_layer(Random& random, int max_features, int max_width, int samples) {
  Layer layer;
  Affine& a = layer.affine;
  a = draw_affine(random, draw(random, 0, 4) != 0, max_features, max_width);
  a.parallelism_in = a.inputs;
  a.parallelism_out = a.outputs;
  draw_data(random, a, samples);
  // Rows and columns of zeros, weights that are gone, rows that are equal.
  const int pruned = draw(random, 0, 3) * 25;
  for (int64_t& w : a.w) {
    if (draw(random, 0, 99) < pruned) w = 0;
  }
  if (a.is_linear && a.outputs > 1 && draw(random, 0, 2) == 0) {
    std::copy_n(a.w.begin(), a.inputs, a.w.end() - a.inputs);
    if (!a.b.empty()) a.b.back() = a.b.front();
  }
  layer.inputs.assign(static_cast<size_t>(a.inputs), {a.data.min(), a.data.max()});
  for (size_t i = 0; i < layer.inputs.size(); ++i) {
    if (draw(random, 0, 3) != 0) continue;
    const Wide one = draw_number(random, a.data), other = draw_number(random, a.data);
    layer.inputs[i] = {std::min(one, other), std::max(one, other)};
    for (auto& x : a.x) x[i] = std::clamp(x[i], layer.inputs[i].low, layer.inputs[i].high);
  }
  layer.options = {.adders_per_stage = draw(random, 1, 4), .seconds = 0.01};
  return layer;
}

/// Weights of simple hardware, inputs and outputs whose channels have formats of their own.
void draw_channels(Random& random, Layer& layer, int max_width) {
  Affine& a = layer.affine;
  const int kind = draw(random, 0, 4);
  for (size_t i = 0; i < a.w.size(); ++i) {
    int64_t& w = a.w[i];
    const size_t column = a.is_linear ? i % static_cast<size_t>(a.inputs) : i;
    if (kind == 0) w = -std::abs(w);
    if (kind == 1)
      w = w < 0 ? -(int64_t{1} << draw(random, 0, a.weight.width - 1))
                : int64_t{1} << draw(random, 0, std::max(a.weight.width - 2, 0));
    if (kind == 2 && column == 0) w = 0;
    if (kind == 3 && i < static_cast<size_t>(a.inputs)) w = 0;
    w = std::clamp<int64_t>(w, static_cast<int64_t>(a.weight.min()),
                            static_cast<int64_t>(a.weight.max()));
  }
  for (size_t i = 0; i < layer.inputs.size(); ++i) {
    if (draw(random, 0, 1) == 0) continue;
    const int zeros = draw(random, 0, a.data.width);  // all of them: the channel is dropped
    const Wide unit = Wide{1} << zeros;
    const auto low = [&](Wide x) { return x - ((x % unit) + unit) % unit; };
    Interval& range = layer.inputs[i];
    range = {low(range.low + unit - 1), low(range.high), zeros};
    if (range.low > range.high) range = {0, 0, 0};
    for (auto& x : a.x) x[i] = std::clamp(low(x[i]), range.low, range.high);
  }
  const bool is_signed = draw(random, 0, 2) != 0;
  for (int o = 0; o < a.outputs; ++o) {
    const int width = draw(random, 0, 5) == 0   ? 0
                      : draw(random, 0, 5) == 0 ? max_width
                                                : draw(random, 1, max_width);
    layer.out_channels.push_back({width, draw(random, -3, 6), is_signed});
  }
  a.out = fixed::common_format(layer.out_channels);
}

/// The case's beats again, with every output in the format of its channel.
void expect_channels(const Layer& layer, const Stage& stage, CellCase& c) {
  const Affine& a = layer.affine;
  for (size_t s = 0; s < a.x.size(); ++s) {
    const auto y = a.is_linear ? fixed::linear(a.w, a.b, a.x[s], stage.alignment)
                               : fixed::batch_norm1d(a.w, a.b, a.x[s], stage.alignment);
    for (size_t o = 0; o < y.size(); ++o) {
      c.expected[s][o] = fixed::requantise_channel(y[o], stage.cast_from, layer.out_channels[o],
                                                   stage.out, stage.rounding);
    }
  }
}

class Bench {
 public:
  explicit Bench(const std::vector<Layer>& layers) {
    Random random(1);
    for (size_t i = 0; i < layers.size(); ++i) {
      const Stage stage = stage_of(layers[i], fmt::format("c{}", i));
      CellCase c = cell_case(layers[i].affine, random);
      c.cell = module_name(stage);
      // Exact results have their own width here: no running sum is in between.
      c.out_width = stage.out.width;
      if (!layers[i].out_channels.empty()) expect_channels(layers[i], stage, c);
      c.parameters.clear();
      c.memory_files.clear();
      c.latency_cycles = stage.unrolled->registers;
      c.ii_cycles = 1;
      files_.push_back(folder_.path() / (c.cell + ".sv"));
      write_file(files_.back(), emit::unrolled_module(stage, "test"));
      cases_.push_back(std::move(c));
    }
    write_bench(cases_, folder_.path());
    files_.push_back(folder_.path() / "cell_bench.sv");
  }

  void run(uint64_t seed) const { run_bench(cases_, files_, folder_.path(), seed); }

  void lint() const {
    std::vector<std::string> command = {
        "verilator",    "--lint-only", "-Wall", "--assert", "-I" + cell_folder().string(),
        "--top-module", "cell_bench"};
    std::string script = "read_verilog -sv -I" + cell_folder().string();
    for (const fs::path& file : files_) {
      command.push_back(file.string());
      script += " " + file.string();
    }
    script += "; hierarchy -check -top cell_bench; proc; check -assert";
    const auto verilator = run_process(command);
    EXPECT_EQ(verilator.exit_code, 0);
    EXPECT_EQ(verilator.output, "");
    const auto yosys = run_process({"yosys", "-q", "-p", script});
    EXPECT_EQ(yosys.exit_code, 0);
    EXPECT_EQ(yosys.output, "");
  }

 private:
  TemporaryFolder folder_;
  std::vector<CellCase> cases_;
  std::vector<fs::path> files_;
};

std::vector<Layer> layers(uint64_t seed, int count, int max_features, int max_width,
                          bool channels = false) {
  std::cout << "seed " << seed << "\n";
  Random random(seed);
  std::vector<Layer> result;
  while (static_cast<int>(result.size()) < count) {
    Layer layer = draw_layer(random, max_features, max_width, 20);
    if (channels) draw_channels(random, layer, max_width);
    try {
      stage_of(layer, "drawn");
    } catch (const UserError& error) {
      if (error.code() != "A014" && error.code() != "A012") throw;
      continue;  // fractions too far apart for constants
    }
    result.push_back(std::move(layer));
  }
  return result;
}

TEST(Unrolled, AgreesWithTheModelOverShapesWidthsAndRegisters) {
  Bench(layers(1, 40, 9, 10)).run(1);
}

TEST(Unrolled, AgreesWithTheModelAtEveryWidth) { Bench(layers(2, 40, 4, 32)).run(2); }

TEST(Unrolled, AgreesWithTheModelWithFormatsOfChannels) {
  auto all = layers(5, 30, 6, 9, true);
  for (auto& layer : layers(6, 15, 3, 32, true)) all.push_back(std::move(layer));
  for (auto& layer : layers(7, 10, 2, 1, true)) all.push_back(std::move(layer));
  Bench(all).run(5);
}

TEST(Unrolled, RoundsTiesAndClampsAsWorkedByHand) {
  // w = 1, no bias, 2 fraction bits lost: y = clamp(round(x / 4)) to s3.
  const std::vector<std::pair<int, int>> worked = {
      {0, 0},  {1, 0},  {2, 0},   {3, 1},   {6, 2},    {10, 2},   {13, 3},   {14, 3},  {31, 3},
      {-1, 0}, {-2, 0}, {-3, -1}, {-6, -2}, {-10, -2}, {-14, -4}, {-18, -4}, {-32, -4}};
  Layer layer;
  Affine& a = layer.affine;
  a.data = {6, 2, true};
  a.weight = {2, 0, true};
  a.out = fixed::Format{3, 0, true};
  a.w = {1};
  layer.inputs = {{-32, 31}};
  layer.options.seconds = 0.01;
  for (const auto& [x, y] : worked) a.x.push_back({x});
  Random random(1);
  const CellCase expected = cell_case(a, random);
  for (size_t i = 0; i < worked.size(); ++i)
    EXPECT_EQ(static_cast<int>(*expected.expected[i][0]), worked[i].second);
  Bench({layer}).run(3);
}

/// Formats of 1 to 3 bits and few weights, where tables pay. Gives how many were built.
std::vector<Layer> narrow_layers(uint64_t seed, int count, size_t& tables) {
  std::vector<Layer> result = layers(seed, count, 7, 3);
  Random random(seed);
  for (Layer& layer : result) {
    for (int64_t& w : layer.affine.w) {
      if (draw(random, 0, 2) != 0) w = 0;
    }
    tables += stage_of(layer, "drawn").unrolled->tables.size();
  }
  return result;
}

TEST(Unrolled, TablesOfNarrowInputsAgreeWithTheModel) {
  size_t tables = 0;
  auto drawn = narrow_layers(7, 60, tables);
  const auto more = narrow_layers(8, 60, tables);
  drawn.insert(drawn.end(), more.begin(), more.end());
  std::cout << tables << " tables\n";
  EXPECT_GT(tables, 8u);
  const Bench bench(drawn);
  bench.run(7);
  bench.lint();
}

TEST(UnrolledLint, BothToolsReadEveryModuleInSilence) {
  Bench(layers(3, 30, 8, 12)).lint();
  Bench(layers(4, 15, 4, 32)).lint();
  Bench(layers(8, 30, 6, 9, true)).lint();
  Bench(layers(9, 15, 3, 32, true)).lint();
}

TEST(UnrolledSlow, AgreesWithTheModel) {
  for (uint64_t seed = 100; seed < 112; ++seed) {
    Bench(layers(seed, 40, 14, 12)).run(seed);
    Bench(layers(seed + 1000, 30, 5, 32)).run(seed);
    Bench(layers(seed + 2000, 40, 10, 12, true)).run(seed);
    Bench(layers(seed + 3000, 30, 4, 32, true)).run(seed);
  }
}

}  // namespace
}  // namespace mase::rtl_test
