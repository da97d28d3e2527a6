// SPDX-License-Identifier: Apache-2.0
#include "gen/base/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <sstream>

#include "gen/base/error.h"

namespace mase {

std::filesystem::path find_program(const std::string& name) {
  const auto executable = [](const std::filesystem::path& path) {
    return ::access(path.c_str(), X_OK) == 0 && !std::filesystem::is_directory(path);
  };
  if (name.find('/') != std::string::npos)
    return executable(name) ? std::filesystem::path(name) : std::filesystem::path{};
  const char* path = std::getenv("PATH");
  std::istringstream folders(path ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const auto candidate = std::filesystem::path(folder.empty() ? "." : folder) / name;
    if (executable(candidate)) return candidate;
  }
  return {};
}

ProcessResult run_process(const std::vector<std::string>& arguments,
                          const std::filesystem::path& working_directory) {
  MASE_CHECK(!arguments.empty(), "run_process without a program");
  std::vector<char*> argv;
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  int pipe_ends[2];
  MASE_CHECK(::pipe2(pipe_ends, O_CLOEXEC) == 0, "pipe2: errno {}", errno);
  // posix_spawn does not copy the page tables of a parent that holds a large network, as fork
  // would.
  posix_spawn_file_actions_t actions;
  MASE_CHECK(::posix_spawn_file_actions_init(&actions) == 0, "posix_spawn_file_actions_init");
  if (!working_directory.empty())
    ::posix_spawn_file_actions_addchdir_np(&actions, working_directory.c_str());
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], 1);
  ::posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], 2);
  pid_t child = -1;
  const int error = ::posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
    return {std::filesystem::is_directory(working_directory.empty() ? "." : working_directory)
                ? 127
                : 126,
            {}};
  }
  ::close(pipe_ends[1]);
  ProcessResult result;
  char buffer[1 << 14];
  for (;;) {
    const ssize_t n = ::read(pipe_ends[0], buffer, sizeof buffer);
    if (n > 0) result.output.append(buffer, static_cast<size_t>(n));
    if (n == 0 || (n < 0 && errno != EINTR)) break;
  }
  ::close(pipe_ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace mase
