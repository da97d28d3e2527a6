// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gen/base/file.h"
#include "gen/base/process.h"

namespace mase::cli {

inline const char* const kExamples = MASE_SOURCE_DIR "/configs/examples/";

/// An environment variable changed for a scope.
class Environment {
 public:
  Environment(std::string name, const std::string& value) : name_(std::move(name)) {
    if (const char* old = std::getenv(name_.c_str())) old_ = old;
    had_ = std::getenv(name_.c_str()) != nullptr;
    ::setenv(name_.c_str(), value.c_str(), 1);
  }
  ~Environment() {
    if (had_)
      ::setenv(name_.c_str(), old_.c_str(), 1);
    else
      ::unsetenv(name_.c_str());
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::string name_, old_;
  bool had_ = false;
};

/// Runs the built mase-gen in a folder of its own, as a user does.
class MaseGen : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    std::string name = fmt::format("{}.{}", info->test_suite_name(), info->name());
    std::replace(name.begin(), name.end(), '/', '.');
    folder_ =
        std::filesystem::path(testing::TempDir()) / fmt::format("mase_gen.{}.{}", ::getpid(), name);
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }

  void TearDown() override {
    if (!HasFailure()) std::filesystem::remove_all(folder_);  // kept for a look otherwise
  }

  ProcessResult run(std::vector<std::string> words) const {
    words.insert(words.begin(), MASE_GEN);
    return run_process(words, folder_);
  }
  /// Runs, expects this exit status, gives the output.
  std::string expect(int status, const std::vector<std::string>& words) const {
    const auto result = run(words);
    EXPECT_EQ(result.exit_code, status) << result.output;
    return result.output;
  }
  std::string good(const std::vector<std::string>& words) const { return expect(0, words); }

  nlohmann::json report(const std::filesystem::path& project) const {
    return nlohmann::json::parse(
        read_file(folder_ / "mase_output" / project / "hardware/report.json"));
  }

  std::filesystem::path folder_;
};

}  // namespace mase::cli
