// SPDX-License-Identifier: Apache-2.0
// What run.sh and link.cfg say to the vendor's programs: mutations that a tool would refuse.
#include "fpga/flow/vpp_check.h"

#include <gmock/gmock.h>

#include "fpga/flow/device_flow.h"
#include "fpga/flow/vitis_flow.h"
#include "gen/base/file.h"
#include "tests/support/expect_error.h"
#include "tests/support/flow_test.h"

namespace mase::fpga {
namespace {

using test::expect_user_error;
using Parts = std::vector<std::string>;

TEST(ToolCalls, AreFoundWithTheirLine) {
  const auto calls = tool_calls(
      "#!/bin/sh\n# vivado -not a call\necho vivado\n"
      "  exec vivado -mode batch \\\n -source 'a b.tcl' || exit 1\n"
      "xclbinutil --info --input \"k.xclbin\" > info\n",
      "run.sh");
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0].line, 4);
  EXPECT_EQ(calls[0].words, (Parts{"vivado", "-mode", "batch", "-source", "a b.tcl"}));
  EXPECT_EQ(calls[1].line, 6);
  EXPECT_EQ(calls[1].value("--input"), "k.xclbin");
  EXPECT_EQ(calls[1].positional(), Parts{});
}

class VppCheck : public test::FlowTest {
 protected:
  void refuse(const std::string& file, const std::string& from, const std::string& to,
              const Parts& parts) {
    SCOPED_TRACE(file + ": " + from + " -> " + to);
    auto text = good_.at(file);
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    write_file(folder_ / file, text.replace(at, from.size(), to));
    expect_user_error([&] { check_vpp(folder_); }, "V138", parts);
    write_file(folder_ / file, good_.at(file));
  }
  void write() {
    write_vitis(toy(), load_vitis_target("xcu250"), folder_, {.freq_mhz = 250, .slr = 1}, 2);
    for (const char* file : {"run.sh", "link.cfg"}) good_[file] = read_file(folder_ / file);
    ASSERT_NO_THROW(check_vpp(folder_));
  }
  std::filesystem::path folder_ = dir_ / "build";
  std::map<std::string, std::string> good_;
};

TEST_F(VppCheck, WrongCallsAreRefused) {
  write();
  // options
  refuse("run.sh", "--kernel_frequency", "--kernel_freq",
         {"run.sh:", "v++ has no option '--kernel_freq'", "UG1393", "'--kernel_frequency'"});
  refuse("run.sh", "--save-temps", "--save_temps", {"no option '--save_temps'", "'--save-temps'"});
  refuse("run.sh", "--temp_dir build/link", "--temp-dir build/link", {"'--temp-dir'"});
  refuse("run.sh", "--link --target", "--lnk --target", {"'--lnk'"});
  refuse("run.sh", "-mode batch", "-mode bath", {"vivado -mode 'bath'", "batch|gui|tcl"});
  refuse("run.sh", "-nojournal", "-no_journal", {"vivado has no option '-no_journal'", "UG835"});
  refuse("run.sh", "--info --input", "--infos --input", {"xclbinutil has no option '--infos'"});
  // values
  refuse("run.sh", "--target hw", "--target hardware", {"--target 'hardware'", "sw_emu|hw_emu|hw"});
  refuse("run.sh", "--target hw", "--target hw_emu", {"--target is 'hw_emu', wanted is 'hw'"});
  refuse("run.sh", "--kernel_frequency 250", "--kernel_frequency 250.5", {"'250.5'"});
  refuse("run.sh", "--kernel_frequency 250", "--kernel_frequency 300",
         {"is '300', wanted is '250'"});
  refuse("run.sh", "--kernel_frequency 250 ", "--kernel_frequency ", {"'--config'"});
  refuse("run.sh", "xilinx_u250_gen3x16", "xilinx_u200_gen3x16", {"--platform", "u200", "u250"});
  refuse("run.sh", "--config link.cfg", "--config linx.cfg", {"--config is 'linx.cfg'"});
  refuse("run.sh", "-o \"build/top_kernel.xclbin\"", "-o \"top_kernel.xclbin\"",
         {"-o is 'top_kernel.xclbin', wanted is 'build/top_kernel.xclbin'"});
  refuse("run.sh", "\"top_kernel.xo\"\n#", "\"tap_kernel.xo\"\n#",
         {"top_kernel.xo and nothing else"});
  refuse("run.sh", "\"top_kernel.xo\"\n#", "\"top_kernel.xo\" -o\n#", {"-o: no value follows"});
  refuse("run.sh", "-source package.tcl", "-source packing.tcl",
         {"packing.tcl", "not in the folder"});
  refuse("run.sh", "--input \"top", "--input \"tap", {"top_kernel.xclbin"});
  // what is missing, and the order
  refuse("run.sh", " --save-temps", "", {"has to have --save-temps once"});
  refuse("run.sh", "v++ --link", "v++ --link --link", {"--link once"});
  refuse("run.sh", "\nvivado ", "\n: ", {"wanted are vivado, v++, xclbinutil"});
  refuse("run.sh", "\nv++ ", "\nvitis ", {"wanted are vivado, v++, xclbinutil"});
}

TEST_F(VppCheck, WrongConfigurationsAreRefused) {
  write();
  refuse("link.cfg", "[connectivity]", "[connection]",
         {"link.cfg:2", "no section '[connection]'", "UG1393"});
  refuse("link.cfg", "[connectivity]", "[connectivity", {"link.cfg:2", "no section"});
  refuse("link.cfg", "[connectivity]\n", "", {"link.cfg:2", "no key of []"});
  refuse("link.cfg", "[connectivity]", "[vivado]", {"link.cfg:3", "no key of [vivado]"});
  refuse("link.cfg", "nk=", "kn=", {"link.cfg:3", "'kn=top_kernel:1:top_kernel_1'"});
  refuse("link.cfg", ":1:", ":1.", {"link.cfg:3", "has not the form"});
  refuse("link.cfg", ":SLR1", "=SLR1", {"link.cfg:4", "slr=", "UG1393"});
  refuse("link.cfg", "DDR[1]", "DDR1", {"link.cfg:5", "sp="});
  refuse("link.cfg", "m_axi_gmem:", "m_axi_gmem=", {"link.cfg:5", "sp="});
}

/// The same table stands behind the folders of every flow.
TEST_F(VppCheck, EveryFlowsScriptIsChecked) {
  const auto refused = [&](const std::string& from, const std::string& to, const Parts& parts,
                           auto check) {
    auto text = read_file(folder_ / "run.sh");
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    write_file(folder_ / "run.sh", text.replace(at, from.size(), to));
    expect_user_error(check, "V138", parts);
  };
  const auto target = load_vitis_target("xcu250");
  write_vitis(toy(), target, folder_, {}, 2);
  refused("--config link.cfg", "--confg link.cfg", {"'--confg'"},
          [&] { check_vitis_folder(folder_, target, {}); });
  write_ooc(toy(), target.vivado, folder_, {});
  refused("-log vivado.log", "-logs vivado.log", {"'-logs'"},
          [&] { check_build_folder(folder_, target.vivado, {}); });
  write_ooc(toy(), target.vivado, folder_, {});
  refused("-runall", "-run_all", {"xsim has no option '-run_all'", "UG900", "'-runall'"},
          [&] { check_run_script(folder_); });
  write_ooc(toy(), target.vivado, folder_, {});
  refused("-L unisims_ver", "-lib unisims_ver", {"xelab has no option '-lib'"},
          [&] { check_run_script(folder_); });
  const auto board = load_device_board("xcu250");
  write_device(toy(), board, folder_, {}, DeviceHost::kJtag, 2);
  refused("-source jtag.tcl", "-source jtak.tcl", {"jtak.tcl", "not in the folder"},
          [&] { check_device_folder(folder_, board); });
}

}  // namespace
}  // namespace mase::fpga
