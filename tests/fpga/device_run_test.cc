// SPDX-License-Identifier: Apache-2.0
// run.sh of a whole device, and jtag.tcl where there is no card: what is built, what is kept, and
// the exit status.
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cstdlib>
#include <tuple>

#include "fpga/flow/device_flow.h"
#include "gen/base/file.h"
#include "gen/base/process.h"
#include "tests/support/expect_error.h"
#include "tests/support/flow_test.h"
#include "tests/support/vivado_stand_in.h"

namespace mase::fpga {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class DeviceRun : public test::FlowTest {
 protected:
  void write(DeviceHost host) {
    write_device(toy(), load_device_board("xcu250"), folder_, {}, host, 5);
    // A Vivado that says what it was called for and fails to build.
    write_file(dir_ / "bin/vivado",
               "#!/bin/sh\necho \"called: $*\"\ncase \"$*\" in *build.tcl) exit 3;; esac\n");
    ::chmod((dir_ / "bin/vivado").c_str(), 0755);
  }
  auto run(const std::string& how = "") {
    const std::string path = (dir_ / "bin").string() + ":" + std::getenv("PATH");
    fs::create_directories(dir_ / "sys/bus/pci/devices");
    std::vector<std::string> words = {"env", "PATH=" + path,
                                      "MASE_SYSFS=" + (dir_ / "sys").string(), "sh", "run.sh"};
    if (!how.empty()) words.push_back(how);
    return run_process(words, folder_);
  }
  fs::path folder_ = dir_ / "build";
};

TEST_F(DeviceRun, CardTakesTheBitstreamThatIsThere) {
  write(DeviceHost::kJtag);
  const auto none = run("card");
  EXPECT_EQ(none.exit_code, 1) << "there is none, and it cannot be built";
  EXPECT_THAT(none.output, AllOf(HasSubstr("build.tcl"), Not(HasSubstr("jtag.tcl"))));
  write_file(folder_ / "top.bit", "bits");
  write_file(folder_ / "reports/mase.json", "{}");
  const auto got = run("card");
  EXPECT_EQ(got.exit_code, 0) << got.output;
  EXPECT_THAT(got.output, AllOf(HasSubstr("top.bit is there"), HasSubstr("-source jtag.tcl"),
                                Not(HasSubstr("build.tcl"))));
  EXPECT_TRUE(fs::exists(folder_ / "reports/mase.json"));
}

TEST_F(DeviceRun, CardBehindXdmaIsNeverBuiltFor) {
  write(DeviceHost::kXdma);
  // No card is here: a compiler that makes a program which says that it ran.
  write_file(dir_ / "bin/c++",
             "#!/bin/sh\nprintf '#!/bin/sh\\necho host ran; exit 1' > host_xdma\n"
             "chmod +x host_xdma\n");
  ::chmod((dir_ / "bin/c++").c_str(), 0755);
  const auto got = run("card");
  EXPECT_EQ(got.exit_code, 1) << "the host program's";
  EXPECT_THAT(got.output,
              AllOf(HasSubstr("has to be programmed with top.bit or top.mcs"),
                    HasSubstr("restarted"), HasSubstr("host ran"), Not(HasSubstr("called:"))));
}

TEST_F(DeviceRun, ABuildThatFailsLeavesNothingOfTheOneBefore) {
  for (const auto host : {DeviceHost::kJtag, DeviceHost::kXdma}) {
    write(host);
    const std::vector<std::string> stale = {"reports/mase.json", "checkpoints/routed.dcp",
                                            "top.bit",           "top.mcs",
                                            "top.prm",           "vivado.log"};
    for (const auto& file : stale) write_file(folder_ / file, "old");
    EXPECT_EQ(run().exit_code, 1);
    for (const auto& file : stale) EXPECT_FALSE(fs::exists(folder_ / file)) << file;
  }
}

/// With timing met there has to be a bitstream; with timing missed there is none, and that is said.
TEST_F(DeviceRun, SuccessIsTimingAndABitstream) {
  const auto d = toy();
  write(DeviceHost::kJtag);
  const auto top = read_file(folder_ / "top_device.sv");
  test::VivadoStandIn vivado{.slack = "0.312", .hold = "0.021"};
  vivado.ports = fmt::format("{}", fmt::join(ports_of(top), " "));
  vivado.more = fmt::format("\"instances={}\"", fmt::join(instances_of(top), " "));
  const char* path = std::getenv("PATH");
  const std::string before = path ? path : "";
  ::setenv("PATH", ((dir_ / "bin").string() + ":" + before).c_str(), 1);
  vivado.install(dir_.path());
  test::expect_user_error([&] { run_device(folder_); }, "V136", {"no top.bit"});
  vivado.ending =
      "if [ $status = 0 ]; then echo b > unfinished/top.bit; echo m > unfinished/top.mcs; fi";
  vivado.install(dir_.path());
  EXPECT_NO_THROW(run_device(folder_));
  EXPECT_EQ(read_file(folder_ / "top.bit") + read_file(folder_ / "top.mcs"), "b\nm\n");
  const auto result = read_vivado_reports(folder_);
  EXPECT_EQ(result.failure(), "");
  EXPECT_NEAR(result.fmax_mhz(), 1000 / (3.333 - 0.312), 1e-6);
  EXPECT_NO_THROW(
      check_reports_of(result, d, load_device_board("xcu250").vivado, device_top_name(d)));
  test::expect_user_error([&] { check_reports_of(result, d, load_device_board("xcu250").vivado); },
                          "V137", {"top_device"});
  vivado.slack = "-0.100";
  write(DeviceHost::kJtag);
  vivado.install(dir_.path());
  EXPECT_FALSE(fs::exists(folder_ / "top.bit")) << "of the build before";
  EXPECT_NO_THROW(run_device(folder_));
  EXPECT_THAT(read_vivado_reports(folder_).failure(), HasSubstr("setup timing is missed"));
  EXPECT_FALSE(fs::exists(folder_ / "top.bit"));
  ::setenv("PATH", before.c_str(), 1);
}

/// A Vivado that is cut off while it writes what build.tcl tells it to.
TEST_F(DeviceRun, ABuildThatDiesHalfWayLeavesNoResult) {
  write(DeviceHost::kJtag);
  const auto vivado = [&](const std::string& ending) {
    write_file(dir_ / "bin/vivado", R"sh(#!/bin/sh
echo "called: $*"
case "$*" in *build.tcl) ;; *) exit 0 ;; esac
bit=$(sed -n 's/^write_bitstream -force //p' build.tcl)
mcs=$(sed -n 's/^write_cfgmem .*-file //p' build.tcl)
mkdir -p reports unfinished
echo half > "$bit"
)sh" + ending + "\n");
    ::chmod((dir_ / "bin/vivado").c_str(), 0755);
  };
  for (const char* ending :
       {"echo half > $mcs; exit 1", "echo half > $mcs; kill -9 $$", "exit 0 # no flash image",
        "rm $bit; echo half > $mcs; exit 0", ": > $bit; echo m > $mcs; exit 0",
        // The whole run, as by Ctrl-C: run.sh with its Vivado.
        "echo half > $mcs; kill -9 $PPID; exit 1"}) {
    SCOPED_TRACE(ending);
    vivado(ending);
    for (const char* how : {"", "card", "card"}) {
      const auto got = run(how);
      EXPECT_NE(got.exit_code, 0) << got.output;
      EXPECT_THAT(got.output, AllOf(HasSubstr("build.tcl"), Not(HasSubstr("jtag.tcl"))));
      for (const char* result : {"top.bit", "top.mcs"})
        EXPECT_FALSE(fs::exists(folder_ / result)) << result;
    }
  }
  vivado("echo m > $mcs; echo map > unfinished/top.prm");
  EXPECT_EQ(run().exit_code, 0);
  for (const char* result : {"top.bit", "top.mcs", "top.prm"})
    EXPECT_TRUE(fs::exists(folder_ / result)) << result;
  EXPECT_FALSE(fs::exists(folder_ / "unfinished"));
}

/// jtag.tcl in plain tclsh with a hardware manager that finds `targets` and `devices`, and of which
/// one command ends in an error, as Vivado's do.
class JtagRun : public DeviceRun {
 protected:
  void SetUp() override {
    DeviceRun::SetUp();
    if (!IsSkipped()) write(DeviceHost::kJtag);
  }
  ProcessResult jtag(const std::string& targets, const std::string& devices,
                     const std::string& fails = "") {
    std::string script;
    for (const auto& [command, answer] :
         std::vector<std::pair<std::string, std::string>>{{"open_hw_manager", ""},
                                                          {"connect_hw_server", ""},
                                                          {"get_hw_targets", targets},
                                                          {"open_hw_target", ""},
                                                          {"close_hw_target", ""},
                                                          {"get_hw_devices", devices},
                                                          {"current_hw_device", ""},
                                                          {"set_property", ""},
                                                          {"program_hw_devices", ""},
                                                          {"refresh_hw_device", ""},
                                                          {"get_hw_axis", "hw_axi_1"},
                                                          {"reset_hw_axi", ""},
                                                          {"create_hw_axi_txn", ""},
                                                          {"get_hw_axi_txns", "txn"}}) {
      const std::string body = command == fails
                                   ? "error {ERROR: [Common 17-39] '" + command + "' failed}"
                                   : "return {" + answer + "}";
      script += "proc " + command + " {args} {" + body + "}\n";
    }
    script += fails == "run_hw_axi" ? "proc run_hw_axi {args} {error {AXI: no response}}\n"
                                    : "proc run_hw_axi {args} {puts {went on}; exit 7}\n";
    write_file(folder_ / "no_card.tcl", script + "source jtag.tcl\n");
    return run_process({"tclsh", "no_card.tcl"}, folder_);
  }
};

TEST_F(JtagRun, WithoutACardItEndsWithStatusTwo) {
  const auto cable = jtag("", "");
  EXPECT_EQ(cable.exit_code, 2) << cable.output;
  EXPECT_THAT(cable.output, HasSubstr("ERROR: no JTAG cable"));
  const auto device = jtag("target_0", "");
  EXPECT_EQ(device.exit_code, 2) << device.output;
  EXPECT_THAT(device.output, HasSubstr("ERROR: no device xcu250*"));
  const auto card = jtag("target_0", "xcu250_0");
  EXPECT_EQ(card.exit_code, 7);
  EXPECT_THAT(card.output, HasSubstr("went on"));
}

TEST_F(JtagRun, WhatTheHardwareManagerRefusesIsSaidWithStatusTwo) {
  for (const auto& [command, what, check] :
       std::vector<std::tuple<std::string, std::string, std::string>>{
           {"connect_hw_server", "connect to the hardware server", "port 3121"},
           {"open_hw_target", "open the JTAG cable", "is the card powered"},
           {"program_hw_devices", "program the card with top.bit", "is top.bit whole"},
           {"refresh_hw_device", "read the programmed device", "still powered"},
           {"reset_hw_axi", "reset the JTAG-to-AXI core", "its clock"},
           {"run_hw_axi", "write to address 0x10000000", "its clock"}}) {
    const auto got = jtag("target_0", "xcu250_0", command);
    EXPECT_EQ(got.exit_code, 2) << command << "\n" << got.output;
    EXPECT_THAT(got.output, AllOf(HasSubstr("ERROR: cannot " + what), HasSubstr("check: "),
                                  HasSubstr(check), Not(HasSubstr("while executing"))));
  }
}

}  // namespace
}  // namespace mase::fpga
