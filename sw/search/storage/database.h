// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "sw/search/storage/location.h"
#include "sw/search/storage/soci_session.h"
#include "sw/search/storage/storage.h"

namespace mase::search {

/// A value for insert_rows; monostate is NULL.
using Cell = std::variant<std::monostate, int64_t, double, std::string>;

/// One connection. Not thread-safe. Everything of SOCI, SQLite and libpq that differs between the
/// two databases is here; errors come out as the UserErrors that storage.h lists.
class Database {
 public:
  Database(Location location, const StorageOptions& options);

  const Location& location() const { return location_; }
  bool is_sqlite() const { return location_.backend == Location::Backend::kSqlite; }
  soci::session& sql() { return session_; }

  enum class Access {
    kRead,
    kWrite,     ///< the body may run again though it was perhaps committed
    kWriteOnce  ///< it may run again only when it certainly was not
  };

  /// Runs `body` in one transaction and returns what it returns. SQLite: BEGIN IMMEDIATE to write.
  /// A lost connection to a server is made anew and the body run again.
  template <class Body>
  auto transact(Access access, Body body) -> decltype(body()) {
    const auto started = std::chrono::steady_clock::now();
    for (;;) {
      bool committing = false;
      try {
        begin(access);
        auto result = body();
        committing = true;
        commit();
        return result;
      } catch (...) {
        roll_back();
        if (committing && access == Access::kWriteOnce) throw_translated();
        if (!reconnect(started)) throw_translated();
      }
    }
  }

  /// Keeps every other worker from beginning trials of this study until the transaction ends.
  void lock_study(int64_t study);

  /// `INSERT INTO <into> VALUES (..),(..) <tail>`, in pieces that both databases take.
  void insert_rows(const std::string& into, const std::vector<std::vector<Cell>>& rows,
                   const std::string& tail = {});
  /// A statement without results; returns the number of rows it changed.
  int64_t execute(const std::string& statement);
  /// Names of the tables that are there (PostgreSQL: on the search path).
  std::vector<std::string> tables();

  /// SQL for now, as the column heartbeat holds it, and for the age in seconds of heartbeat `h`.
  const char* now() const;
  const char* heartbeat_age() const;
  /// " FOR UPDATE" where rows can be locked.
  const char* for_update() const { return is_sqlite() ? "" : " FOR UPDATE"; }

 private:
  void begin(Access access);
  void commit();
  void roll_back() noexcept;
  void open();
  void set_up();
  void set_up_sqlite();
  bool is_lost();
  bool reconnect(std::chrono::steady_clock::time_point started);
  [[noreturn]] void throw_translated();
  [[noreturn]] void throw_sqlite(int result, const std::string& message);
  [[noreturn]] void throw_postgresql(const std::string& state, const std::string& message);
  [[noreturn]] void throw_locked();

  Location location_;
  StorageOptions options_;
  soci::session session_;
};

}  // namespace mase::search
