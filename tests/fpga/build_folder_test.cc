// SPDX-License-Identifier: Apache-2.0
// What lies where a build folder is to be written, and what a target's file may say in scripts.
#include "fpga/flow/build_folder.h"

#include <gtest/gtest.h>

#include <set>

#include "fpga/flow/vivado_flow.h"
#include "gen/base/error.h"
#include "gen/base/file.h"
#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"

namespace mase::fpga {
namespace {

namespace fs = std::filesystem;

class BuildFolder : public testing::Test {
 protected:
  std::optional<fs::path> written(const std::string& script = "one") {
    return write_build_folder(build_, [&](const fs::path& to) {
      write_file(to / "build.tcl", script);
      write_file(to / "rtl/top.sv", "module top;");
      write_file(to / "flow.json", R"({"format": "mase-flow"})");
    });
  }
  /// Only what was asked for lies beside the folder.
  std::set<std::string> beside() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(dir_.path()))
      names.insert(entry.path().filename().string());
    return names;
  }

  test::TempDir dir_;
  fs::path build_ = dir_ / "xcu250_ooc";
};

TEST_F(BuildFolder, ReplacesWhatWasOnlyWritten) {
  EXPECT_FALSE(written());
  EXPECT_FALSE(written("two"));
  EXPECT_EQ(read_file(build_ / "build.tcl"), "two");
  EXPECT_EQ(beside(), std::set<std::string>{"xcu250_ooc"});
}

TEST_F(BuildFolder, KeepsWhatWasAddedOrChanged) {
  int n = 0;
  for (const char* added :
       {"reports/mase.json", "top.bit", "checkpoints/routed.dcp", "vivado.log",
        "reports/utilization.rpt", "build/link.log", "notes.txt", "build.tcl"}) {
    SCOPED_TRACE(added);
    written();
    write_file(build_ / added, "hours of work");
    const auto aside = written();
    ASSERT_TRUE(aside);
    EXPECT_EQ(aside->filename(), "xcu250_ooc." + std::to_string(++n));
    EXPECT_EQ(read_file(*aside / added), "hours of work");
    EXPECT_EQ(read_file(build_ / "build.tcl"), "one");
  }
  written();
  fs::remove(build_ / "rtl/top.sv");
  EXPECT_TRUE(written()) << "a file was taken away";
}

TEST_F(BuildFolder, KeepsWhatIsNotOurs) {
  write_file(build_ / "top.xclbin", "without flow.json");
  const auto aside = written();
  ASSERT_TRUE(aside);
  EXPECT_EQ(read_file(*aside / "top.xclbin"), "without flow.json");
  for (const char* flow : {"{", "[]", "{}", R"({"files": 3})"}) {
    write_file(build_ / "flow.json", flow);
    EXPECT_TRUE(written()) << flow;
  }
  fs::remove_all(build_);
  write_file(build_, "a file");
  const auto file = written();
  ASSERT_TRUE(file);
  EXPECT_EQ(read_file(*file), "a file");
  fs::remove_all(build_);
  fs::create_symlink("nowhere", build_);
  EXPECT_TRUE(written()) << "a link that leads nowhere";
}

TEST_F(BuildFolder, StaysAsItWasWhereWritingFails) {
  written();
  write_file(build_ / "top.bit", "hours of work");
  EXPECT_THROW(write_build_folder(build_,
                                  [](const fs::path& to) {
                                    write_file(to / "build.tcl", "half");
                                    throw UserError("V156", "no such clock");
                                  }),
               UserError);
  EXPECT_EQ(read_file(build_ / "top.bit"), "hours of work");
  EXPECT_EQ(read_file(build_ / "build.tcl"), "one");
  EXPECT_EQ(beside(), std::set<std::string>{"xcu250_ooc"});
}

TEST_F(BuildFolder, SaysWhatIsInTheWay) {
  write_file(build_, "a file where a folder belongs");
  test::expect_user_error([&] { write_build_folder(build_ / "inner", [](const fs::path&) {}); },
                          "B003", {build_.string(), "is not a folder"});
}

TEST(TargetWords, ThatCouldLeaveAScriptAreRefused) {
  for (const char* good : {"xcu250", "DDR[0]", "xilinx_u250_gen3x16_xdma_4_1_202210_1"})
    check_word(good, "name", "f.toml");
  for (const char* bad : {"", "a b; touch x", "../x", "..", "-x", "$(x)", "a\"b"}) {
    test::expect_user_error([&] { check_word(bad, "vitis.platform", "f.toml"); }, "V131",
                            {"vitis.platform", "f.toml", "allowed"});
  }
}

TEST(TargetClocks, AreWithinWhatTheDeviceCarries) {
  const auto target = load_vivado_target("xcu250");
  check_frequency(target, 775);
  for (const double bad : {0.0, -1.0, 775.1, 1e9})
    test::expect_user_error([&] { check_frequency(target, bad); }, "V156", {"xcu250", "775 MHz"});
}

}  // namespace
}  // namespace mase::fpga
