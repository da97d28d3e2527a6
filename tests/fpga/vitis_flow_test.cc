// SPDX-License-Identifier: Apache-2.0
// The Vitis flow without Vitis: complete folders that pass every check, mutations that do not, and
// the host program against a stand-in for XRT's headers.
#include "fpga/flow/vitis_flow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fpga/kernel/kernel.h"
#include "gen/base/file.h"
#include "gen/base/process.h"
#include "tests/support/expect_error.h"
#include "tests/support/flow_test.h"

namespace mase::fpga {
namespace {

namespace fs = std::filesystem;
using test::expect_user_error;
using testing::HasSubstr;

class VitisFlow : public test::FlowTest {
 protected:
  void expect_caught(const std::string& file, const std::string& from, const std::string& to,
                     const std::string& code, const std::vector<std::string>& parts) {
    SCOPED_TRACE(from + " -> " + to);
    write_vitis(toy(), target_, folder_, {}, 4);
    auto text = read_file(folder_ / file);
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    write_file(folder_ / file, text.replace(at, from.size(), to));
    expect_user_error([&] { check_vitis_folder(folder_, target_); }, code, parts);
  }

  VitisTarget target_ = load_vitis_target("xcu250");
  fs::path folder_ = dir_ / "build";
};

TEST_F(VitisFlow, FoldersAreCompleteAndPassEveryCheck) {
  for (const auto& options : shown()) {
    const auto d = design(options);
    write_vitis(d, target_, folder_, {.freq_mhz = 250, .slr = 1}, 10);
    EXPECT_EQ(check_vitis_folder(folder_, target_).size(), 4u);
    EXPECT_THAT(read_file(folder_ / "link.cfg"),
                AllOf(HasSubstr("slr=top_kernel_1:SLR1\n"),
                      HasSubstr("sp=top_kernel_1.m_axi_gmem:DDR[1]\n")));
    EXPECT_THAT(read_file(folder_ / "run.sh"), HasSubstr("--kernel_frequency 250 "));
    const auto core = core_of(d.hardware, "top", "");
    EXPECT_EQ(static_cast<int64_t>(fs::file_size(folder_ / "samples.bin")), 10 * core.in.bytes());
    EXPECT_EQ(static_cast<int64_t>(fs::file_size(folder_ / "expected.bin")), 10 * core.out.bytes());
    EXPECT_EQ(run_process({"sh", "-n", (folder_ / "run.sh").string()}).exit_code, 0);
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
      EXPECT_NE(entry.path().extension(), ".xclbin") << "no placeholder";
      EXPECT_NE(entry.path().extension(), ".xo") << "no placeholder";
    }
  }
}

TEST_F(VitisFlow, HostProgramRunsAgainstAStandIn) {
  write_vitis(toy(), target_, folder_, {}, 20);
  // A card that answers with what lies in expected.bin, or, asked to, with a wrong last byte.
  const auto build = run_process(
      {"c++", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-DMASE_KERNEL=top_kernel",
       "-DMASE_KERNEL_HEADER=\"top_kernel.h\"", "-I", ".", "-I",
       std::string(MASE_SOURCE_DIR) + "/tests/fpga/xrt_stand_in", "host.cc", "-o", "host"},
      folder_);
  ASSERT_EQ(build.exit_code, 0) << build.output;
  const auto run = [&](const std::string& answer) {
    return run_process({"./host", answer, "samples.bin", "expected.bin"}, folder_);
  };
  const auto good = run("expected.bin");
  EXPECT_EQ(good.exit_code, 0) << good.output;
  EXPECT_THAT(good.output, AllOf(HasSubstr("mismatches: 0 of 40 outputs (20 samples)"),
                                 HasSubstr("throughput: ")));
  auto wrong = read_file(folder_ / "expected.bin");
  wrong[wrong.size() - core_of(toy().hardware, "top", "").out.container_bits() / 8] ^= 1;
  write_file(folder_ / "wrong.bin", wrong);
  const auto bad = run("wrong.bin");
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_THAT(bad.output,
              AllOf(HasSubstr("mismatches: 1 of 40"), HasSubstr("sample 19, element 1")));
  write_file(folder_ / "samples.bin", "odd");
  EXPECT_EQ(run("expected.bin").exit_code, 2);
}

TEST_F(VitisFlow, MutationsAreCaught) {
  expect_caught("package.tcl", "-import_files", "-import_file", "V133", {"-import_file"});
  expect_caught("package.tcl", "ipx::save_core $core\n", "", "V134", {"no ipx::save_core"});
  expect_caught("package.tcl", "ipx::check_integrity", "ipx::check", "V133", {"ipx::check"});
  expect_caught("package.tcl", "  top.sv\n", "  tip.sv\n", "V133", {"no file 'tip.sv'"});
  expect_caught("package.tcl", "address_offset 0x10", "address_offset 0x14", "V138",
                {"register table"});
  expect_caught("kernel.xml", "offset=\"0x18\"", "offset=\"0x1c\"", "V138",
                {"samples_out", "0x1c"});
  expect_caught("kernel.xml", "port=\"m_axi_gmem\"", "port=\"m_axi_mem\"", "V138", {"m_axi_mem"});
  expect_caught("kernel.xml", "hwControlProtocol=\"ap_ctrl_hs\"", "", "V138",
                {"hwControlProtocol"});
  expect_caught("kernel.xml", "language=\"ip_c\"", "language=\"ip_c\" lang=\"c\"", "V138",
                {"lang"});
  expect_caught("link.cfg", "SLR0", "SLR4", "V138", {"SLR4"});
  expect_caught("link.cfg", "nk=", "nks=", "V138", {"link.cfg:3", "nks="});
  expect_caught("top_kernel.sv", "s_axi_control_awvalid", "s_axi_control_aw_valid", "V116",
                {"Verilator"});
}

TEST_F(VitisFlow, WithoutVitisItSaysWhatToDo) {
  if (!find_program("v++").empty()) GTEST_SKIP() << "Vitis is here";
  write_vitis(toy(), target_, folder_, {}, 2);
  try {
    run_vitis(folder_);
    ADD_FAILURE() << "built by what?";
  } catch (const UserError& error) {
    EXPECT_EQ(error.exit_code(), ExitCode::kToolMissing);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("not built"), HasSubstr("sh run.sh")));
  }
}

}  // namespace
}  // namespace mase::fpga
