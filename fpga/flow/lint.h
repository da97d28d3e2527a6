// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace mase::fpga {

struct LintJob {
  std::string top;
  std::vector<std::filesystem::path> files, include_dirs;
};

/// Verilator's --lint-only -Wall over the module; silence is good. Errors: UserError V110, exit 4
/// (no Verilator), V116 (its first messages).
void lint(const LintJob& job);

}  // namespace mase::fpga
