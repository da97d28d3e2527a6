// SPDX-License-Identifier: Apache-2.0
// The whole-device flow without Vivado: complete folders that pass every check, mutations that do
// not, and both host programs against stand-ins.
#include "fpga/flow/device_flow.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <nlohmann/json.hpp>
#include <thread>

#include "fpga/kernel/register_map.h"
#include "gen/base/file.h"
#include "tests/fpga/device_fixture.h"

namespace mase::fpga {
namespace {

namespace fs = std::filesystem;
using test::expect_user_error;
using testing::AllOf;
using testing::HasSubstr;

TEST_F(DeviceFlow, FoldersAreCompleteAndPassEveryCheck) {
  for (const auto& options : shown()) {
    const auto d = design(options);
    for (const auto host : {DeviceHost::kJtag, DeviceHost::kXdma}) {
      const bool jtag = host == DeviceHost::kJtag;
      if (!jtag && options.layers.size() > 4) continue;  // as the others, and slow to lint
      SCOPED_TRACE(jtag ? "jtag" : "xdma");
      write_device(d, board_, folder_, {.freq_mhz = 250, .slr = 1}, host, 701);
      const auto checks = check_device_folder(folder_, board_);
      EXPECT_EQ(checks.size(), 8u);
      EXPECT_THAT(read_file(folder_ / "placement.xdc"), HasSubstr("resize_pblock -add SLR1 "));
      const auto flow = nlohmann::json::parse(read_file(folder_ / "flow.json"));
      for (const char* list : {"sources", "memories"})
        for (const auto& file : flow[list]) EXPECT_TRUE(fs::exists(folder_ / file)) << file;
      EXPECT_EQ(flow["core_mhz"], 250);
      EXPECT_EQ(flow["slr"], "SLR1") << "as in the other flows";
      EXPECT_EQ(run_process({"sh", "-n", (folder_ / "run.sh").string()}).exit_code, 0);
      for (const char* file : {"build.tcl", "pins.xdc", "clocks.xdc", "run.sh", "flow.json"})
        EXPECT_THAT(read_file(folder_ / file), testing::Not(HasSubstr(dir_.path().string())));
      for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
        EXPECT_NE(entry.path().extension(), ".bit") << "no placeholder";
        EXPECT_NE(entry.path().extension(), ".mcs") << "no placeholder";
      }
    }
  }
}

TEST_F(DeviceFlow, PinsAreTheCards) {
  EXPECT_EQ(board_.signals.at("clk300_0_p").pins, std::vector<std::string>{"AY37"});
  EXPECT_EQ(board_.signals.at("clk300_0_p").standard, "LVDS");
  EXPECT_EQ(board_.signals.at("pcie_rx_p").pins.size(), 16u);
  EXPECT_EQ(board_.signals.at("pcie_tx_n").standard, "");
  write(DeviceHost::kXdma);
  const auto xdc = read_file(folder_ / "pins.xdc");
  EXPECT_THAT(xdc, AllOf(HasSubstr("PACKAGE_PIN BF4 [get_ports {pcie_tx_n[15]}]"),
                         HasSubstr("PACKAGE_PIN BD21 [get_ports {pcie_perst_n}]"),
                         HasSubstr("set_property CONFIG_VOLTAGE 1.8 [current_design]"),
                         testing::Not(HasSubstr("uart"))));
}

TEST_F(DeviceFlow, MutationsOfPinsAreCaught) {
  // a wrong pin, a doubled one, a missing one, one of another signal
  expect_jtag("pins.xdc", "PACKAGE_PIN AY37", "PACKAGE_PIN AY36", "V151",
              {"clk300_0_p is at pin AY36, the card has it at AY37", "pins.xdc:"});
  expect_jtag("pins.xdc", "PACKAGE_PIN AY38", "PACKAGE_PIN AY37", "V151",
              {"clk300_0_p and clk300_0_n share pin AY37", "pins.xdc:"});
  expect_jtag("pins.xdc", "set_property PACKAGE_PIN BB21 [get_ports {led[1]}]\n", "", "V151",
              {"port led[1] has no PACKAGE_PIN"});
  expect_jtag("pins.xdc", "set_property PACKAGE_PIN BC21",
              "set_property PACKAGE_PIN BC20 [get_ports {led[0]}]\nset_property PACKAGE_PIN BC21",
              "V151", {"led[0] has a second PACKAGE_PIN (BC21, BC20 before)", "pins.xdc:"});
  expect_xdma("pins.xdc", "PACKAGE_PIN AG4", "PACKAGE_PIN AG5", "V151",
              {"pcie_rx_p[1] is at pin AG5, the card has it at AG4"});
  expect_xdma("pins.xdc", "set_property PACKAGE_PIN BC1 [get_ports {pcie_rx_n[15]}]\n", "", "V151",
              {"port pcie_rx_n[15] has no PACKAGE_PIN"});
  // standards
  expect_jtag("pins.xdc", "IOSTANDARD LVDS", "IOSTANDARD LVCMOS18", "V151",
              {"clk300_0_p has the standard LVCMOS18, the card LVDS"});
  expect_jtag("pins.xdc", "set_property IOSTANDARD LVCMOS12 [get_ports {led[2]}]\n", "", "V151",
              {"port led[2] has no IOSTANDARD"});
  expect_xdma("pins.xdc", "set_property PACKAGE_PIN AF2",
              "set_property IOSTANDARD LVDS [get_ports {pcie_rx_p[0]}]\nset_property PACKAGE_PIN "
              "AF2",
              "V151", {"pcie_rx_p[0] is a transceiver's"});
  // ports: one that the top has not, one that has no pin
  expect_jtag("pins.xdc", "{led[0]}", "{lamp[0]}", "V133", {"pins.xdc:", "no port 'lamp[0]'"});
  expect_jtag("top_device.sv", "output logic [2:0] led\n", "output logic [3:0] led\n", "V151",
              {"port led[3]: the card has no such signal"});
  expect_xdma("top_device.sv", "  input  logic pcie_perst_n,\n", "", "V133",
              {"no port 'pcie_perst_n'"});
  // properties of the design
  expect_jtag("pins.xdc", "SPI_BUSWIDTH", "SPI_BUSWIDHT", "V133",
              {"pins.xdc:", "BITSTREAM.CONFIG.SPI_BUSWIDHT"});
}

TEST_F(DeviceFlow, MutationsOfScriptsAreCaught) {
  // options and commands
  expect_jtag("build.tcl", "write_cfgmem -force -checksum -format",
              "write_cfgmem -force -checksum -fmt", "V133", {"build.tcl:", "no option '-fmt'"});
  expect_jtag("build.tcl", "-loadbit {up 0x01002000 unfinished/top.bit}", "-loadbit {up top.bit}",
              "V133", {"an address"});
  expect_jtag("build.tcl", "-loadbit {up 0x01002000 unfinished/top.bit}", "-loadbit {up 0 tap.bit}",
              "V133", {"no bitstream 'tap.bit'"});
  expect_jtag("build.tcl", "set_msg_config -id {Synth 8-4445} -new_severity ERROR\n", "", "V133",
              {"would be no error (Synth 8-4445)"});
  expect_jtag("build.tcl", "create_ip -name jtag_axi", "create_ip -name jtag_ax", "V133",
              {"no IP 'jtag_ax'"});
  expect_jtag("build.tcl", "CONFIG.PROTOCOL 0", "CONFIG.PROTOCOL 2", "V133",
              {"CONFIG.PROTOCOL of jtag_axi may not be '2'"});
  expect_jtag("build.tcl", "CONFIG.M_AXI_DATA_WIDTH", "CONFIG.DATA_WIDTH", "V133",
              {"IP jtag_axi has no 'CONFIG.DATA_WIDTH'", "PG174"});
  expect_xdma("build.tcl", "CONFIG.axilite_master_en true", "CONFIG.axilite_master true", "V133",
              {"IP xdma has no"});
  expect_jtag("build.tcl", "[get_ips mase_jtag_axi]", "[get_ips jtag_axi]", "V133",
              {"there is no IP 'jtag_axi'"});
  expect_jtag("build.tcl", "  top_fabric.sv\n", "  top_fabrik.sv\n", "V133",
              {"no file 'top_fabrik.sv'"});
  // order
  expect_jtag("build.tcl", "synth_ip [get_ips mase_jtag_axi]\n", "", "V133",
              {"IP 'mase_jtag_axi' is not synthesised"});
  expect_jtag("build.tcl", "generate_target all [get_ips mase_jtag_axi]\n", "", "V133",
              {"is not generated"});
  expect_jtag("build.tcl", "opt_design\nplace_design", "place_design\nopt_design", "V134",
              {"opt_design comes after place_design"});
  expect_jtag("build.tcl", "write_bitstream -force unfinished/top.bit\nwrite_cfgmem",
              "write_cfgmem", "V133", {"no bitstream 'unfinished/top.bit'"});
  expect_jtag("build.tcl", "# A result that misses",
              "write_bitstream -force unfinished/top.bit\n# A result", "V135",
              {"writes a bitstream although setup timing is missed", "build.tcl:"});
  expect_jtag("build.tcl", "\nroute_design", "", "V134", {"no route_design"});
  // half a bitstream must not have the name of a whole one
  expect_jtag("build.tcl",
              "write_bitstream -force unfinished/top.bit\nwrite_cfgmem -force -checksum -format "
              "mcs -size 128 "
              "-interface SPIx4 -loadbit {up 0x01002000 unfinished/top.bit}",
              "write_bitstream -force top.bit\nwrite_cfgmem -force -checksum -format mcs -size 128 "
              "-interface "
              "SPIx4 -loadbit {up 0x01002000 top.bit}",
              "V134", {"build.tcl:", "write_bitstream", "unfinished/"});
  expect_jtag("build.tcl", "-file unfinished/top.mcs", "-file top.mcs", "V134",
              {"build.tcl:", "write_cfgmem", "unfinished/"});
  // the gate (more of it: gate_test.cc)
  expect_jtag("build.tcl", "-group core_clk", "-group clk", "V133", {"there is no clock 'clk'"});
  // clocks
  expect_jtag("clocks.xdc", "-period 3.333", "-period 4.000", "V152",
              {"a period of 4.000 ns", "clocks.xdc:"});
  expect_jtag("clocks.xdc", "create_clock", "# create_clock", "V152", {"no create_clock"});
  expect_jtag("clocks.xdc", "u_mmcm/CLKOUT0", "u_pll/CLKOUT0", "V133",
              {"clocks.xdc:", "no cell 'u_pll'"});
  expect_jtag("top_device.sv", ".CLKOUT0_DIVIDE_F(", ".CLKOUT0_DIVIDE_F(1", "V152",
              {"the MMCM gives"});
  expect_jtag("placement.xdc", "u_fabric", "u_fabrik", "V133", {"no cell 'u_fabrik'"});
}

TEST_F(DeviceFlow, MutationsOfWhatIsBuiltAreCaught) {
  expect_jtag("build.tcl", "synth_design -top top_device -part xcu250-figd2104-2L-e",
              "synth_design -top top_device -part xcu200-fsgd2104-2-e", "V138",
              {"build.tcl:", "xcu200-fsgd2104-2-e", "xcu250-figd2104-2L-e", "the target"});
  expect_jtag("build.tcl", "-in_memory -part xcu250-figd2104-2L-e",
              "-in_memory -part xcu250-figd2104-2-e", "V138", {"build.tcl:", "-2-e"});
  expect_jtag("build.tcl", "-top top_device", "-top top_fabric", "V138",
              {"build.tcl:", "top_fabric", "top_device", "flow.json"});
  expect_jtag("build.tcl", "-include_dirs rtl", "-include_dirs mem", "V138", {"build.tcl:"});
  expect_jtag("build.tcl", "-flatten_hierarchy rebuilt", "-flatten_hierarchy full", "V138",
              {"build.tcl:", "full", "rebuilt"});
  expect_jtag("build.tcl", "  rtl/mase_axi_lite.sv\n", "", "V138", {"rtl/mase_axi_lite.sv"});
  expect_jtag("build.tcl", "  mem/fc1_weight.mem\n", "", "V138", {"mem/fc1_weight.mem"});
  expect_jtag("placement.xdc", "-add SLR0", "-add SLR3", "V138",
              {"placement.xdc:", "SLR3", "SLR0"});
  expect_jtag("flow.json", "\"slr\": \"SLR0\"", "\"slr\": \"SLR9\"", "V138",
              {"flow.json", "SLR9", "SLR0, SLR1, SLR2, SLR3"});
}

TEST_F(DeviceFlow, MutationsOfTheHostsScriptAreCaught) {
  expect_jtag("jtag.tcl", "[list program_hw_devices $device]", "list", "V133",
              {"jtag.tcl:", "the card is not 'programmed'"});
  expect_jtag("jtag.tcl", "set memory 0x10000000", "set memory 0x20000000", "V133",
              {"0x20000000, where the device has nothing"});
  expect_jtag("jtag.tcl", "-type WRITE", "-kind WRITE", "V133", {"no option '-kind'"});
  expect_caught(DeviceHost::kJtag, "jtag.tcl", "(4096 - $address % 4096) / 4", "4096", "V133",
                {"a burst of 128 words"}, 1000);
  expect_jtag("jtag.tcl", "  if {$a eq $b} continue", "  continue", "V153",
              {"ends well although results are wrong"});
  expect_jtag("jtag.tcl", "if {$status != 0} {", "if {0} {", "V153",
              {"although the kernel reports an error"});
  expect_jtag("jtag.tcl", "set write_reversed 1", "set write_reversed 0", "V153",
              {"fails although every result is right"});
  // what the hardware manager refuses
  expect_jtag("jtag.tcl", "    exit 2\n  }\n  return $answer", "    exit 1\n  }\n  return $answer",
              "V153", {"status 2 although connect_hw_server fails"});
  expect_jtag("jtag.tcl", "    exit 2\n  }\n  return $answer", "  }\n  return $answer", "V133",
              {"jtag.tcl:", "close_hw_target although this has failed", "connect_hw_server"});
  expect_jtag("jtag.tcl", "  puts \"       check: $check\"\n", "", "V153",
              {"does not end in words"});
  expect_jtag("jtag.tcl", "must \"open the JTAG cable\"", "list", "V133", {"card is not 'open'"});
}

TEST_F(DeviceFlow, MutationsOfTheHardwareAreCaught) {
  expect_jtag("top_device.sv", ".m_axi_arready(s_arready),\n", "\n", "V116", {"Verilator"});
  expect_jtag("top_device.sv", "  BUFG u_core_clock (.I(core_clk_mmcm), .O(core_clk));\n", "",
              "V116", {"Verilator"});
  expect_xdma("top_device.sv", ".s_axi_awregion(4'b0)", ".s_axi_awregions(4'b0)", "V116",
              {"awregions"});
}

TEST_F(DeviceFlow, BadInputIsRefused) {
  expect_user_error([&] { write(DeviceHost::kJtag, {.slr = 4}); }, "V132", {"--slr 4", "0 to 3"});
  expect_user_error([&] { write(DeviceHost::kJtag, {.freq_mhz = 1000}); }, "V004", {"--freq 1000"});
  expect_user_error([] { device_host("usb"); }, "V154", {"usb", "jtag, xdma"});
  expect_user_error([&] { load_device_board(changed_target("\"AY38 LVDS\"", "\"AY37 LVDS\"")); },
                    "V150", {"clk300_0_n and clk300_0_p share pin AY37"});
  expect_user_error([&] { load_device_board(changed_target("\"AY38 LVDS\"", "\"AY38\"")); }, "V150",
                    {"clk300_0_n", "no list of pins"});
  expect_user_error([&] { load_device_board(changed_target("\"AY38 LVDS\"", "\"A38B LVDS\"")); },
                    "V150", {"'A38B' is no pin"});
  expect_user_error([&] { load_device_board(changed_target("\"AY38 LVDS\"", "\"AY38 AY39\"")); },
                    "V150", {"'AY39' is no I/O standard"});
  expect_user_error([&] { load_device_board(changed_target("flash_mbytes = 128", "")); }, "Y012",
                    {"board.flash_mbytes"});
  const auto few = load_device_board(changed_target("BC21 BB21 BA20 LVCMOS12", "BC21 LVCMOS12"));
  expect_user_error([&] { write_device(toy(), few, folder_, {}, DeviceHost::kJtag); }, "V150",
                    {"led has 1 pins, the device 3"});
}

/// A batch never leaves the memory, whatever was asked for.
TEST_F(DeviceFlow, BatchesFitTheMemory) {
  write(DeviceHost::kJtag, {}, 10'000'000);
  const auto bytes =
      fs::file_size(folder_ / "samples.bin") + fs::file_size(folder_ / "expected.bin");
  EXPECT_LE(bytes + 64, device_region("memory").bytes);
  EXPECT_GT(bytes, device_region("memory").bytes / 2);
}

TEST_F(DeviceFlow, WithoutVivadoItSaysWhatToDo) {
  write(DeviceHost::kJtag);
  const char* path = std::getenv("PATH");
  const std::string before = path ? path : "";
  fs::create_directories(dir_ / "bin");
  ::setenv("PATH", (dir_ / "bin").c_str(), 1);
  try {
    run_device(folder_);
    ADD_FAILURE() << "built by what?";
  } catch (const UserError& error) {
    EXPECT_EQ(error.exit_code(), ExitCode::kToolMissing);
    EXPECT_THAT(error.what(), HasSubstr("not built: vivado not found"));
  }
  ::setenv("PATH", before.c_str(), 1);
}

/// Stands for the card behind AMD's driver: registers that can be mapped, and a memory. Started, it
/// checks the samples and puts `results` where it is told to.
class XdmaStandIn {
 public:
  XdmaStandIn(const fs::path& prefix, std::string samples, std::string results)
      : samples_(std::move(samples)), results_(std::move(results)) {
    memory_ = prefix.string() + "_h2c_0";
    const auto end = device_region("memory").base + device_region("memory").bytes;
    for (const char* name : {"_h2c_0", "_user"}) write_file(prefix.string() + name, "");
    fs::resize_file(memory_, end);  // a sparse file
    fs::create_hard_link(memory_, prefix.string() + "_c2h_0");
    fs::resize_file(prefix.string() + "_user", device_region("registers").bytes);
    const int user = ::open((prefix.string() + "_user").c_str(), O_RDWR);
    registers_ = static_cast<volatile uint32_t*>(::mmap(
        nullptr, device_region("registers").bytes, PROT_READ | PROT_WRITE, MAP_SHARED, user, 0));
    ::close(user);
    card_ = std::thread([this] { work(); });
  }
  ~XdmaStandIn() {
    stop_ = true;
    card_.join();
    ::munmap(const_cast<uint32_t*>(registers_), device_region("registers").bytes);
  }
  int runs() const { return runs_; }
  bool saw_the_samples() const { return good_; }
  void answer_reads_with_errors() { bad_reads_ = true; }

 private:
  static size_t word(const char* name) {
    return static_cast<size_t>(kernel_register(name).offset_bytes) / 4;
  }
  void work() {
    while (!stop_) {
      if ((registers_[word("CTRL")] & 1) == 0) {
        std::this_thread::yield();
        continue;
      }
      registers_[word("CTRL")] = 0;
      const int file = ::open(memory_.c_str(), O_RDWR);
      std::string sent(samples_.size(), 0);
      const auto in = registers_[word("samples_in")], out = registers_[word("samples_out")];
      good_ = ::pread(file, sent.data(), sent.size(), in) == static_cast<ssize_t>(sent.size()) &&
              sent == samples_ && in % 64 == 0 && out % 64 == 0;
      const auto part = results_.size() * registers_[word("sample_count")] / 20;
      if (::pwrite(file, results_.data(), part, out) != static_cast<ssize_t>(part)) good_ = false;
      ::close(file);
      registers_[word("cycles")] = 301 + 3 * registers_[word("sample_count")];
      registers_[word("status")] = bad_reads_ ? 1 : 0;
      registers_[word("read_errors")] = bad_reads_ ? 7 : 0;
      ++runs_;
      registers_[word("CTRL")] = 0xe;
    }
  }
  std::string memory_, samples_, results_;
  volatile uint32_t* registers_ = nullptr;
  std::atomic<bool> stop_ = false, good_ = false, bad_reads_ = false;
  std::atomic<int> runs_ = 0;
  std::thread card_;
};

TEST_F(DeviceFlow, XdmaProgramRunsAgainstAStandIn) {
  write(DeviceHost::kXdma, {}, 20);
  const auto build =
      run_process({"c++", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-DMASE_KERNEL=top_kernel",
                   "-DMASE_KERNEL_HEADER=\"top_kernel.h\"", "-DMASE_DEVICE_HEADER=\"top_device.h\"",
                   "-I.", "host_xdma.cc", "-o", "host_xdma"},
                  folder_);
  ASSERT_EQ(build.exit_code, 0) << build.output;
  const auto samples = read_file(folder_ / "samples.bin");
  auto expected = read_file(folder_ / "expected.bin");
  const auto run = [&](const std::string& prefix) {
    return run_process(
        {"./host_xdma", "samples.bin", "expected.bin", (dir_ / prefix).string(), "3"}, folder_);
  };
  {
    const XdmaStandIn card(dir_ / "good", samples, expected);
    const auto good = run("good");
    EXPECT_EQ(good.exit_code, 0) << good.output;
    EXPECT_THAT(good.output, AllOf(HasSubstr("mismatches: 0 of 40 outputs (20 samples)"),
                                   HasSubstr("304 cycles for one sample, 361 for the batch"),
                                   HasSubstr("at 300 MHz"), HasSubstr("3 cycles a sample")));
    EXPECT_EQ(card.runs(), 4);
    EXPECT_TRUE(card.saw_the_samples());
  }
  {
    XdmaStandIn card(dir_ / "fails", samples, expected);
    card.answer_reads_with_errors();
    const auto bad = run("fails");
    EXPECT_EQ(bad.exit_code, 1);
    EXPECT_THAT(bad.output, AllOf(HasSubstr("status of the kernel 0x1"), HasSubstr("7 words")));
  }
  EXPECT_EQ(
      run_process({"./host_xdma", "samples.bin", "expected.bin", "/dev/x", "0"}, folder_).exit_code,
      2);
  expected.back() ^= 1;
  {
    const XdmaStandIn card(dir_ / "wrong", samples, expected);
    const auto bad = run("wrong");
    EXPECT_EQ(bad.exit_code, 1);
    EXPECT_THAT(bad.output, HasSubstr("sample 19, element 1"));
  }
  const auto none = run("absent");
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.output, AllOf(HasSubstr("absent_h2c_0"), HasSubstr("cannot be opened")));
}

}  // namespace
}  // namespace mase::fpga
