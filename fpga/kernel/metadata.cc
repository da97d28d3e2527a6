// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "fpga/kernel/kernel.h"
#include "fpga/kernel/register_map.h"

namespace mase::fpga {

namespace {

/// "samples_in" -> "SamplesIn", "IP_IER" -> "IpIer".
std::string camel(const std::string& name) {
  std::string text;
  bool start = true;
  for (const char c : name) {
    if (c == '_') {
      start = true;
      continue;
    }
    const auto u = static_cast<unsigned char>(c);
    text += static_cast<char>(start ? std::toupper(u) : std::tolower(u));
    start = false;
  }
  return text;
}

std::string layout_text(const char* what, const SampleLayout& layout) {
  const auto& f = layout.format;
  return fmt::format(
      "// {0}: {1}, raw integers q that stand for q * 2^-frac.\n"
      "using {2} = {3};\n"
      "inline constexpr int64_t k{2}Elements = {4};  // a sample\n"
      "inline constexpr int64_t k{2}Bytes = {5};     // a sample\n"
      "inline constexpr int k{2}Width = {6}, k{2}Frac = {7};\n"
      "inline constexpr bool k{2}Signed = {8};\n",
      what, to_string(f), what, layout.c_type(), layout.elements, layout.bytes(), f.width, f.frac,
      f.is_signed);
}

}  // namespace

std::string kernel_xml(const std::string& name, int memory_bits) {
  std::string args;
  for (const Register& r : kernel_registers()) {
    if (!r.is_argument()) continue;
    const bool pointer = r.role == Role::kPointer;
    args += fmt::format(
        "      <arg name=\"{}\" addressQualifier=\"{}\" id=\"{}\" port=\"{}\" size=\"0x{:x}\" "
        "offset=\"0x{:x}\" hostOffset=\"0x0\" hostSize=\"0x{:x}\" type=\"{}\"/>\n",
        r.name, pointer ? 1 : 0, r.argument, pointer ? kMemoryBus : kControlBus, r.bytes(),
        r.offset_bytes, r.bytes(), r.c_type);
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<root versionMajor=\"1\" versionMinor=\"6\">\n"
      "  <kernel name=\"{0}\" language=\"ip_c\" vlnv=\"mase-gen:kernel:{0}:1.0\" attributes=\"\" "
      "preferredWorkGroupSizeMultiple=\"0\" workGroupSize=\"1\" interrupt=\"true\" "
      "hwControlProtocol=\"ap_ctrl_hs\">\n"
      "    <ports>\n"
      "      <port name=\"{1}\" mode=\"slave\" range=\"0x{2:x}\" dataWidth=\"32\" "
      "portType=\"addressable\" base=\"0x0\"/>\n"
      "      <port name=\"{3}\" mode=\"master\" range=\"0xFFFFFFFFFFFFFFFF\" dataWidth=\"{4}\" "
      "portType=\"addressable\" base=\"0x0\"/>\n"
      "    </ports>\n    <args>\n{5}    </args>\n  </kernel>\n</root>\n",
      name, kControlBus, 1 << kControlAddressBits, kMemoryBus, memory_bits, args);
}

std::string host_header(const Kernel& kernel) {
  std::string text = fmt::format(
      "// SPDX-License-Identifier: Apache-2.0\n// {0}: what a host has to know of the kernel.\n// "
      "{1}\n#pragma once\n#include <cstdint>\n\nnamespace {0} {{\n\n",
      kernel.name, kernel.core.stamp);
  text += fmt::format(
      "inline constexpr char kKernelName[] = \"{}\";\n"
      "// Both addresses are multiples of this; buffers of XRT are.\n"
      "inline constexpr int kMemoryWordBytes = {};\n"
      "inline constexpr double kIiCycles = {};  // cycles a sample, of the core and the memory "
      "bus\n\n",
      kernel.name, kernel.options.memory_bits / 8,
      std::max(static_cast<double>(kernel.core.ii_cycles), kernel.memory_ii_cycles()));
  text +=
      "// A batch is a plain array: Input in[samples][kInputElements], Output "
      "out[samples][kOutputElements].\n";
  text += layout_text("Input", kernel.core.in) + layout_text("Output", kernel.core.out);
  text += "\n// Registers behind s_axi_control: offsets in bytes, masks of bits.\n";
  for (const Register& r : kernel_registers()) {
    text += fmt::format("inline constexpr uint32_t k{} = 0x{:02x};  // {}\n", camel(r.name),
                        r.offset_bytes, r.text);
    for (const Field& f : r.fields) {
      const uint32_t mask = ((uint32_t{1} << f.width_bits) - 1) << f.low_bit;
      text += fmt::format("inline constexpr uint32_t k{}{} = 0x{:x};  // {}\n", camel(r.name),
                          camel(f.name), mask, f.text);
    }
  }
  text += "\n// Positions of the kernel's arguments.\n";
  for (const Register& r : kernel_registers()) {
    if (!r.is_argument()) continue;
    text += fmt::format("inline constexpr int k{}Argument = {};\n", camel(r.name), r.argument);
  }
  return text + fmt::format("\n}}  // namespace {}\n", kernel.name);
}

}  // namespace mase::fpga
