// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "sw/data/dataset.h"

namespace mase::data {

/// Where the prepared form of `source` under `options` lives. The key holds the file's size,
/// modification time and the hash of its first and last MiB, the split options and the layout's
/// version, so that a changed file or option misses. Errors: UserError B002 when the source cannot
/// be read.
std::filesystem::path cache_path(const std::filesystem::path& source,
                                 const DatasetOptions& options);

/// Maps a prepared dataset read-only. std::nullopt when there is none or it is not whole (wrong
/// size or checksum): the caller then prepares it anew.
std::optional<Dataset> read_cache(const std::filesystem::path& path);

/// Errors: UserError B003 (the caller notes it; a missing cache is no failure).
void write_cache(const Dataset& dataset, const std::filesystem::path& path);

}  // namespace mase::data
