// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace mase::search {

/// Where studies are kept.
struct Location {
  enum class Backend { kSqlite, kPostgresql };
  Backend backend = Backend::kSqlite;
  std::filesystem::path file;        ///< SQLite
  std::string connection;            ///< PostgreSQL: libpq's `key='value' ...`; secret
  std::string shown;                 ///< for people: no password
  std::vector<std::string> secrets;  ///< texts that must not be shown

  /// `text` without the secrets.
  std::string redact(std::string text) const;
};

/// Errors: UserError R001; what could hold a part of a password is not repeated.
Location parse_location(const std::string& text);

}  // namespace mase::search
