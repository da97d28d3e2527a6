// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <functional>
#include <optional>

namespace mase::fpga {

/// Writes a build folder whole or not at all: `write` fills an empty folder beside it, with a
/// flow.json, which takes its name by one rename; when `write` throws, nothing has changed. Every
/// file and its hash are noted in flow.json (`files`).
/// What lies there already is replaced only if it is just that: a folder of ours to which nothing
/// was added and in which nothing was changed. Anything else (reports, logs, checkpoints,
/// bitstreams, an edited script, a folder of somebody else's) is moved to <folder>.1, .2, ...,
/// whichever is free, and that is returned.
/// Errors: whatever `write` throws; UserError B003, V157 (cannot be written or moved).
std::optional<std::filesystem::path> write_build_folder(
    const std::filesystem::path& folder,
    const std::function<void(const std::filesystem::path&)>& write);

}  // namespace mase::fpga
