// SPDX-License-Identifier: Apache-2.0
// What lies where a build folder is to be written, and what a target's file may say in scripts.
#include "fpga/flow/build_folder.h"

#include <gtest/gtest.h>

#include "fpga/flow/vivado_flow.h"
#include "gen/base/file.h"
#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"

namespace mase::fpga {
namespace {

namespace fs = std::filesystem;

TEST(BuildFolder, KeepsResultsAndClearsWhatWasOnlyWritten) {
  const test::TempDir dir;
  const fs::path build = dir / "xcu250_ooc";
  EXPECT_FALSE(make_room(build));
  write_file(build / "notes.txt", "the user's");
  EXPECT_FALSE(make_room(build));
  EXPECT_TRUE(fs::exists(build / "notes.txt")) << "not a folder of ours";
  write_file(build / "flow.json", "{}");
  write_file(build / "host_xdma.cc", "of another host");
  EXPECT_FALSE(make_room(build));
  EXPECT_FALSE(fs::exists(build)) << "nothing of an earlier writing stays";
  for (const char* result : {"reports/mase.json", "top.bit", "checkpoints/routed.dcp"}) {
    write_file(build / "flow.json", "{}");
    write_file(build / result, result);
    const auto aside = make_room(build);
    ASSERT_TRUE(aside) << result;
    EXPECT_FALSE(fs::exists(build));
    EXPECT_EQ(read_file(*aside / result), result);
  }
  EXPECT_TRUE(fs::exists(dir / "xcu250_ooc.3"));
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
