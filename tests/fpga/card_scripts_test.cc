// SPDX-License-Identifier: Apache-2.0
// The scripts that reach the card: mutations of them, run.sh before a card on PCIe, and pcie.sh in
// a tree that stands for /sys.
#include "fpga/flow/card_scripts.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cstdlib>

#include "tests/fpga/device_fixture.h"

namespace mase::fpga {
namespace {

namespace fs = std::filesystem;
using test::expect_user_error;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class CardScripts : public DeviceFlow {};

TEST_F(CardScripts, MutationsOfProgrammingAreCaught) {
  // Of this part of the checks alone: all of them together take half a second a mutation.
  const auto caught = [&](const std::string& file, const std::string& from, const std::string& to,
                          const std::string& code, const std::vector<std::string>& parts) {
    SCOPED_TRACE(file + ": " + from + " -> " + to);
    auto text = read_file(folder_ / file);
    const std::string whole = text;
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    write_file(folder_ / file, text.replace(at, from.size(), to));
    expect_user_error([&] { check_card_scripts(folder_, board_, "top"); }, code, parts);
    write_file(folder_ / file, whole);
  };
  write(DeviceHost::kXdma);
  // options, commands, properties
  caught("flash.tcl", "create_hw_cfgmem -hw_device", "create_hw_cfgmem -device", "V133",
         {"flash.tcl:", "no option '-device'", "UG835 create_hw_cfgmem"});
  caught("flash.tcl", "PROGRAM.VERIFY 1", "PROGRAM.VERIFIED 1", "V133",
         {"no property 'PROGRAM.VERIFIED'"});
  caught("flash.tcl", "PROGRAM.VERIFY 1", "PROGRAM.VERIFY 0", "V133",
         {"program_hw_cfgmem without PROGRAM.VERIFY 1"});
  caught("flash.tcl", "{use_file}", "{entire_device}", "V133",
         {"program_hw_cfgmem without PROGRAM.ADDRESS_RANGE use_file"});
  caught("flash.tcl", "set_property PROGRAM.ERASE 1 $flash\n", "", "V133",
         {"program_hw_cfgmem without PROGRAM.ERASE 1"});
  caught("flash.tcl", "[list top.mcs]", "[list top.bit]", "V133", {"'top.bit' is no flash image"});
  caught("flash.tcl", "program_hw_cfgmem -hw_cfgmem $flash", "program_hw_cfgmem", "V133",
         {"without its flash"});
  caught("program.tcl", "set_property PROGRAM.FILE top.bit $device\n", "", "V133",
         {"program.tcl:", "without PROGRAM.FILE"});
  // order
  caught("flash.tcl", "[list program_hw_devices $device]", "list", "V133",
         {"the card is not 'programmed'"});
  caught("flash.tcl",
         "[list create_hw_bitstream -hw_device $device [get_property PROGRAM.HW_CFGMEM_BITFILE "
         "$device]]",
         "list", "V133", {"program_hw_devices without PROGRAM.FILE"});
  caught("flash.tcl", "[list create_hw_cfgmem -hw_device $device $part]", "list", "V133",
         {"belongs to a flash"});
  // the card's own image
  caught("flash.tcl", "if {$lowest < 0x01002000} {", "if {0} {", "V153",
         {"flash.tcl writes over the card's own image"});
  caught("flash.tcl", "set at [expr {($upper << 16) + $address}]", "set at [expr {$upper << 16}]",
         "V153", {"flash.tcl does not find the card"});
  // which card
  for (const char* script : {"program.tcl", "flash.tcl"}) {
    caught(script, "if {[llength $found] > 1} {", "if {0} {", "V153",
           {script, "does not refuse to choose between two cards"});
    caught(script, "[string first $::env(MASE_JTAG_SERIAL) $cable] >= 0", "1", "V153",
           {script, "does not refuse a cable that is not there"});
    caught(script, "    open_hw_target -quiet $cable\n", "    open_hw_target $cable\n", "V133",
           {"in use"});
    caught(script, "close_hw_target -quiet\nset cables", "set cables", "V133",
           {script, "open_hw_target although"});
    caught(script, "    exit 2\n  }\n  return $answer", "    exit 1\n  }\n  return $answer", "V153",
           {script, "status 2 although connect_hw_server fails"});
  }
  expect_jtag("jtag.tcl", "if {[llength $found] > 1} {", "if {0} {", "V153",
              {"jtag.tcl does not refuse to choose between two cards"});
  caught("program.tcl", "set cable [lindex $found 0]", "set cable [lindex $cables 0]", "V133",
         {"no device ''"});
}

TEST_F(CardScripts, TheDebugHubKnowsItsClock) {
  write(DeviceHost::kJtag);
  EXPECT_THAT(read_file(folder_ / "build.tcl"),
              AllOf(HasSubstr("C_CLK_INPUT_FREQ_HZ 300000000 $hub"),
                    HasSubstr("C_ENABLE_CLK_DIVIDER true $hub")));
  write(DeviceHost::kJtag, {.freq_mhz = 50});
  EXPECT_THAT(read_file(folder_ / "build.tcl"), HasSubstr("C_ENABLE_CLK_DIVIDER false $hub"));
  EXPECT_NO_THROW(check_device_folder(folder_, board_));
  for (const double mhz : {7.0, 10.0, 30.0, 37.4})
    expect_user_error([&] { write(DeviceHost::kJtag, {.freq_mhz = mhz}); }, "V156",
                      {"--host jtag", "2.5 times", "--freq 37.5"});
  EXPECT_NO_THROW(write(DeviceHost::kXdma, {.freq_mhz = 30}));
  EXPECT_THAT(read_file(folder_ / "build.tcl"), Not(HasSubstr("dbg_hub")));
  expect_jtag("build.tcl", "C_CLK_INPUT_FREQ_HZ 300", "C_CLK_INPUT_FREQ_HZ 100", "V134",
              {"not told its clock"});
  expect_jtag("build.tcl", "C_ENABLE_CLK_DIVIDER true", "C_ENABLE_CLK_DIVIDER false", "V134",
              {"not told its divider"});
  expect_jtag("build.tcl", "C_ENABLE_CLK_DIVIDER", "C_ENABLE_DIVIDER", "V133",
              {"no property 'C_ENABLE_DIVIDER'"});
}

/// A tree like /sys: a card with two functions (..17:00) below a bridge. What is written to
/// `remove` and `rescan` takes the card off and brings it back, as the kernel does.
class Pcie : public DeviceFlow {
 protected:
  void SetUp() override {
    DeviceFlow::SetUp();
    if (IsSkipped()) return;
    write(DeviceHost::kXdma);
    fs::create_directories(bus_ / "devices");
    const fs::path bridge = "devices/pci0000:16/0000:16:01.0";
    add(bridge, "0x8086", "0x2030");
    add(bridge / "0000:17:00.0", "0x10ee", "0x903f");
    add(bridge / "0000:17:00.1", "0x10ee", "0x903f");
    tool("id", "echo ${MASE_ID-0}");
    tool("setpci", R"(echo "$*" >> )" + log_ + R"(
case "$*" in
  *"COMMAND") echo 0547 ;;
  *"CAP_EXP+8.w") echo 2937 ;;
esac)");
    // The kernel's part: each file is a pipe that somebody reads.
    write_file(dir_ / "kernel.sh",
               fmt::format(R"sh(cd {}
for f in 0 1; do
  d=devices/pci0000:16/0000:16:01.0/0000:17:00.$f
  rm -f $d/remove; mkfifo $d/remove
  (read -r _ < $d/remove; {} rm bus/pci/devices/0000:17:00.$f) > /dev/null 2>&1 &
  all="$all $!"
done
r=devices/pci0000:16/0000:16:01.0/rescan
rm -f $r; mkfifo $r
(read -r _ < $r; for f in 0 1; do {} ln -sfn ../../../devices/pci0000:16/0000:16:01.0/0000:17:00.$f bus/pci/devices/0000:17:00.$f; done) > /dev/null 2>&1 &
all="$all $!"
cd {}
sh pcie.sh "$@"; status=$?
kill $all 2> /dev/null
exit $status
)sh",
                           (dir_ / "sys").string(), "$STUCK", "$GONE", folder_.string()));
  }
  void add(const fs::path& path, const std::string& vendor, const std::string& device) {
    write_file(dir_ / "sys" / path / "vendor", vendor + "\n");
    write_file(dir_ / "sys" / path / "device", device + "\n");
    fs::create_directory_symlink(fs::path("../../..") / path, bus_ / "devices" / path.filename());
  }
  void tool(const std::string& name, const std::string& text) {
    write_file(dir_ / "bin" / name, "#!/bin/sh\n" + text + "\n");
    ::chmod((dir_ / "bin" / name).c_str(), 0755);
  }
  ProcessResult run(std::vector<std::string> words, const std::string& more = "A=b") {
    std::vector<std::string> all = {"env",
                                    "PATH=" + (dir_ / "bin").string() + ":" + std::getenv("PATH"),
                                    "MASE_SYSFS=" + (dir_ / "sys").string(), more};
    all.insert(all.end(), words.begin(), words.end());
    return run_process(all, folder_);
  }
  ProcessResult pcie(std::vector<std::string> words, const std::string& more = "A=b") {
    words.insert(words.begin(), {"sh", (dir_ / "kernel.sh").string()});
    return run(words, more);
  }
  std::string calls() const { return fs::exists(log_) ? read_file(log_) : ""; }

  fs::path bus_ = dir_ / "sys/bus/pci";
  std::string log_ = (dir_ / "setpci.log").string();
};

TEST_F(Pcie, ACardIsTakenOffAndComesBack) {
  const auto check = pcie({"check"}, "MASE_ID=1000");
  EXPECT_EQ(check.exit_code, 1);
  EXPECT_THAT(check.output, HasSubstr("0000:17:00"));
  const auto off = pcie({"remove"});
  EXPECT_EQ(off.exit_code, 0) << off.output;
  EXPECT_THAT(off.output, AllOf(HasSubstr("card 0000:17:00, functions: 0000:17:00.0 0000:17:00.1"),
                                HasSubstr("bridge 0000:16:01.0"), HasSubstr("removed")));
  EXPECT_THAT(calls(), AllOf(HasSubstr("-s 0000:16:01.0 COMMAND=0000:0100 CAP_EXP+8.w=0000:0004"),
                             Not(HasSubstr("0000:17"))));
  EXPECT_EQ(pcie({"check"}).exit_code, 0);
  const auto on = pcie({"rescan"});
  EXPECT_EQ(on.exit_code, 0) << on.output;
  EXPECT_THAT(on.output, HasSubstr("card 0000:17:00.0 is back, device 0x903f"));
  EXPECT_THAT(calls(), AllOf(HasSubstr("-s 0000:16:01.0 COMMAND=0547:0100 CAP_EXP+8.w=2937:0004"),
                             HasSubstr("-s 0000:17:00.0 COMMAND=0002:0002")));
  EXPECT_EQ(pcie({"rescan"}).exit_code, 2) << "done already";
}

TEST_F(Pcie, NothingIsDoneWhereItIsNotClearToWhat) {
  const auto refused = [&](std::vector<std::string> words, const std::string& more,
                           const std::string& part) {
    const auto got = pcie(words, more);
    EXPECT_EQ(got.exit_code, 2) << got.output;
    EXPECT_THAT(got.output, AllOf(HasSubstr("ERROR: "), HasSubstr(part)));
    EXPECT_THAT(calls(), Not(HasSubstr("=")));
    EXPECT_TRUE(fs::exists(bus_ / "devices/0000:17:00.0"));
  };
  refused({"remove"}, "MASE_ID=1000", "needs root");
  refused({"rescan"}, "MASE_ID=1000", "needs root");
  refused({"rescan"}, "A=b", "no card was removed");
  refused({"remove", "0000:18:00"}, "A=b", "no Xilinx card 0000:18:00 is on PCIe");
  refused({"remove", "17"}, "A=b", "'17' is no card");
  refused({"off"}, "A=b", "check|remove|rescan");
  refused({}, "A=b", "check|remove|rescan");
  add("devices/pci0000:30/0000:30:01.0", "0x8086", "0x2030");
  add("devices/pci0000:30/0000:30:01.0/0000:31:00.0", "0x10ee", "0x5004");
  refused({"remove"}, "A=b", "several Xilinx cards are on PCIe (0000:17:00 0000:31:00");
  EXPECT_EQ(pcie({"remove", "0000:17:00"}).exit_code, 0) << "named";
  EXPECT_TRUE(fs::exists(bus_ / "devices/0000:31:00.0")) << "the other one stays";
}

TEST_F(Pcie, WhatGoesWrongOnTheWayIsSaid) {
  tool("setpci", R"(echo "$*" >> )" + log_ + R"(
case "$*" in *=*) exit 1 ;; *) echo 0547 ;; esac)");
  const auto locked = pcie({"remove"});
  EXPECT_EQ(locked.exit_code, 2);
  EXPECT_THAT(locked.output, HasSubstr("nothing is removed"));
  EXPECT_TRUE(fs::exists(bus_ / "devices/0000:17:00.0"));
  EXPECT_FALSE(fs::exists(folder_ / "pcie.state"));
  tool("setpci", R"(case "$*" in *=*) ;; *) echo 0547 ;; esac)");
  const auto stuck = pcie({"remove"}, "STUCK=:");
  EXPECT_EQ(stuck.exit_code, 2);
  EXPECT_THAT(stuck.output, AllOf(HasSubstr("still there: 0000:17:00.0"), HasSubstr("rescan")));
  EXPECT_THAT(pcie({"remove"}).output, HasSubstr("a card is removed already"));
  fs::remove(folder_ / "pcie.state");
  EXPECT_EQ(pcie({"remove"}).exit_code, 0);
  const auto gone = pcie({"rescan"}, "GONE=:");
  EXPECT_EQ(gone.exit_code, 2);
  EXPECT_THAT(gone.output, AllOf(HasSubstr("0000:17:00 does not come back"), HasSubstr("reboot")));
}

/// run.sh does not program a card on a live link.
TEST_F(Pcie, ProgrammingWaitsForTheCardToBeTakenOff) {
  tool("vivado", "echo \"called: $* for '$MASE_JTAG_SERIAL'\"");
  EXPECT_THAT(run({"sh", "run.sh", "program"}).output, HasSubstr("there is no top.bit"));
  EXPECT_THAT(run({"sh", "run.sh", "flash"}).output, HasSubstr("there is no top.mcs"));
  write_file(folder_ / "top.bit", "b");
  write_file(folder_ / "top.mcs", "m");
  for (const char* how : {"program", "flash"}) {
    const auto live = run({"sh", "run.sh", how});
    EXPECT_EQ(live.exit_code, 2);
    EXPECT_THAT(live.output, AllOf(HasSubstr("0000:17:00"), HasSubstr("sudo sh pcie.sh remove"),
                                   Not(HasSubstr("called"))));
    EXPECT_THAT(run({"sh", "run.sh", how}, "MASE_PCIE=keep").output, HasSubstr("called"));
  }
  fs::remove_all(bus_ / "devices");
  fs::create_directories(bus_ / "devices");
  EXPECT_THAT(run({"sh", "run.sh", "program"}).output,
              HasSubstr("-log program.log -source program.tcl for ''"));
  EXPECT_THAT(run({"sh", "run.sh", "flash", "2130"}).output,
              HasSubstr("-log flash.log -source flash.tcl for '2130'"));
  const auto unknown = run({"sh", "run.sh", "burn"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.output, HasSubstr("program, flash or card"));
}

}  // namespace
}  // namespace mase::fpga
