// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace mase {

/// Whole file as bytes. Errors: UserError B001 (missing), B002 (not a readable regular file).
std::string read_file(const std::filesystem::path& path);

/// Writes beside the place and renames into it, so that a reader sees the old file or the new one,
/// never a part. Creates the parent folders. Errors: UserError B003 naming the path and the
/// system's reason (read-only folder, full disk); the old file is then untouched and nothing half
/// written is left.
void write_file(const std::filesystem::path& path, std::string_view bytes);

/// mkdir -p. Errors: UserError B003.
void make_directories(const std::filesystem::path& path);

/// The user's cache folder of mase-gen: $MASE_CACHE_DIR, else $XDG_CACHE_HOME/mase-gen, else
/// ~/.cache/mase-gen, else a folder in the system's temporary directory.
std::filesystem::path cache_directory();

/// 128-bit XXH3 of the bytes, 32 hexadecimal digits. For cache keys, not for security.
std::string content_hash(std::string_view bytes);

}  // namespace mase
