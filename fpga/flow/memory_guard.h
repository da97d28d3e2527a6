// SPDX-License-Identifier: Apache-2.0
// Vivado goes on where it does not find a ROM's words, with an empty ROM, which makes a design
// smaller and faster. Here that is an error.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace mase::fpga {

/// Tcl that makes Vivado's messages about it errors; between the vendor's IP and our sources. The
/// recorder wants each of its table (vivado_commands.tcl) before synth_design.
std::string memory_guard_tcl();

/// Shell for what v++ runs, whose settings are not ours: looks for the messages in all logs of the
/// build folder and, where there are some, removes the results `files` and ends with status 1.
std::string memory_guard_sh(const std::vector<std::string>& files);

/// The lines of *.log below `folder` that say it, each once.
std::vector<std::string> lost_memories(const std::filesystem::path& folder);

}  // namespace mase::fpga
