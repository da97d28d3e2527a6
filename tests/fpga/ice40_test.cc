// SPDX-License-Identifier: Apache-2.0
// A bitstream with open tools, and what stops one.
#include "fpga/flow/ice40.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fpga/flow/serial_chip.h"
#include "gen/base/file.h"
#include "gen/base/process.h"
#include "tests/support/expect_error.h"
#include "tests/support/jet_network.h"
#include "tests/support/temp_dir.h"

namespace mase::fpga {
namespace {

namespace fs = std::filesystem;
using test::expect_user_error;
using test::TempDir;
using testing::HasSubstr;

/// A quantised toy: 4 -> 5 -> 2 with a ReLU.
emit::EmittedFolder toy(const fs::path& folder, uint64_t seed,
                        const std::string& storage = "auto") {
  auto graph = test::jet_network(
      {.layers = {4, 5, 2}, .widths = {4}, .pruned_percent = 0, .style = "folded", .seed = seed});
  for (auto& node : graph.nodes) {
    if (node.hardware) node.hardware->weight_storage = storage;
  }
  emit::write_design(emit::emit(graph, {}, {.tool_version = "test"}), folder);
  return emit::read_design(folder);
}

class Ice40 : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* tool : {"yosys", "nextpnr-ice40", "icepack", "icebox_vlog", "verilator"})
      if (find_program(tool).empty()) GTEST_SKIP() << "needs " << tool;
  }
};
class Ice40Slow : public Ice40 {};

TEST_F(Ice40, ToyBecomesABitstreamWhoseNetlistIsExact) {
  const TempDir dir;
  const auto design = toy(dir.path(), 3);
  const auto board = load_small_board("ice40-hx8k");
  const auto result = build_ice40(design, board, dir / "bitstream");

  EXPECT_EQ(result.simulation.mismatches, 0);
  EXPECT_EQ(result.simulation.outputs, 50 * 2);
  EXPECT_TRUE(result.simulation.failures.empty());
  EXPECT_GT(result.logic_cells, 100);
  EXPECT_LT(result.logic_cells, board.logic_cells);
  EXPECT_EQ(result.pins, 4);
  EXPECT_GT(result.fmax_mhz, result.wanted_mhz);
  EXPECT_EQ(result.wanted_mhz, 12);
  // Ten bits a byte, and the wire is the bottleneck.
  const auto bytes = serial_bytes(design.hardware);
  EXPECT_GE(result.simulation.latency_cycles, (bytes.sample + bytes.result) * 120 - 120);

  // An iCE40 bitstream starts with a comment and this preamble.
  const auto bits = read_file(result.bitstream);
  EXPECT_EQ(result.bitstream, fs::absolute(dir / "bitstream/top.bin"));
  EXPECT_GT(bits.size(), 100000u);
  EXPECT_THAT(bits.substr(0, 64), HasSubstr("\x7e\xaa\x99\x7e"));

  const auto report =
      nlohmann::json::parse(synth::merge_figures("", design.hash, result.figures(board)));
  EXPECT_EQ(report["target"], "ice40hx8k-ct256");
  EXPECT_EQ(report["metrics"]["logic_cells"]["value"], result.logic_cells);
  EXPECT_EQ(report["metrics"]["logic_cells"]["source"], "nextpnr");
  EXPECT_EQ(report["metrics"]["fmax_mhz"]["unit"], "MHz");
  EXPECT_NE(report["tools"]["nextpnr"], "unknown");

  // The check can fail: the same bitstream is wrong for other weights.
  const auto other = toy(dir / "other", 4);
  sim::SimulateOptions options;
  for (const auto& [name, text] : serial_cells()) {
    if (name.ends_with(".sv")) options.netlist.push_back(dir / "bitstream/rtl" / name);
  }
  options.netlist.push_back(dir / "bitstream/bench.sv");
  options.netlist.push_back(dir / "bitstream/netlist.v");
  const sim::Samples samples{2, 4, {0.5, -1, 0.25, 1, 1.5, -0.5, 0.75, -0.25}};
  EXPECT_TRUE(sim::simulate(design, samples, options).good());
  EXPECT_GT(sim::simulate(other, samples, options).mismatches, 0);
}

TEST_F(Ice40, DesignThatDoesNotFitIsRefusedWithTheFigures) {
  const TempDir dir;
  const auto design = toy(dir.path(), 3);
  auto board = load_small_board("ice40-hx8k");
  board.target = "small";
  board.nextpnr_device = "lp384";
  board.nextpnr_package = "qn32";
  board.pins = {{"clk_i", "13"}, {"rx_i", "1"}, {"tx_o", "2"}, {"led_o", "5"}};
  fs::create_directories(dir / "bitstream");
  write_file(dir / "bitstream/top.bin", "of an earlier build");
  expect_user_error([&] { build_ice40(design, board, dir / "bitstream"); }, "V111",
                    {"does not fit small", "of 384 ICESTORM_LC", "target_ii"});
  EXPECT_FALSE(fs::exists(dir / "bitstream/top.bin"));
}

TEST_F(Ice40, DesignBelowTheWantedClockIsRefused) {
  const TempDir dir;
  const auto design = toy(dir.path(), 3);
  const auto board = load_small_board("ice40-up5k");
  expect_user_error([&] { build_ice40(design, board, dir / "bitstream", {.freq_mhz = 400}); },
                    "V112", {"MHz of 400 MHz on ice40-up5k", "lower --freq"});
  EXPECT_FALSE(fs::exists(dir / "bitstream/top.bin"));
}

TEST_F(Ice40Slow, Up5kWithWeightsInBlockRam) {
  const TempDir dir;
  const auto design = toy(dir.path(), 5, "bram");
  const auto result = build_ice40(design, load_small_board("ice40-up5k"), dir / "bitstream");
  EXPECT_GT(result.bram4k, 0);
  EXPECT_TRUE(result.simulation.good());
}

TEST(Ice40Board, IsReadFromItsFile) {
  const auto board = load_small_board("ice40-hx8k");
  EXPECT_EQ(board.part, "ice40hx8k-ct256");
  EXPECT_EQ(board.logic_cells, 7680);
  EXPECT_EQ(board.bit_cycles(), 12);
  EXPECT_EQ(pin_constraints(board),
            "set_io clk_i J3\nset_io led_o B5\nset_io rx_i B10\nset_io tx_o B12\n");
  EXPECT_EQ(load_small_board("ice40up5k-sg48").logic_cells, 5280);
  EXPECT_EQ(target_family("xcu250"), "xcup");
  EXPECT_EQ(target_family("ice40-up5k"), "ice40");
}

TEST(Ice40Board, RefusesBadFiles) {
  const TempDir dir;
  const auto path = (dir / "b.toml").string();
  const auto refused = [&](const std::string& from, const std::string& to, const char* code,
                           const char* part, const char* place = "b.toml") {
    auto text = read_file(fs::path(MASE_SOURCE_DIR) / "configs/targets/ice40-hx8k.toml");
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    write_file(path, text.replace(at, from.size(), to));
    expect_user_error([&] { load_small_board(path); }, code, {part, place});
  };
  refused("baud = 1000000", "baud = 5000000", "V100", "2.40 cycles", "b.toml:21");
  refused("rx_i = \"B10\"", "rx_i = \"J3\"", "V100", "share pin J3", "b.toml:26");
  refused("rx_i = \"B10\"", "", "V100", "port rx_i has no pin", "b.toml:24");
  refused("rx_i = \"B10\"", "rx_i = \"B10\"\nrx = \"A1\"", "V100", "no port rx", "b.toml:27");
  refused("logic_cells = 7680", "logic_cells = 0", "Y012", "logic_cells");
  refused("[pins]", "[pins", "V101", "TOML");
  expect_user_error([] { load_small_board("xcu250"); }, "Y012", {"yosys_family", "ice40"});
}

TEST(NextpnrReport, IsParsedOrRefused) {
  const std::string good = R"({"fmax": {"a": {"achieved": 100.5, "constraint": 12},
    "b": {"achieved": 55.25, "constraint": 12}}, "utilization": {
    "ICESTORM_LC": {"available": 7680, "used": 1505}, "ICESTORM_RAM": {"available": 32, "used": 3},
    "SB_IO": {"available": 256, "used": 4}}})";
  const auto report = parse_nextpnr_report(good, "r.json");
  EXPECT_EQ(report.logic_cells, 1505);
  EXPECT_EQ(report.bram4k, 3);
  EXPECT_EQ(report.global_buffers, 0);
  EXPECT_EQ(report.fmax_mhz, 55.25);
  for (const char* bad : {"", "{}", R"({"utilization": {}, "fmax": {}})",
                          R"({"utilization": {"ICESTORM_LC": {"used": 1}}, "fmax": {}})",
                          R"({"utilization": {"ICESTORM_LC": {"used": "x"}}, "fmax": {}})"})
    expect_user_error([&] { parse_nextpnr_report(bad, "r.json"); }, "V115", {"r.json:1"});
  auto lacking = good;
  lacking.replace(lacking.find("\"used\": 3"), 6, "\"made\"");
  expect_user_error([&] { parse_nextpnr_report(lacking, "r.json"); }, "V115",
                    {"r.json:3", "'utilization.ICESTORM_RAM' has no key 'used'"});
}

TEST(NextpnrLog, TellsWhatIsLacking) {
  const std::string log =
      "Info: Device utilisation:\nInfo: \t         ICESTORM_LC:  9000/ 7680   117%\n"
      "Info: \t        ICESTORM_RAM:    40/   32   125%\nInfo: \t               SB_IO:     4/  256 "
      "    1%\n";
  EXPECT_EQ(lacking_in(log), "9000 of 7680 ICESTORM_LC, 40 of 32 ICESTORM_RAM");
  EXPECT_EQ(lacking_in("Info: \t ICESTORM_LC:  7680/ 7680   100%\n"), "");
}

}  // namespace
}  // namespace mase::fpga
