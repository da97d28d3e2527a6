// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/card_scripts.h"

#include <fmt/format.h>

#include "embedded/device_host.h"
#include "fpga/kernel/register_map.h"
#include "gen/base/error.h"

namespace mase::fpga {

namespace {

constexpr double kHubOverCable = 2.5, kHubMostMhz = 100;  // UG908, Debug Cores Clocking Guidelines

constexpr char kRun[] = R"sh(#!/bin/sh
# {stamp}
# Needs vivado in PATH (source settings64.sh of the installation first).
#   sh run.sh                   the bitstream. Exit status 0: timing is met, everything is routed,
#                               and {bit}.bit and {bit}.mcs are there. Then give this folder to
#                               mase-gen bitstream --flow vivado --report-only.
#   sh run.sh program [SERIAL]  loads {bit}.bit into the card over JTAG; it is gone with the power
#   sh run.sh flash [SERIAL]    writes {bit}.mcs into the card's flash over JTAG
#   sh run.sh card{serial:<14}{how}
# SERIAL: a part of the name of the card's cable, where there are several cards. A card on PCIe is
# taken off before it is programmed: sudo sh pcie.sh remove, then this, then sudo sh pcie.sh rescan.
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
need() {{
  if [ ! -s "$1" ]; then
    echo "ERROR: there is no $1 (sh run.sh builds it)" >&2
    exit 2
  fi
}}
cable() {{
  if [ "$MASE_PCIE" != keep ] && ! sh pcie.sh check >&2; then
    echo "ERROR: programming it drops its link, and some hosts then restart or hang. Do: sudo sh pcie.sh remove" >&2
    echo "       then this again, then sudo sh pcie.sh rescan. Is it another card: MASE_PCIE=keep sh run.sh ..." >&2
    exit 2
  fi
  if [ -n "$1" ]; then MASE_JTAG_SERIAL="$1"; fi
  export MASE_JTAG_SERIAL
}}
case "$1" in
  "")
    build
    ;;
  program)
    need "{bit}.bit"
    cable "$2"
    exec vivado -mode batch -nojournal -log program.log -source program.tcl
    ;;
  flash)
    need "{bit}.mcs"
    cable "$2"
    exec vivado -mode batch -nojournal -log flash.log -source flash.tcl
    ;;
  card)
{card}
    ;;
  *)
    echo "ERROR: sh run.sh does not know '$1'; it takes nothing, program, flash or card" >&2
    exit 2
    ;;
esac
)sh";

constexpr char kJtagCard[] = R"sh(    if [ -f "{bit}.bit" ]; then
      echo "{bit}.bit is there and not built again (sh run.sh builds it)"
    else
      build
    fi
    cable "$2"
    exec vivado -mode batch -nojournal -log jtag.log -source jtag.tcl)sh";

constexpr char kXdmaCard[] =
    R"sh(    echo "NOTE: nothing is built: the card has to be programmed with {bit}.bit or {bit}.mcs (sh run.sh program, or flash),"
    echo "      then the host restarted (reboot, not switched off) and AMD's xdma driver loaded, before this can run"
    c++ -std=c++17 -O2 -DMASE_KERNEL={kernel} -DMASE_KERNEL_HEADER='"{kernel}.h"' -DMASE_DEVICE_HEADER='"{device}.h"' -I. host_xdma.cc -o host_xdma || exit 2
    exec ./host_xdma samples.bin expected.bin)sh";

std::string replaced(std::string text,
                     const std::vector<std::pair<std::string, std::string>>& values) {
  for (const auto& [name, value] : values) {
    const std::string mark = "@" + name + "@";
    for (size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += value.size())
      text.replace(at, mark.size(), value);
  }
  MASE_CHECK(text.find('@') == std::string::npos, "a mark of the script is left");
  return text;
}

/// Where the results of a batch begin: behind the samples, at a memory word.
int64_t out_offset(const Core& core, int64_t batch) {
  const int64_t word = kDeviceWordBits / 8;
  return (batch * core.in.bytes() + word - 1) / word * word;
}

/// What the scripts say in the place of their marks.
std::vector<std::pair<std::string, std::string>> marks(const Device& device,
                                                       const DeviceBoard& board,
                                                       const std::string& bit, int64_t batch) {
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
  return {{"card", device_host_file("card.tcl")},
          {"stamp", core.stamp},
          {"bit", bit + ".bit"},
          {"mcs", bit + ".mcs"},
          {"flash_part", board.flash_part},
          {"flash_offset", board.flash_offset},
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
          {"mhz", fmt::format("{:g}", device.clock.mhz)}};
}

}  // namespace

std::string device_host_file(const char* name) {
  for (const auto& file : embedded::device_host()) {
    if (file.name == name) return std::string(file.content);
  }
  fail_check(__FILE__, __LINE__, "file", fmt::format("no embedded file {}", name));
}

std::vector<std::pair<std::string, std::string>> card_scripts(const Device& device,
                                                              const DeviceBoard& board,
                                                              const std::string& bit,
                                                              int64_t batch) {
  const bool jtag = device.options.host == DeviceHost::kJtag;
  const std::string card =
      jtag ? fmt::format(kJtagCard, fmt::arg("bit", bit))
           : fmt::format(kXdmaCard, fmt::arg("bit", bit), fmt::arg("kernel", device.kernel.name),
                         fmt::arg("device", device.name));
  std::vector<std::pair<std::string, std::string>> scripts = {
      {"run.sh",
       fmt::format(kRun, fmt::arg("stamp", device.kernel.core.stamp), fmt::arg("bit", bit),
                   fmt::arg("serial", jtag ? " [SERIAL]" : ""),
                   fmt::arg("how", jtag ? "the batch on the card over JTAG, with the "
                                          "bitstream that is there,\n#                    "
                                          "           or else built first"
                                        : "the batch on a card that is programmed "
                                          "(nothing is built)"),
                   fmt::arg("card", card))}};
  const auto values = marks(device, board, bit, batch);
  for (const char* name : {"program.tcl", "flash.tcl", "pcie.sh", "jtag.tcl"}) {
    if (jtag || name != std::string("jtag.tcl"))
      scripts.emplace_back(name, replaced(device_host_file(name), values));
  }
  return scripts;
}

void check_jtag_clock(const Device& device, const DeviceBoard& board) {
  const double least = kHubOverCable * board.jtag_mhz;
  if (device.options.host != DeviceHost::kJtag || device.clock.mhz >= least) return;
  throw UserError(
      "V156",
      fmt::format("--freq {:g} with --host jtag: the core would not be found; its clock "
                  "has to be {:g} times the {:g} MHz of the JTAG cable",
                  device.options.core_mhz, kHubOverCable, board.jtag_mhz),
      {}, fmt::format("give --freq {:g} or more, or --host xdma", least));
}

std::string debug_hub_tcl(const Device& device) {
  if (device.options.host != DeviceHost::kJtag) return "";
  return fmt::format(R"(# The hub between JTAG and the core, if Vivado has made it by now.
set hub [get_debug_cores -quiet dbg_hub]
if {{[llength $hub] == 1}} {{
  set_property C_CLK_INPUT_FREQ_HZ {:.0f} $hub
  set_property C_ENABLE_CLK_DIVIDER {} $hub
}} else {{
  puts "WARNING: no debug hub yet; it takes the core's clock undivided"
}}
)",
                     device.clock.mhz * 1e6, device.clock.mhz > kHubMostMhz);
}

}  // namespace mase::fpga
