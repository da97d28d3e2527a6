// SPDX-License-Identifier: Apache-2.0
#include "gen/base/process_group.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <mutex>
#include <sstream>
#include <string_view>
#include <thread>

#include "gen/base/error.h"

namespace mase {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kStep = std::chrono::milliseconds(100);

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Signals that end this process end the groups first: handlers are set while a group runs.
constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};
using Handler = void (*)(int);
std::array<std::atomic<Handler>, kSignals.size()> before{};  ///< what was there
std::array<struct sigaction, kSignals.size()> before_action{};
std::atomic<int> fatal{0};  ///< the signal that ends this process
static_assert(std::atomic<Handler>::is_always_lock_free && std::atomic<int>::is_always_lock_free,
              "read and set in a signal handler");
std::mutex mutex;
int running = 0;

void on_signal(int signal) {
  for (size_t i = 0; i < kSignals.size(); ++i) {
    if (kSignals[i] != signal) continue;
    const Handler handler = before[i];
    if (handler == SIG_DFL) {
      fatal = signal;
    } else {
      if (before_action[i].sa_flags & static_cast<int>(SA_RESETHAND)) before[i] = SIG_DFL;
      handler(signal);
    }
  }
}

/// While a group runs.
class Guard {
 public:
  Guard() {
    const std::lock_guard lock(mutex);
    if (running++ > 0) return;
    for (size_t i = 0; i < kSignals.size(); ++i) {
      ::sigaction(kSignals[i], nullptr, &before_action[i]);
      before[i] = before_action[i].sa_handler;
      if (before[i] == SIG_IGN) continue;
      struct sigaction action {};
      action.sa_handler = on_signal;
      action.sa_flags = SA_RESTART;
      ::sigaction(kSignals[i], &action, nullptr);
    }
  }
  ~Guard() {
    if (leave() == 0 && fatal != 0) ::raise(fatal);  // it came when the program had ended
  }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  /// Ends this process by the signal that came, once every group has ended. Others that wait for
  /// the same do not go on: what they would say about their programs is not true.
  [[noreturn]] void end_process() {
    const int signal = fatal;
    if (leave() == 0) ::raise(signal);
    for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
  }

 private:
  /// How many are left.
  static int leave() {
    const std::lock_guard lock(mutex);
    if (--running > 0) return running;
    for (size_t i = 0; i < kSignals.size(); ++i) {
      if (before_action[i].sa_handler == SIG_IGN) continue;
      before_action[i].sa_handler = before[i];  // it may have been reset
      ::sigaction(kSignals[i], &before_action[i], nullptr);
    }
    return 0;
  }
};

/// Whether any process of a group runs. Zombies do not; kill(-group, 0) would count them.
bool lives(pid_t group) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    if (entry.path().filename().string().find_first_not_of("0123456789") != std::string::npos)
      continue;
    std::ifstream file(entry.path() / "stat");
    std::string text;
    std::getline(file, text);
    const size_t name = text.rfind(')');  // the name before it may hold anything
    if (name == std::string::npos) continue;
    std::istringstream fields(text.substr(name + 1));
    char state = 0;
    pid_t parent = 0, its_group = 0;
    if (fields >> state >> parent >> its_group && its_group == group && state != 'Z') return true;
  }
  return false;
}

/// A child that leads a group, and the end of a pipe that it writes to.
class Group {
 public:
  Group(const std::vector<std::string>& arguments, const GroupOptions& options)
      : options_(options) {
    if (!options.log.empty()) {
      log_.open(options.log, std::ios::binary);
      if (!log_) throw UserError("B003", "cannot write " + options.log.string());
    }
    std::vector<char*> argv;
    for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    int ends[2];
    MASE_CHECK(::pipe2(ends, O_CLOEXEC) == 0, "pipe2: errno {}", errno);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    MASE_CHECK(::posix_spawn_file_actions_init(&actions) == 0, "posix_spawn_file_actions_init");
    MASE_CHECK(::posix_spawnattr_init(&attributes) == 0, "posix_spawnattr_init");
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    if (!options.working_directory.empty())
      ::posix_spawn_file_actions_addchdir_np(&actions, options.working_directory.c_str());
    ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    if (::posix_spawnp(&child_, argv[0], &actions, &attributes, argv.data(), environ) != 0)
      child_ = -1;
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
    ::close(ends[1]);
    pipe_ = ends[0];
  }
  ~Group() {
    if (started() && !reaped_) end();  // whoever listened threw
    if (pipe_ >= 0) ::close(pipe_);
  }
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  bool started() const { return child_ > 0; }
  const std::string& last_line() const { return last_line_; }

  /// Reads what there is, for a step at most; false: the leader has ended and all is read.
  bool step() {
    pollfd end{.fd = pipe_, .events = POLLIN, .revents = 0};
    const bool readable =
        pipe_ >= 0 && ::poll(&end, 1, static_cast<int>(kStep.count())) > 0 && read_some();
    if (readable) return true;
    if (pipe_ < 0 && !reap()) std::this_thread::sleep_for(kStep);
    return !reap();  // who still holds the pipe then outlives the leader, on purpose
  }

  /// SIGTERM, then SIGKILL, to all of them.
  void end() {
    for (const int signal : {SIGTERM, SIGKILL}) {
      ::kill(-child_, signal);
      const auto since = Clock::now();
      while (seconds_since(since) < options_.grace_s) {
        step();
        if (reap() && !lives(child_)) return;
        if (reap()) std::this_thread::sleep_for(kStep);
      }
    }
  }

  ProcessResult result() {
    return {WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_),
            std::move(output_)};
  }

 private:
  bool read_some() {
    char buffer[1 << 14];
    const ssize_t n = ::read(pipe_, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) return true;
    if (n <= 0) {
      ::close(pipe_);
      pipe_ = -1;
      return false;
    }
    const std::string_view got(buffer, static_cast<size_t>(n));
    output_.append(got);
    if (log_.is_open()) log_ << got << std::flush;
    for (const char c : got) {
      if (c != '\n' && c != '\r') {
        line_.push_back(c);
        continue;
      }
      if (line_.find_first_not_of(" \t") != std::string::npos) last_line_ = line_;
      line_.clear();
    }
    return true;
  }
  bool reap() {
    if (!reaped_) reaped_ = ::waitpid(child_, &status_, WNOHANG) == child_;
    return reaped_;
  }

  const GroupOptions& options_;
  std::ofstream log_;
  pid_t child_ = -1;
  int pipe_ = -1, status_ = 0;
  bool reaped_ = false;
  std::string output_, line_, last_line_;
};

}  // namespace

GroupResult run_process_group(const std::vector<std::string>& arguments,
                              const GroupOptions& options) {
  MASE_CHECK(!arguments.empty(), "run_process_group without a program");
  Guard guard;
  Group group(arguments, options);
  if (!group.started()) return {.process = {.exit_code = 127}};
  const auto start = Clock::now();
  double told = 0;
  GroupResult result;
  while (group.step()) {
    const double seconds = seconds_since(start);
    if (fatal != 0) {
      group.end();
      if (options.interrupted) options.interrupted();
      guard.end_process();
    }
    if (options.limit_s > 0 && seconds >= options.limit_s) {
      group.end();
      result.timed_out = true;
      break;
    }
    if (options.tell && seconds >= told + options.tell_every_s) {
      told = seconds;
      options.tell(seconds, group.last_line());
    }
  }
  result.process = group.result();
  return result;
}

}  // namespace mase
