// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/lint.h"

#include <fmt/format.h>

#include "gen/base/error.h"
#include "gen/base/process.h"

namespace mase::fpga {

void lint(const LintJob& job) {
  if (find_program("verilator").empty()) {
    throw UserError("V110", "verilator is not in PATH; it checks the sources", {},
                    "install it, for example with `apt install verilator`", ExitCode::kToolMissing);
  }
  std::vector<std::string> command = {"verilator", "--lint-only", "-Wall", "--top-module", job.top};
  for (const auto& directory : job.include_dirs) command.push_back("-I" + directory.string());
  for (const auto& file : job.files) command.push_back(file.string());
  const auto result = run_process(command);
  if (result.exit_code == 0 && result.output.empty()) return;
  throw UserError("V116", fmt::format("Verilator complains about {}:\n{}", job.top,
                                      result.output.substr(0, 3000)));
}

}  // namespace mase::fpga
