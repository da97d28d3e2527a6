// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "gen/base/process.h"

namespace mase {

/// How a program is run that may take hours, or hang.
struct GroupOptions {
  std::filesystem::path working_directory;
  std::filesystem::path log;  ///< what it prints, as it comes; empty: nowhere
  double limit_s = 0;         ///< it is ended after this time; 0: never
  double grace_s = 5;         ///< what it has between SIGTERM and SIGKILL
  /// Told every `tell_every_s` seconds: since when it runs, and its last line that is not blank.
  std::function<void(double seconds, const std::string& last_line)> tell;
  double tell_every_s = 60;
  /// Called when a signal is about to end this process, and the program is ended already.
  std::function<void()> interrupted;
};

struct GroupResult {
  ProcessResult process;
  bool timed_out = false;
};

/// As run_process, for a program with all that it starts: they are one process group, which is
/// ended as a whole (SIGTERM, then SIGKILL) at the time limit, and where SIGINT,
/// SIGTERM or SIGHUP would end this process, which then ends by that signal. A handler that was set
/// before is called instead, as it would have been. Errors: UserError B003 (the log).
GroupResult run_process_group(const std::vector<std::string>& arguments,
                              const GroupOptions& options);

}  // namespace mase
