// SPDX-License-Identifier: Apache-2.0
// Address map and clock of a whole device.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "embedded/device_rtl.h"
#include "fpga/kernel/device_top.h"
#include "fpga/kernel/register_map.h"
#include "gen/base/error.h"

namespace mase::fpga {

namespace {

constexpr double kVcoLow = 800, kVcoHigh = 1600, kPhaseLow = 10, kPhaseHigh = 500;

std::string map_header(const Device& device) {
  std::string text = fmt::format(
      "// SPDX-License-Identifier: Apache-2.0\n// {0}: where host and kernel find what.\n// {1}\n"
      "#pragma once\n#include <cstdint>\n\nnamespace {2} {{\n\n",
      device.name, device.kernel.core.stamp, device.kernel.name);
  for (const auto& r : device_map()) {
    std::string name = r.name;
    name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
    text += fmt::format(
        "inline constexpr uint64_t k{0}Base = {1:#x}, k{0}RangeBytes = {2:#x};  // {3}\n", name,
        r.base, r.bytes, r.text);
  }
  return text + fmt::format("inline constexpr double kCoreMhz = {};\n\n}}  // namespace {}\n",
                            device.clock.mhz, device.kernel.name);
}

}  // namespace

const std::vector<DeviceRegion>& device_map() {
  static const std::vector<DeviceRegion> map = {
      {"registers", 0x0, uint64_t{1} << kControlAddressBits, "the kernel's registers"},
      {"memory", 0x1000'0000, uint64_t{1} << 20, "samples and results, UltraRAM on the chip"}};
  return map;
}

const DeviceRegion& device_region(const std::string& name) {
  for (const auto& region : device_map()) {
    if (region.name == name) return region;
  }
  fail_check(__FILE__, __LINE__, "region", "no region " + name);
}

std::string device_map_markdown() {
  std::string text = "| address | bytes | region | holds |\n|---|---|---|---|\n";
  for (const auto& r : device_map())
    text += fmt::format("| 0x{:08X} | 0x{:X} | `{}` | {} |\n", r.base, r.bytes, r.name, r.text);
  return text;
}

std::string clock_plan_fault(const ClockPlan& p) {
  const auto eighths = [](double value) {
    return std::abs(value * 8 - std::round(value * 8)) < 1e-9;
  };
  const double phase = p.board_mhz / p.divide_in;
  if (p.divide_in < 1 || p.divide_in > 106) return fmt::format("DIVCLK_DIVIDE is {}", p.divide_in);
  if (!eighths(p.multiply) || p.multiply < 2 || p.multiply > 128)
    return fmt::format("CLKFBOUT_MULT_F is {}", p.multiply);
  if (!eighths(p.divide) || (p.divide != 1 && p.divide < 2) || p.divide > 128)
    return fmt::format("CLKOUT0_DIVIDE_F is {}", p.divide);
  if (phase < kPhaseLow || phase > kPhaseHigh)
    return fmt::format("the phase detector runs at {:g} MHz, allowed are {} to {}", phase,
                       kPhaseLow, kPhaseHigh);
  if (p.vco_mhz() < kVcoLow || p.vco_mhz() > kVcoHigh)
    return fmt::format("the VCO runs at {:g} MHz, allowed are {} to {}", p.vco_mhz(), kVcoLow,
                       kVcoHigh);
  const double mhz = p.vco_mhz() / p.divide;
  if (mhz > p.most_mhz) return fmt::format("clock buffers carry at most {} MHz", p.most_mhz);
  if (std::abs(mhz - p.mhz) > 1e-6 * p.mhz)
    return fmt::format("the MMCM gives {:g} MHz, wanted are {:g}", mhz, p.mhz);
  return "";
}

/// Dividers that are no integers: they cost jitter.
static int fractions(const ClockPlan& plan) {
  return (plan.multiply != std::floor(plan.multiply)) + (plan.divide != std::floor(plan.divide));
}

ClockPlan plan_clock(double board_mhz, double wanted_mhz, double most_mhz) {
  ClockPlan best;
  for (int in = 1; in <= 6; ++in) {
    // Of settings with the same clock, whole dividers come first (fractional ones cost jitter even
    // where their VCO is faster), then the fastest phase detector, then the fastest VCO.
    for (int m = 128 * 8; m >= 2 * 8; --m) {
      ClockPlan plan{
          .board_mhz = board_mhz, .multiply = m / 8.0, .divide_in = in, .most_mhz = most_mhz};
      const double eighths = std::floor(plan.vco_mhz() * 8 / wanted_mhz + 1e-9);
      plan.divide = std::clamp(eighths, 8.0, 128 * 8.0) / 8;
      if (plan.divide < 2) plan.divide = 1;
      plan.mhz = plan.vco_mhz() / plan.divide;
      if (!clock_plan_fault(plan).empty() || plan.mhz < wanted_mhz * (1 - 1e-9)) continue;
      const bool slower = best.mhz == 0 || plan.mhz < best.mhz * (1 - 1e-9);
      const bool same = plan.mhz < best.mhz * (1 + 1e-9);
      if (slower || (same && fractions(plan) < fractions(best))) best = plan;
    }
  }
  if (best.mhz == 0 || best.mhz > wanted_mhz * 1.01) {
    throw UserError(
        "V004",
        fmt::format("--freq {:g}: no setting of the clock manager makes it of the board's {:g} MHz",
                    wanted_mhz, board_mhz),
        {},
        best.mhz == 0 ? fmt::format("the device's clock buffers carry at most {:g} MHz", most_mhz)
                      : fmt::format("the next above it is {:g} MHz", best.mhz));
  }
  return best;
}

Device make_device(const Core& core, const DeviceOptions& options) {
  Device device{.name = core.module + "_device",
                .fabric = core.module + "_fabric",
                .kernel = make_kernel(core, {.memory_bits = kDeviceWordBits}),
                .options = options,
                .clock = plan_clock(options.board_mhz, options.core_mhz, options.most_mhz)};
  device.ports = {{options.clock_port + "_p", 1, true},
                  {options.clock_port + "_n", 1, true},
                  {"led", 3, false}};
  if (options.host == DeviceHost::kXdma) {
    device.ports.insert(device.ports.end(), {{"pcie_refclk_p", 1, true},
                                             {"pcie_refclk_n", 1, true},
                                             {"pcie_perst_n", 1, true},
                                             {"pcie_rx_p", 16, true},
                                             {"pcie_rx_n", 16, true},
                                             {"pcie_tx_p", 16, false},
                                             {"pcie_tx_n", 16, false}});
  }
  for (const auto& [path, text] : device.kernel.files) {
    if (path != "kernel.xml" && path != device.kernel.name + ".v")
      device.files.emplace_back(path, text);  // no packager, no wrapper
  }
  for (const auto& cell : embedded::device_rtl())
    device.files.emplace_back("rtl/" + std::string(cell.name), cell.content);
  device.files.emplace_back(device.fabric + ".sv", fabric_top(device));
  device.files.emplace_back(device.name + ".sv", device_top(device));
  device.files.emplace_back(device.name + ".h", map_header(device));
  std::sort(device.files.begin(), device.files.end());
  return device;
}

}  // namespace mase::fpga
