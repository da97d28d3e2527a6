// SPDX-License-Identifier: Apache-2.0
#include "sim/cycle/worker_pool.h"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <csignal>
#include <cstring>

#include "gen/base/error.h"
#include "sim/cycle/socket.h"

namespace mase::sim {

namespace {

constexpr int64_t kStock = 32;           // of each kind, where a design needs no more
constexpr int64_t kAnswerSeconds = 600;  // a worker that takes longer is given up

std::string end_of(int status) {
  if (WIFSIGNALED(status)) return fmt::format("killed by signal {}", WTERMSIG(status));
  return fmt::format("exit status {}", WEXITSTATUS(status));
}

[[noreturn]] void cannot_start(const std::filesystem::path& program, const std::string& why) {
  throw UserError("S040", fmt::format("cannot start the cycle model {}: {}", program.string(), why),
                  {},
                  "mase-cycle-worker belongs beside mase-gen; it needs the library of SystemC "
                  "(Debian: libsystemc)",
                  ExitCode::kToolMissing);
}

}  // namespace

class WorkerPool::Worker {
 public:
  Worker(const std::filesystem::path& program, int64_t stock) : program_(program), stock_(stock) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
      cannot_start(program, std::strerror(errno));
    socket_ = ends[0];
    log_ = ::memfd_create("mase-cycle-worker", MFD_CLOEXEC);
    timeval limit{};
    limit.tv_sec = kAnswerSeconds;
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 0);
    posix_spawn_file_actions_adddup2(&actions, log_, 1);
    posix_spawn_file_actions_adddup2(&actions, log_, 2);
    const std::string number = std::to_string(stock), path = program.string();
    std::vector<char*> arguments{const_cast<char*>(path.c_str()), const_cast<char*>(number.c_str()),
                                 nullptr};
    std::vector<char*> variables;
    for (char** at = environ; *at; ++at) variables.push_back(*at);
    std::string quiet = "SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1";
    variables.insert(variables.end(), {quiet.data(), nullptr});
    const int error =
        ::posix_spawn(&pid_, path.c_str(), &actions, nullptr, arguments.data(), variables.data());
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (error != 0) {
      pid_ = -1;
      close_all();
      cannot_start(program, std::strerror(error));
    }
  }
  ~Worker() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      finish();
    }
    close_all();
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  bool fits(const std::filesystem::path& program, int64_t stock) const {
    return program_ == program && stock_ >= stock;
  }
  int pid() const { return pid_; }

  /// False when it died.
  bool ask(const Words& request, Words& answer) {
    return send_words(socket_, request) && receive_words(socket_, answer) && !answer.empty();
  }

  /// How it ended, and what it said.
  std::string last_words() {
    ::kill(pid_, SIGKILL);  // of no effect on one that has ended
    std::string text = end_of(finish());
    char buffer[2000];
    const off_t size = ::lseek(log_, 0, SEEK_END);
    const off_t from = std::max<off_t>(0, size - static_cast<off_t>(sizeof buffer));
    const ssize_t n = ::pread(log_, buffer, sizeof buffer, from);
    if (n > 0) text += ": " + std::string(buffer, static_cast<size_t>(n));
    while (text.ends_with('\n')) text.pop_back();
    return text;
  }

 private:
  int finish() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {}
    pid_ = -1;
    return status;
  }
  void close_all() {
    if (socket_ >= 0) ::close(socket_);
    if (log_ >= 0) ::close(log_);
  }

  std::filesystem::path program_;
  int64_t stock_;
  pid_t pid_ = -1;
  int socket_ = -1, log_ = -1;
};

WorkerPool::WorkerPool() = default;
WorkerPool::~WorkerPool() = default;

WorkerPool& WorkerPool::shared() {
  static WorkerPool pool;
  return pool;
}

std::unique_ptr<WorkerPool::Worker> WorkerPool::acquire(int64_t stock,
                                                        const std::filesystem::path& program) {
  std::unique_ptr<Worker> unfit;  // ends after the lock does
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(resting_.begin(), resting_.end(),
                                    [&](const auto& w) { return w->fits(program, stock); });
    if (found != resting_.end()) {
      auto worker = std::move(*found);
      resting_.erase(found);
      return worker;
    }
    if (!resting_.empty()) {
      unfit = std::move(resting_.back());
      resting_.pop_back();
    }
  }
  return start(stock, program);
}

std::unique_ptr<WorkerPool::Worker> WorkerPool::start(int64_t stock,
                                                      const std::filesystem::path& program) {
  const auto wanted = static_cast<uint64_t>(std::max(stock, kStock));
  return std::make_unique<Worker>(program, static_cast<int64_t>(std::bit_ceil(wanted)));
}

void WorkerPool::release(std::unique_ptr<Worker> worker) {
  const std::lock_guard lock(mutex_);
  resting_.push_back(std::move(worker));
}

Words WorkerPool::ask(const Words& request, int64_t stock, const std::filesystem::path& program) {
  std::string first;
  for (int attempt = 0; attempt < 2; ++attempt) {
    // Those at rest may all have been killed; one that is new has not.
    auto worker = attempt == 0 ? acquire(stock, program) : start(stock, program);
    Words answer;
    if (worker->ask(request, answer)) {
      if (answer[0] == 0) {
        release(std::move(worker));
        return answer;
      }
      const std::string reason(answer.begin() + 1, answer.end());
      MASE_CHECK(false, "the cycle model refused a design: {}", reason);
    }
    const std::string end = worker->last_words();
    if (attempt == 0) {
      first = end;
    } else if (end.find("shared librar") != std::string::npos) {
      cannot_start(program, end);
    } else {
      throw UserError("S041",
                      fmt::format("the cycle model {} died twice over one design ({}; {})",
                                  program.string(), first, end),
                      {}, "was it killed, or is memory short? Otherwise this is a bug",
                      ExitCode::kBug);
    }
  }
  MASE_CHECK(false, "unreachable");
}

std::vector<int> WorkerPool::resting() const {
  const std::lock_guard lock(mutex_);
  std::vector<int> pids;
  for (const auto& worker : resting_) pids.push_back(worker->pid());
  return pids;
}

}  // namespace mase::sim
