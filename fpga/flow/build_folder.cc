// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/build_folder.h"

#include <fmt/format.h>
#include <unistd.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "gen/base/error.h"
#include "gen/base/file.h"

namespace mase::fpga {

namespace fs = std::filesystem;

namespace {

using Files = std::map<std::string, std::string>;  ///< path in the folder -> content_hash

/// All but flow.json, which holds the list.
Files files_of(const fs::path& folder) {
  Files files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const auto path = fs::relative(entry.path(), folder).generic_string();
    if (entry.is_regular_file() && path != "flow.json")
      files[path] = content_hash(read_file(entry.path()));
    else if (!entry.is_directory() && !entry.is_regular_file())
      files[path] = "";  // a link: none of ours
  }
  return files;
}

bool only_written(const fs::path& folder) {
  if (!fs::is_directory(folder)) return false;
  if (fs::is_empty(folder)) return true;
  try {
    const auto flow = nlohmann::json::parse(read_file(folder / "flow.json"));
    return flow.at("files").get<Files>() == files_of(folder);
  } catch (const nlohmann::json::exception&) {
    return false;
  } catch (const UserError&) {
    return false;
  }
}

void note_files(const fs::path& folder) {
  const auto path = folder / "flow.json";
  auto flow = nlohmann::ordered_json::parse(read_file(path));
  flow["files"] = files_of(folder);
  write_file(path, flow.dump(2) + "\n");
}

fs::path moved_aside(const fs::path& folder) {
  for (int n = 1;; ++n) {
    fs::path aside = folder;
    aside += fmt::format(".{}", n);
    if (fs::exists(fs::symlink_status(aside))) continue;
    std::error_code error;
    fs::rename(folder, aside, error);
    if (!error) return aside;
    throw UserError(
        "V157",
        fmt::format("what is there cannot be kept as {}: {}", aside.string(), error.message()),
        folder.string(), "move it away, or give --report-only to read its reports");
  }
}

}  // namespace

std::optional<fs::path> write_build_folder(const fs::path& folder,
                                           const std::function<void(const fs::path&)>& write) {
  fs::path working = folder;
  working += fmt::format(".part{}", ::getpid());
  std::error_code ignored;
  fs::remove_all(working, ignored);  // of a process that was killed and had this number
  make_directories(working);
  try {
    write(working);
    note_files(working);
    std::optional<fs::path> aside;
    if (fs::exists(fs::symlink_status(folder))) {
      if (only_written(folder))
        fs::remove_all(folder);
      else
        aside = moved_aside(folder);
    }
    fs::rename(working, folder);
    return aside;
  } catch (const fs::filesystem_error& error) {
    fs::remove_all(working, ignored);
    throw UserError("V157", fmt::format("cannot be written: {}", error.code().message()),
                    folder.string(), "make room and see that you may write there");
  } catch (...) {
    fs::remove_all(working, ignored);
    throw;
  }
}

}  // namespace mase::fpga
