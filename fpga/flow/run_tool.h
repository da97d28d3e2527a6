// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "gen/base/process.h"

namespace mase::fpga {

/// How run.sh of a build folder is run.
struct ToolRun {
  double limit_s = 0;  ///< after which it is ended with all that it started; 0: never
  /// Told where its log is, once a minute what it does, and that it was interrupted.
  std::function<void(const std::string&)> say = {};
  double say_every_s = 60;
  std::string word = {};  ///< of run.sh: "verify"; its log is then run_verify.out
};

/// `sh run.sh` in the folder; what it prints goes to <folder>/run.out, too. It is a process group
/// of its own, which ends with us. `tool`: its name in messages. Errors: UserError V159 (the time
/// limit).
ProcessResult run_script(const std::filesystem::path& folder, const std::string& tool,
                         const ToolRun& how);

/// The last part of what a tool printed.
std::string last_of(const std::string& output);

}  // namespace mase::fpga
