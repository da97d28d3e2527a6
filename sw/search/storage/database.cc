// SPDX-License-Identifier: Apache-2.0
#include "sw/search/storage/database.h"

#include <fmt/format.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <thread>

#include "gen/base/error.h"
#include "gen/base/file.h"

namespace mase::search {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Rows of one INSERT: 4 bound values each stay far below SQLite's 32,766 and PostgreSQL's 65,535.
constexpr size_t kRowsAtOnce = 500;

constexpr const char* kCheckServer =
    "check host, port, user, password and database, and that the server runs";

soci::postgresql_session_backend* postgresql_of(soci::session& session) {
  return static_cast<soci::postgresql_session_backend*>(session.get_backend());
}

void be_quiet(void*, const char*) {}

/// libpq's messages have several lines; SOCI puts its own words before them.
std::string one_line(std::string text) {
  const size_t last = text.find_last_not_of(" \n");
  text.resize(last == std::string::npos ? 0 : last + 1);
  for (size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n'))
    text.replace(at, 1, " ");
  return text;
}

}  // namespace

Database::Database(Location location, const StorageOptions& options)
    : location_(std::move(location)), options_(options) {
  if (is_sqlite() && location_.file.has_parent_path())
    make_directories(location_.file.parent_path());
  try {
    open();
    set_up();
  } catch (const soci::soci_error&) {
    throw_translated();
  }
}

void Database::open() {
  // The factories are named here, so that SOCI needs to load no library of its own.
  if (is_sqlite()) {
    session_.open(soci::sqlite3, "db=\"" + location_.file.string() + "\"");
    return;
  }
  try {
    session_.open(soci::postgresql, location_.connection);
  } catch (const soci::soci_error& error) {
    throw UserError("R002",
                    location_.shown + ": " + location_.redact(one_line(error.get_error_message())),
                    {}, kCheckServer);
  }
}

void Database::set_up() {
  const auto timeout = options_.lock_timeout.count();
  if (is_sqlite()) {
    session_ << fmt::format("PRAGMA busy_timeout = {}", timeout);
    set_up_sqlite();
    return;
  }
  PQsetNoticeProcessor(postgresql_of(session_)->conn_, be_quiet, nullptr);
  execute("SET client_encoding = 'UTF8'");
  execute("SET datestyle = 'ISO'");
  execute(fmt::format("SET lock_timeout = {}", timeout));
  // A worker that is stopped inside a transaction must not hold up the others for ever.
  execute(fmt::format("SET idle_in_transaction_session_timeout = {}", 2 * timeout));
}

void Database::set_up_sqlite() {
  std::string mode;
  session_ << "PRAGMA journal_mode", soci::into(mode);
  // The change needs a moment alone with the file, and SQLite does not wait for it.
  for (int attempt = 0; mode != "wal" && options_.wal; ++attempt) {
    try {
      session_ << "PRAGMA journal_mode = WAL", soci::into(mode);
      break;
    } catch (const soci::sqlite3_soci_error& error) {
      if (error.result() != SQLITE_BUSY) throw;
      if (attempt == 20) break;
      std::this_thread::sleep_for(milliseconds(50));
    }
  }
  // Without a sync at each commit a write-ahead log loses nothing when a process dies, and is
  // never damaged when the machine does. A rollback journal would be.
  if (mode == "wal")
    session_ << "PRAGMA synchronous = NORMAL";
  else if (options_.wal && options_.note)
    options_.note(
        fmt::format("{}: no write-ahead log here ({}); readers and writers will wait for "
                    "one another",
                    location_.shown, mode));
  if (options_.max_pages > 0) {
    int64_t ignored = 0;
    session_ << fmt::format("PRAGMA max_page_count = {}", options_.max_pages), soci::into(ignored);
  }
}

void Database::begin(Access access) {
  session_ << (is_sqlite() && access != Access::kRead ? "BEGIN IMMEDIATE" : "BEGIN");
}

void Database::commit() { session_ << "COMMIT"; }

void Database::roll_back() noexcept {
  try {
    if (session_.get_backend() != nullptr) session_ << "ROLLBACK";
  } catch (const std::exception&) {  // nothing was begun, or the connection is gone
  }
}

bool Database::is_lost() {
  if (is_sqlite()) return false;
  const auto* backend = postgresql_of(session_);
  return backend == nullptr || PQstatus(backend->conn_) != CONNECTION_OK;
}

bool Database::reconnect(steady_clock::time_point started) {
  if (!is_lost()) return false;
  for (milliseconds pause(100);; pause = std::min(2 * pause, milliseconds(5000))) {
    if (steady_clock::now() - started > options_.lock_timeout) return false;
    std::this_thread::sleep_for(pause);
    try {
      session_.reconnect();
      set_up();
      return true;
    } catch (const soci::soci_error&) {}
  }
}

void Database::lock_study(int64_t study) {
  if (is_sqlite()) return;  // BEGIN IMMEDIATE has locked the file
  int64_t id = 0;
  session_ << "SELECT study_id FROM studies WHERE study_id = :study FOR UPDATE",
      soci::use(study, "study"), soci::into(id);
}

int64_t Database::execute(const std::string& text) {
  soci::statement statement = (session_.prepare << text);
  statement.execute(true);
  return statement.get_affected_rows();
}

void Database::insert_rows(const std::string& into, const std::vector<std::vector<Cell>>& rows,
                           const std::string& tail) {
  for (size_t first = 0; first < rows.size(); first += kRowsAtOnce) {
    std::string text = "INSERT INTO " + into + " VALUES ";
    soci::statement statement(session_);
    std::deque<std::string> names;  // keeps its elements where they are
    const auto bind = [&](const auto& value) {
      names.push_back(fmt::format("v{}", names.size()));
      statement.exchange(soci::use(value, names.back()));
      return ":" + names.back();
    };
    for (size_t i = first; i < std::min(rows.size(), first + kRowsAtOnce); ++i) {
      text += i == first ? "(" : ",(";
      for (size_t j = 0; j < rows[i].size(); ++j) {
        if (j > 0) text += ',';
        const Cell& cell = rows[i][j];
        if (const auto* whole = std::get_if<int64_t>(&cell))
          text += std::to_string(*whole);
        else if (const auto* real = std::get_if<double>(&cell))
          text += "CAST(" + bind(*real) + " AS DOUBLE PRECISION)";
        else if (const auto* string = std::get_if<std::string>(&cell))
          text += bind(*string);
        else
          text += "NULL";
      }
      text += ')';
    }
    statement.alloc();
    statement.prepare(text + ' ' + tail);
    statement.define_and_bind();
    statement.execute(true);
  }
}

std::vector<std::string> Database::tables() {
  std::vector<std::string> names;
  std::string name;
  soci::statement statement =
      (session_.prepare << (is_sqlite() ? "SELECT name FROM sqlite_master WHERE type = 'table' AND "
                                          "name NOT LIKE 'sqlite_%'"
                                        : "SELECT CAST(table_name AS TEXT) FROM "
                                          "information_schema.tables WHERE table_schema = "
                                          "current_schema()"),
       soci::into(name));
  statement.execute();
  while (statement.fetch()) names.push_back(name);
  return names;
}

const char* Database::now() const {
  return is_sqlite() ? "CURRENT_TIMESTAMP" : "CAST(clock_timestamp() AS TIMESTAMP)";
}

const char* Database::heartbeat_age() const {
  return is_sqlite()
             ? "(julianday('now') - julianday(h.heartbeat)) * 86400.0"
             : "CAST(EXTRACT(EPOCH FROM CAST(clock_timestamp() AS TIMESTAMP) - h.heartbeat) AS "
               "DOUBLE PRECISION)";
}

void Database::throw_translated() {
  try {
    throw;
  } catch (const soci::sqlite3_soci_error& error) {
    throw_sqlite(error.result(), one_line(error.get_error_message()));
  } catch (const soci::postgresql_soci_error& error) {
    throw_postgresql(error.sqlstate(), location_.redact(one_line(error.get_error_message())));
  } catch (const soci::soci_error& error) {
    throw UserError("R007", fmt::format("{}: {}", location_.shown,
                                        location_.redact(one_line(error.get_error_message()))));
  }
}

void Database::throw_locked() {
  throw UserError(
      "R003",
      fmt::format("{} is locked by another process for more than {:.3g} s", location_.shown,
                  static_cast<double>(options_.lock_timeout.count()) / 1000),
      {},
      is_sqlite() ? fmt::format("end the process that holds it (`fuser {}` shows which); on a "
                                "network file system use PostgreSQL instead",
                                location_.shown)
                  : "a worker is stopped inside a transaction; `SELECT * FROM pg_stat_activity` "
                    "shows which");
}

void Database::throw_sqlite(int result, const std::string& message) {
  const std::string what = location_.shown + ": " + message;
  switch (result & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: throw_locked();
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      throw UserError(
          "R004", what, {},
          "nothing was changed; move the file away and restore a copy (with its -wal file, if it "
          "has one), try `sqlite3 FILE .recover`, or choose another file");
    case SQLITE_FULL:
      throw UserError("R006", what, {},
                      "free space on its disk and start again: finished trials are safe");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_IOERR:
      throw UserError("R006", what, {},
                      "the file and its folder must be writable; finished trials are safe");
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
      throw UserError("R002", what, {},
                      "name a file in a folder that exists and that you may write to");
    default: break;
  }
  if (message.find("no such table") != std::string::npos ||
      message.find("no such column") != std::string::npos ||
      message.find("has no column") != std::string::npos)
    throw UserError("R005", what, {}, "this is not a storage of Optuna 3.2 or later");
  throw UserError("R007", what);
}

void Database::throw_postgresql(const std::string& state, const std::string& message) {
  const std::string what = location_.shown + ": " + message;
  const auto is = [&](const char* prefix) { return state.starts_with(prefix); };
  if (is("55P03") || is("57014")) throw_locked();
  if (is("53100"))
    throw UserError("R006", what, {}, "free space on the server: finished trials are safe");
  if (is("42501") || is("25006"))
    throw UserError("R006", what, {}, "the user needs CREATE and all rights on the tables there");
  if (is("42P01") || is("42703"))
    throw UserError("R005", what, {}, "this is not a storage of Optuna 3.2 or later");
  if (is("XX001") || is("XX002")) throw UserError("R004", what);
  if (is_lost() || is("28") || is("3D") || is("08"))
    throw UserError("R002", what, {}, kCheckServer);
  throw UserError("R007", what);
}

}  // namespace mase::search
