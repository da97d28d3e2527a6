// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/vivado_implement.h"

#include <fmt/format.h>

#include "gen/base/error.h"
#include "gen/base/file.h"
#include "sim/cache_entry.h"

namespace mase::fpga {

namespace fs = std::filesystem;

namespace {

/// The reports of a finished build and the files that say how it was made; sources and checkpoints
/// of every trial of a search would fill the disk.
void keep_reports(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto name = entry.path().filename();
    if (name != "reports" && name != "build.tcl" && name != "clocks.xdc" && name != "flow.json")
      fs::remove_all(entry.path());
  }
  fs::remove(folder / "reports/netlist.v");
}

}  // namespace

VivadoResult implement(const emit::Design& design, const VivadoTarget& target,
                       const VivadoOptions& options, const Vivado& vivado, const fs::path& cache,
                       const ToolRun& how) {
  const emit::EmittedFolder emitted{
      .top_name = design.top_name, .hash = design.hash, .hardware = design.hardware};
  std::string identity = fmt::format("vivado {}\n", vivado.version);
  for (const auto& [path, bytes] : ooc_files(emitted, target, options))
    identity += fmt::format("{} {}\n{}", path, bytes.size(), bytes);
  const sim::CacheEntry entry((cache.empty() ? cache_directory() : cache) / "vivado",
                              content_hash(identity), "reports/mase.json");
  const auto read = [&](const fs::path& folder) {
    auto result = read_vivado_reports(folder);
    check_reports_of(result, emitted, target);
    if (result.routed() == options.synth_only)
      throw UserError("V137", fmt::format("the reports are of stage {}", result.summary.stage));
    return result;
  };
  entry.ensure([&](const fs::path& folder) {
    write_ooc(emitted, target, folder, options);
    try {
      run_vivado(folder, how);
      read(folder);  // what cannot be read is not kept
    } catch (const UserError& error) {
      // What CacheEntry leaves of a failed build is its log.
      std::error_code ignored;
      fs::copy_file(folder / "run.out", folder / "build.log", ignored);
      // The reports go; the message keeps the file and the line that it is about.
      std::string about = error.where();
      about = about.starts_with(folder.string() + "/reports")
                  ? about.substr(folder.string().size() + 1) + ": "
                  : std::string();
      throw UserError(error.code(), about + error.message(),
                      ignored ? std::string() : entry.failure_log().string(), error.help(),
                      error.exit_code());
    }
    keep_reports(folder);
  });
  return read(entry.folder());
}

}  // namespace mase::fpga
