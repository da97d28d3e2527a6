// SPDX-License-Identifier: Apache-2.0
// One table, and everything that is written from it; both linters over the shells; what a user may
// get wrong.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>

#include "fpga/kernel/kernel.h"
#include "fpga/kernel/register_map.h"
#include "gen/base/error.h"
#include "gen/base/file.h"
#include "gen/base/process.h"
#include "tests/fpga/kernel_cases.h"
#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"

namespace mase::fpga {
namespace {

namespace fs = std::filesystem;

std::string readme() { return read_file(fs::path(MASE_SOURCE_DIR) / "fpga/README.md"); }

Core example() { return tiny_core(5, true, 5, 2).core; }

TEST(RegisterMap, ReadmeShowsTheTable) {
  EXPECT_NE(readme().find(register_table_markdown()), std::string::npos)
      << "fpga/README.md must hold this table:\n"
      << register_table_markdown();
}

TEST(RegisterMap, ReadmeNamesEveryCell) {
  int cells = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(MASE_SOURCE_DIR) / "fpga/rtl")) {
    const std::string cell = entry.path().stem().string();
    ++cells;
    EXPECT_NE(readme().find("`" + cell + "`"), std::string::npos) << cell;
    EXPECT_NE(read_file(entry.path()).find("\nmodule " + cell + " "), std::string::npos) << cell;
  }
  EXPECT_GT(cells, 8);
}

TEST(RegisterMap, KernelMetadataHasTheArguments) {
  const std::string xml = make_kernel(example(), {.memory_bits = 128}).file("kernel.xml");
  const std::regex arg(
      "<arg name=\"(\\w+)\" addressQualifier=\"([01])\" id=\"(\\d+)\" port=\"(\\w+)\" "
      "size=\"0x(\\w+)\" offset=\"0x(\\w+)\"");
  int seen = 0;
  for (std::sregex_iterator at(xml.begin(), xml.end(), arg), end; at != end; ++at, ++seen) {
    const Register& r = kernel_register((*at)[1]);
    const bool pointer = r.role == Role::kPointer;
    EXPECT_EQ((*at)[2], pointer ? "1" : "0");
    EXPECT_EQ(std::stoi((*at)[3]), r.argument);
    EXPECT_EQ((*at)[4], pointer ? kMemoryBus : kControlBus);
    EXPECT_EQ(std::stoi((*at)[5], nullptr, 16), r.bytes());
    EXPECT_EQ(std::stoi((*at)[6], nullptr, 16), r.offset_bytes);
  }
  EXPECT_EQ(seen, 3);
  EXPECT_NE(xml.find("name=\"m_axi_gmem\" mode=\"master\" range=\"0xFFFFFFFFFFFFFFFF\" "
                     "dataWidth=\"128\""),
            std::string::npos);
}

/// The header compiles by itself and says what the table says.
TEST(RegisterMap, HostHeaderCompiles) {
  const std::string compiler = find_program("c++").string();
  if (compiler.empty()) GTEST_SKIP() << "needs c++";
  const test::TempDir dir;
  const Kernel kernel = make_kernel(example());
  write_file(dir / "kernel.h", kernel.file("tiny_kernel.h"));
  std::string text = "#include \"kernel.h\"\nusing namespace tiny_kernel;\n";
  const std::pair<const char*, const char*> offsets[] = {{"kCtrl", "CTRL"},
                                                         {"kGier", "GIER"},
                                                         {"kIpIer", "IP_IER"},
                                                         {"kIpIsr", "IP_ISR"},
                                                         {"kSamplesIn", "samples_in"},
                                                         {"kSamplesOut", "samples_out"},
                                                         {"kSampleCount", "sample_count"},
                                                         {"kStatus", "status"},
                                                         {"kReadErrors", "read_errors"},
                                                         {"kWriteErrors", "write_errors"},
                                                         {"kCycles", "cycles"}};
  for (const auto& [name, row] : offsets)
    text += fmt::format("static_assert({} == {});\n", name, kernel_register(row).offset_bytes);
  text +=
      "static_assert(kCtrlApIdle == 4 && kCtrlAutoRestart == 128 && kStatusMisaligned == 4);\n"
      "static_assert(kSamplesOutArgument == 1 && kSampleCountArgument == 2);\n"
      "static_assert(sizeof(Input) == 1 && Input(-1) < 0 && kInputElements == 5);\n"
      "static_assert(kInputBytes == 5 && kOutputBytes == 5 && kOutputWidth == 6);\n"
      "static_assert(kMemoryWordBytes == 64 && kIiCycles == 3);\n";
  write_file(dir / "check.cc", text);
  const auto result = run_process({compiler, "-std=c++17", "-Wall", "-Wextra", "-Werror",
                                   "-fsyntax-only", (dir / "check.cc").string()});
  EXPECT_EQ(result.exit_code, 0) << result.output;
}

TEST(KernelOptions, AreChecked) {
  const auto code_of = [](const Core& core, const KernelOptions& options) {
    try {
      make_kernel(core, options);
    } catch (const UserError& error) {
      return error.code();
    }
    return std::string("none");
  };
  EXPECT_EQ(code_of(example(), {}), "none");
  EXPECT_EQ(code_of(example(), {.name = "always"}), "E001");
  EXPECT_EQ(code_of(example(), {.name = "tiny"}), "V003");
  EXPECT_EQ(code_of(example(), {.memory_bits = 48}), "V001");
  EXPECT_EQ(code_of(example(), {.memory_bits = 2048}), "V001");
  EXPECT_EQ(code_of(example(), {.burst_words = 12}), "V001");
  EXPECT_EQ(code_of(example(), {.burst_words = 128}), "V001") << "8 KiB";
  EXPECT_EQ(code_of(example(), {.read_words = 31}), "V001");
  EXPECT_EQ(code_of(example(), {.write_words = 16}), "V001");
  Core wide = example();
  wide.out.format.width = 65;
  EXPECT_EQ(code_of(wide, {}), "V002");
}

TEST(SampleLayout, IsAPlainArray) {
  const auto layout = [](int width, bool is_signed) {
    return SampleLayout{{width, 0, is_signed}, 3, 1};
  };
  EXPECT_EQ(layout(1, true).c_type(), "int8_t");
  EXPECT_EQ(layout(8, false).c_type(), "uint8_t");
  EXPECT_EQ(layout(9, true).c_type(), "int16_t");
  EXPECT_EQ(layout(17, false).c_type(), "uint32_t");
  EXPECT_EQ(layout(33, true).c_type(), "int64_t");
  EXPECT_EQ(layout(64, true).bytes(), 24);
}

TEST(KernelOptions, NamesAreThoseThatVitisTakes) {
  Core core = example();
  for (const char* name : {"_a", "a_", "a__b"}) {
    core.module = name;
    test::expect_user_error([&] { make_kernel(core); }, "V003",
                            {fmt::format("'{}_kernel'", name), "--top-name"});
  }
  for (const char* name : {"a", "A_1", "a_b_c2"}) {
    core.module = name;
    EXPECT_EQ(make_kernel(core).name, std::string(name) + "_kernel");
  }
}

/// Everything a kernel and a stream shell are made of, in one folder.
class ShellLint : public testing::Test {
 protected:
  void SetUp() override {
    const CoreCase core = tiny_core(5, true, 5, 2);
    kernel_ = make_kernel(core.core);
    put(core.files);
    put(kernel_.files);
    put(make_stream_shell(core.core));
  }
  void put(const std::vector<std::pair<std::string, std::string>>& files) {
    for (const auto& [path, text] : files) {
      write_file(dir_ / path, text);
      if (path.ends_with(".sv")) sources_.insert(path);
      if (path.ends_with(".v")) plain_.insert(path);
    }
  }
  ProcessResult verilator(const std::string& top, const std::string& parameter = "") {
    std::vector<std::string> command = {"verilator", "--lint-only",     "-Wall",        "--assert",
                                        "-Irtl",     "+1364-2001ext+v", "--top-module", top};
    if (!parameter.empty()) command.push_back("-G" + parameter);
    if (top.starts_with("mase_")) {
      command.push_back("rtl/" + top + ".sv");
    } else {
      command.insert(command.end(), sources_.begin(), sources_.end());
      command.insert(command.end(), plain_.begin(), plain_.end());
      command.push_back("-Wno-DECLFILENAME");  // the tiny core and its file are a test's
    }
    return run_process(command, dir_.path());
  }
  ProcessResult yosys(const std::string& commands) {
    std::string script = "read_verilog -sv -Irtl";
    for (const auto& source : sources_) script += " " + source;
    for (const auto& source : plain_) script += "; read_verilog " + source;  // no SystemVerilog
    return run_process({"yosys", "-q", "-p", script + "; " + commands}, dir_.path());
  }

  test::TempDir dir_;
  Kernel kernel_;
  std::set<std::string> sources_, plain_;
};

TEST_F(ShellLint, VerilatorHasNothingToSay) {
  if (find_program("verilator").empty()) GTEST_SKIP() << "needs verilator";
  std::vector<std::string> tops = {"tiny_kernel", "tiny_axis"};
  for (const auto& source : sources_) {
    if (source.starts_with("rtl/")) tops.push_back(fs::path(source).stem().string());
  }
  EXPECT_GT(tops.size(), 12U);
  for (const auto& top : tops) {
    const auto result = verilator(top);
    EXPECT_EQ(result.exit_code, 0) << top << ":\n" << result.output;
    EXPECT_EQ(result.output, "") << top;
  }
}

TEST_F(ShellLint, YosysReadsThem) {
  if (find_program("yosys").empty()) GTEST_SKIP() << "needs yosys";
  for (const char* top : {"tiny_kernel", "tiny_axis"}) {
    const auto result = yosys(fmt::format("hierarchy -check -top {}; proc; check -assert", top));
    EXPECT_EQ(result.exit_code, 0) << top << ":\n" << result.output;
    EXPECT_EQ(result.output, "") << top;
  }
}

TEST_F(ShellLint, StopsAtIllegalParameters) {
  if (find_program("verilator").empty()) GTEST_SKIP() << "needs verilator";
  const std::pair<const char*, const char*> bad[] = {{"mase_axi_bursts", "DataBits=48"},
                                                     {"mase_axi_bursts", "BurstWords=12"},
                                                     {"mase_axi_bursts", "BurstWords=128"},
                                                     {"mase_axi_read", "ReadWords=16"},
                                                     {"mase_axi_read", "ElementBits=9"},
                                                     {"mase_axi_write", "WriteWords=16"},
                                                     {"mase_axi_write", "ContainerBits=24"},
                                                     {"mase_gearbox", "InLast=65"},
                                                     {"mase_gearbox", "OutLast=0"},
                                                     {"mase_sample_unpack", "Lanes=17"},
                                                     {"mase_sample_pack", "Lanes=17"},
                                                     {"mase_kernel_run", "CountBits=20"},
                                                     {"mase_axi_lite", "AddrBits=2"},
                                                     {"mase_axis_in", "Width=9"},
                                                     {"mase_axis_out", "Width=9"}};
  for (const auto& [cell, parameter] : bad) {
    const auto result = verilator(cell, parameter);
    EXPECT_NE(result.exit_code, 0) << cell << " " << parameter;
    EXPECT_NE(result.output.find("need "), std::string::npos) << cell << " " << parameter << ":\n"
                                                              << result.output;
  }
}

}  // namespace
}  // namespace mase::fpga
