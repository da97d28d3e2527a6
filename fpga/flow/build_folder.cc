// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/build_folder.h"

#include <fmt/format.h>

#include <set>
#include <string>

#include "gen/base/error.h"

namespace mase::fpga {

namespace fs = std::filesystem;

namespace {

bool has_results(const fs::path& folder) {
  static const std::set<std::string> kinds = {".bit", ".mcs", ".xo", ".xclbin", ".dcp"};
  if (fs::exists(folder / "reports/mase.json")) return true;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (kinds.contains(entry.path().extension().string())) return true;
  }
  return false;
}

}  // namespace

std::optional<fs::path> make_room(const fs::path& folder) {
  if (!fs::exists(folder / "flow.json")) return std::nullopt;
  std::error_code error;
  if (!has_results(folder)) {
    fs::remove_all(folder, error);
    return std::nullopt;
  }
  for (int n = 1;; ++n) {
    fs::path aside = folder;
    aside += fmt::format(".{}", n);
    if (fs::exists(aside)) continue;
    fs::rename(folder, aside, error);
    if (error) {
      throw UserError("V157",
                      fmt::format("the finished build cannot be kept as {}: {}", aside.string(),
                                  error.message()),
                      folder.string(), "move it away, or give --report-only to read its reports");
    }
    return aside;
  }
}

}  // namespace mase::fpga
