// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "fpga/flow/flow_file.h"
#include "fpga/flow/script_facts.h"

namespace mase::fpga {

/// What the ports of a kernel's top say, which metadata and packaging have to repeat.
struct KernelTop {
  std::string name, file, body;                         ///< body: the file of what is inside
  int control_address_bits = 0, control_data_bits = 0;  ///< of kControlBus
  int memory_address_bits = 0, memory_data_bits = 0;    ///< of kMemoryBus
  /// What the cells behind kMemoryBus do at most: words of a burst, bursts under way.
  int burst_words = 0, read_bursts = 0, write_bursts = 0;
};

/// The top's ports are a clock, a reset, an interrupt, and every signal of its two AXI interfaces
/// in the right width and direction (kernel/axi_buses.h). Errors: UserError V138 with file and
/// line.
KernelTop check_kernel_top(const std::filesystem::path& folder, const std::string& file,
                           const std::string& kernel);

/// What package.tcl has to say.
std::vector<Wanted> wanted_packaging(const KernelTop& top, const FlowFile& flow,
                                     const std::string& part, double freq_mhz);

/// kernel.xml: every attribute, with its line: "port m_axi_gmem dataWidth". Errors: UserError V138
/// where it is not well-formed or an attribute is there twice.
std::vector<Fact> metadata_facts(const std::string& xml);
/// What kernel.xml has to say [UG1393].
std::vector<Wanted> wanted_metadata(const KernelTop& top);

}  // namespace mase::fpga
