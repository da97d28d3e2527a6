// SPDX-License-Identifier: Apache-2.0
// The out-of-context flow without Vivado: complete folders that pass every check, and mutations of
// their scripts that do not.
#include "fpga/flow/vivado_flow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "fpga/flow/vivado_implement.h"
#include "gen/base/file.h"
#include "gen/base/process.h"
#include "tests/support/expect_error.h"
#include "tests/support/flow_test.h"
#include "tests/support/vivado_stand_in.h"

namespace mase::fpga {
namespace {

namespace fs = std::filesystem;
using test::expect_user_error;
using test::VivadoStandIn;
using testing::HasSubstr;

class VivadoFlow : public test::FlowTest {
 protected:
  /// The build folder of a toy, with `from` replaced by `to` in `file`.
  void mutate(const std::string& file, const std::string& from, const std::string& to) {
    write_ooc(toy(), target_, folder_, {});
    auto text = read_file(folder_ / file);
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    write_file(folder_ / file, text.replace(at, from.size(), to));
  }
  void expect_caught(const std::string& file, const std::string& from, const std::string& to,
                     const std::string& code, const std::vector<std::string>& parts) {
    SCOPED_TRACE(from + " -> " + to);
    mutate(file, from, to);
    expect_user_error([&] { check_build_folder(folder_, target_, {}); }, code, parts);
  }

  VivadoTarget target_ = load_vivado_target("xcu250");
  fs::path folder_ = dir_ / "build";
};

TEST_F(VivadoFlow, TargetIsReadFromItsFile) {
  EXPECT_EQ(target_.part, "xcu250-figd2104-2L-e");
  EXPECT_EQ(target_.kernel_mhz, 300);
  EXPECT_EQ(target_.slr_pblocks.size(), 4u);
  expect_user_error([] { load_vivado_target("ice40-hx8k"); }, "Y012", {"yosys_family"});
}

TEST_F(VivadoFlow, FoldersAreCompleteAndPassEveryCheck) {
  for (const auto& options : shown()) {
    const auto d = design(options);
    const VivadoOptions asked{.freq_mhz = 250, .slr = 2};
    write_ooc(d, target_, folder_, asked);
    const auto checks = check_build_folder(folder_, target_, asked);
    ASSERT_EQ(checks.size(), 5u);
    EXPECT_EQ(checks[0].name, "lint");
    EXPECT_THAT(read_file(folder_ / "clocks.xdc"), HasSubstr("-period 4.000"));
    EXPECT_THAT(read_file(folder_ / "build.tcl"), HasSubstr("resize_pblock -add SLR2"));
    // Everything that the script reads is there, by relative paths; nothing names this machine.
    const auto flow = nlohmann::json::parse(read_file(folder_ / "flow.json"));
    for (const char* list : {"sources", "memories"}) {
      for (const auto& file : flow[list]) EXPECT_TRUE(fs::exists(folder_ / file)) << file;
    }
    EXPECT_EQ(flow["design"], d.hash);
    for (const char* file : {"build.tcl", "clocks.xdc", "run.sh", "flow.json"})
      EXPECT_THAT(read_file(folder_ / file), testing::Not(HasSubstr(dir_.path().string())));
    EXPECT_EQ(run_process({"sh", "-n", (folder_ / "run.sh").string()}).exit_code, 0);
    for (const auto& entry : fs::recursive_directory_iterator(folder_))
      EXPECT_NE(entry.path().extension(), ".bit") << "no placeholder";
  }
}

TEST_F(VivadoFlow, StopsAfterSynthesisWhereAsked) {
  const VivadoOptions asked{.synth_only = true};
  write_ooc(toy(), target_, folder_, asked);
  const auto checks = check_build_folder(folder_, target_, asked);
  EXPECT_EQ(checks[2].result, "synth, report");
  const auto script = read_file(folder_ / "build.tcl");
  for (const char* step : {"opt_design", "place_design", "write_checkpoint", "report_route_status"})
    EXPECT_THAT(script, testing::Not(HasSubstr(step)));
  const auto summary = record(folder_, "build.tcl", {.ports = {"clk_i"}}).summary;
  EXPECT_EQ(parse_vivado_summary(summary, "mase.json").stage, "synth");
  const auto caught = [&](const std::string& from, const std::string& to, const std::string& code,
                          const std::string& part) {
    auto text = script;
    write_file(folder_ / "build.tcl", text.replace(text.find(from), from.size(), to));
    expect_user_error([&] { check_build_folder(folder_, target_, asked); }, code, {part});
  };
  caught("report_timing_summary", "opt_design\nreport_timing_summary", "V134", "opt_design");
  caught("set timing [", "place_design\nset timing [", "V134", "place_design");
  caught("[list WNS $wns ", "[list ", "V135", "setup timing is missed");
  caught("\"stage\\\": \\\"synth", "\"stage\\\": \\\"routed", "V135", "does not say");
}

TEST_F(VivadoFlow, MutationsAreCaught) {
  // options
  expect_caught("build.tcl", "-flatten_hierarchy rebuilt", "-flatten rebuilt", "V133",
                {"build.tcl:", "no option '-flatten'"});
  expect_caught("build.tcl", "-max_paths 10", "-max_pathz 10", "V133", {"-max_pathz"});
  expect_caught("build.tcl", "report_drc -file reports/drc.rpt", "report_drc -file", "V133",
                {"report_drc -file", "no value"});
  expect_caught("build.tcl", "synth_design -top", "synth_design -retiming -top", "V133",
                {"-retiming"});
  expect_caught("build.tcl", "route_design", "route_desing", "V133", {"no command 'route_desing'"});
  expect_caught("build.tcl", "add_cells_to_pblock [get_pblocks pblock_core] -top",
                "add_cells_to_pblock", "V133", {"0 arguments"});
  // ports and files
  expect_caught("clocks.xdc", "get_ports clk_i", "get_ports clk", "V133",
                {"clocks.xdc:3", "no port 'clk'"});
  expect_caught("clocks.xdc", "create_clock", "if {1} {}\ncreate_clock", "V133",
                {"'if' may not stand in XDC"});
  expect_caught("clocks.xdc", "create_clock", "report_drc\ncreate_clock", "V133",
                {"'report_drc' may not stand in XDC"});
  expect_caught("clocks.xdc", "create_clock", "# create_clock", "V133", {"no create_clock"});
  expect_caught("build.tcl", "  top.sv", "  tip.sv", "V133", {"no file 'tip.sv'"});
  // A ROM whose words are not found has to stop the script.
  expect_caught("build.tcl", "set_msg_config -id {Synth 8-4445} -new_severity ERROR\n", "", "V133",
                {"would be no error (Synth 8-4445)"});
  expect_caught("build.tcl", "{Synth 8-2898} -new_severity ERROR",
                "{Synth 8-2898} -new_severity INFO", "V133", {"would be no error (Synth 8-2898)"});
  expect_caught("build.tcl", "{Synth 8-4445}", "{Synth 8-4446}", "V133", {"'Synth 8-4446'"});
  // order
  expect_caught("build.tcl", "opt_design\nplace_design", "place_design\nopt_design", "V134",
                {"opt_design comes after place_design", "build.tcl:"});
  expect_caught("build.tcl", "\nroute_design", "", "V134", {"no route_design"});
  expect_caught("build.tcl", "opt_design\nplace_design",
                "report_drc -file x.rpt\nopt_design\nplace_design", "V134",
                {"opt_design comes after report_*"});
  // the gate
  expect_caught("build.tcl", "  exit 1", "  exit 0", "V135", {"setup timing is missed"});
  // what would hide errors
  expect_caught("build.tcl", "opt_design\n", "catch {opt_design}\n", "V133", {"'catch'"});
  expect_caught("build.tcl", "opt_design\n", "exec true\nopt_design\n", "V133", {"'exec'"});
  expect_caught("build.tcl", "opt_design\n", "opt_design }\n", "V133", {"build.tcl"});
  // the sources
  expect_caught("top.sv", "module top", "module tap", "V116", {"Verilator"});
}

TEST_F(VivadoFlow, BadOptionsAreRefused) {
  expect_user_error([&] { write_ooc(toy(), target_, folder_, {.slr = 4}); }, "V132",
                    {"--slr 4", "0 to 3"});
  auto text = read_file(fs::path(MASE_SOURCE_DIR) / "configs/targets/xcu250.toml");
  const std::string four = "[\"SLR0\", \"SLR1\", \"SLR2\", \"SLR3\"]";
  write_file(dir_ / "t.toml", text.replace(text.find(four), four.size(), "[\"SLR0\"]"));
  expect_user_error([&] { load_vivado_target((dir_ / "t.toml").string()); }, "V131",
                    {"1 names, device.slrs is 4"});
}

TEST_F(VivadoFlow, WithoutVivadoItSaysWhatToDo) {
  write_ooc(toy(), target_, folder_, {});
  const char* path = std::getenv("PATH");
  const std::string before = path ? path : "";
  fs::create_directories(dir_ / "bin");
  ::setenv("PATH", (dir_ / "bin").c_str(), 1);
  try {
    run_vivado(folder_);
    ADD_FAILURE() << "built by what?";
  } catch (const UserError& error) {
    EXPECT_EQ(error.exit_code(), ExitCode::kToolMissing);
    EXPECT_THAT(error.what(), HasSubstr("not built: vivado not found"));
    EXPECT_THAT(error.what(), HasSubstr("--report-only"));
  }
  // One that dies before its summary is no success either.
  ::setenv("PATH", ((dir_ / "bin").string() + ":" + before).c_str(), 1);
  write_file(dir_ / "bin/vivado", "#!/bin/sh\necho 'ERROR: [Common 17-345] no licence'\nexit 0\n");
  ::chmod((dir_ / "bin/vivado").c_str(), 0755);
  const std::vector<std::string> stale = {"reports/mase.json", "checkpoints/routed.dcp",
                                          "vivado.log"};
  for (const auto& file : stale) write_file(folder_ / file, "of the build before");
  expect_user_error([&] { run_vivado(folder_); }, "V136", {"status 0", "17-345"});
  for (const auto& file : stale) EXPECT_FALSE(fs::exists(folder_ / file)) << file;
  ::setenv("PATH", before.c_str(), 1);
}

/// A program `vivado` in PATH for a scope.
class InPath {
 public:
  explicit InPath(const fs::path& folder) : before_(std::getenv("PATH")) {
    ::setenv("PATH", ((folder / "bin").string() + ":" + before_).c_str(), 1);
  }
  ~InPath() { ::setenv("PATH", before_.c_str(), 1); }

 private:
  std::string before_;
};

class VivadoImplement : public VivadoFlow {
 protected:
  emit::Design emitted() {
    return emit::emit(test::jet_network({.layers = {4, 5, 2}, .widths = {4}, .style = "folded"}),
                      {});
  }
  VivadoResult build(const VivadoOptions& options = {}) {
    return implement(emitted(), target_, options, find_vivado(), dir_ / "cache");
  }
  size_t runs() { return VivadoStandIn::runs(dir_.path()).size(); }
  InPath path_{dir_.path()};
};

TEST_F(VivadoImplement, RunsOnceForEachDesignStageAndVersion) {
  VivadoStandIn().install(dir_.path());
  EXPECT_EQ(find_vivado().version, "2022.2");
  const auto synth = build({.synth_only = true});
  EXPECT_EQ(synth.utilisation.at({"CLB LUTs"}), VivadoStandIn::kSynthLuts);
  EXPECT_EQ(synth.figures().metrics[0].source, "vivado-synth");
  const auto routed = build();
  EXPECT_EQ(routed.utilisation.at({"CLB LUTs"}), VivadoStandIn::kRoutedLuts);
  EXPECT_NEAR(routed.fmax_mhz(), 331.02, 0.01);
  EXPECT_EQ(routed.failure(), "");
  EXPECT_EQ(runs(), 2u);
  EXPECT_EQ(build().fmax_mhz(), routed.fmax_mhz());
  EXPECT_EQ(runs(), 2u);
  build({.freq_mhz = 250});
  EXPECT_EQ(runs(), 3u);
  VivadoStandIn{.version = "vivado v2025.1 (64-bit)"}.install(dir_.path());
  build();
  EXPECT_EQ(runs(), 4u);
  // Sources and checkpoints are not kept.
  for (const auto& entry : fs::recursive_directory_iterator(dir_ / "cache")) {
    EXPECT_NE(entry.path().extension(), ".sv") << entry.path();
    EXPECT_NE(entry.path().extension(), ".dcp") << entry.path();
  }
}

TEST_F(VivadoImplement, AMissedClockIsSaid) {
  VivadoStandIn{.slack = "-0.250"}.install(dir_.path());
  const auto result = build();
  EXPECT_EQ(result.failure(), "setup timing is missed: WNS -0.25 ns, 2 endpoints");
  VivadoStandIn{.slack = "-0.250", .ending = "status=0"}.install(dir_.path());
  expect_user_error([&] { build({.freq_mhz = 200}); }, "V136",
                    {"status 0 although its reports say that the design fails"});
}

TEST_F(VivadoImplement, BuildsThatFailGiveNoFiguresAndAreNotKept) {
  const auto refused = [&](const std::string& ending, const std::string& code,
                           const std::vector<std::string>& parts) {
    SCOPED_TRACE(ending);
    VivadoStandIn{.ending = ending}.install(dir_.path());
    expect_user_error([&] { build(); }, code, parts);
  };
  refused("rm reports/mase.json; echo 'ERROR: [Place 30-487] no room'; exit 1", "V136",
          {"status 1", "30-487", ".failed.log"});
  refused("rm reports/mase.json; kill -9 $$", "V136", {"status 137 (killed by a signal)"});
  refused("kill -9 $$", "V136", {"status 137", "although its reports say that timing is met"});
  refused("head -n 20 reports/utilization.rpt > t; mv t reports/utilization.rpt", "V120",
          {"reports/utilization.rpt:20: no table", ".failed.log"});
  refused("head -c 200 reports/timing.rpt > t; mv t reports/timing.rpt", "V121",
          {"reports/timing.rpt:6: no 'Design Timing Summary'"});
  refused("head -c 80 reports/mase.json > t; mv t reports/mase.json", "V123",
          {"reports/mase.json:2: not JSON"});
  refused("sed -i 's/3\\.333/4.000/' reports/timing.rpt", "V124", {"period 3.333", "timing.rpt 4"});
  refused("rm reports/route_status.rpt", "B001", {"route_status.rpt"});
  refused("sed -i 's/xcu250-figd2104-2L-e/xcu200/' reports/mase.json", "V124", {"xcu200"});
  refused("sed -i -E 's/xcu250-?figd2104-2L(-e)?/xcu200/' reports/*", "V137", {"xcu200"});
  EXPECT_EQ(runs(), 10u);  // none came from the cache
  VivadoStandIn().install(dir_.path());
  EXPECT_EQ(build().failure(), "");
}

TEST_F(VivadoImplement, AVivadoThatDoesNotRunIsNone) {
  VivadoStandIn{.version = "no licence"}.install(dir_.path());
  try {
    find_vivado();
    ADD_FAILURE() << "found what?";
  } catch (const UserError& error) {
    EXPECT_EQ(error.code(), "V130");
    EXPECT_EQ(error.exit_code(), ExitCode::kToolMissing);
    EXPECT_THAT(error.what(), HasSubstr("no licence"));
  }
}

TEST_F(VivadoFlow, ReportsOfAnotherDesignAreNotTaken) {
  const auto d = toy();
  VivadoResult result;
  result.summary.part = target_.part;
  result.summary.top = "top";
  result.summary.design = d.hash;
  EXPECT_NO_THROW(check_reports_of(result, d, target_));
  result.summary.design = "other";
  expect_user_error([&] { check_reports_of(result, d, target_); }, "V137", {"other", d.hash});
  result.summary.part = "xc7z020";
  expect_user_error([&] { check_reports_of(result, d, target_); }, "V137", {"xc7z020"});
}

}  // namespace
}  // namespace mase::fpga
