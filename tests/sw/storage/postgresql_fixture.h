// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>
#include <pwd.h>

#include <filesystem>
#include <random>

#include "tests/support/temp_dir.h"
#include "tests/sw/storage/study_fixture.h"

namespace mase::search::test {

namespace fs = std::filesystem;

/// Newest /usr/lib/postgresql/*/bin, or what PATH has; empty: not installed.
inline fs::path server_programs() {
  fs::path newest;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", none)) {
    if (fs::exists(entry.path() / "bin" / "initdb"))
      newest = std::max(newest, entry.path() / "bin");
  }
  return newest.empty() ? find_program("initdb").parent_path() : newest;
}

/// A PostgreSQL server of the test program's own, on a port of its own. Tests skip where none is
/// installed.
class Postgresql : public testing::Test {
 protected:
  static constexpr const char* kPassword = "p@ss/w'\\rd %";
  static constexpr const char* kEncoded = "p%40ss%2Fw%27%5Crd%20%25";

  static void SetUpTestSuite() {
    const fs::path programs = server_programs();
    if (programs.empty()) return;
    dir_ = new mase::test::TempDir;
    port_ = 20'000 + static_cast<int>(std::random_device()() % 20'000);
    const std::string data = (*dir_ / "data").string(), words = (*dir_ / "password").string();
    {
      FILE* file = std::fopen(words.c_str(), "w");
      std::fprintf(file, "%s\n", kPassword);
      std::fclose(file);
    }
    // initdb refuses to run as the super-user.
    const passwd* other = ::getuid() == 0 ? ::getpwnam("postgres") : nullptr;
    if (::getuid() == 0 && other == nullptr) other = ::getpwnam("nobody");
    if (other != nullptr) {
      for (const auto& path : {dir_->path().string(), words})
        EXPECT_EQ(::chown(path.c_str(), other->pw_uid, other->pw_gid), 0);
      as_user_ = {"runuser", "-u", other->pw_name, "--"};
    }
    run({(programs / "initdb").string(), "-D", data, "-U", "mase", "-A", "scram-sha-256",
         "--pwfile=" + words, "-E", "UTF8", "--locale=C", "--no-sync"});
    control_ = (programs / "pg_ctl").string();
    start();
  }

  static void TearDownTestSuite() {
    if (dir_ == nullptr) return;
    run({control_, "-D", (*dir_ / "data").string(), "-m", "immediate", "-w", "stop"});
    delete dir_;
    dir_ = nullptr;
  }

  void SetUp() override {
    if (dir_ == nullptr) GTEST_SKIP() << "no PostgreSQL server is installed";
  }

  static void start() {
    run({control_, "-D", (*dir_ / "data").string(), "-w", "-l", (*dir_ / "log").string(), "-o",
         "-c fsync=off -c listen_addresses=127.0.0.1 -c port=" + std::to_string(port_) +
             " -c unix_socket_directories=" + dir_->path().string(),
         "start"});
  }

  static void run(std::vector<std::string> command) {
    command.insert(command.begin(), as_user_.begin(), as_user_.end());
    // Not run_process: the server would keep the pipe of its output open.
    const pid_t child = in_child([&] {
      std::vector<char*> arguments;
      for (auto& word : command) arguments.push_back(word.data());
      arguments.push_back(nullptr);
      if (::freopen("/dev/null", "w", stdout) == nullptr || ::chdir("/tmp") != 0) return 98;
      ::execvp(arguments[0], arguments.data());
      return 97;
    });
    EXPECT_EQ(wait_for(child), 0) << command.back();
  }

  static std::string url(const std::string& database = "postgres",
                         const std::string& password = kEncoded) {
    return "postgresql://mase:" + password + "@127.0.0.1:" + std::to_string(port_) + "/" + database;
  }

  static pid_t worker(const std::string& until, const std::string& pause) {
    const std::string location = url();
    return in_child([=] {
      ::execl(MASE_STORAGE_WORKER, MASE_STORAGE_WORKER, location.c_str(), until.c_str(),
              pause.c_str(), nullptr);
      return 97;
    });
  }

  static inline mase::test::TempDir* dir_ = nullptr;
  static inline int port_ = 0;
  static inline std::string control_;
  static inline std::vector<std::string> as_user_;
};

}  // namespace mase::search::test
