// SPDX-License-Identifier: Apache-2.0
// The end of a build script (flow/vivado_gate.h) under the recorder.
#pragma once
#include <filesystem>

#include "fpga/flow/vivado_flow.h"

namespace mase::fpga {

/// build.tcl in `folder` for every way in which a build may fail that the tool's own exit status
/// does not tell: each by itself has to stop the script behind its summary and before a bitstream;
/// a mere warning must not. `answers`: of the build that is good, `good` its recording, whose
/// summary has to say what the recorder said. Errors: UserError V135, V123, those of `record`.
Check check_gate(const std::filesystem::path& folder, const RecorderAnswers& answers,
                 const Recording& good);

}  // namespace mase::fpga
