// SPDX-License-Identifier: Apache-2.0
// What v++ leaves of a link: its reports in the layouts of several versions, gathered by run.sh.
#include "fpga/flow/vitis_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "gen/base/file.h"
#include "gen/base/process.h"
#include "tests/fpga/vitis_texts.h"
#include "tests/fpga/vivado_texts.h"
#include "tests/support/expect_error.h"
#include "tests/support/jet_network.h"
#include "tests/support/temp_dir.h"

namespace mase::fpga {
namespace {

namespace fs = std::filesystem;
using test::expect_user_error;
using test::TempDir;
using testing::HasSubstr;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.rfind(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(VitisReport, UtilisationOfTheComputeUnit) {
  const auto v2019 = parse_kernel_utilisation(kKernelUtilisation2019, "k.rpt", "top_kernel_1");
  EXPECT_EQ(v2019.version, "2019.2");
  EXPECT_EQ(v2019.lut, 6140);
  EXPECT_EQ(v2019.ff, 9280);
  EXPECT_EQ(v2019.bram36, 15.5);
  EXPECT_EQ(v2019.uram, 0);
  EXPECT_EQ(v2019.dsp, 28);
  const auto v2022 = parse_kernel_utilisation(kKernelUtilisation2022, "k.rpt", "top_kernel_1");
  EXPECT_EQ(v2022.version, "2022.2");
  EXPECT_EQ(v2022.lut, 7001);
  EXPECT_EQ(v2022.ff, 10002);
  EXPECT_EQ(v2022.bram36, 15);
  EXPECT_EQ(v2022.uram, 2);
  EXPECT_EQ(v2022.dsp, 0);
}

TEST(VitisReport, BadUtilisationNamesTheLine) {
  const auto refused = [](const std::string& from, const std::string& to,
                          const std::vector<std::string>& parts) {
    const auto text = replaced(kKernelUtilisation2022, from, to);
    expect_user_error([&] { parse_kernel_utilisation(text, "k.rpt", "top_kernel_1"); }, "V125",
                      parts);
  };
  refused("    7001 [", "    many [", {"k.rpt:27", "LUT: 'many' is no number"});
  refused("|   15 [  0.64%] |", "|   15 [  0.64%]", {"k.rpt:27", "6 cells under a head of 7"});
  refused("top_kernel_1 ", "toy_kernel_1 ", {"k.rpt", "no row 'top_kernel_1'"});
  refused("| BRAM ", "| BROM ", {"k.rpt:27", "no column 'BRAM'"});
  expect_user_error([] { parse_kernel_utilisation("nothing\n", "k.rpt", "top_kernel_1"); }, "V125",
                    {"no table"});
}

TEST(VitisReport, AchievedClockOfTheXclbin) {
  const auto old = parse_xclbin_info(xclbin_info_2019("287"), "x.info");
  EXPECT_EQ(old.clock_mhz, 287);
  EXPECT_EQ(old.kernels, std::vector<std::string>{"top_kernel"});
  EXPECT_EQ(parse_xclbin_info(xclbin_info_2022("287", "287.6"), "x.info").clock_mhz, 287.6);
  const auto refused = [](const std::string& text, const std::vector<std::string>& parts) {
    expect_user_error([&] { parse_xclbin_info(text, "x.info"); }, "V126", parts);
  };
  refused(xclbin_info_2019("fast"), {"x.info:28", "'fast' is no number"});
  refused(xclbin_info_2019("0"), {"x.info:28", "'0 MHz' is no frequency"});
  refused(replaced(xclbin_info_2019("300"), "300 MHz", "300"), {"x.info:28", "no frequency"});
  refused(replaced(xclbin_info_2019("300"), "DATA_CLK\n   Index:     0\n   Type:      DATA", "X"),
          {"no frequency of the clock DATA_CLK"});
  refused(replaced(xclbin_info_2019("300"), "Kernel: top", "Karnel: top"), {"no line 'Kernel:'"});
  refused(xclbin_info_2022("300", "250.1"), {"300 MHz, then 250.1 MHz"});
}

/// v++ that leaves its reports where a version leaves them.
struct Layout {
  const char* name;
  const char* folder;  ///< below the --temp_dir
  const char *utilisation, *timing, *route;
  bool info_beside;  ///< writes <kernel>.xclbin.info itself
};

constexpr Layout kOld = {"2019.2",
                         "link/vivado/vpl/prj/prj.runs/impl_1",
                         "kernel_util_routed.rpt",
                         "pfm_top_wrapper_timing_summary_routed.rpt",
                         "pfm_top_wrapper_route_status.rpt",
                         false};
constexpr Layout kNew = {"2022.2",
                         "reports/link/imp",
                         "impl_1_kernel_util_routed.rpt",
                         "impl_1_hw_bb_locked_timing_summary_postroute_physopted.rpt",
                         nullptr,
                         true};
constexpr Layout kRouteReports = {"2024.1",
                                  "reports/link/imp",
                                  "impl_1_kernel_util_routed.rpt",
                                  "impl_1_route_report_timing_summary_0.rpt",
                                  "impl_1_route_report_route_status_0.rpt",
                                  true};

class VitisBuild : public testing::Test {
 protected:
  void SetUp() override {
    if (find_program("tclsh").empty()) GTEST_SKIP() << "needs tclsh";
    emit::write_design(
        emit::emit(test::jet_network({.layers = {4, 5, 2}, .widths = {4}, .style = "folded"}), {},
                   {.tool_version = "test"}),
        dir_ / "hardware");
    design_ = emit::read_design(dir_ / "hardware");
    write_vitis(design_, target_, folder_, {}, 2);
    ::unsetenv("XILINX_XRT");  // as where there is no XRT
    path_ = std::getenv("PATH");
    ::setenv("PATH", ((dir_ / "bin").string() + ":" + path_).c_str(), 1);
  }
  void TearDown() override {
    if (!path_.empty()) ::setenv("PATH", path_.c_str(), 1);
  }

  void program(const std::string& name, const std::string& text) {
    write_file(dir_ / "bin" / name, "#!/bin/sh\n" + text);
    ::chmod((dir_ / "bin" / name).c_str(), 0755);
  }
  /// Packs under the recorder, then links to these texts.
  void install(const Layout& layout, const std::string& wns, const std::string& info,
               const std::string& ending = "", const std::string& wpws = "1.125") {
    const fs::path source = MASE_SOURCE_DIR;
    program(
        "vivado",
        fmt::format(
            R"([ "$*" = "-mode batch -nojournal -log build/package.log -source package.tcl" ] || exit 64
tclsh {0}/fpga/flow/recorder.tcl {0}/fpga/flow/vivado_commands.tcl "$PWD/package.tcl" "$PWD" build/calls.log > build/package.log 2>&1 || exit 64
echo xo > top_kernel.xo
)",
            source.string()));
    const fs::path texts = dir_ / "texts";
    write_file(texts / "u", layout.info_beside ? kKernelUtilisation2022 : kKernelUtilisation2019);
    write_file(texts / "t", timing(wns, "0.021", layout.name, wpws));
    write_file(texts / "r", kFullyRouted);
    write_file(texts / "i", info);
    const std::string at = fmt::format("build/link/{}", layout.folder);
    std::string script =
        R"([ "$*" = "--link --target hw --platform xilinx_u250_gen3x16_xdma_4_1_202210_1 --kernel_frequency 300 --config link.cfg --save-temps --temp_dir build/link -o build/top_kernel.xclbin top_kernel.xo" ] || { echo "called as: $*"; exit 64; }
[ -f top_kernel.xo ] && [ -f link.cfg ] || exit 65
)";
    script += fmt::format("mkdir -p {0}\ncp {1}/u {0}/{2}\ncp {1}/t {0}/{3}\n", at, texts.string(),
                          layout.utilisation, layout.timing);
    if (layout.route) script += fmt::format("cp {}/r {}/{}\n", texts.string(), at, layout.route);
    if (layout.info_beside)
      script += fmt::format("cp {}/i build/top_kernel.xclbin.info\n", texts.string());
    // What is not of the routed design must not be taken.
    script += fmt::format(
        "echo bad > {0}/kernel_util_synthed.rpt\n"
        "echo bad > {0}/x_timing_summary_placed.rpt\n",
        at);
    program("v++", script + "echo bits > build/top_kernel.xclbin\n" + ending);
    program("xclbinutil", fmt::format(R"([ "$*" = "--info --input top_kernel.xclbin" ] || exit 64
cat {}/i
)",
                                      texts.string()));
  }
  VitisResult build() {
    run_vitis(folder_);
    const auto result = read_vitis_reports(folder_);
    check_reports_of(result, design_, target_.vivado);
    return result;
  }

  TempDir dir_;
  VitisTarget target_ = load_vitis_target("xcu250");
  fs::path folder_ = dir_ / "build folder";
  emit::EmittedFolder design_;
  std::string path_;
};

TEST_F(VitisBuild, RunShGathersTheReportsOfEveryLayout) {
  for (const auto& layout : {kOld, kNew, kRouteReports}) {
    SCOPED_TRACE(layout.name);
    install(layout, "0.104",
            layout.info_beside ? xclbin_info_2022("300", "300") : xclbin_info_2019("300"));
    write_vitis(design_, target_, folder_, {}, 2);
    const auto result = build();
    EXPECT_EQ(result.failure(), "");
    EXPECT_EQ(result.timing.version, layout.name);
    EXPECT_EQ(result.route.has_value(), layout.route != nullptr);
    const auto json = nlohmann::json::parse(synth::merge_figures("", "abc", result.figures()));
    const auto& metrics = json["metrics"];
    EXPECT_EQ(metrics["lut"]["value"], layout.info_beside ? 7001 : 6140);
    EXPECT_EQ(metrics["bram36"]["value"], layout.info_beside ? 15 : 15.5);
    EXPECT_EQ(metrics["kernel_clock_mhz"]["value"], 300);
    EXPECT_EQ(metrics["wns_ns"]["value"], 0.104);
    for (const auto& [name, metric] : metrics.items())
      EXPECT_EQ(metric["source"], "vivado-routed") << name;
    EXPECT_EQ(json["target"], "xcu250-figd2104-2L-e");
    EXPECT_EQ(json["tools"]["vivado"], layout.name);
  }
}

TEST_F(VitisBuild, ALoweredClockIsNoSuccess) {
  install(kNew, "-0.150", xclbin_info_2022("287", "287.6"));
  const auto lowered = build();
  EXPECT_EQ(lowered.failure(),
            "v++ lowered the clock to 287.6 MHz, 300 MHz were asked for (WNS -0.15 ns)");
  EXPECT_EQ(lowered.xclbin.clock_mhz, 287.6);
  install(kNew, "-0.001", xclbin_info_2022("300", "299.97"));
  EXPECT_EQ(build().failure(), "setup timing is missed: WNS -0.001 ns, 2 endpoints");
  install(kNew, "NA", xclbin_info_2022("300", "300"));
  EXPECT_THAT(build().failure(), HasSubstr("unconstrained"));
  // No path is too slow, but the memories of the device are.
  install(kNew, "0.104", xclbin_info_2022("300", "300"), "", "-0.333");
  EXPECT_EQ(build().failure(), "pulse width is missed: WPWS -0.333 ns, 36 endpoints");
  install(kNew, "0.104", xclbin_info_2022("300", "300"));
  auto result = build();
  EXPECT_EQ(result.failure(), "");
  result.route = parse_vivado_route(kRoute, "r.rpt");
  EXPECT_EQ(result.failure(), "2 nets are not routed");
}

TEST_F(VitisBuild, WhatVppLeavesOutOrBreaksIsSaid) {
  const auto refused = [&](const std::string& ending, const std::string& code,
                           const std::vector<std::string>& parts) {
    SCOPED_TRACE(ending);
    install(kNew, "0.104", xclbin_info_2022("300", "300"), ending);
    write_vitis(design_, target_, folder_, {}, 2);
    expect_user_error([&] { build(); }, code, parts);
  };
  refused("rm build/link/reports/link/imp/*kernel_util_routed.rpt", "B001",
          {"kernel_utilization.rpt", "run.sh"});
  refused("rm build/link/reports/link/imp/*timing*", "B001", {"timing.rpt"});
  refused("cd build/link/reports/link/imp; head -c 300 *physopted.rpt > t; mv t *physopted.rpt",
          "V121", {"timing.rpt"});
  refused("sed -i 's/top_kernel/toy_kernel/' build/top_kernel.xclbin.info", "V124",
          {"toy_kernel", "top_kernel"});
  refused("echo > build/top_kernel.xclbin.info", "V126", {"xclbin.info"});
  refused("echo 'ERROR: [VPL 60-773] routing failed'; exit 1", "V136", {"status 1", "60-773"});
  refused("kill -9 $$", "V136", {"status 137"});
  refused(": > build/top_kernel.xclbin", "V136", {"has written no build/top_kernel.xclbin"});
}

/// Half an .xclbin is none: neither the card nor a report takes what v++ or a Ctrl-C left.
TEST_F(VitisBuild, ALinkThatDiesHalfWayLeavesNoResult) {
  for (const char* ending : {"exit 1", "kill -9 $$", "kill -9 $PPID; exit 1"}) {
    SCOPED_TRACE(ending);
    install(kNew, "0.104", xclbin_info_2022("300", "300"));
    // As it links, it writes a part of what it was asked for, wherever that is.
    program("v++",
            std::string("while [ $# -gt 0 ]; do\n  if [ \"$1\" = -o ]; then echo half > \"$2\"; "
                        "fi\n  shift\ndone\n") +
                ending + "\n");
    write_file(folder_ / "top_kernel.xclbin", "of the build before");
    write_file(folder_ / "reports/mase.json", "{}");
    EXPECT_NE(run_process({"sh", "run.sh"}, folder_).exit_code, 0);
    EXPECT_FALSE(fs::exists(folder_ / "top_kernel.xclbin"));
    EXPECT_FALSE(fs::exists(folder_ / "reports/mase.json"));
    write_vitis(design_, target_, folder_, {}, 2);
  }
  install(kNew, "0.104", xclbin_info_2022("300", "300"));
  build();
  EXPECT_EQ(read_file(folder_ / "top_kernel.xclbin"), "bits\n");
}

// A ROM whose words v++'s Vivado does not find is empty, and the design smaller and faster.
TEST_F(VitisBuild, RomsWithoutTheirWordsAreNoResult) {
  const std::string lost =
      "CRITICAL WARNING: [Synth 8-4445] could not open $readmem data file 'fc1_weight.mem'; please "
      "make sure the file is added to project and has read permission, ignoring";
  const auto leave = [&](const std::string& file, const std::string& line) {
    write_file(dir_ / "log", line + "\n");
    return fmt::format("mkdir -p $(dirname {0})\ncp {1} {0}\n", file, (dir_ / "log").string());
  };
  const auto refused = [&](const std::string& file, const std::string& line, bool guarded) {
    SCOPED_TRACE(file + ": " + line);
    install(kNew, "0.104", xclbin_info_2022("300", "300"), leave(file, line));
    write_vitis(design_, target_, folder_, {}, 2);
    if (!guarded) {
      auto script = read_file(folder_ / "run.sh");
      const size_t at = script.find("if [ -n \"$lost\" ]");
      ASSERT_NE(at, std::string::npos);
      write_file(folder_ / "run.sh", script.replace(at, 2, "if false &&"));
    }
    expect_user_error([&] { build(); }, "V136", {line, guarded ? "status 1" : "without their"});
    EXPECT_FALSE(fs::exists(folder_ / "top_kernel.xclbin"));
    EXPECT_FALSE(fs::exists(folder_ / "build/top_kernel.xclbin"));
  };
  const std::string run = "build/link/link/vivado/vpl/prj/prj.runs/top_kernel_1_synth_1/runme.log";
  refused(run, lost, true);
  refused(run, lost, false);
  refused("v++_top_kernel.log", lost, true);
  refused(run, "WARNING: [Synth 8-2898] ignoring malformed $readmem task: invalid memory name",
          true);
  // The same message of the platform's assertions, and a script's text, say nothing of ROMs.
  for (const char* line : {"WARNING: [Synth 8-2898] ignoring assertion",
                           "set_msg_config -id {Synth 8-4445} -new_severity ERROR",
                           "INFO: [Synth 8-3876] $readmem data file is read successfully"}) {
    SCOPED_TRACE(line);
    install(kNew, "0.104", xclbin_info_2022("300", "300"), leave(run, line));
    write_vitis(design_, target_, folder_, {}, 2);
    EXPECT_EQ(build().failure(), "");
  }
}

TEST_F(VitisBuild, ReportsOfAnotherDesignAreNotTaken) {
  install(kNew, "0.104", xclbin_info_2022("300", "300"));
  build();
  emit::EmittedFolder other = design_;
  other.hash = "other";
  const auto result = read_vitis_reports(folder_);
  expect_user_error([&] { check_reports_of(result, other, target_.vivado); }, "V137",
                    {design_.hash, "other"});
  VivadoTarget board = target_.vivado;
  board.part = "xcu200";
  expect_user_error([&] { check_reports_of(result, design_, board); }, "V137", {"xcu200"});
}

TEST_F(VitisBuild, BadKeysOfItsSummaryNameTheLine) {
  install(kNew, "0.104", xclbin_info_2022("300", "300"));
  build();
  const auto summary = read_file(folder_ / "reports/mase.json");
  const auto refused = [&](const std::string& from, const std::string& to,
                           const std::vector<std::string>& parts) {
    SCOPED_TRACE(to);
    write_file(folder_ / "reports/mase.json", replaced(summary, from, to));
    expect_user_error([&] { read_vitis_reports(folder_); }, "V123", parts);
  };
  refused("mase-vitis", "mase-vivado", {"mase.json:1", "mase-vitis"});
  refused("\"kernel\": \"top_kernel\"", "\"kernel\": 3",
          {"mase.json:1", "'kernel' is 3, wants a text"});
  refused("\"design\": \"" + design_.hash + "\"", "\"design\": null",
          {"mase.json:2", "'design' is null, wants a text"});
  refused("\"requested_mhz\": 300", "\"requested_mhz\": \"300\"",
          {"mase.json:2", "'requested_mhz' is \"300\", wants a number"});
  refused("\"requested_mhz\": 300", "\"requested_mhz\": 0", {"mase.json:2", "requested_mhz is 0"});
  refused("\"part\"", "\"port\"", {"mase.json:2", "the key 'part' is missing"});
  refused("300}", "300", {"mase.json:2", "cut off"});
}

}  // namespace
}  // namespace mase::fpga
