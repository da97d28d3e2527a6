// SPDX-License-Identifier: Apache-2.0
// The test bench for Vivado's netlist of the core: right and wrong designs in Verilator, and
// `sh run.sh verify` with stand-ins for Vivado's simulator.
#include "fpga/flow/core_bench.h"

#include <fmt/format.h>
#include <stdlib.h>

#include "gen/base/file.h"
#include "sim/synth/synthesise.h"
#include "tests/support/expect_error.h"
#include "tests/support/flow_test.h"

namespace mase::fpga {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class CoreBench : public test::FlowTest {
 protected:
  /// The bench of `design` over `sources`, beside the design's memory files.
  void build(const emit::EmittedFolder& design, const std::vector<fs::path>& sources) {
    write_core_bench(design, hardware_, 60);
    std::vector<std::string> lint = {"verilator", "--lint-only", "-Wall", "--timing",
                                     "--top",     "core_tb",     "-Irtl", "bench/core_tb.sv"};
    for (const auto& source : sources) lint.push_back(source.string());
    EXPECT_EQ(run_process(lint, hardware_).output, "");
    fs::remove_all(hardware_ / "obj");
    std::vector<std::string> command = {
        "verilator", "--binary", "--timing",        "-Wno-fatal", "-fno-const-bit-op-tree",
        "--Mdir",    "obj",      "--top",           "core_tb",    "-Irtl",
        "-CFLAGS",   "-O0",      "bench/core_tb.sv"};
    for (const auto& source : sources) command.push_back(source.string());
    const auto built = run_process(command, hardware_);
    ASSERT_EQ(built.exit_code, 0) << built.output;
  }
  ProcessResult run(const std::string& argument = "+none") {
    return run_process({(hardware_ / "obj/Vcore_tb").string(), argument}, hardware_);
  }
  /// Another last digit of the first beat.
  static void damage(const fs::path& memory) {
    auto text = read_file(memory);
    char& digit = text[text.find('\n') - 1];
    digit = digit == '0' ? '1' : '0';
    write_file(memory, text);
  }

  fs::path hardware_ = dir_ / "hardware";
};

TEST_F(CoreBench, PassesRightDesigns) {
  // Lanes that do not divide the outputs, one-bit numbers, a sample every cycle.
  for (const auto& options : std::vector<test::JetOptions>{
           {.layers = {4, 5, 3}, .widths = {5}, .pruned_percent = 0, .style = "folded"},
           {.layers = {1, 1}, .widths = {1}, .pruned_percent = 0, .style = "folded"},
           {.layers = {6, 4, 5}, .widths = {4}}}) {
    auto graph = test::jet_network(options);
    if (options.layers.back() == 3) {
      for (auto& node : graph.nodes)
        if (node.op == graph::Op::kLinear) node.hardware->parallelism_out = 2;
    }
    emit::write_design(emit::emit(graph, {}, {.tool_version = "test"}), hardware_);
    const auto made = emit::read_design(hardware_);
    build(made, made.sources);
    const auto result = run();
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.output, HasSubstr("PASS: " + std::to_string(60 * made.hardware.beats_out()) +
                                         " beats out of " +
                                         std::to_string(60 * made.hardware.beats_in()) + " in"));
  }
}

TEST_F(CoreBench, FindsWrongOnes) {
  const auto made = toy();
  build(made, made.sources);
  EXPECT_THAT(run().output, HasSubstr("PASS"));
  damage(hardware_ / "bench/expected.mem");
  EXPECT_THAT(run().output, HasSubstr("FAIL: 1 of "));
  auto other = made;  // a reference of other weights is what a wrong netlist looks like
  for (auto& node : other.graph.nodes) {
    if (const auto weight = node.parameters.find("weight"); weight != node.parameters.end())
      for (double& v : weight->second.data) v = -v;
  }
  write_core_bench(other, hardware_, 60);
  const auto result = run();
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.output, AllOf(HasSubstr("FAIL: "), HasSubstr(" beats are wrong")));
  EXPECT_THAT(result.output, Not(HasSubstr("PASS")));

  // One that answers nothing, and one that answers too much.
  const auto& h = made.hardware;
  write_file(hardware_ / "fixed/top.sv",
             fmt::format(R"(module top (  // verilator lint_off UNUSEDSIGNAL
  input logic clk_i, rst_ni, in_valid_i, out_ready_i, input logic [{}:0] in_data_i,
  output logic in_ready_o, out_valid_o, output logic [{}:0] out_data_o
);
  initial out_valid_o = $test$plusargs("loud") != 0;
  assign in_ready_o = 1'b1;
  assign out_data_o = '0;
endmodule
)",
                         h.lanes_in * h.input.width - 1, h.lanes_out * h.output.width - 1));
  build(made, {"fixed/top.sv"});
  EXPECT_THAT(run("+silent").output, HasSubstr("FAIL: the design stands still after"));
  EXPECT_THAT(run("+loud").output, HasSubstr("FAIL: an output without an input"));
}

/// Vivado's simulator, played by Verilator: xvlog notes the files, xelab demands its library and
/// the global module, xsim builds and runs.
constexpr char kXvlog[] = R"sh(#!/bin/sh
for last; do :; done
[ -f "$last" ] || exit 1
echo "$last" >> xsim.files
)sh";
constexpr char kXelab[] = R"sh(#!/bin/sh
[ "$1 $2 $5 $6 $7 $8" = "-L unisims_ver -snapshot core_tb core_tb glbl" ] || { echo "xelab: $*"; exit 1; }
)sh";
constexpr char kXsim[] = R"sh(#!/bin/sh
[ "$1 $2 $3" = "core_tb -runall -log" ] || exit 1
[ -d obj ] || verilator --binary --timing -Wno-fatal -fno-const-bit-op-tree -CFLAGS -O0 --Mdir obj --top core_tb $(tac xsim.files) > /dev/null 2>&1
rm xsim.files
obj/Vcore_tb > "$4" 2>&1
cat "$4"
exit 0
)sh";

TEST_F(CoreBench, VerifyRunsVivadosSimulator) {
  if (find_program("yosys").empty()) GTEST_SKIP() << "needs yosys";
  const auto made = toy();
  const auto build = dir_ / "build";
  write_ooc(made, load_vivado_target("xcu250"), build, {.freq_mhz = 300});
  write_core_bench(made, build, 60);
  const std::string path = getenv("PATH");
  setenv("PATH", (dir_.path().string() + "/tools:" + path).c_str(), 1);
  if (find_program("xsim").empty()) {
    EXPECT_THAT(verify_netlist(build).result, HasSubstr("not simulated: xsim is not in PATH"));
  }
  for (const auto& [name, text] :
       {std::pair{"xvlog", kXvlog}, {"xelab", kXelab}, {"xsim", kXsim}}) {
    write_file(dir_ / "tools" / name, text);
    fs::permissions(dir_ / "tools" / name, fs::perms::owner_all);
  }
  test::expect_user_error([&] { verify_netlist(build); }, "V158", {"no reports/netlist.v here"});
  // Yosys's netlist stands for Vivado's.
  std::string netlist;
  for (const auto& file :
       synth::simulation_netlist(made.hardware, made.top_name, dir_ / "synth").files)
    netlist += read_file(file);
  write_file(build / "reports/netlist.v", netlist);
  EXPECT_THAT(verify_netlist(build).result,
              HasSubstr(std::to_string(60 * made.hardware.beats_out()) + " beats in xsim"));
  // $fatal leaves xsim's status at 0.
  damage(build / "bench/expected.mem");
  test::expect_user_error([&] { verify_netlist(build); }, "V158", {"FAIL: 1 of ", "netlist.v"});
  setenv("PATH", path.c_str(), 1);
}

}  // namespace
}  // namespace mase::fpga
