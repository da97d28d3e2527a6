// SPDX-License-Identifier: Apache-2.0
// Build folders of designs that are cut over SLRs: every part is constrained to its SLR, and
// mutations of the constraints are caught.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fpga/flow/device_flow.h"
#include "fpga/flow/slr_constraints.h"
#include "fpga/flow/vitis_flow.h"
#include "gen/base/file.h"
#include "tests/support/expect_error.h"
#include "tests/support/flow_test.h"
#include "tests/support/partition.h"

namespace mase::fpga {
namespace {

namespace fs = std::filesystem;
using test::expect_user_error;
using testing::HasSubstr;

const std::vector<std::string> kNames{"SLR0", "SLR1", "SLR2", "SLR3"};

class SlrFlow : public test::FlowTest {
 protected:
  /// A toy over `parts` SLRs from `first` on.
  emit::EmittedFolder design(size_t parts, int first = 0) {
    const auto graph = test::jet_network(
        {.layers = {4, 6, 6, 2}, .widths = {4}, .pruned_percent = 0, .style = "folded"});
    auto options = test::cut_into(parts, graph, {}).value();
    for (auto& slr : options.slrs) slr.slr += first;
    emit::write_design(emit::emit(graph, options, {.tool_version = "test"}), dir_ / "hardware");
    return emit::read_design(dir_ / "hardware");
  }
  void change(const std::string& file, const std::string& from, const std::string& to) {
    auto text = read_file(folder_ / file);
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from << "\n" << text;
    write_file(folder_ / file, text.replace(at, from.size(), to));
  }
  void expect_ooc_caught(const std::string& from, const std::string& to, const std::string& code,
                         const std::vector<std::string>& parts) {
    SCOPED_TRACE(from + " -> " + to);
    write_ooc(design(3), target_.vivado, folder_, {});
    change("build.tcl", from, to);
    expect_user_error([&] { check_build_folder(folder_, target_.vivado, {}); }, code, parts);
  }
  void expect_vitis_caught(const std::string& file, const std::string& from, const std::string& to,
                           const std::string& code, const std::vector<std::string>& parts) {
    SCOPED_TRACE(from + " -> " + to);
    write_vitis(design(2), target_, folder_, {}, 4);
    change(file, from, to);
    expect_user_error([&] { check_vitis_folder(folder_, target_, {}); }, code, parts);
  }

  VitisTarget target_ = load_vitis_target("xcu250");
  fs::path folder_ = dir_ / "build";
};

TEST_F(SlrFlow, FoldersOfCutDesignsPassEveryCheck) {
  for (const size_t parts : {2, 3}) {
    const auto cut = design(parts, 1);
    write_ooc(cut, target_.vivado, folder_, {});
    const auto checks = check_build_folder(folder_, target_.vivado, {});
    EXPECT_TRUE(std::any_of(checks.begin(), checks.end(),
                            [](const Check& check) { return check.name == "SLRs"; }));
    const auto script = read_file(folder_ / "build.tcl");
    EXPECT_THAT(script, AllOf(HasSubstr("resize_pblock -add SLR1 [get_pblocks pblock_SLR1]"),
                              HasSubstr("[get_cells {u_slr1 u_crossing_1/u_send}]"),
                              HasSubstr("{u_crossing_1/u_receive u_slr2")));
    EXPECT_THAT(script, testing::Not(HasSubstr("pblock_core")));

    write_vitis(cut, target_, folder_, {}, 4);
    EXPECT_EQ(check_vitis_folder(folder_, target_, {}).size(), 6u);
    EXPECT_THAT(
        read_file(folder_ / "slr.xdc"),
        AllOf(HasSubstr("set_property USER_SLR_ASSIGNMENT SLR1 [get_cells {u_body/u_core/u_slr1 "
                        "u_body/u_core/u_crossing_1/u_send u_body/u_registers "),
              HasSubstr("u_home_1/u_send")));
    const auto link = read_file(folder_ / "link.cfg");
    EXPECT_THAT(link, HasSubstr("gmem:DDR[1]\n"));
    EXPECT_THAT(link, testing::Not(HasSubstr("\nslr=")));
  }
  // What is not cut has no such file, and an earlier one is gone.
  const auto graph = test::jet_network({.layers = {4, 2}, .widths = {4}, .style = "folded"});
  emit::write_design(emit::emit(graph, {}, {.tool_version = "test"}), dir_ / "hardware");
  write_vitis(emit::read_design(dir_ / "hardware"), target_, folder_, {}, 4);
  EXPECT_FALSE(fs::exists(folder_ / "slr.xdc"));
  EXPECT_FALSE(fs::exists(folder_ / "slr_hook.tcl"));
  EXPECT_THAT(read_file(folder_ / "run.sh"), testing::Not(HasSubstr("TCL.PRE")));
  EXPECT_EQ(check_vitis_folder(folder_, target_, {}).size(), 5u);
}

TEST_F(SlrFlow, MutationsOfPblocksAreCaught) {
  expect_ooc_caught("[get_cells {u_slr0 ", "[get_cells {u_slr9 ", "V139", {"no cell 'u_slr9'"});
  expect_ooc_caught("u_crossing_1/u_receive u_slr1", "u_crossing_1/u_recieve u_slr1", "V139",
                    {"u_crossing_1/u_recieve", "build.tcl:"});
  expect_ooc_caught("-add SLR1 ", "-add SLR2 ", "V139", {"placed in SLR2, the cut has it in SLR1"});
  expect_ooc_caught("{u_slr0 u_crossing_1/u_send}", "{u_slr0}", "V139",
                    {"nothing places 'u_crossing_1/u_send'"});
  expect_ooc_caught("{u_slr0 u_crossing_1/u_send}", "{u_slr0 u_crossing_1}", "V139",
                    {"nothing places"});
  expect_ooc_caught("{u_slr0 u_crossing_1/u_send}", "{u_slr0 u_slr1 u_crossing_1/u_send}", "V139",
                    {"'u_slr1' is placed twice"});
  expect_ooc_caught("add_cells_to_pblock [get_pblocks pblock_SLR0]",
                    "add_cells_to_pblock [get_pblocks pblock_SLR7]", "V133", {"pblock_SLR7"});
}

TEST_F(SlrFlow, MutationsOfAssignmentsAreCaught) {
  expect_vitis_caught("slr.xdc", "u_body/u_core/u_slr0", "u_core/u_slr0", "V139",
                      {"no cell 'u_core/u_slr0'"});
  expect_vitis_caught("slr.xdc", "USER_SLR_ASSIGNMENT SLR1", "USER_SLR_ASSIGNMENT SLR0", "V139",
                      {"in SLR0, the cut has it in SLR1"});
  expect_vitis_caught("slr.xdc", "USER_SLR_ASSIGNMENT SLR1", "USER_SLR_ASIGNMENT SLR1", "V133",
                      {"slr.xdc:", "no property 'USER_SLR_ASIGNMENT'"});
  expect_vitis_caught("slr.xdc", "set_property", "opt_design\nset_property", "V138",
                      {"'opt_design'", "slr.xdc:"});
  expect_vitis_caught("package.tcl", "add_files -fileset constrs_1 -norecurse slr.xdc\n", "",
                      "V138", {"nothing says", "constrs_1 slr.xdc"});
  expect_vitis_caught("link.cfg", "sp=", "slr=top_kernel_1:SLR0\nsp=", "V138",
                      {"link.cfg:5", "'slr'", "nothing of the kind"});
}

TEST_F(SlrFlow, CellsThatConstraintsNameAreKept) {
  const std::string kept = "(* keep_hierarchy = \"yes\" *)\n  ";
  const auto expect_caught = [&](const std::string& file, const std::string& module,
                                 const std::string& cell) {
    SCOPED_TRACE(file);
    write_vitis(design(2), target_, folder_, {}, 4);
    change(file, kept + module, module);
    expect_user_error([&] { check_vitis_folder(folder_, target_, {}); }, "V139",
                      {"synthesis may dissolve '" + cell, "slr.xdc:"});
  };
  expect_caught("src/top.sv", "top_slr0 u_slr0", "u_body/u_core/u_slr0'");
  expect_caught("src/top.sv", "mase_slr_crossing", "u_body/u_core/u_crossing_1/u_send'");
  expect_caught("src/mase_slr_crossing.sv", "mase_slr_receive", "u_body/u_home_1/u_receive'");
  expect_caught("src/top_kernel_body.sv", "mase_axi_read", "u_body/u_read'");
  expect_caught("src/top_kernel_body.sv", "mase_slr_crossing", "u_body/u_home_1/u_receive'");
  expect_caught("src/top_kernel_body.sv", "top u_core", "u_body/u_core/");
  expect_caught("src/top_kernel.v", "top_kernel_body u_body", "u_body/");
  // Designs in one SLR are flattened as ever.
  const auto board = load_device_board("xcu250");
  fs::remove_all(folder_);
  write_device(toy(), board, folder_, {}, DeviceHost::kJtag, 4);
  for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
    if (entry.path().extension() != ".sv" || entry.path().filename() == "vendor_stubs.sv") continue;
    EXPECT_THAT(read_file(entry.path()), testing::Not(HasSubstr("keep_hierarchy"))) << entry;
  }
  write_device(design(2), board, folder_, {}, DeviceHost::kJtag, 4);
  change("top_device.sv", kept + "top_fabric", "top_fabric");
  expect_user_error([&] { check_device_folder(folder_, board); }, "V139",
                    {"may dissolve 'u_fabric"});
}

TEST_F(SlrFlow, AMissingCellStopsEveryBuild) {
  expect_ooc_caught("in an SLR\"\n  exit 1", "in an SLR\"", "V139",
                    {"build.tcl goes on although 'u_crossing_1/u_send' is missing"});
  expect_vitis_caught("slr_hook.tcl", "    exit 1\n", "", "V139", {"goes on although"});
  expect_vitis_caught("slr_hook.tcl", "SLR1 u_body/u_core/u_slr1", "SLR0 u_body/u_core/u_slr1",
                      "V138", {"its assignments are not those of slr.xdc"});
  expect_vitis_caught("slr_hook.tcl", "  SLR1 u_body/u_core/u_slr1\n", "", "V138", {"assignments"});
  expect_vitis_caught("slr_hook.tcl", "USER_SLR_ASSIGNMENT", "USER_SLR", "V133",
                      {"slr_hook.tcl:", "USER_SLR"});
  expect_vitis_caught("run.sh", "OPT_DESIGN.TCL.PRE=$PWD/", "OPT_DESIGN.TCL.PRE=", "V138",
                      {"v++ is not told"});
  const auto board = load_device_board("xcu250");
  for (const bool cut : {false, true}) {
    write_device(cut ? design(2) : toy(), board, folder_, {}, DeviceHost::kXdma, 4);
    change("build.tcl", "in an SLR\"\n  exit 1", "in an SLR\"");
    expect_user_error([&] { check_device_folder(folder_, board); }, "V139", {"goes on although"});
  }
}

TEST_F(SlrFlow, PartsOfADeviceStandInTheirSlrs) {
  const auto board = load_device_board("xcu250");
  const auto cut = design(2, 1);
  const auto expect_caught = [&](const std::string& from, const std::string& to,
                                 const std::vector<std::string>& parts) {
    write_device(cut, board, folder_, {}, DeviceHost::kJtag, 4);
    change("placement.xdc", from, to);
    expect_user_error([&] { check_device_folder(folder_, board); }, "V139", parts);
  };
  for (const auto host : {DeviceHost::kJtag, DeviceHost::kXdma}) {
    write_device(cut, board, folder_, {}, host, 4);
    const auto checks = check_device_folder(folder_, board);
    EXPECT_EQ(checks.size(), 9u);
  }
  EXPECT_THAT(read_file(folder_ / "placement.xdc"),
              AllOf(HasSubstr("resize_pblock -add SLR1 "), HasSubstr("resize_pblock -add SLR2 "),
                    HasSubstr("u_fabric/u_kernel/u_core/u_slr1"), HasSubstr("u_fabric/u_memory")));
  expect_caught("u_fabric/u_kernel/u_core/u_slr2", "u_fabric/u_kernel/u_core/u_slr3",
                {"no cell 'u_fabric/u_kernel/u_core/u_slr3'"});
  expect_caught(" u_fabric/u_memory", "", {"nothing places 'u_fabric/u_memory'"});
  expect_caught("-add SLR2", "-add SLR3", {"in SLR3, the cut has it in SLR2"});
}

TEST_F(SlrFlow, PrefixesAndTargetsAreHonoured) {
  const auto cut = design(2);
  const auto cells = core_slr_cells(cut.hardware, kNames, "chip/u_core/");
  ASSERT_EQ(cells.size(), 2u);
  EXPECT_EQ(cells[1].cells.front(), "chip/u_core/u_crossing_1/u_receive");
  EXPECT_EQ(slrs_from_json(slrs_to_json(cells)), cells);
  expect_user_error([&] { core_slr_cells(cut.hardware, {"SLR0"}); }, "V132",
                    {"SLR 1", "1 of them"});
}

}  // namespace
}  // namespace mase::fpga
