// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <optional>

namespace mase::fpga {

/// Makes room for a build folder of a flow. One in which a vendor's tool has left results
/// (reports/mase.json, .bit, .mcs, .xo, .xclbin, .dcp) is moved to <folder>.1, .2, ..., whichever
/// is free, and that is returned: hours of work are never overwritten. One that was only written is
/// removed, so that no file of an earlier writing stays. A folder that is not ours (no flow.json)
/// is left as it is. Errors: UserError V157 (cannot be moved).
std::optional<std::filesystem::path> make_room(const std::filesystem::path& folder);

}  // namespace mase::fpga
