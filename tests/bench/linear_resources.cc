// SPDX-License-Identifier: Apache-2.0
// The 16 -> 5 linear of s8.4 operands with bias, at six foldings: bits, latency and initiation
// interval in Verilator, area with its weights from Yosys (synth_xilinx -family xcup -flatten),
// beside the figures of MASE measured the same way. Prints the table and fails where a mark is
// missed: latency and DSPs not above MASE's, LUT + FF at most a quarter.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "gen/base/file.h"
#include "gen/base/process.h"
#include "tests/rtl/affine_cases.h"
#include "tests/rtl/cell_bench.h"

namespace mase::rtl_test {
namespace {

namespace fs = std::filesystem;

struct Mark {
  int parallelism_in, parallelism_out;
  int latency_cycles;
  double ii_cycles;
  int lut, ff, dsp, carry;
};

const Mark kMase[] = {{16, 5, 9, 1, 7221, 7348, 80, 521}, {16, 1, 14, 5, 2198, 2258, 16, 132},
                      {4, 5, 10, 4, 4859, 3074, 20, 228}, {4, 1, 27, 21.5, 1484, 1209, 4, 86},
                      {1, 5, 20, 16, 4100, 2050, 5, 150}, {1, 1, 85, 97.5, 1424, 1133, 1, 112}};

struct Area {
  int lut = 0;     ///< LUT1 to LUT6
  int lutram = 0;  ///< LUTs that memory and shift-register cells take
  int ff = 0, dsp = 0, carry = 0, bram = 0;
};

Area count(const std::map<std::string, int>& cells) {
  static const std::map<std::string, int> lutram = {
      {"RAM32M16", 8}, {"RAM64M8", 8},  {"RAM32M", 4},    {"RAM64M", 4},
      {"RAM32X1D", 2}, {"RAM64X1D", 2}, {"RAM128X1D", 4}, {"RAM32X1S", 1},
      {"RAM64X1S", 1}, {"SRL16E", 1},   {"SRLC32E", 1}};
  Area area;
  for (const auto& [type, number] : cells) {
    if (type.starts_with("LUT"))
      area.lut += number;
    else if (lutram.contains(type))
      area.lutram += lutram.at(type) * number;
    else if (type.starts_with("FD"))
      area.ff += number;
    else if (type.starts_with("DSP"))
      area.dsp += number;
    else if (type.starts_with("CARRY"))
      area.carry += number;
    else if (type.starts_with("RAMB"))
      area.bram += number;
    else if (type.starts_with("RAM") || type.starts_with("SRL"))
      ADD_FAILURE() << "a memory cell nobody counts: " << type;
  }
  return area;
}

Area synthesise(const CellCase& c) {
  const TemporaryFolder folder;
  write_bench({c}, folder.path());
  std::string script = "read_verilog -sv -I" + cell_folder().string();
  for (const fs::path& file : cell_files()) script += " " + file.string();
  script +=
      " cell_bench.sv; synth_xilinx -family xcup -flatten -top cell_bench; tee -q -o stat.json "
      "stat -json";
  const ProcessResult result = run_process({"yosys", "-q", "-p", script}, folder.path());
  EXPECT_EQ(result.exit_code, 0) << result.output;
  const auto stat = nlohmann::json::parse(read_file(folder.path() / "stat.json"));
  return count(stat["design"]["num_cells_by_type"].get<std::map<std::string, int>>());
}

TEST(LinearResources, StayWithinAQuarterOfMase) {
  ASSERT_FALSE(find_program("yosys").empty()) << "install yosys";
  Random random(7);
  std::vector<CellCase> cases;
  for (const Mark& mase : kMase) {
    Affine a;
    a.inputs = 16;
    a.outputs = 5;
    a.parallelism_in = mase.parallelism_in;
    a.parallelism_out = mase.parallelism_out;
    a.data = a.weight = {8, 4, true};
    a.bias_format = a.data;
    a.replay_samples = 1;  // the first node of a design
    draw_data(random, a, 8);
    cases.push_back(cell_case(a, random));
  }
  run_cases(cases, 1);  // bits under all stalls; the predicted cycles are the measured ones
  ASSERT_FALSE(HasFailure());
  fmt::print(
      "linear 16 -> 5, s8.4, bias: ours | MASE "
      "(ratio)\n{:>6}{:>12}{:>12}{:>6}{:>8}{:>6}{:>12}{:>7}{:>22}\n",
      "", "latency", "II", "LUT", "LUTRAM", "FF", "DSP", "CARRY", "LUT+FF");
  for (size_t i = 0; i < cases.size(); ++i) {
    const Mark& mase = kMase[i];
    const Area area = synthesise(cases[i]);
    const int sum = area.lut + area.lutram + area.ff, marked = mase.lut + mase.ff;
    const std::string folding = fmt::format("{}x{}", mase.parallelism_in, mase.parallelism_out);
    fmt::print(
        "{:>6}{:>6} | {:>3}{:>5} | {:>4}{:>6}{:>8}{:>6}{:>7} | {:>2}{:>7}{:>6} | {:>5} ({:.3f})\n",
        folding, *cases[i].latency_cycles, mase.latency_cycles, *cases[i].ii_cycles, mase.ii_cycles,
        area.lut, area.lutram, area.ff, area.dsp, mase.dsp, area.carry, sum, marked,
        static_cast<double>(sum) / marked);
    SCOPED_TRACE(folding);
    EXPECT_LE(*cases[i].latency_cycles, mase.latency_cycles);
    EXPECT_LE(static_cast<double>(*cases[i].ii_cycles), mase.ii_cycles);
    EXPECT_LE(4 * sum, marked);
    EXPECT_LE(area.dsp, mase.dsp);
    EXPECT_EQ(area.bram, 0);
  }
}

}  // namespace
}  // namespace mase::rtl_test
