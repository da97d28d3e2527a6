// SPDX-License-Identifier: Apache-2.0
// Every cell through both tools: Verilator -Wall and Yosys read_verilog -sv, both without a word.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "gen/base/process.h"
#include "tests/rtl/affine_cases.h"
#include "tests/rtl/cell_bench.h"

namespace mase::rtl_test {
namespace {

namespace fs = std::filesystem;

/// `parameter` is empty or "Name=number".
ProcessResult verilator_lint(const std::string& top, const std::string& parameter,
                             const fs::path& extra = {}) {
  std::vector<std::string> command = {"verilator",
                                      "--lint-only",
                                      "-Wall",
                                      "--assert",
                                      "-I" + cell_folder().string(),
                                      "--top-module",
                                      top};
  if (!parameter.empty()) command.push_back("-G" + parameter);
  if (extra.empty()) {
    command.push_back((cell_folder() / (top + ".sv")).string());
  } else {
    for (const fs::path& file : cell_files()) command.push_back(file.string());
    command.push_back(extra.string());
  }
  return run_process(command);
}

ProcessResult yosys_lint(const std::string& top, const std::string& parameter,
                         const fs::path& extra = {}) {
  std::string script = "read_verilog -sv -I" + cell_folder().string();
  for (const fs::path& file : cell_files()) script += " " + file.string();
  if (!extra.empty()) script += " " + extra.string();
  script += "; hierarchy -check -top " + top;
  if (!parameter.empty()) {
    const size_t equals = parameter.find('=');
    script +=
        fmt::format(" -chparam {} {}", parameter.substr(0, equals), parameter.substr(equals + 1));
  }
  script += "; proc; check -assert";
  return run_process({"yosys", "-q", "-p", script},
                     extra.empty() ? fs::path() : extra.parent_path());
}

void expect_silence(const ProcessResult& result, const std::string& tool) {
  EXPECT_EQ(result.exit_code, 0) << tool;
  EXPECT_EQ(result.output, "") << tool;
}

class CellLint : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_FALSE(find_program("verilator").empty()) << "install verilator";
    ASSERT_FALSE(find_program("yosys").empty()) << "install yosys";
  }

  /// The cases as one top, through both tools.
  void lint(const std::vector<CellCase>& cases) {
    const TemporaryFolder folder;
    write_bench(cases, folder.path());
    expect_silence(verilator_lint("cell_bench", "", folder.path() / "cell_bench.sv"), "verilator");
    expect_silence(yosys_lint("cell_bench", "", folder.path() / "cell_bench.sv"), "yosys");
  }
};

TEST_F(CellLint, AcceptsEveryCellWithItsDefaults) {
  for (const fs::path& file : cell_files()) {
    const std::string cell = file.stem().string();
    SCOPED_TRACE(cell);
    expect_silence(verilator_lint(cell, ""), "verilator");
    expect_silence(yosys_lint(cell, ""), "yosys");
  }
}

TEST_F(CellLint, AcceptsOddLinearAndBatchNormParameters) {
  std::vector<CellCase> cases = random_affines(0x11e1, true, 30, 5, 32);
  for (const bool is_linear : {true, false}) {
    for (CellCase& c : random_affines(0x11e2, is_linear, 20, 4, 4)) cases.push_back(std::move(c));
  }
  lint(cases);
}

TEST_F(CellLint, AcceptsOddParametersOfTheOtherCells) {
  std::vector<CellCase> cases;
  const auto add = [&](const std::string& cell, int in_bits, int out_bits,
                       std::vector<std::pair<std::string, std::string>> parameters) {
    CellCase c;
    c.cell = cell;
    c.parameters = std::move(parameters);
    c.in_width = in_bits;
    c.out_width = out_bits;
    cases.push_back(std::move(c));
  };
  const std::string number[] = {"0", "1", "2", "3", "4", "5", "6", "7"};
  for (const int in : {1, 2, 7, 100}) {
    for (const int out : {1, 2, 9, 100}) {
      for (const int shift : {-300, -2, 0, 1, 6, 101, 300}) {
        const std::string flags[] = {"1'b0", "1'b1"};
        const int mix = (in + out + shift + 900) % 8;
        add("mase_cast", in, out,
            {{"Lanes", "1"},
             {"InWidth", std::to_string(in)},
             {"InSigned", flags[mix & 1]},
             {"OutWidth", std::to_string(out)},
             {"OutSigned", flags[mix >> 1 & 1]},
             {"Shift", std::to_string(shift)},
             {"Floor", flags[mix >> 2]}});
      }
    }
    add("mase_relu", in, in,
        {{"Lanes", "1"}, {"InWidth", std::to_string(in)}, {"InSigned", "1'b0"}});
    add("mase_relu", in, std::max(in - 1, 1),
        {{"Lanes", "1"}, {"InWidth", std::to_string(in)}, {"InSigned", "1'b1"}});
  }
  for (int elements = 1; elements <= 7; ++elements) {
    for (int in = 1; in <= elements; ++in) {
      const int out = (in * 3 + elements) % elements + 1;
      add("mase_width_adapter", 3 * in, 3 * out,
          {{"Elements", number[elements]},
           {"Width", "3"},
           {"InLanes", number[in]},
           {"OutLanes", number[out]}});
    }
  }
  for (const int n : {1, 2, 3, 5}) {
    add("mase_fifo", n, n, {{"Width", number[n]}, {"Depth", number[6 - n]}});
    add("mase_skid_buffer", n, n, {{"Width", number[n]}});
    add("mase_slr_crossing", n, n, {{"Width", number[n]}});
    for (const int passes : {1, 2, 3}) {
      for (const int samples : {1, 2}) {
        add("mase_replay", 1, 1,
            {{"Width", "1"},
             {"Beats", number[n]},
             {"Passes", number[passes]},
             {"Samples", number[samples]}});
      }
    }
  }
  lint(cases);
}

TEST_F(CellLint, StopsAtIllegalParameters) {
  struct Bad {
    const char *cell, *parameter;
  };
  const Bad all_bad[] = {
      {"mase_accumulator", "SumWidth=0"},
      {"mase_adder_tree", "Terms=0"},
      {"mase_batch_norm1d", "Parallelism=0"},
      {"mase_batch_norm1d", "Parallelism=17"},
      {"mase_batch_norm1d", "InWidth=33"},
      {"mase_batch_norm1d", "WeightWidth=0"},
      {"mase_cast", "Lanes=0"},
      {"mase_cast", "OutWidth=129"},
      {"mase_cast_lane", "InWidth=0"},
      {"mase_cast_lane", "OutWidth=0"},
      {"mase_cast_lane", "Shift=1025"},
      {"mase_counter", "Count=0"},
      {"mase_dot_product", "Lanes=0"},
      {"mase_fifo", "Depth=0"},
      {"mase_fifo", "Width=0"},
      {"mase_fork", "Outputs=0"},
      {"mase_linear", "ParallelismIn=0"},
      {"mase_linear", "ParallelismIn=17"},
      {"mase_linear", "ParallelismOut=0"},
      {"mase_linear", "ParallelismOut=6"},
      {"mase_linear", "InWidth=33"},
      {"mase_linear", "WeightWidth=33"},
      {"mase_linear", "BiasWidth=0"},
      {"mase_linear", "AccWidth=129"},
      {"mase_linear", "ReplaySamples=3"},
      {"mase_linear", "Multiplier=3"},
      {"mase_multiplier", "AWidth=33"},
      {"mase_multiplier", "Style=3"},
      {"mase_relu", "InWidth=0"},
      {"mase_replay", "Beats=0"},
      {"mase_replay", "Passes=0"},
      {"mase_replay", "Samples=0"},
      {"mase_rom", "Depth=0"},
      {"mase_rom", "Width=0"},
      {"mase_skid_buffer", "Width=0"},
      {"mase_slr_crossing", "Width=0"},
      {"mase_slr_receive", "Room=0"},
      {"mase_slr_send", "Room=1"},
      {"mase_width_adapter", "InLanes=17"},
      {"mase_width_adapter", "OutLanes=0"},
      {"mase_width_adapter", "Width=0"},
  };
  for (const Bad& bad : all_bad) {
    SCOPED_TRACE(fmt::format("{} {}", bad.cell, bad.parameter));
    const ProcessResult verilator = verilator_lint(bad.cell, bad.parameter);
    const ProcessResult yosys = yosys_lint(bad.cell, bad.parameter);
    EXPECT_NE(verilator.exit_code, 0);
    EXPECT_NE(yosys.exit_code, 0);
    // Verilator may trip over what follows from a zero before it comes to the message.
    EXPECT_NE((verilator.output + yosys.output).find("need "), std::string::npos)
        << verilator.output << yosys.output;
  }
}

}  // namespace
}  // namespace mase::rtl_test
