// SPDX-License-Identifier: Apache-2.0
// What is wrong with a file, and that nothing half written is left.
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/mount.h>

#include <filesystem>

#include "gen/base/file.h"
#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"
#include "tests/sw/storage/study_fixture.h"

namespace mase::search::test {
namespace {

using mase::test::expect_user_error;
using mase::test::TempDir;
namespace fs = std::filesystem;

/// A connection of somebody else.
class Raw {
 public:
  explicit Raw(const std::string& file) {
    EXPECT_EQ(sqlite3_open(file.c_str(), &connection_), SQLITE_OK);
    sqlite3_busy_timeout(connection_, 10'000);
  }
  ~Raw() { sqlite3_close(connection_); }
  void operator()(const std::string& text) {
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(connection_, text.c_str(), nullptr, nullptr, &error), SQLITE_OK)
        << text << ": " << error;
  }

 private:
  sqlite3* connection_ = nullptr;
};

class StorageErrors : public testing::Test {
 protected:
  void expect_open_fails(const std::string& code, const std::vector<std::string>& parts) {
    expect_user_error([&] { open_small(file_); }, code, parts);
  }
  /// A study with this many finished trials.
  void make(int trials) {
    auto storage = open_small(file_);
    for (int i = 0; i < trials; ++i) run_trial(*storage);
  }

  TempDir dir_;
  const std::string file_ = (dir_ / "study.db").string();
};

TEST_F(StorageErrors, LockedFile) {
  make(1);
  auto options = quick_options();
  options.lock_timeout = milliseconds(150);
  auto storage = open_small(file_, options);
  Raw other(file_);
  other("BEGIN EXCLUSIVE");
  const std::vector<std::string> parts{file_, "locked by another process for more than 0.15 s",
                                       "fuser"};
  expect_user_error([&] { run_trial(*storage); }, "R003", parts);
  expect_user_error([&] { open_small(file_, options); }, "R003", parts);
  other("COMMIT");
  EXPECT_EQ(run_trial(*storage)->trial.number, 1) << "nothing of the failed call is left";
}

TEST_F(StorageErrors, LockHeldForLessThanTheTimeoutIsWaitedFor) {
  auto storage = open_small(file_);
  Raw other(file_);
  other("BEGIN EXCLUSIVE");
  std::thread release([&] {
    std::this_thread::sleep_for(milliseconds(300));
    other("COMMIT");
  });
  EXPECT_TRUE(run_trial(*storage));
  release.join();
}

TEST_F(StorageErrors, NotADatabase) {
  write_file(file_, std::string(8192, 'x'));
  expect_open_fails("R004", {file_, "not a database"});
  EXPECT_EQ(read_file(file_), std::string(8192, 'x')) << "it was touched";
}

TEST_F(StorageErrors, DamagedFile) {
  make(40);
  std::string bytes = read_file(file_);
  ASSERT_GT(bytes.size(), 20'000u);
  for (size_t i = 4096; i < bytes.size(); ++i) bytes[i] = static_cast<char>(0x5a);
  write_file(file_, bytes);
  expect_open_fails("R004", {file_, "malformed", "sqlite3 FILE .recover"});
  EXPECT_EQ(read_file(file_), bytes) << "it was touched";
  write_file(file_, bytes.substr(0, 5000));
  expect_open_fails("R004", {file_});
}

TEST_F(StorageErrors, DatabaseOfSomethingElse) {
  Raw raw(file_);
  raw("CREATE TABLE photos (a INTEGER)");
  expect_open_fails("R004", {"something else", "'photos'"});
}

TEST_F(StorageErrors, OtherSchemaVersions) {
  make(1);
  Raw raw(file_);
  raw("UPDATE version_info SET schema_version = 13, library_version = '9.1'");
  expect_open_fails("R005", {"version 13 (made by 9.1)", "knows 12"});
  raw("UPDATE version_info SET schema_version = 12");
  raw("UPDATE alembic_version SET version_num = 'v3.0.0.d'");
  expect_open_fails("R005", {"v3.0.0.d", "v3.2.0.a", "optuna storage upgrade"});
  raw("DELETE FROM alembic_version");
  expect_open_fails("R005", {"alembic_version has no row"});
  raw("DROP TABLE alembic_version");  // Optuna makes and stamps it then
  EXPECT_EQ(open_small(file_)->read_trials().size(), 1u);
  raw("DELETE FROM version_info");
  expect_open_fails("R005", {"version_info has no row"});
}

TEST_F(StorageErrors, MissingTablesAndColumns) {
  make(1);
  {
    Raw raw(file_);
    raw("ALTER TABLE trial_values RENAME COLUMN value_type TO kind");
    auto storage = open_small(file_);
    expect_user_error([&] { storage->read_trials(); }, "R005", {"value_type"});
  }
  Raw raw(file_);
  raw("DROP TABLE trial_values");
  raw("DROP TABLE trial_heartbeats");
  expect_open_fails("R005", {"tables are missing: trial_values, trial_heartbeats"});
}

/// Runs trials until one does not fit, and checks what is left.
void fill(const std::string& file, StorageOptions options) {
  int finished = 0;
  {
    auto storage = open_small(file, options);
    expect_user_error(
        [&] {
          for (; finished < 100'000; ++finished) run_trial(*storage);
        },
        "R006", {file, "full", "finished trials are safe"});
  }
  EXPECT_GT(finished, 3);
  options.max_pages = 0;
  options.note = nullptr;
  std::unique_ptr<Storage> storage;
  try {
    storage = open_small(file, options);
  } catch (const UserError& error) {  // still full: a stale trial cannot be requeued
    EXPECT_EQ(error.code(), "R006");
    return;
  }
  const auto trials = storage->read_trials();
  EXPECT_TRUE(dense(trials));
  ASSERT_GE(static_cast<int>(trials.size()), finished);
  for (int i = 0; i < finished; ++i) {
    EXPECT_EQ(trials[static_cast<size_t>(i)].trial.values, result_of(point_of(i)).values) << i;
    EXPECT_EQ(trials[static_cast<size_t>(i)].user_attributes.size(), 1u) << i;
  }
}

TEST_F(StorageErrors, FileThatMayNotGrow) {
  auto options = quick_options();
  options.max_pages = 60;
  fill(file_, options);
  const auto grown = open_small(file_);
  EXPECT_TRUE(run_trial(*grown)) << "with room it goes on";
}

TEST_F(StorageErrors, FullDisk) {
  const fs::path disk = dir_ / "disk";
  fs::create_directory(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=600k") != 0)
    GTEST_SKIP() << "this user may not mount a small disk";
  fill((disk / "study.db").string(), quick_options());
  EXPECT_EQ(::umount2(disk.c_str(), MNT_DETACH), 0);
}

TEST_F(StorageErrors, FoldersAndFilesThatCannotBeWritten) {
  make(2);
  fs::permissions(file_, fs::perms(0444));
  fs::permissions(dir_.path(), fs::perms(0555));
  // The super-user may write everywhere, so somebody else tries.
  const pid_t child = in_child([&] {
    if (::getuid() == 0 && ::setuid(65534) != 0) return 90;
    const auto code = [](const std::string& file) {
      try {
        open_small(file);
      } catch (const UserError& error) {
        return error.code();
      }
      return std::string("none");
    };
    const auto fresh = code(file_ + ".new"), old = code(file_);
    if (fresh != "R002") ::dprintf(2, "new file: %s\n", fresh.c_str());
    if (old != "R006" && old != "R002") ::dprintf(2, "old file: %s\n", old.c_str());
    return fresh == "R002" && (old == "R006" || old == "R002") ? 0 : 1;
  });
  EXPECT_EQ(wait_for(child), 0);
  fs::permissions(dir_.path(), fs::perms(0755));
  EXPECT_FALSE(fs::exists(file_ + ".new"));
  expect_user_error([&] { open_small(dir_.path().string()); }, "R002", {"unable to open"});
  expect_user_error([&] { open_small(file_ + "/in/a/file.db"); }, "B003", {file_});
}

}  // namespace
}  // namespace mase::search::test
