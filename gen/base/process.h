// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace mase {

struct ProcessResult {
  int exit_code =
      -1;  ///< exit status; 128 + signal when killed; 127 when the program does not exist
  std::string output;  ///< stdout and stderr together
};

/// Runs a program without a shell and waits for it. `arguments[0]` is looked up in PATH.
ProcessResult run_process(const std::vector<std::string>& arguments,
                          const std::filesystem::path& working_directory = {});

/// Full path of a program in PATH, or an empty path.
std::filesystem::path find_program(const std::string& name);

}  // namespace mase
