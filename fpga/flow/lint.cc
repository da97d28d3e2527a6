// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/lint.h"

#include <fmt/format.h>

#include <algorithm>

#include "gen/base/error.h"
#include "gen/base/process.h"

namespace mase::fpga {

namespace fs = std::filesystem;

void lint(const LintJob& job) {
  if (find_program("verilator").empty()) {
    throw UserError("V110", "verilator is not in PATH; it checks the sources", {},
                    "install it, for example with `apt install verilator`", ExitCode::kToolMissing);
  }
  // A file .v is Verilog-2001 and nothing newer.
  std::vector<std::string> command = {"verilator",       "--lint-only",  "-Wall",
                                      "+1364-2001ext+v", "--top-module", job.top};
  // Names without blanks: Verilator takes a path apart at them. So it runs where all files are.
  std::vector<fs::path> all = job.files;
  all.insert(all.end(), job.include_dirs.begin(), job.include_dirs.end());
  fs::path common = fs::absolute(all.front()).parent_path();
  const auto outside = [&](const fs::path& path) {
    const std::string relative = fs::absolute(path).lexically_relative(common).string();
    return relative.empty() || relative.starts_with("..");
  };
  while (common.has_relative_path() && std::any_of(all.begin(), all.end(), outside))
    common = common.parent_path();
  const auto name = [&](const fs::path& path) {
    return fs::absolute(path).lexically_relative(common).string();
  };
  for (const auto& directory : job.include_dirs) command.push_back("-I" + name(directory));
  for (const auto& file : job.files) command.push_back(name(file));
  const auto result = run_process(command, common);
  if (result.exit_code == 0 && result.output.empty()) return;
  throw UserError("V116", fmt::format("Verilator complains about {}:\n{}", job.top,
                                      result.output.substr(0, 3000)));
}

}  // namespace mase::fpga
