// SPDX-License-Identifier: Apache-2.0
// Modules of mere matrices (adder-graph) against the product of integers.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <iostream>

#include "gen/arch/matrix_stage.h"
#include "gen/base/file.h"
#include "gen/base/process.h"
#include "gen/emit/matrix_files.h"
#include "gen/emit/unrolled_module.h"
#include "tests/rtl/affine_cases.h"
#include "tests/rtl/cell_bench.h"

namespace mase::rtl_test {
namespace {

using arch::MatrixProduct;

MatrixProduct draw_matrix(Random& random) {
  MatrixProduct m{.name = "w"};
  m.outputs = draw(random, 1, 7);
  m.inputs = draw(random, 1, 7);
  constexpr int kWidths[] = {1, 2, 4, 8, 13, 32};
  m.input = {kWidths[draw(random, 0, 5)], 0, draw(random, 0, 2) != 0};
  const int kind = draw(random, 0, 4);
  constexpr int kBits[] = {1, 4, 8, 20, 40};
  const int bits = kBits[draw(random, 0, 4)];
  for (int64_t k = 0; k < m.outputs * m.inputs; ++k) {
    const auto size = static_cast<int64_t>(random() & ((uint64_t{1} << bits) - 1));
    switch (kind) {
      case 0: m.weight.push_back(int64_t{1} << draw(random, 0, bits)); break;  // powers of two
      case 1: m.weight.push_back(-size); break;
      default: m.weight.push_back(draw(random, 0, 1) != 0 ? size : -size);
    }
  }
  // A row and a column of zeros.
  if (draw(random, 0, 2) == 0) {
    for (int64_t i = 0; i < m.inputs; ++i) m.weight[static_cast<size_t>(i)] = 0;
  }
  if (draw(random, 0, 2) == 0) {
    for (int64_t o = 0; o < m.outputs; ++o) m.weight[static_cast<size_t>(o * m.inputs)] = 0;
  }
  return m;
}

CellCase case_of(const MatrixProduct& m, const arch::Stage& stage, Random& random) {
  CellCase c{.cell = module_name(stage)};
  c.in_lanes = static_cast<int>(m.inputs);
  c.in_width = m.input.width;
  c.out_lanes = static_cast<int>(m.outputs);
  c.out_width = stage.out.width;
  c.out_signed = stage.out.is_signed;
  c.latency_cycles = stage.unrolled->registers;
  c.ii_cycles = 1;
  for (int sample = 0; sample < 24; ++sample) {
    Beat x;
    for (int64_t i = 0; i < m.inputs; ++i) {
      const int extreme = draw(random, 0, 3);
      x.push_back(extreme == 0   ? m.input.min()
                  : extreme == 1 ? m.input.max()
                                 : draw_number(random, m.input));
    }
    std::vector<std::optional<Wide>> y;
    for (int64_t o = 0; o < m.outputs; ++o) {
      Wide sum = 0;
      for (int64_t i = 0; i < m.inputs; ++i)
        sum += Wide{m.weight[static_cast<size_t>(o * m.inputs + i)]} * x[static_cast<size_t>(i)];
      EXPECT_TRUE(stage.out.contains(sum));
      y.emplace_back(sum);
    }
    c.inputs.push_back(std::move(x));
    c.expected.push_back(std::move(y));
  }
  return c;
}

void run_matrices(const std::vector<MatrixProduct>& matrices, Random& random) {
  const TemporaryFolder folder;
  std::vector<CellCase> cases;
  std::vector<std::filesystem::path> files;
  for (MatrixProduct m : matrices) {
    m.name = fmt::format("w{}", cases.size());
    const auto stage =
        arch::matrix_stage(m, {.adders_per_stage = draw(random, 1, 4), .seconds = 0.01});
    cases.push_back(case_of(m, stage, random));
    files.push_back(folder.path() / (module_name(stage) + ".sv"));
    write_file(files.back(), emit::unrolled_module(stage, "test"));
  }
  write_bench(cases, folder.path());
  files.push_back(folder.path() / "cell_bench.sv");
  run_bench(cases, files, folder.path(), 1);
}

TEST(MatrixModule, EqualsTheProduct) {
  constexpr uint64_t kSeed = 1;
  std::cout << "seed " << kSeed << "\n";
  Random random(kSeed);
  std::vector<MatrixProduct> matrices;
  for (int k = 0; k < 36; ++k) matrices.push_back(draw_matrix(random));
  // 1 x 1, nothing at all, and widths at both ends.
  for (const int64_t w : {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{-64}, int64_t{23},
                          (int64_t{1} << 59) - 1, -(int64_t{1} << 59) + 1}) {
    for (const int width : {1, 32}) {
      for (const bool is_signed : {false, true})
        matrices.push_back({"w", 1, 1, {w}, {width, 0, is_signed}});
    }
  }
  run_matrices(matrices, random);
}

TEST(MatrixModule, NoLaneIsWiderThanItsOutputsNeed) {
  const auto out = [](std::vector<int64_t> w, fixed::Format input) {
    const auto n = static_cast<int64_t>(w.size());
    return arch::matrix_stage({"w", 1, n, std::move(w), input}, {.seconds = 0.01}).out;
  };
  EXPECT_EQ(out({1, 1}, {8, 0, false}), (fixed::Format{9, 0, false}));  // to 510
  EXPECT_EQ(out({1, 1}, {8, 0, true}), (fixed::Format{9, 0, true}));    // -256 to 254
  EXPECT_EQ(out({-1}, {8, 0, true}), (fixed::Format{9, 0, true}));      // to 128
  EXPECT_EQ(out({-1}, {8, 0, false}), (fixed::Format{9, 0, true}));     // -255
  EXPECT_EQ(out({0}, {8, 0, true}), (fixed::Format{1, 0, false}));
}

TEST(MatrixModuleLint, FilesStandByThemselves) {
  Random random(5);
  for (int k = 0; k < 6; ++k) {
    const TemporaryFolder folder;
    const MatrixProduct m = draw_matrix(random);
    const auto stage = arch::matrix_stage(m, {.seconds = 0.01});
    for (const auto& [path, bytes] : emit::matrix_files(stage, "product", "test"))
      write_file(folder.path() / path, bytes);
    const auto lint =
        run_process({"verilator", "--lint-only", "-Wall", "--assert", "product.sv"}, folder.path());
    EXPECT_EQ(lint.exit_code, 0);
    EXPECT_EQ(lint.output, "");
    const auto bench = run_process({"verilator", "--lint-only", "--timing", "--top-module",
                                    "product_tb", "product_tb.sv", "product.sv"},
                                   folder.path());
    EXPECT_EQ(bench.exit_code, 0);
    EXPECT_EQ(bench.output, "");
    const auto yosys = run_process({"yosys", "-q", "-p",
                                    "read_verilog -sv product.sv; hierarchy -check -top product; "
                                    "proc; check -assert"},
                                   folder.path());
    EXPECT_EQ(yosys.exit_code, 0);
    EXPECT_EQ(yosys.output, "");
  }
}

}  // namespace
}  // namespace mase::rtl_test
