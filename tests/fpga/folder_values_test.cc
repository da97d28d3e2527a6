// SPDX-License-Identifier: Apache-2.0
// Every value in a build folder is compared with what it has to be: one token of a folder that
// passes is changed, and the checks refuse it, naming the line, what they found and what they
// expected. A table of the values that matter most, and then each token of each file.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <regex>
#include <set>

#include "fpga/flow/vitis_flow.h"
#include "gen/base/file.h"
#include "tests/support/expect_error.h"
#include "tests/support/flow_test.h"

namespace mase::fpga {
namespace {

namespace fs = std::filesystem;
using test::expect_user_error;
using testing::HasSubstr;

/// One token, `from` at the end of the context that finds it, becomes `to`.
struct Change {
  std::string file, context, from, to;
  std::string expected;  ///< what the error says was expected
  std::string source;    ///< and why
};

class FolderValues : public test::FlowTest {
 protected:
  using Checker = std::function<void()>;

  /// The check of a folder whose `file` has `text` instead.
  void with(const std::string& file, const std::string& text, const Checker& body) {
    const std::string before = read_file(folder_ / file);
    write_file(folder_ / file, text);
    body();
    write_file(folder_ / file, before);
  }

  void expect_refused(const std::vector<Change>& changes) {
    ASSERT_NO_THROW(check_());
    for (const auto& change : changes) {
      SCOPED_TRACE(
          fmt::format("{}: {}{} -> {}", change.file, change.context, change.from, change.to));
      const std::string text = read_file(folder_ / change.file);
      const size_t context = text.find(change.context + change.from);
      ASSERT_NE(context, std::string::npos);
      const size_t at = context + change.context.size();
      const auto line = std::count(text.begin(), text.begin() + static_cast<int64_t>(at), '\n') + 1;
      std::string changed = text;
      with(change.file, changed.replace(at, change.from.size(), change.to), [&] {
        expect_user_error(check_, "V138",
                          {fmt::format("{}:{}\n", change.file, line), change.to,
                           fmt::format("expected {}", change.expected), change.source});
      });
    }
  }

  /// Changes the last character of each token in turn, comments apart. `harmless`: tokens (with
  /// their line's text) that nothing depends on; `until`: where to end.
  void expect_every_token_counts(const std::string& file, size_t least,
                                 const std::vector<std::string>& harmless = {},
                                 const std::string& until = "") {
    ASSERT_NO_THROW(check_());
    const std::string text = read_file(folder_ / file);
    static const std::regex token(R"([A-Za-z0-9_.:/$]*[A-Za-z0-9_])");
    size_t tokens = 0, start = 0;
    int number = 0;
    for (size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', start)) {
      const std::string line = text.substr(start, end - start);
      if (!until.empty() && line.starts_with(until)) break;
      ++number;
      const bool skip = line.starts_with("#") || line.starts_with("//") ||
                        line.starts_with("  //") ||
                        std::any_of(harmless.begin(), harmless.end(), [&](const std::string& part) {
                          return line.find(part) != std::string::npos;
                        });
      for (std::sregex_iterator it(line.begin(), line.end(), token), none; !skip && it != none;
           ++it) {
        const size_t at = start + static_cast<size_t>(it->position(0) + it->length(0)) - 1;
        std::string changed = text;
        changed[at] = text[at] == 'x'          ? 'y'
                      : text[at] == '0'        ? '1'
                      : std::isdigit(text[at]) ? '0'
                                               : 'x';
        ++tokens;
        with(file, changed, [&] {
          try {
            check_();
            ADD_FAILURE() << file << ":" << number << ": nobody sees '" << it->str() << "' become '"
                          << changed.substr(at + 1 - it->str().size(), it->str().size()) << "'";
          } catch (const UserError& error) {
            EXPECT_NE(error.code(), "") << error.what();
          }
        });
      }
      start = end + 1;
    }
    EXPECT_GE(tokens, least) << file;
  }

  fs::path folder_ = dir_ / "build";
  Checker check_;
};

/// The folder of a kernel for 250 MHz in SLR 2.
class VitisValues : public FolderValues {
 protected:
  void SetUp() override {
    FolderValues::SetUp();
    if (IsSkipped()) return;
    write_vitis(toy(), target_, folder_, asked_, 4);
    check_ = [this] { check_vitis_scripts(folder_, target_, asked_); };
  }
  VitisTarget target_ = load_vitis_target("xcu250");
  VivadoOptions asked_{.freq_mhz = 250, .slr = 2};
};

TEST_F(VitisValues, PackagingIsComparedWithTableTargetAndPorts) {
  const std::string script = "package.tcl";
  expect_refused({
      {script, "build/packing -part ", "xcu250-figd2104-2L-e", "xcu200-fsgd2104-2-e",
       "'xcu250-figd2104-2L-e'", "the target"},
      {script, "set_property top ", "top_kernel", "top", "'top_kernel'", "flow.json"},
      {script, "ipx::associate_bus_interfaces -busif ", "s_axi_control", "s_axi_kontrol",
       "'ipx::associate_bus_interfaces -busif s_axi_control core -clock'",
       "ports of src/top_kernel.v"},
      {script, "ipx::associate_bus_interfaces -busif ", "m_axi_gmem", "m_axi_mem",
       "'ipx::associate_bus_interfaces -busif m_axi_gmem core -clock'",
       "ports of src/top_kernel.v"},
      {script, "-busif s_axi_control -clock ", "ap_clk", "ap_clk_2", "'ap_clk'", "the ports"},
      {script, "-busif m_axi_gmem -clock ", "ap_clk", "ap_rst_n", "'ap_clk'", "the ports"},
      {script, "ipx::add_bus_parameter -quiet ", "FREQ_HZ", "FREQ",
       "'ipx::add_bus_parameter -quiet FREQ_HZ", "every kernel"},
      {script, "[ipx::get_bus_interfaces ", "ap_clk", "ap_rst_n",
       "'ipx::add_bus_parameter -quiet FREQ_HZ bus:ap_clk'", "every kernel"},
      {script, "set_property value ", "250000000", "300000000", "'250000000'", "250 MHz"},
      {script, "value_resolve_type ", "user", "immediate", "'user'", "every kernel"},
      {script, "ipx::add_memory_map -quiet ", "s_axi_control", "m_axi_gmem",
       "'ipx::add_memory_map -quiet s_axi_control core'", "the ports"},
      {script, "slave_memory_map_ref ", "s_axi_control", "m_axi_gmem", "'s_axi_control'",
       "the ports"},
      {script, "slave_memory_map_ref s_axi_control [ipx::get_bus_interfaces ", "s_axi_control",
       "m_axi_gmem", "'slave_memory_map_ref of bus:s_axi_control' = 's_axi_control'", "the ports"},
      {script, "set_property range ", "4096", "65536", "'4096'", "ports of src/top_kernel.v"},
      {script, "ipx::add_register ", "samples_in", "samples", "'ipx::add_register samples_in",
       "the register table"},
      {script, "0x18 $register\nset_property size ", "64", "32", "'64'", "the register table"},
      {script, "0x20 $register\nset_property size ", "32", "64", "'32'", "the register table"},
      {script, "set_property address_offset ", "0x18", "0x20", "'0x18'", "the register table"},
      {script, "set_property description {", "start", "end", "'start and state", "register table"},
      {script, "64 $register\nset_property value ", "m_axi_gmem", "s_axi_control", "'m_axi_gmem'",
       "the ports"},
      {script, "[ipx::add_register_parameter ", "ASSOCIATED_BUSIF", "ASSOCIATED_BUS",
       "'ipx::add_register_parameter ASSOCIATED_BUSIF", "the register table"},
      {script, "-clock ap_clk -reset ", "ap_rst_n", "ap_rst", "'ap_rst_n'", "the ports"},
      {script, "ipx::infer_bus_interface ", "ap_rst_n", "ap_clk",
       "'ipx::infer_bus_interface ap_rst_n xilinx.com:signal:reset_rtl:1.0 core'", "the ports"},
      {script, "MAX_BURST_LENGTH $bus]\nset_property value ", "16", "32", "'16'",
       "u_read and u_write of src/top_kernel_body.sv"},
      {script, "NUM_READ_OUTSTANDING $bus]\nset_property value ", "16", "32", "'16'", "u_read"},
      {script, "NUM_WRITE_OUTSTANDING $bus]\nset_property value ", "31", "32", "'31'", "u_write"},
      {script, "SUPPORTS_NARROW_BURST $bus]\nset_property value ", "0", "1", "'0'", "u_read"},
      {script, "value_source ", "constant", "default", "'constant'", "every kernel"},
      {script, "xpm_libraries {XPM_CDC ", "XPM_MEMORY", "XPM_FIFO", "'XPM_CDC XPM_MEMORY XPM_FIFO'",
       "every kernel"},
      {script, "set_property sdx_kernel ", "true", "false", "'true'", "every kernel"},
      {script, "sdx_kernel_type ", "rtl", "hls", "'rtl'", "every kernel"},
      {script, "-vendor ", "mase-gen", "mase", "'mase-gen'", "vlnv of kernel.xml"},
      {script, "-library ", "kernel", "user", "'kernel'", "vlnv of kernel.xml"},
      {script, "-root_dir ", "build/ip", "build/it", "'build/ip'", "every kernel"},
      {script, "-ip_directory ", "build/ip", "build/it", "'build/ip'", "every kernel"},
      {script, "-xo_path ", "top_kernel.xo", "top.xo", "'top_kernel.xo'", "run.sh"},
      {script, "-kernel_name ", "top_kernel", "top", "'top_kernel'", "flow.json"},
  });
}

TEST_F(VitisValues, AResetOrParameterThatNobodyAskedForIsRefused) {
  const std::string text = read_file(folder_ / "package.tcl");
  const auto added = [&](const std::string& line, const std::vector<std::string>& parts) {
    SCOPED_TRACE(line);
    std::string changed = text;
    with("package.tcl", changed.insert(text.find("\n# The register map."), line),
         [&] { expect_user_error(check_, "V138", parts); });
  };
  added(
      "ipx::add_bus_parameter ASSOCIATED_RESET [ipx::get_bus_interfaces ap_clk -of_objects "
      "$core]\n",
      {"ASSOCIATED_RESET", "expected nothing of the kind", "package.tcl:"});
  added("set_property value 1 $frequency\n", {"FREQ_HZ", "said once too often"});
  added("ipx::associate_bus_interfaces -busif m_axi_gmem -clock ap_clk $core\n",
        {"m_axi_gmem", "said once too often"});
  added("set_property size 32 $core\n", {"'size of core' = '32'"});
}

TEST_F(VitisValues, MetadataIsComparedWithTableAndPorts) {
  const std::string file = "kernel.xml", table = "the register table", ports = "the ports of";
  const std::string control = "<port name=\"s_axi_control\" ",
                    memory = "<port name=\"m_axi_gmem\" ";
  const std::string slave = control + "mode=\"slave\" range=\"0x1000\" ";
  const std::string master = memory + "mode=\"master\" range=\"0xFFFFFFFFFFFFFFFF\" ";
  const std::string in = "<arg name=\"samples_in\" ", out = "<arg name=\"samples_out\" ";
  const std::string count = "<arg name=\"sample_count\" ";
  expect_refused({
      {file, "<root versionMajor=\"1\" versionMinor=\"", "6", "7", "'6'", "UG1393"},
      {file, "<kernel name=\"", "top_kernel", "top", "'top_kernel'", "flow.json"},
      {file, "language=\"", "ip_c", "c", "'ip_c'", "UG1393"},
      {file, "vlnv=\"", "mase-gen:kernel:top_kernel:1.0", "mase-gen:kernel:top_kernel:1.1",
       "'mase-gen:kernel:top_kernel:1.0'", "package.tcl"},
      {file, " attributes=\"", "", "x", "''", "UG1393"},
      {file, "preferredWorkGroupSizeMultiple=\"", "0", "1", "'0'", "UG1393"},
      {file, "workGroupSize=\"", "1", "2", "'1'", "UG1393"},
      {file, "interrupt=\"", "true", "false", "'true'", ports},
      {file, "hwControlProtocol=\"", "ap_ctrl_hs", "ap_ctrl_chain", "'ap_ctrl_hs'", table},
      {file, "<port name=\"", "s_axi_control", "s_axi_ctrl",
       "'port in kernel/ports s_axi_control name'", ports},
      {file, control + "mode=\"", "slave", "master", "'slave'", ports},
      {file, control + "mode=\"slave\" range=\"", "0x1000", "0x10000", "'0x1000'", ports},
      {file, slave + "dataWidth=\"", "32", "64", "'32'", ports},
      {file, slave + "dataWidth=\"32\" portType=\"", "addressable", "stream", "'addressable'",
       "UG1393"},
      {file, slave + "dataWidth=\"32\" portType=\"addressable\" base=\"", "0x0", "0x1000", "'0x0'",
       "UG1393"},
      {file, memory + "mode=\"", "master", "slave", "'master'", ports},
      {file, memory + "mode=\"master\" range=\"", "0xFFFFFFFFFFFFFFFF", "0xFFFFFFFF",
       "'0xffffffffffffffff'", ports},
      {file, master + "dataWidth=\"", "512", "256", "'512'", ports},
      {file, master + "dataWidth=\"512\" portType=\"addressable\" base=\"", "0x0", "0x8", "'0x0'",
       "UG1393"},
      {file, in + "addressQualifier=\"", "1", "0", "'1'", table},
      {file, count + "addressQualifier=\"", "0", "1", "'0'", table},
      {file, out + "addressQualifier=\"1\" id=\"", "1", "0", "'1'", table},
      {file, in + "addressQualifier=\"1\" id=\"0\" port=\"", "m_axi_gmem", "s_axi_control",
       "'m_axi_gmem'", table},
      {file, "port=\"s_axi_control\" size=\"", "0x4", "0x8", "'0x4'", table},
      {file, "port=\"m_axi_gmem\" size=\"", "0x8", "0x4", "'0x8'", table},
      {file, "offset=\"", "0x18", "0x1c", "'0x18'", table},
      {file, "hostOffset=\"", "0x0", "0x8", "'0x0'", "UG1393"},
      {file, "hostSize=\"", "0x8", "0x4", "'0x8'", table},
      {file, "hostSize=\"0x4\" type=\"", "uint", "int", "'uint'", table},
      {file, "type=\"", "void*", "int*", "'void*'", table},
      {file, "<arg name=\"", "samples_out", "samples_ou", "'arg in kernel/args samples_out name'",
       table},
  });
}

TEST_F(VitisValues, MetadataIsWellFormed) {
  const std::string xml = read_file(folder_ / "kernel.xml");
  const auto refused = [&](const std::string& from, const std::string& to,
                           const std::string& part) {
    SCOPED_TRACE(from + " -> " + to);
    std::string changed = xml;
    with("kernel.xml", changed.replace(xml.find(from), from.size(), to), [&] {
      expect_user_error(check_, "V138", {"kernel.xml", part});
    });
  };
  refused("</args>", "</arg>", "</arg> closes nothing");
  refused("</root>", "", "<root> is not closed");
  refused("</root>", "</root>x", "'x' is outside of every tag");
  refused("interrupt=\"true\"", "interrupt=\"true\" interrupt=\"true\"", "twice");
  refused("interrupt=\"true\"", "interrupt=true", "outside of every tag");
  refused("<args>", "<args/><args>", "once too often");
  refused(" base=\"0x0\"", "", "nothing says 'port in kernel/ports s_axi_control base' = '0x0'");
  refused("    <ports>\n", "    <port name=\"a\"/>\n    <ports>\n", "port in kernel a");
}

TEST_F(VitisValues, PortsOfTheTopAreThoseOfAxi) {
  const std::string top = "src/top_kernel.v", text = read_file(folder_ / top);
  const auto refused = [&](const std::string& from, const std::string& to,
                           const std::string& part) {
    SCOPED_TRACE(from + " -> " + to);
    std::string changed = text;
    with(top, changed.replace(text.find(from), from.size(), to), [&] {
      expect_user_error(check_, "V138", {top, part});
    });
  };
  refused("[63:0] m_axi_gmem_awaddr", "[31:0] m_axi_gmem_awaddr",
          "'output of 32 bits', expected 'output of 64 bits' (AXI4)");
  refused("[511:0] m_axi_gmem_rdata", "[255:0] m_axi_gmem_rdata",
          "'input of 256 bits', expected 'input of 512 bits' (AXI4)");
  refused("[31:0] s_axi_control_wdata", "[63:0] s_axi_control_wdata",
          "'input of 64 bits', expected 'input of 32 bits' (AXI4-Lite)");
  refused("[11:0] s_axi_control_araddr", "[5:0] s_axi_control_araddr",
          "'input of 6 bits', expected 'input of 12 bits' (AXI4-Lite)");
  refused("input  wire ap_rst_n", "input  wire ap_rst", "expected 'port ap_rst_n'");
  refused("  output wire m_axi_gmem_wlast,\n", "", "nothing says 'port m_axi_gmem_wlast'");
  refused("  output wire interrupt,", "  output wire interrupt, extra,", "is no port");
  refused("output wire m_axi_gmem_bready", "input  wire m_axi_gmem_bready",
          "'input of 1 bit', expected 'output of 1 bit'");
  refused("wire [511:0] m_axi_gmem_wdata", "wire [47:0] m_axi_gmem_wdata", "48 bits");
}

TEST_F(VitisValues, LinkIsWhatWasAskedFor) {
  const std::string platform = "xilinx_u250_gen3x16_xdma_4_1_202210_1";
  expect_refused({
      {"link.cfg", "slr=top_kernel_1:", "SLR2", "SLR1", "'top_kernel_1:SLR2'", "--slr 2"},
      {"link.cfg", "m_axi_gmem:", "DDR[2]", "DDR[1]", "'top_kernel_1.m_axi_gmem:DDR[2]'",
       "the target xcu250"},
      {"link.cfg", "nk=top_kernel:", "1", "2", "'top_kernel:1:top_kernel_1'", "flow.json"},
      {"flow.json", "\"freq_mhz\": ", "250.0", "300.0", "'250'", "250 MHz were asked for"},
      {"flow.json", "\"slr\": \"", "SLR2", "SLR0", "'SLR2'", "--slr 2"},
      {"flow.json", "\"memory\": \"", "DDR[2]", "DDR[0]", "'DDR[2]'", "the target"},
      {"flow.json", "\"platform\": \"", platform, "u250", "'" + platform + "'", "the target"},
      {"flow.json", "\"part\": \"", "xcu250-figd2104-2L-e", "xcu200", "'xcu250-figd", "the target"},
      {"flow.json", "\"batch\": ", "4", "5", "'4'", "samples.bin"},
  });
}

TEST_F(VitisValues, EveryTokenCounts) {
  // What is printed for a reader; a list that need not begin empty.
  expect_every_token_counts("package.tcl", 300, {"puts \"", "set groups {}"});
  expect_every_token_counts("kernel.xml", 100);
  expect_every_token_counts("link.cfg", 8);
  expect_every_token_counts("flow.json", 50);
}

/// The folder of an out-of-context build at 320 MHz in SLR 1.
class OocValues : public FolderValues {
 protected:
  void SetUp() override {
    FolderValues::SetUp();
    if (IsSkipped()) return;
    write_ooc(toy(), target_, folder_, asked_);
    check_ = [this] { check_build_scripts(folder_, target_, asked_); };
  }
  VivadoTarget target_ = load_vivado_target("xcu250");
  VivadoOptions asked_{.freq_mhz = 320, .slr = 1};
};

TEST_F(OocValues, ScriptAndConstraintsAreWhatWasAskedFor) {
  const std::string part = "xcu250-figd2104-2L-e", script = "build.tcl";
  expect_refused({
      {"clocks.xdc", "-period ", "3.125", "4.000", "'3.125'", "320 MHz were asked for"},
      {"clocks.xdc", "-name ", "clk", "clock", "'clk'", "every build"},
      {"clocks.xdc", "[get_ports ", "clk_i", "rst_ni", "'create_clock clk_i -period' = '3.125'",
       "320 MHz"},
      {script, "create_project -in_memory -part ", part, "xcu200", "'" + part + "'", "the target"},
      {script, "synth_design -top ", "top", "top_2", "'top'", "flow.json"},
      {script, "synth_design -top top -part ", part, "xcu280", "'" + part + "'", "the target"},
      {script, "-mode out_of_context -flatten_hierarchy ", "rebuilt", "none", "'rebuilt'", "every"},
      {script, part + " -mode ", "out_of_context", "default", "'out_of_context'", "every build"},
      {script, "read_xdc -mode ", "out_of_context", "default", "'out_of_context'", "every build"},
      {script, "-include_dirs ", "rtl", "mem", "'rtl'", "every build"},
      {script, "set_property HD.CLK_SRC ", "BUFGCE_X0Y2", "BUFGCE_X0Y3", "'BUFGCE_X0Y2'",
       "the target"},
      {script, "HD.CLK_SRC BUFGCE_X0Y2 [get_ports ", "clk_i", "rst_ni", "'HD.CLK_SRC of clk_i'",
       "the target"},
      {script, "get_sites -quiet ", "BUFGCE_X0Y2", "BUFGCE_X0Y9", "'get_sites -quiet BUFGCE_X0Y2'",
       "the target"},
      {script, "resize_pblock -add ", "SLR1", "SLR0", "'SLR1'", "--slr 1"},
      {script, "[get_pblocks pblock_core] ", "-top", "u_seq", "'add_cells_to_pblock -top",
       "every build"},
      {"flow.json", "\"freq_mhz\": ", "320.0", "300.0", "'320'", "320 MHz were asked for"},
      {"flow.json", "\"slr\": \"", "SLR1", "SLR0", "'SLR1'", "--slr 1"},
      {"flow.json", "\"part\": \"", part, "xcu280", "'" + part + "'", "the target"},
      {"flow.json", "\"stage\": \"", "routed", "synth", "'routed'", "no --synth-only"},
      {"flow.json", "\"target\": \"", "xcu250", "xcu280", "'xcu250'", "the target"},
  });
}

TEST_F(OocValues, AFolderOfOtherOptionsIsRefused) {
  const auto refused = [&](const VivadoOptions& asked, const std::vector<std::string>& parts) {
    expect_user_error([&] { check_build_scripts(folder_, target_, asked); }, "V138", parts);
  };
  refused({.freq_mhz = 300, .slr = 1}, {"flow.json:", "'320.0', expected '300'", "300 MHz"});
  refused({.freq_mhz = 320, .slr = 0}, {"flow.json:", "'SLR1', expected 'SLR0' (--slr 0)"});
  refused({.freq_mhz = 320, .slr = 1, .synth_only = true}, {"'routed', expected 'synth'"});
  auto other = target_;
  other.part = "xcu280";
  expect_user_error([&] { check_build_scripts(folder_, other, asked_); }, "V138",
                    {"expected 'xcu280' (the target xcu250)"});
}

TEST_F(OocValues, EveryTokenCounts) {
  // What the script prints for a reader. The gate behind it has mutations of its own.
  expect_every_token_counts("build.tcl", 90, {"puts \""}, "report_utilization");
  expect_every_token_counts("clocks.xdc", 5);
  expect_every_token_counts("flow.json", 45);
}

}  // namespace
}  // namespace mase::fpga
