// SPDX-License-Identifier: Apache-2.0
// Programs that take long: what they print is told and kept, and they end with all they started.
#include "gen/base/process_group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "gen/base/file.h"
#include "tests/support/temp_dir.h"

namespace mase {
namespace {

using testing::HasSubstr;
using Shell = std::vector<std::string>;

/// Whether a process still runs: one that is a zombie does not.
bool runs(const std::string& pid) {
  const auto path = std::filesystem::path("/proc") / pid / "stat";
  if (!std::filesystem::exists(path)) return false;
  try {
    const auto stat = read_file(path);
    return stat.substr(stat.rfind(')') + 2, 1) != "Z";
  } catch (const std::exception&) {
    return false;
  }
}

std::string pid_in(const std::filesystem::path& file) {
  for (int i = 0; i < 1000; ++i) {
    if (std::filesystem::exists(file)) {
      auto text = read_file(file);
      if (text.ends_with('\n')) return text.substr(0, text.size() - 1);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ADD_FAILURE() << file << " never came";
  return "none";
}

bool ends_soon(const std::string& pid) {
  for (int i = 0; i < 1000; ++i) {
    if (!runs(pid)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

TEST(ProcessGroup, KeepsWhatItPrintsAndItsStatus) {
  const test::TempDir dir;
  std::vector<std::string> told;
  const auto got =
      run_process_group(Shell{"sh", "-c", "echo one; echo two >&2; pwd; sleep 0.5; echo; exit 3"},
                        {.working_directory = dir.path(),
                         .log = dir / "run.log",
                         .tell = [&](double, const std::string& line) { told.push_back(line); },
                         .tell_every_s = 0.1});
  EXPECT_EQ(got.process.exit_code, 3);
  EXPECT_FALSE(got.timed_out);
  EXPECT_EQ(got.process.output, "one\ntwo\n" + dir.path().string() + "\n\n");
  EXPECT_EQ(read_file(dir / "run.log"), got.process.output);
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back(), dir.path().string()) << "blank lines say nothing";
  EXPECT_EQ(run_process_group(Shell{"sh", "-c", "kill -9 $$"}, {}).process.exit_code, 137);
  EXPECT_EQ(run_process_group(Shell{"/no/such/program"}, {}).process.exit_code, 127);
}

TEST(ProcessGroup, DoesNotWaitForWhoOutlivesTheProgramOnPurpose) {
  const auto start = std::chrono::steady_clock::now();
  const auto got = run_process_group(Shell{"sh", "-c", "sleep 30 & echo $!"}, {});
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  EXPECT_EQ(got.process.exit_code, 0);
  ::kill(std::stoi(got.process.output), SIGKILL);
}

TEST(ProcessGroup, IsEndedAsAWholeAtTheLimit) {
  const test::TempDir dir;
  // One that ends when it is told to, and one that has to be killed.
  for (const char* trap : {"", "trap '' TERM; "}) {
    SCOPED_TRACE(trap);
    const std::string script =
        std::string(trap) + "sh -c 'echo $$ > child; sleep 60; sleep 60' & echo begun; wait; wait";
    const auto got = run_process_group(
        Shell{"sh", "-c", script}, {.working_directory = dir.path(), .limit_s = 0.5, .grace_s = 1});
    EXPECT_TRUE(got.timed_out);
    EXPECT_GT(got.process.exit_code, 128);
    EXPECT_EQ(got.process.output, "begun\n");
    EXPECT_TRUE(ends_soon(pid_in(dir / "child")));
    std::filesystem::remove(dir / "child");
  }
}

/// Runs `work` in a process of its own, sends it `signals`, and returns how it ended.
int status_after(const std::filesystem::path& begun, const std::vector<int>& signals, auto work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::_exit(9);
  }
  pid_in(begun);
  for (const int signal : signals) {
    ::kill(child, signal);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

TEST(ProcessGroup, IsEndedWhereASignalEndsThisProcess) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    SCOPED_TRACE(signal);
    const test::TempDir dir;
    const int status = status_after(dir / "child", {signal}, [&] {
      run_process_group(Shell{"sh", "-c", "sh -c 'echo $$ > child; sleep 60' & wait"},
                        {.working_directory = dir.path(),
                         .interrupted = [&] { write_file(dir / "told", "yes"); }});
    });
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), signal);
    EXPECT_TRUE(ends_soon(pid_in(dir / "child")));
    EXPECT_EQ(read_file(dir / "told"), "yes");
  }
}

volatile std::sig_atomic_t asked = 0;

/// As in a training or a search: the first Ctrl-C asks to come to an end, the second one ends.
TEST(ProcessGroup, AHandlerThatWasThereIsAskedFirst) {
  const auto work = [](const std::filesystem::path& folder) {
    struct sigaction action {};
    action.sa_handler = [](int) { asked = 1; };
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaction(SIGINT, &action, nullptr);
    const auto got = run_process_group(Shell{"sh", "-c", "echo $$ > child; sleep 1.5"},
                                       {.working_directory = folder});
    ::_exit(asked == 1 && got.process.exit_code == 0 ? 0 : 1);
  };
  const test::TempDir once, twice;
  const int first = status_after(once / "child", {SIGINT}, [&] { work(once.path()); });
  EXPECT_TRUE(WIFEXITED(first) && WEXITSTATUS(first) == 0) << first;
  const int second = status_after(twice / "child", {SIGINT, SIGINT}, [&] { work(twice.path()); });
  EXPECT_TRUE(WIFSIGNALED(second)) << second;
  EXPECT_TRUE(ends_soon(pid_in(twice / "child")));
}

}  // namespace
}  // namespace mase
