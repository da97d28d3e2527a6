// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "fpga/kernel/kernel.h"
#include "gen/base/error.h"

namespace mase::fpga {

int SampleLayout::container_bits() const {
  MASE_CHECK(format.width <= 64, "{} has no container", to_string(format));
  int bits = 8;
  while (bits < format.width) bits *= 2;
  return bits;
}

std::string SampleLayout::c_type() const {
  return fmt::format("{}int{}_t", format.is_signed ? "" : "u", container_bits());
}

Core core_of(const arch::HardwareGraph& hardware, const std::string& module,
             const std::string& stamp) {
  return {module,
          {hardware.input, hardware.features_in, hardware.lanes_in},
          {hardware.output, hardware.features_out, hardware.lanes_out},
          hardware.ii_cycles(),
          stamp,
          hardware.parts.empty() ? 0 : static_cast<int>(hardware.parts.size()) - 1};
}

void check_containers(const Core& core) {
  for (const auto* layout : {&core.in, &core.out}) {
    if (layout->format.width > 64) {
      throw UserError(
          "V002",
          fmt::format("{}: {} are {} bits wide; a host has integers of at most 64", core.module,
                      layout == &core.in ? "inputs" : "outputs", layout->format.width),
          {}, "quantise the last node's output to 64 bits or less");
    }
  }
}

const std::string& Kernel::file(const std::string& path) const {
  for (const auto& [name, bytes] : files) {
    if (name == path) return bytes;
  }
  fail_check(__FILE__, __LINE__, "file", fmt::format("the kernel has no file {}", path));
}

int Kernel::read_bursts() const {
  return (options.read_words + options.burst_words - 1) / options.burst_words;
}

double Kernel::memory_ii_cycles() const {
  const auto words = [&](const SampleLayout& layout) {
    return static_cast<double>(layout.bytes()) * 8 / options.memory_bits;
  };
  return std::max(words(core.in), words(core.out));
}

}  // namespace mase::fpga
