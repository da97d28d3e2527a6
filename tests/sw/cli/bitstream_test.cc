// SPDX-License-Identifier: Apache-2.0
// mase-gen bitstream, with the open tools and without Vivado.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <thread>

#include "tests/fpga/vitis_texts.h"
#include "tests/fpga/vivado_texts.h"
#include "tests/support/vivado_stand_in.h"
#include "tests/sw/cli/mase_gen.h"

namespace mase::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
namespace fs = std::filesystem;

constexpr char kTiny[] = R"(model = "mlp"
dataset = "toy_tiny"
project = "tiny"
[mlp]
widths = [4, 2]
batch_norm = false
[passes.quantize]
by = "type"
[passes.quantize.default.config]
name = "integer"
data_in_width = 4
data_in_frac_width = 2
weight_width = 3
weight_frac_width = 1
bias_width = 3
bias_frac_width = 1
)";

class Bitstream : public MaseGen {
 protected:
  void SetUp() override {
    MaseGen::SetUp();
    write_file(folder_ / "tiny.toml", kTiny);
    good({"transform", "--config", "tiny.toml"});
    good({"emit", "--config", "tiny.toml", "--load",
          "mase_output/tiny/software/transform/transformed_ckpt/graph_module.mz"});
  }
  std::string hardware() const { return (folder_ / "mase_output/tiny/hardware").string(); }
  std::string build(const std::string& name) const { return hardware() + "/bitstream/" + name; }
};

TEST_F(Bitstream, OfTheOpenToolsIsExactAndReported) {
  for (const char* tool : {"yosys", "nextpnr-ice40", "icepack"})
    if (find_program(tool).empty()) GTEST_SKIP() << "needs " << tool;
  const auto text = good({"bitstream", "--config", "tiny.toml", "--target", "ice40-hx8k"});
  EXPECT_THAT(text, AllOf(HasSubstr("0 of 100 outputs (50 samples through the pins"),
                          HasSubstr(" of 7680 ("), HasSubstr("wanted 12 MHz")));
  EXPECT_GT(fs::file_size(build("ice40-hx8k") + "/top.bin"), 100000u);
  const auto json = report("tiny");
  EXPECT_EQ(json["metrics"]["fmax_mhz"]["source"], "nextpnr");
  EXPECT_EQ(json["target"], "ice40hx8k-ct256");
  // A simulation of the same design keeps what the implementation found.
  good({"simulate", "--config", "tiny.toml", "--num-samples", "5"});
  EXPECT_EQ(report("tiny")["metrics"]["logic_cells"]["source"], "nextpnr");
  EXPECT_EQ(report("tiny")["metrics"]["mismatches"]["value"], 0);
}

/// Vivado takes hours: it is told what it does, and Ctrl-C ends all of it.
TEST_F(Bitstream, CtrlCEndsVivadoAndLeavesNoResult) {
  if (find_program("tclsh").empty()) GTEST_SKIP() << "needs tclsh";
  test::VivadoStandIn{
      .ending = fmt::format("sh -c 'echo $$ > {}/hung; sleep 100' & wait", folder_.string())}
      .install(folder_);
  const auto printed = folder_ / "printed";
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("PATH", ((folder_ / "bin").string() + ":" + std::getenv("PATH")).c_str(), 1);
    const int out = ::open(printed.c_str(), O_WRONLY | O_CREAT, 0666);
    ::dup2(out, 1);
    ::dup2(out, 2);
    if (::chdir(folder_.c_str()) == 0)
      ::execl(MASE_GEN, MASE_GEN, "bitstream", "--config", "tiny.toml", "--netlist-check", "never",
              nullptr);
    ::_exit(127);
  }
  const auto hung = folder_ / "hung";
  for (int i = 0; i < 6000 && (!fs::exists(hung) || fs::file_size(hung) == 0); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  ASSERT_TRUE(fs::exists(hung));
  ASSERT_EQ(::kill(child, SIGINT), 0);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT) << status;
  EXPECT_THAT(read_file(printed),
              AllOf(HasSubstr("Vivado runs; what it prints is in"), HasSubstr("run.out"),
                    HasSubstr("Interrupted: Vivado and all that it started have ended")));
  EXPECT_THAT(read_file(build("xcu250_ooc") + "/run.out"), HasSubstr("MET: WNS"));
  auto pid = read_file(hung);
  pid.pop_back();
  const auto stat = fs::path("/proc") / pid / "stat";
  EXPECT_TRUE(!fs::exists(stat) || read_file(stat).find(") Z ") != std::string::npos);
}

TEST_F(Bitstream, DryRunsCheckAndStop) {
  if (find_program("tclsh").empty()) GTEST_SKIP() << "needs tclsh";
  good({"bitstream", "--config", "tiny.toml", "--target", "ice40-up5k", "--dry-run"});
  EXPECT_TRUE(fs::exists(build("ice40-up5k") + "/mase_chip.sv"));
  EXPECT_FALSE(fs::exists(build("ice40-up5k") + "/top.bin"));
  const auto text = good({"bitstream", "--config", "tiny.toml", "--dry-run"});
  EXPECT_THAT(text,
              AllOf(HasSubstr("| lint "), HasSubstr("| order "), HasSubstr("| timing gate ")));
  if (!find_program("yosys").empty()) {
    EXPECT_THAT(text, HasSubstr("| netlist     | 200 outputs of Yosys's netlist ("));
  }
  EXPECT_TRUE(fs::exists(build("xcu250_ooc") + "/build.tcl"));
  // A finished build is never overwritten; a blank in a path is no matter.
  write_file(build("xcu250_ooc") + "/reports/mase.json", "hours of work");
  EXPECT_THAT(good({"bitstream", "--config", "tiny.toml", "--dry-run"}),
              HasSubstr("xcu250_ooc.1 now"));
  EXPECT_EQ(read_file(build("xcu250_ooc.1") + "/reports/mase.json"), "hours of work");
  // Refused options change nothing.
  write_file(build("xcu250_ooc") + "/vivado.log", "of a failed build");
  expect(2, {"bitstream", "--config", "tiny.toml", "--freq", "9999", "--dry-run"});
  EXPECT_EQ(read_file(build("xcu250_ooc") + "/vivado.log"), "of a failed build");
  fs::create_directories(folder_ / "a b/tiny");
  fs::copy(hardware(), folder_ / "a b/tiny/hardware", fs::copy_options::recursive);
  for (const char* flow : {"ooc", "vitis", "vivado"})
    good({"bitstream", "--config", "tiny.toml", "--project-dir", "a b", "--flow", flow, "--dry-run",
          "--netlist-check", "never"});
  EXPECT_THAT(good({"bitstream", "--config", "tiny.toml", "--synth-only", "--dry-run"}),
              HasSubstr("| synth, report "));
  const auto kernel = good({"bitstream", "--config", "tiny.toml", "--flow", "vitis", "--dry-run"});
  EXPECT_THAT(kernel, AllOf(HasSubstr("| packaging "), HasSubstr("| metadata ")));
  EXPECT_TRUE(fs::exists(build("xcu250_vitis") + "/link.cfg"));
  const auto device = good({"bitstream", "--config", "tiny.toml", "--flow", "vivado", "--host",
                            "xdma", "--freq", "250", "--dry-run"});
  EXPECT_THAT(device, AllOf(HasSubstr("| pins "), HasSubstr("| clocks "), HasSubstr("250 MHz of")));
  EXPECT_TRUE(fs::exists(build("xcu250_vivado") + "/host_xdma.cc"));
  EXPECT_THAT(read_file(build("xcu250_vivado") + "/placement.xdc"), HasSubstr("-add SLR1 "))
      << "beside the PCIe block";
  const auto far = good({"bitstream", "--config", "tiny.toml", "--flow", "vivado", "--host", "xdma",
                         "--slr", "0", "--dry-run"});
  EXPECT_THAT(far, HasSubstr("PCIe block is in SLR1"));
  EXPECT_THAT(read_file(build("xcu250_vivado") + "/placement.xdc"), HasSubstr("-add SLR0 "));
  EXPECT_FALSE(fs::exists(build("xcu250_vivado") + "/top.bit"));
  if (find_program("vivado").empty()) {
    EXPECT_THAT(expect(4, {"bitstream", "--config", "tiny.toml", "--flow", "vivado"}),
                AllOf(HasSubstr("not built: vivado not found"), HasSubstr("--report-only")));
    EXPECT_TRUE(fs::exists(build("xcu250_vivado") + "/jtag.tcl"));
    EXPECT_FALSE(fs::exists(build("xcu250_vivado") + "/top.bit"));
    EXPECT_THAT(expect(4, {"bitstream", "--config", "tiny.toml", "--flow", "vitis"}),
                HasSubstr("not built: vivado not found"));
    EXPECT_THAT(expect(4, {"bitstream", "--config", "tiny.toml", "--freq", "250"}),
                AllOf(HasSubstr("not built: vivado not found"), HasSubstr("sh run.sh"),
                      HasSubstr("--report-only")));
    EXPECT_THAT(read_file(build("xcu250_ooc") + "/clocks.xdc"), HasSubstr("-period 4.000"));
  }
}

/// Reports that come back from another machine.
TEST_F(Bitstream, ReportsOfAVitisBuildFillTheReport) {
  const std::string design = nlohmann::json::parse(read_file(hardware() + "/design.json"))["hash"];
  const auto reports = folder_ / "back/reports";
  write_file(reports / "kernel_utilization.rpt", fpga::kKernelUtilisation2022);
  write_file(reports / "timing.rpt", fpga::timing("0.104", "0.021", "2022.2"));
  write_file(reports / "xclbin.info", fpga::xclbin_info_2022("300", "300"));
  const auto summary = [&](const std::string& hash) {
    write_file(reports / "mase.json",
               fmt::format(R"({{"format": "mase-vitis", "part": "xcu250-figd2104-2L-e",
 "kernel": "top_kernel", "design": "{}", "requested_mhz": 300}})",
                           hash));
  };
  const std::vector<std::string> words = {"bitstream", "--config",      "tiny.toml", "--flow",
                                          "vitis",     "--report-only", "back"};
  summary(design);
  EXPECT_THAT(good(words), AllOf(HasSubstr("| lut "), HasSubstr("kernel_clock_mhz")));
  const auto lut = report("tiny")["metrics"]["lut"];
  EXPECT_EQ(lut, (nlohmann::json{{"value", 7001}, {"unit", "LUT"}, {"source", "vivado-routed"}}));
  write_file(reports / "xclbin.info", fpga::xclbin_info_2022("250", "250"));
  EXPECT_THAT(expect(1, words), HasSubstr("v++ lowered the clock to 250 MHz"));
  summary("other");
  EXPECT_THAT(expect(2, words), AllOf(HasSubstr("V137"), HasSubstr(design)));
  fs::remove(reports / "timing.rpt");
  EXPECT_THAT(expect(2, words), AllOf(HasSubstr("timing.rpt"), HasSubstr("run.sh")));
}

TEST_F(Bitstream, BadInputIsNamed) {
  EXPECT_THAT(expect(2, {"bitstream", "--config", "tiny.toml", "--target", "ice40-hx9k"}),
              HasSubstr("ice40-hx8k"));
  EXPECT_THAT(
      expect(2, {"bitstream", "--config", "tiny.toml", "--target", "ice40-hx8k", "--slr", "1"}),
      AllOf(HasSubstr("K021"), HasSubstr("--slr")));
  EXPECT_THAT(expect(2, {"bitstream", "--config", "tiny.toml", "--flow", "vitis", "--synth-only"}),
              AllOf(HasSubstr("K021"), HasSubstr("--synth-only")));
  EXPECT_THAT(expect(2, {"bitstream", "--config", "tiny.toml", "--host", "xdma", "--dry-run"}),
              AllOf(HasSubstr("K021"), HasSubstr("--host")));
  EXPECT_THAT(
      expect(2, {"bitstream", "--config", "tiny.toml", "--flow", "vitis", "--host", "jtag"}),
      AllOf(HasSubstr("K021"), HasSubstr("--host")));
  EXPECT_THAT(expect(2, {"bitstream", "--config", "tiny.toml", "--slr", "7", "--dry-run"}),
              HasSubstr("0 to 3"));
  EXPECT_THAT(expect(2, {"bitstream", "--config", "tiny.toml", "--report-only", "nowhere"}),
              HasSubstr("mase.json"));
  EXPECT_THAT(expect(2, {"bitstream", "--config", "tiny.toml", "--report-only", "nowhere", "--freq",
                         "500"}),
              AllOf(HasSubstr("K021"), HasSubstr("--freq"), HasSubstr("finished build")));
  EXPECT_THAT(expect(2, {"bitstream", "--config", "tiny.toml", "--freq", "5000", "--dry-run"}),
              AllOf(HasSubstr("V156"), HasSubstr("775 MHz")));
  EXPECT_THAT(expect(2, {"bitstream", "--config", "tiny.toml", "--flow", "vitis", "--freq", "312.5",
                         "--dry-run"}),
              AllOf(HasSubstr("V156"), HasSubstr("whole MHz")));
  EXPECT_THAT(expect(2, {"synth", "--config", "tiny.toml", "--target", "ice40-hx8k"}),
              HasSubstr("mase-gen bitstream"));
}

}  // namespace
}  // namespace mase::cli
