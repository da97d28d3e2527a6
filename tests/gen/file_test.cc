// SPDX-License-Identifier: Apache-2.0
#include "gen/base/file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"

namespace mase::test {
namespace {

TEST(WriteFile, ReplacesAtOnceAndCreatesFolders) {
  const TempDir dir;
  write_file(dir / "a/b/c.txt", "one");
  write_file(dir / "a/b/c.txt", "two");
  EXPECT_EQ(read_file(dir / "a/b/c.txt"), "two");
}

// A disk that is full in the middle of a file: the kernel refuses the bytes beyond a limit.
TEST(WriteFile, KeepsTheOldFileWhenTheDiskIsFull) {
  const TempDir dir;
  write_file(dir / "model.mz", "old");
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      write_file(dir / "model.mz", std::string(100000, 'x'));
    } catch (const UserError& error) {
      ::_exit(error.code() == "B003" && error.message().find("model.mz") != std::string::npos ? 0
                                                                                              : 2);
    }
    ::_exit(1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(read_file(dir / "model.mz"), "old");
  size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(dir.path()))
    ++files;
  EXPECT_EQ(files, 1u) << "a temporary file was left behind";
}

TEST(ReadFile, NamesWhatIsMissingOrNoFile) {
  const TempDir dir;
  expect_user_error([&] { read_file(dir / "none"); }, "B001", {"none", "not found"});
  expect_user_error([&] { read_file(dir.path()); }, "B002", {"not a regular file"});
}

TEST(NearestHelp, ListsEachNameOnce) {
  EXPECT_EQ(nearest_help("zzzzzz", {"model", "dataset", "model"}), "known: model, dataset");
}

TEST(NearestHelp, FindsTypingErrorsOnly) {
  EXPECT_EQ(nearest_name("learning_rat", {"learning_rate", "max_epochs"}), "learning_rate");
  EXPECT_EQ(nearest_name("zzzzzzzzzz", {"learning_rate", "max_epochs"}), "");
}

}  // namespace
}  // namespace mase::test
