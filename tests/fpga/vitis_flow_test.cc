// SPDX-License-Identifier: Apache-2.0
// The Vitis flow without Vitis: complete folders that pass every check, mutations that do not, and
// the host program against a stand-in for XRT's headers.
#include "fpga/flow/vitis_flow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
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
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

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
    expect_user_error([&] { check_vitis_folder(folder_, target_, {}); }, code, parts);
  }

  VitisTarget target_ = load_vitis_target("xcu250");
  fs::path folder_ = dir_ / "build";
};

TEST_F(VitisFlow, FoldersAreCompleteAndPassEveryCheck) {
  for (const auto& options : shown()) {
    const auto d = design(options);
    const VivadoOptions asked{.freq_mhz = 250, .slr = 1};
    write_vitis(d, target_, folder_, asked, 10);
    EXPECT_EQ(check_vitis_folder(folder_, target_, asked).size(), 5u);
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

/// The host program with a card that answers with what lies in a file, and that has the troubles
/// of XRT_STAND_IN (tests/fpga/xrt_stand_in).
class VitisHost : public VitisFlow {
 protected:
  void SetUp() override {
    VitisFlow::SetUp();
    if (IsSkipped()) return;
    write_vitis(toy(), target_, folder_, {}, 20);
    const auto build = run_process(
        {"c++", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-DMASE_KERNEL=top_kernel",
         "-DMASE_KERNEL_HEADER=\"top_kernel.h\"", "-I", ".", "-I",
         std::string(MASE_SOURCE_DIR) + "/tests/fpga/xrt_stand_in", "host.cc", "-o", "host"},
        folder_);
    ASSERT_EQ(build.exit_code, 0) << build.output;
  }
  ProcessResult run(const std::string& answer, const std::vector<std::string>& more = {},
                    const std::vector<std::string>& environment = {}) {
    std::vector<std::string> words = {"env"};
    words.insert(words.end(), environment.begin(), environment.end());
    words.insert(words.end(), {"./host", answer, "samples.bin", "expected.bin"});
    words.insert(words.end(), more.begin(), more.end());
    return run_process(words, folder_);
  }
};

TEST_F(VitisHost, ComparesEveryResult) {
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
  // A kernel that writes nothing, where the results are what the memory holds anyway: zeros.
  write_file(folder_ / "nothing.bin", "");
  write_file(folder_ / "expected.bin", std::string(wrong.size(), '\0'));
  const auto idle = run("nothing.bin");
  EXPECT_EQ(idle.exit_code, 1);
  EXPECT_THAT(idle.output, HasSubstr("mismatches: 40 of 40"));
  write_file(folder_ / "samples.bin", "odd");
  EXPECT_EQ(run("expected.bin").exit_code, 2);
}

TEST_F(VitisHost, PrintsWhatTheKernelCounted) {
  // 60 cycles a run and 4 a sample, beyond 32 bits; the design's own interval beside it.
  const auto design = core_of(toy().hardware, "top", "");
  const auto got = run("expected.bin", {"--mhz", "250"});
  EXPECT_EQ(got.exit_code, 0) << got.output;
  EXPECT_THAT(got.output,
              AllOf(HasSubstr("4294967360 cycles for one sample, 4294967436 for the batch"),
                    HasSubstr("at 250 MHz"), HasSubstr("interval:   4 cycles a sample on the card"),
                    HasSubstr(", " + std::to_string(design.ii_cycles) + " in the design"),
                    HasSubstr("a batch of 20 in ")));
  const auto unread = run("expected.bin", {"--no-registers"}, {"XRT_STAND_IN=no_registers"});
  EXPECT_EQ(unread.exit_code, 0) << unread.output;
  EXPECT_THAT(unread.output, HasSubstr("registers were not read"));
  const auto closed = run("expected.bin", {}, {"XRT_STAND_IN=no_registers"});
  EXPECT_EQ(closed.exit_code, 2);
  EXPECT_THAT(closed.output,
              AllOf(HasSubstr("registers cannot be read"), HasSubstr("--no-registers")));
}

TEST_F(VitisHost, SaysWhatTheKernelComplainsOf) {
  const auto expect_complaint = [&](const std::string& environment,
                                    const std::vector<std::string>& parts) {
    const auto got = run("expected.bin", {}, {environment});
    EXPECT_EQ(got.exit_code, 1) << environment << "\n" << got.output;
    for (const auto& part : parts) EXPECT_THAT(got.output, HasSubstr(part));
  };
  expect_complaint("XRT_STAND_IN=read_error", {"status of the kernel 0x1", "17 words", "DECERR"});
  expect_complaint("XRT_STAND_IN=write_error", {"0x2", "3 bursts", "DECERR"});
  expect_complaint("XRT_STAND_IN_OFFSET=4", {"0x4", "misaligned", "64 bytes"});
  expect_complaint("XRT_STAND_IN=no_cycles", {"cycles is 0"});
}

TEST_F(VitisHost, NamesTheStateOfARunThatDoesNotComplete) {
  // Another state than completed is none, whatever lies in the memory.
  const auto failed = run("expected.bin", {}, {"XRT_STAND_IN_STATE=5"});
  EXPECT_EQ(failed.exit_code, 2);
  EXPECT_THAT(failed.output, AllOf(HasSubstr("did not complete"), HasSubstr("STATE_ERROR (5)")));
  const auto hangs = run("expected.bin", {"--timeout", "7"}, {"XRT_STAND_IN=hang"});
  EXPECT_EQ(hangs.exit_code, 2);
  EXPECT_THAT(hangs.output, AllOf(HasSubstr("ERT_CMD_STATE_TIMEOUT (8)"), HasSubstr("after 7 s")));
}

TEST_F(VitisHost, TakesACardByNumberOrAddressAndRefusesTheRest) {
  for (const char* card : {"0", "0000:65:00.1", "65:00.1"})
    EXPECT_EQ(run("expected.bin", {"--device", card}).exit_code, 0) << card;
  for (const char* card : {"1", "0000:66:00.1"}) {
    const auto got = run("expected.bin", {"--device", card});
    EXPECT_EQ(got.exit_code, 2) << card;
    EXPECT_THAT(got.output, HasSubstr("no such device"));
  }
  const std::vector<std::vector<std::string>> wrong = {{"--device", "0000:65"},
                                                       {"--device", "-1"},
                                                       {"--device", "1e3"},
                                                       {"--runs", "0"},
                                                       {"--runs", "ten"},
                                                       {"--runs"},
                                                       {"--runs", "2x"},
                                                       {"--timeout", "0"},
                                                       {"--timeout", ""},
                                                       {"--mhz", "0"},
                                                       {"--mhz", "fast"},
                                                       {"--mhz", "nan"},
                                                       {"--fast"},
                                                       {"fourth.bin"},
                                                       {"--runs", "99999999999999999999"}};
  for (const auto& words : wrong) {
    const auto got = run("expected.bin", words);
    EXPECT_EQ(got.exit_code, 2) << words.front();
    EXPECT_THAT(got.output, AllOf(HasSubstr("usage: "), HasSubstr("error: "))) << words.back();
  }
}

/// run.sh with a vivado that says that it was called and fails, and XRT in a folder with a space.
class VitisRun : public VitisFlow {
 protected:
  VitisRun() {
    write_vitis(toy(), target_, folder_, {}, 20);
    write_file(dir_ / "bin/vivado", "#!/bin/sh\necho called vivado\nexit 3\n");
    ::chmod((dir_ / "bin/vivado").c_str(), 0755);
    fs::create_directories(dir_ / "x rt/include");
    fs::copy(fs::path(MASE_SOURCE_DIR) / "tests/fpga/xrt_stand_in", dir_ / "x rt/include",
             fs::copy_options::recursive);
    for (const char* library : {"xrt_coreutil", "uuid"})
      write_file(dir_ / "x rt/lib" / (std::string("lib") + library + ".a"), "!<arch>\n");  // empty
  }
  auto run(const std::string& how, const std::string& xrt,
           const std::vector<std::string>& more = {}) {
    const std::string path = (dir_ / "bin").string() + ":" + std::getenv("PATH");
    std::vector<std::string> words = {"env", "PATH=" + path, "XILINX_XRT=" + xrt, "sh", "run.sh"};
    if (!how.empty()) words.push_back(how);
    words.insert(words.end(), more.begin(), more.end());
    return run_process(words, folder_);
  }
  const std::string xrt_ = (dir_ / "x rt").string();
};

TEST_F(VitisRun, CardWithoutXrtIsAnError) {
  write_file(folder_ / "top_kernel.xclbin", read_file(folder_ / "expected.bin"));
  const auto got = run("card", "");
  EXPECT_EQ(got.exit_code, 2);
  EXPECT_THAT(got.output, AllOf(HasSubstr("ERROR"), HasSubstr("XILINX_XRT")));
}

TEST_F(VitisRun, CardTakesTheXclbinThatIsThere) {
  const auto none = run("card", xrt_);
  EXPECT_EQ(none.exit_code, 3) << "there is none: it is built";
  EXPECT_THAT(none.output, HasSubstr("called vivado"));
  write_file(folder_ / "top_kernel.xclbin", read_file(folder_ / "expected.bin"));
  write_file(folder_ / "reports/mase.json", "{}");
  const auto got = run("card", xrt_);
  EXPECT_EQ(got.exit_code, 0) << got.output;
  EXPECT_THAT(got.output, AllOf(HasSubstr("top_kernel.xclbin is there"),
                                HasSubstr("mismatches: 0 of 40"), Not(HasSubstr("called"))));
  EXPECT_TRUE(fs::exists(folder_ / "reports/mase.json"));
  EXPECT_THAT(got.output, Not(HasSubstr(" MHz")));
  // The clock that v++ achieved goes to the host program, and what else is said.
  write_file(
      folder_ / "reports/xclbin.info",
      "   Name:      KERNEL_CLK\n   Type:      KERNEL\n   Frequency: 500 MHz\n"
      "   Name:      DATA_CLK\n   Index:     0\n   Type:      DATA\n   Frequency: 273 MHz\n");
  const auto more = run("card", xrt_, {"--device", "0000:65:00.1", "--runs", "3"});
  EXPECT_EQ(more.exit_code, 0) << more.output;
  EXPECT_THAT(more.output, AllOf(HasSubstr("at 273 MHz"), HasSubstr("best of 3")));
  EXPECT_EQ(run("card", xrt_, {"--runs", "0"}).exit_code, 2);
}

TEST_F(VitisRun, ABuildThatFailsLeavesNothingOfTheOneBefore) {
  const std::vector<std::string> stale = {"reports/mase.json", "top_kernel.xo", "top_kernel.xclbin",
                                          "top_kernel.xclbin.info",
                                          "build/link/impl_timing_summary_routed.rpt"};
  for (const auto& file : stale) write_file(folder_ / file, "old");
  EXPECT_EQ(run("", xrt_).exit_code, 3);
  for (const auto& file : stale) EXPECT_FALSE(fs::exists(folder_ / file)) << file;
}

TEST_F(VitisFlow, MutationsAreCaught) {
  expect_caught("package.tcl", "-import_files", "-import_file", "V133", {"-import_file"});
  expect_caught("package.tcl", "ipx::save_core $core\n", "", "V134", {"no ipx::save_core"});
  expect_caught("package.tcl", "ipx::check_integrity", "ipx::check", "V133", {"ipx::check"});
  expect_caught("package.tcl", "  src/top.sv\n", "  src/tip.sv\n", "V133",
                {"no file 'src/tip.sv'"});
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
  expect_caught("link.cfg", "nk=", "'nks'", "V138", {"link.cfg:3", "'nks'"});
  // The packaged top is Verilog-2001.
  expect_caught("src/top_kernel.v", "input  wire ap_clk", "input  logic ap_clk", "V116",
                {"Verilator", "top_kernel.v"});
  expect_caught("src/top_kernel.v", "s_axi_control_awvalid", "s_axi_control_aw_valid", "V116",
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
