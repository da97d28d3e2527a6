// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "fpga/flow/flow_file.h"
#include "fpga/flow/script_facts.h"

namespace mase::fpga {

/// The longest period in whole ps that meets a frequency: "3.333" for 300 MHz.
std::string wanted_period(double freq_mhz);

/// What build.tcl of the out-of-context flow has to say, clocks.xdc included.
std::vector<Wanted> wanted_ooc(const FlowFile& flow, const VivadoTarget& target,
                               const VivadoOptions& asked);

}  // namespace mase::fpga
