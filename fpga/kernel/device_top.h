// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "fpga/kernel/kernel.h"

namespace mase::fpga {

/// Who talks to the kernel of a whole device.
enum class DeviceHost {
  kJtag,  ///< the vendor's JTAG-to-AXI core: a cable and nothing else
  kXdma   ///< the vendor's DMA over PCIe
};

/// A row of the device's address map. Host and kernel see the same addresses.
struct DeviceRegion {
  std::string name;
  uint64_t base = 0, bytes = 0;
  std::string text;
};

/// The one table behind the fabric's decoder, both host programs and fpga/README.md: "registers",
/// "memory".
const std::vector<DeviceRegion>& device_map();
const DeviceRegion& device_region(const std::string& name);
std::string device_map_markdown();

/// How the MMCM makes the core's clock of the board's: f = board * multiply / (divide_in * divide).
struct ClockPlan {
  double board_mhz = 0, mhz = 0;
  double multiply = 0, divide = 0;  ///< steps of 1/8
  int divide_in = 1;
  double most_mhz = 775;  ///< what the device's clock buffers carry
  double vco_mhz() const { return board_mhz * multiply / divide_in; }
};

/// The slowest clock that is at least as fast as wanted. Source of the limits: DS923, MMCM of -2
/// at 0.85 V (VCO 800 to 1600 MHz, phase detector 10 to 500 MHz, buffers 775 MHz; verify). Errors:
/// UserError V004 when none is within 1 % of what is wanted.
ClockPlan plan_clock(double board_mhz, double wanted_mhz, double most_mhz = 775);
/// What is wrong with a plan, in words; empty: nothing.
std::string clock_plan_fault(const ClockPlan& plan);

struct DeviceOptions {
  DeviceHost host = DeviceHost::kJtag;
  std::string clock_port = "clk300_0";  ///< of the board: <clock_port>_p, <clock_port>_n
  double board_mhz = 300, core_mhz = 300, most_mhz = 775;
};

/// A port of the device's top.
struct DevicePort {
  std::string name;
  int width = 1;
  bool input = true;
};

/// A whole device around the one kernel. `files`: path -> bytes, sorted, complete together with
/// those of the emitted design:
///   <core>_device.sv       clock, reset, host; instances of the vendor's cells and IP
///   <core>_fabric.sv       kernel, memory on the chip, address map
///   the kernel's files, rtl/*.sv
///   <core>_device.h        C++ header of the address map
struct Device {
  std::string name, fabric;
  Kernel kernel;
  DeviceOptions options;
  ClockPlan clock;
  std::vector<DevicePort> ports;
  std::vector<std::pair<std::string, std::string>> files;
};

/// Errors: UserError V002, V003 (as make_kernel), V004.
Device make_device(const Core& core, const DeviceOptions& options);

/// Names under which the vendor's IP is made.
inline constexpr const char* kJtagIp = "mase_jtag_axi";
inline constexpr const char* kXdmaIp = "mase_xdma";
inline constexpr const char* kMemoryCrossingIp = "mase_memory_crossing";
inline constexpr const char* kRegisterCrossingIp = "mase_register_crossing";

inline constexpr int kDeviceWordBits = 512;  ///< of the memory on the chip
inline constexpr int kXdmaIdBits = 4;        ///< of XDMA's AXI4 master [PG195]

// The texts.
std::string fabric_top(const Device& device);
std::string device_top(const Device& device);

}  // namespace mase::fpga
