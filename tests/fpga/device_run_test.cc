// SPDX-License-Identifier: Apache-2.0
// run.sh of a whole device, and jtag.tcl where there is no card: what is built, what is kept, and
// the exit status.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cstdlib>

#include "fpga/flow/device_flow.h"
#include "gen/base/file.h"
#include "gen/base/process.h"
#include "tests/support/flow_test.h"

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
    std::vector<std::string> words = {"env", "PATH=" + path, "sh", "run.sh"};
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

/// jtag.tcl in plain tclsh, up to the card: `targets` and `devices` are what the hardware server
/// finds. Without a target Vivado's open_hw_target is an error, unless it is told to be quiet.
TEST_F(DeviceRun, WithoutACardJtagEndsWithStatusTwo) {
  write(DeviceHost::kJtag);
  const auto jtag = [&](const std::string& targets, const std::string& devices) {
    write_file(folder_ / "no_card.tcl",
               "proc open_hw_manager {} {}\nproc connect_hw_server {} {}\n"
               "proc get_hw_targets {args} {return {" +
                   targets +
                   "}}\n"
                   "proc open_hw_target {args} {\n"
                   "  if {{-quiet} ni $args} {error {no device at the target}}\n}\n"
                   "proc get_hw_devices {args} {return {" +
                   devices +
                   "}}\n"
                   "proc current_hw_device {args} {puts {went on}; exit 7}\n"
                   "source jtag.tcl\n");
    return run_process({"tclsh", "no_card.tcl"}, folder_);
  };
  const auto cable = jtag("", "");
  EXPECT_EQ(cable.exit_code, 2) << cable.output;
  EXPECT_THAT(cable.output, HasSubstr("ERROR: no JTAG cable"));
  const auto device = jtag("target_0", "");
  EXPECT_EQ(device.exit_code, 2) << device.output;
  EXPECT_THAT(device.output, HasSubstr("ERROR: no device xcu250*"));
  EXPECT_THAT(jtag("target_0", "xcu250_0").output, HasSubstr("went on"));
}

}  // namespace
}  // namespace mase::fpga
