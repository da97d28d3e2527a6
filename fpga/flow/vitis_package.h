// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "fpga/kernel/kernel.h"

namespace mase::fpga {

/// Where a kernel's sources and memory files lie in its build folder, all flat, as Vivado's
/// packager lays them into the IP: memory files are read by their names alone.
inline constexpr const char* kPackedSources = "src/";

struct Packing {
  std::string stamp, part;
  std::vector<std::string> sources;  ///< paths below the build folder, memory files among them
  bool slr_constraints = false;      ///< slr.xdc is one of them
  double freq_mhz = 300;
};

/// package.tcl: the kernel as an IP with its interfaces and registers, and that as an .xo. It stops
/// where a memory file is not in the IP.
std::string package_tcl(const Kernel& kernel, const Packing& packing);

}  // namespace mase::fpga
