// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/device_flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "embedded/device_host.h"
#include "embedded/vendor_stubs.h"
#include "fpga/flow/batch.h"
#include "fpga/flow/json_text.h"
#include "fpga/flow/memory_guard.h"
#include "fpga/flow/vivado_gate.h"
#include "fpga/kernel/register_map.h"
#include "gen/base/error.h"
#include "gen/base/file.h"

namespace mase::fpga {

namespace fs = std::filesystem;

namespace {

constexpr char kScript[] = R"(# {stamp}
# The whole device: {top} for {part} on {board}, to {bit}.bit and {bit}.mcs, non-project flow.
# Run it where this folder is the current one: sh run.sh
file mkdir reports
file mkdir checkpoints
file delete -force ip unfinished
file mkdir ip
# Bitstream and flash image; run.sh gives them their names when all has gone well.
file mkdir unfinished

create_project -in_memory -part {part}
{ips}
read_verilog -sv {{
{sources}}}
{memories}read_xdc pins.xdc
read_xdc clocks.xdc

{guard}synth_design -top {top} -part {part} -flatten_hierarchy rebuilt -include_dirs rtl
{presence}read_xdc placement.xdc

opt_design
place_design
phys_opt_design
route_design
phys_opt_design

{gate}
write_bitstream -force unfinished/{bit}.bit
write_cfgmem -force -format mcs -size {mbytes} -interface {interface} -loadbit {{up {offset} unfinished/{bit}.bit}} -file unfinished/{bit}.mcs
)";

constexpr char kRun[] = R"sh(#!/bin/sh
# {stamp}
# Needs vivado in PATH (source settings64.sh of the installation first). Exit status 0: timing is
# met, everything is routed, and {bit}.bit and {bit}.mcs are there. Then give this folder to
# mase-gen bitstream --flow vivado --report-only.
#   sh run.sh        the bitstream
#   sh run.sh card   {how}
cd "$(dirname "$0")" || exit 2
build() {{
  # A build that crashes must leave no result of an earlier one.
  rm -rf reports checkpoints unfinished vivado.log "{bit}.bit" "{bit}.mcs" "{bit}.prm"
  vivado -mode batch -nojournal -log vivado.log -source build.tcl || exit 1
  for kind in bit mcs; do
    if [ ! -s "unfinished/{bit}.$kind" ]; then
      echo "ERROR: Vivado ended well and has written no {bit}.$kind" >&2
      exit 1
    fi
  done
  if [ -f "unfinished/{bit}.prm" ]; then mv "unfinished/{bit}.prm" . || exit 1; fi
  mv "unfinished/{bit}.mcs" . && mv "unfinished/{bit}.bit" . && rm -r unfinished || exit 1
}}
if [ "$1" != card ]; then
  build
  exit
fi
{card}
)sh";

constexpr char kJtagCard[] = R"sh(if [ -f "{bit}.bit" ]; then
  echo "{bit}.bit is there and not built again (sh run.sh builds it)"
else
  build
fi
exec vivado -mode batch -nojournal -log jtag.log -source jtag.tcl)sh";

constexpr char kXdmaCard[] =
    R"sh(echo "NOTE: nothing is built: the card has to be programmed with {bit}.bit or {bit}.mcs (sh run.sh builds them),"
echo "      then the host restarted and AMD's xdma driver loaded, before this can run"
c++ -std=c++17 -O2 -DMASE_KERNEL={kernel} -DMASE_KERNEL_HEADER='"{kernel}.h"' -DMASE_DEVICE_HEADER='"{device}.h"' -I. host_xdma.cc -o host_xdma || exit 2
exec ./host_xdma samples.bin expected.bin)sh";

struct Ip {
  std::string kind, module;
  std::vector<std::pair<std::string, std::string>> settings;
};

std::vector<Ip> ips(const Device& device) {
  if (device.options.host == DeviceHost::kJtag) {
    return {{"jtag_axi",
             kJtagIp,
             {{"PROTOCOL", "0"},
              {"M_AXI_ADDR_WIDTH", "32"},
              {"M_AXI_DATA_WIDTH", "32"},
              {"M_AXI_ID_WIDTH", "1"},
              {"RD_TXN_QUEUE_LENGTH", "1"},
              {"WR_TXN_QUEUE_LENGTH", "1"}}}};
  }
  const auto crossing = [](const std::string& module, const char* protocol, int address, int data,
                           int id) -> Ip {
    return {"axi_clock_converter",
            module,
            {{"PROTOCOL", protocol},
             {"ADDR_WIDTH", std::to_string(address)},
             {"DATA_WIDTH", std::to_string(data)},
             {"ID_WIDTH", std::to_string(id)},
             {"ACLK_ASYNC", "1"}}};
  };
  return {{"xdma",
           kXdmaIp,
           {{"functional_mode", "DMA"},
            {"mode_selection", "Advanced"},
            {"xdma_axi_intf_mm", "AXI_Memory_Mapped"},
            {"pl_link_cap_max_link_width", "X16"},
            {"pl_link_cap_max_link_speed", "8.0_GT/s"},
            {"ref_clk_freq", "100_MHz"},
            {"axi_data_width", "512_bit"},
            {"axisten_freq", "250"},
            {"axilite_master_en", "true"},
            {"axilite_master_size", "64"},
            {"axilite_master_scale", "Kilobytes"},
            {"xdma_rnum_chnl", "1"},
            {"xdma_wnum_chnl", "1"},
            {"xdma_num_usr_irq", "1"},
            {"cfg_mgmt_if", "false"}}},
          crossing(kMemoryCrossingIp, "AXI4", 64, kDeviceWordBits, kXdmaIdBits),
          crossing(kRegisterCrossingIp, "AXI4LITE", 32, 32, 0)};
}

std::string ips_tcl(const Device& device, const DeviceBoard& board) {
  std::string text;
  for (auto& ip : ips(device)) {
    if (ip.kind == "xdma")
      for (const auto& setting : xdma_place(board)) ip.settings.push_back(setting);
    std::string settings;
    for (const auto& [key, value] : ip.settings)
      settings += fmt::format("  CONFIG.{} {}\n", key, value);
    text += fmt::format(
        "\ncreate_ip -name {0} -vendor xilinx.com -library ip -module_name {1} -dir ip\n"
        "set_property -dict {{\n{2}}} [get_ips {1}]\ngenerate_target all [get_ips {1}]\n"
        "synth_ip [get_ips {1}]\n",
        ip.kind, ip.module, settings);
  }
  return text;
}

std::string replaced(std::string text,
                     const std::vector<std::pair<std::string, std::string>>& values) {
  for (const auto& [name, value] : values) {
    const std::string mark = "@" + name + "@";
    MASE_CHECK(text.find(mark) != std::string::npos, "jtag.tcl has no {}", mark);
    for (size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += value.size())
      text.replace(at, mark.size(), value);
  }
  MASE_CHECK(text.find('@') == std::string::npos, "a mark of jtag.tcl is left");
  return text;
}

std::string embedded_file(const char* name) {
  for (const auto& file : embedded::device_host()) {
    if (file.name == name) return std::string(file.content);
  }
  fail_check(__FILE__, __LINE__, "file", fmt::format("no embedded file {}", name));
}

/// Where the results of a batch begin: behind the samples, at a memory word.
int64_t out_offset(const Core& core, int64_t batch) {
  const int64_t word = kDeviceWordBits / 8;
  return (batch * core.in.bytes() + word - 1) / word * word;
}

std::string jtag_script(const Device& device, const DeviceBoard& board, const std::string& bit,
                        int64_t batch) {
  const auto address = [](const char* name) {
    return fmt::format("{:#x}", device_region("registers").base +
                                    static_cast<uint64_t>(kernel_register(name).offset_bytes));
  };
  const auto mask = [](const char* name) {
    for (const auto& field : kernel_register("CTRL").fields) {
      if (field.name == name) return fmt::format("{:#x}", 1 << field.low_bit);
    }
    fail_check(__FILE__, __LINE__, "field", name);
  };
  const Core& core = device.kernel.core;
  return replaced(embedded_file("jtag.tcl"),
                  {{"stamp", core.stamp},
                   {"bit", bit + ".bit"},
                   {"device", board.vivado.part.substr(0, board.vivado.part.find('-')) + "*"},
                   {"memory", fmt::format("{:#x}", device_region("memory").base)},
                   {"samples", std::to_string(batch)},
                   {"out_offset", std::to_string(out_offset(core, batch))},
                   {"out_bytes", std::to_string(batch * core.out.bytes())},
                   {"samples_in", address("samples_in")},
                   {"samples_out", address("samples_out")},
                   {"sample_count", address("sample_count")},
                   {"ctrl", address("CTRL")},
                   {"ap_start", mask("ap_start")},
                   {"ap_idle", mask("ap_idle")},
                   {"status", address("status")},
                   {"cycles", address("cycles")},
                   {"mhz", fmt::format("{:g}", device.clock.mhz)}});
}

std::string listed(const std::vector<std::string>& files) {
  std::string text;
  for (const auto& file : files) text += "  " + file + "\n";
  return text;
}

}  // namespace

DeviceHost device_host(const std::string& name) {
  if (name == "jtag") return DeviceHost::kJtag;
  if (name == "xdma") return DeviceHost::kXdma;
  throw UserError("V154", fmt::format("--host {}: no such host", name), {}, "allowed: jtag, xdma");
}

std::string device_top_name(const emit::EmittedFolder& design) {
  return design.top_name + "_device";
}

void write_device(const emit::EmittedFolder& design, const DeviceBoard& board,
                  const fs::path& folder, const VivadoOptions& options, DeviceHost host,
                  int64_t batch) {
  const std::string stamp = fmt::format("Generated by mase-gen from design {}.", design.hash);
  const Core core = core_of(design.hardware, design.top_name, stamp);
  const Device device = make_device(core, {.host = host,
                                           .clock_port = board.clock,
                                           .board_mhz = board.board_mhz,
                                           .core_mhz = options.freq_mhz,
                                           .most_mhz = board.vivado.most_mhz});
  const auto slrs = device_slr_cells(design.hardware, device, board);
  const std::string placement = placement_xdc(board, options.slr, slrs);
  const std::vector<SlrCells> fabric = {{"", {"u_fabric"}}};  // what is placed without a cut
  const auto room = static_cast<int64_t>(device_region("memory").bytes);
  batch = std::min(batch, (room - kDeviceWordBits / 8) / (core.in.bytes() + core.out.bytes()));
  const std::string& bit = design.top_name;
  const std::string pins = pins_xdc(device, board);
  std::error_code ignored;
  for (const char* stale : {"reports", "checkpoints", "rtl", "mem", "ip", "unfinished"})
    fs::remove_all(folder / stale, ignored);
  for (const char* stale : {".bit", ".mcs", ".prm"}) fs::remove(folder / (bit + stale), ignored);

  std::vector<std::string> sources, memories;
  const auto add = [&](const std::string& path, const std::string& bytes) {
    write_file(folder / path, bytes);
    auto& list = path.ends_with(".mem") ? memories : sources;
    const bool source = path.ends_with(".sv") || path.ends_with(".mem");
    if (source && std::find(list.begin(), list.end(), path) == list.end()) list.push_back(path);
  };
  for (const auto& [path, bytes] : emit::hardware_files(design.hardware, design.top_name, stamp))
    add(path, bytes);
  for (const auto& [path, bytes] : device.files) add(path, bytes);
  std::sort(sources.begin(), sources.end());
  const std::string read_memories =
      memories.empty() ? "" : fmt::format("read_mem {{\n{}}}\n", listed(memories));

  write_file(folder / "build.tcl",
             fmt::format(kScript, fmt::arg("stamp", stamp), fmt::arg("top", device.name),
                         fmt::arg("part", board.vivado.part), fmt::arg("board", board.name),
                         fmt::arg("bit", bit), fmt::arg("ips", ips_tcl(device, board)),
                         fmt::arg("sources", listed(sources)), fmt::arg("memories", read_memories),
                         fmt::arg("guard", memory_guard_tcl()),
                         fmt::arg("presence", presence_lines(slrs.empty() ? fabric : slrs)),
                         fmt::arg("gate", gate_tcl({.part = board.vivado.part,
                                                    .top = device.name,
                                                    .design = design.hash,
                                                    .period = "",
                                                    .clock = "core_clk"})),
                         fmt::arg("mbytes", board.flash_mbytes),
                         fmt::arg("interface", board.flash_interface),
                         fmt::arg("offset", board.flash_offset)));
  write_file(folder / "pins.xdc", pins);
  write_file(folder / "clocks.xdc", clocks_xdc(device));
  write_file(folder / "placement.xdc", fmt::format("# {}\n{}", stamp, placement));
  for (const auto& file : embedded::vendor_stubs())
    write_file(folder / "lint" / std::string(file.name), file.content);
  const bool jtag = host == DeviceHost::kJtag;
  if (jtag) {
    write_file(folder / "jtag.tcl", jtag_script(device, board, bit, batch));
  } else {
    for (const char* name : {"host_xdma.cc", "host_batch.h"})
      write_file(folder / name, embedded_file(name));
  }
  const std::string card =
      jtag ? fmt::format(kJtagCard, fmt::arg("bit", bit))
           : fmt::format(kXdmaCard, fmt::arg("bit", bit), fmt::arg("kernel", device.kernel.name),
                         fmt::arg("device", device.name));
  write_file(folder / "run.sh",
             fmt::format(kRun, fmt::arg("stamp", stamp), fmt::arg("bit", bit),
                         fmt::arg("how", jtag ? "the batch on the card over JTAG, with the "
                                                "bitstream that is there, or else built first"
                                              : "the batch on a card that is programmed (nothing "
                                                "is built)"),
                         fmt::arg("card", card)));
  write_batch(design, core, folder, batch);
  const std::string slr = slrs.empty() ? slr_name(board, options.slr) : slrs.front().slr;
  nlohmann::ordered_json flow = {{"format", "mase-flow"},
                                 {"flow", "vivado"},
                                 {"host", jtag ? "jtag" : "xdma"},
                                 {"target", board.vivado.name},
                                 {"part", board.vivado.part},
                                 {"top", device.name},
                                 {"kernel", device.kernel.name},
                                 {"design", design.hash},
                                 {"freq_mhz", options.freq_mhz},
                                 {"core_mhz", device.clock.mhz},
                                 {"slr", slr},
                                 {"bitstream", bit + ".bit"},
                                 {"batch", batch},
                                 {"sources", sources},
                                 {"memories", memories}};
  if (!slrs.empty()) flow["slrs"] = slrs_to_json(slrs);
  write_file(folder / "flow.json", flow.dump(2) + "\n");
}

void run_device(const fs::path& folder, const ToolRun& how) {
  run_vivado(folder, how);
  const auto flow = read_flow(folder);
  const auto bit = flow.at("bitstream").get<std::string>();
  const bool met = read_vivado_reports(folder).failure().empty();
  if (met && !fs::exists(folder / bit)) {
    throw UserError("V136", fmt::format("timing is met, but there is no {}", bit), folder.string(),
                    "vivado.log tells why; please report it");
  }
}

}  // namespace mase::fpga
