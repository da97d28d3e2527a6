// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <set>
#include <thread>

#include "gen/base/process.h"
#include "tests/sim/bench_fixture.h"

namespace mase::sim {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A cache of this test alone that already holds the runtime, which takes seconds to compile.
class ModelCache : public testing::Test {
 protected:
  ModelCache() {
    design_.build();
    fs::create_directories(cache() / "verilator");
    fs::copy(test_cache() / "verilator/runtime", cache() / "verilator/runtime",
             fs::copy_options::recursive);
  }
  fs::path cache() const { return folder_.path() / "cache"; }
  fs::path models() const { return cache() / "verilator/models"; }

  /// Every file and when it was written.
  std::set<std::string> listing() const {
    std::set<std::string> files;
    for (const auto& item : fs::recursive_directory_iterator(cache())) {
      files.insert(fmt::format("{} {}", item.path().string(),
                               item.last_write_time().time_since_epoch().count()));
    }
    return files;
  }
  std::vector<fs::path> entries() const {
    std::vector<fs::path> folders;
    if (!fs::exists(models())) return folders;
    for (const auto& item : fs::directory_iterator(models())) {
      if (item.is_directory()) folders.push_back(item.path());
    }
    return folders;
  }
  bool works(const VerilatedModel& model) const {
    return run_model(model, design_.source, request_of({{{1, 2}, 2, 2}})).channels[0].words ==
           std::vector<uint32_t>{2, 3};
  }

  Design design_{designs::one_stage(8)};
  TemporaryFolder folder_;
};

TEST_F(ModelCache, SecondBuildCompilesNothing) {
  const auto first = build_model(design_.source, cache());
  EXPECT_FALSE(first.from_cache);
  EXPECT_THAT(first.verilator_version, testing::ContainsRegex("^[0-9]+\\.[0-9]+$"));
  const auto before = listing();
  const auto second = build_model(design_.source, cache());
  EXPECT_TRUE(second.from_cache);
  EXPECT_EQ(second.executable, first.executable);
  EXPECT_EQ(listing(), before);
  EXPECT_TRUE(works(second));
  EXPECT_TRUE(fs::exists(first.executable.parent_path() / "build.log"));
}

TEST_F(ModelCache, KeyIsContentNotPlace) {
  build_model(design_.source, cache());
  const Design copy(designs::one_stage(8));
  EXPECT_TRUE(build_model(copy.source, cache()).from_cache);
  ModelSource traced = design_.source;
  traced.trace = true;
  EXPECT_NE(build_model(traced, test_cache()).executable, design_.build().executable);
  write_file(copy.source.files[0], read_file(copy.source.files[0]) + "// edited\n");
  EXPECT_FALSE(build_model(copy.source, cache()).from_cache);
}

TEST_F(ModelCache, IncludedFilesAreContentToo) {
  const fs::path include = design_.folder.path() / "include";
  write_file(include / "constants.svh", "`define ADDEND 8'd1\n");
  write_file(design_.source.files[1], "`include \"constants.svh\"\n" + designs::top(8, R"(
  assign in_ready_o = out_ready_i;
  assign out_valid_o = in_valid_i;
  assign out_data_o = in_data_i + `ADDEND;
)"));
  design_.source.include_dirs = {include};
  EXPECT_TRUE(works(build_model(design_.source, cache())));
  write_file(include / "constants.svh", "`define ADDEND 8'd2\n");
  const auto model = build_model(design_.source, cache());
  EXPECT_FALSE(model.from_cache);
  EXPECT_FALSE(works(model));
}

TEST_F(ModelCache, DamagedEntryIsRebuilt) {
  const auto model = build_model(design_.source, cache());
  const std::string bytes = read_file(model.executable);
  fs::resize_file(model.executable, bytes.size() / 2);
  auto again = build_model(design_.source, cache());
  EXPECT_FALSE(again.from_cache);
  EXPECT_TRUE(works(again));
  std::string flipped = bytes;
  flipped[flipped.size() / 2] ^= 1;
  write_file(model.executable, flipped);
  EXPECT_FALSE(build_model(design_.source, cache()).from_cache);
  fs::remove(model.executable.parent_path() / "manifest");
  again = build_model(design_.source, cache());
  EXPECT_FALSE(again.from_cache);
  EXPECT_TRUE(works(again));
  EXPECT_TRUE(build_model(design_.source, cache()).from_cache);
}

TEST_F(ModelCache, TwoProcessesBuildOnce) {
  std::vector<pid_t> children;
  for (int i = 0; i < 3; ++i) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      int status = 9;
      try {
        const auto model = build_model(design_.source, cache());
        status = works(model) ? (model.from_cache ? 1 : 0) : 8;
      } catch (...) {}
      ::_exit(status);
    }
    children.push_back(child);
  }
  std::multiset<int> outcomes;
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    outcomes.insert(WEXITSTATUS(status));
  }
  EXPECT_EQ(outcomes, (std::multiset<int>{0, 1, 1}));
  EXPECT_EQ(entries().size(), 1u);
}

TEST_F(ModelCache, KilledBuildLeavesNoHalfEntry) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::setpgid(0, 0);
    try {
      build_model(design_.source, cache());
    } catch (...) {}
    ::_exit(0);
  }
  while (entries().empty()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  ::kill(-child, SIGKILL);  // the child and its compilers, wherever they are
  ::kill(child, SIGKILL);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  ASSERT_EQ(entries().size(), 1u);
  EXPECT_THAT(entries()[0].string(), testing::EndsWith(".build"));
  const auto model = build_model(design_.source, cache());
  EXPECT_FALSE(model.from_cache);
  EXPECT_TRUE(works(model));
  EXPECT_EQ(entries().size(), 1u) << "the remains are gone";
}

TEST_F(ModelCache, RejectedDesignShowsVerilatorsLines) {
  const auto rejects = [&](const std::string& top) {
    write_file(design_.source.files[1], top);
    const UserError error = user_error("S002", [&] { build_model(design_.source, cache()); });
    EXPECT_EQ(error.exit_code(), ExitCode::kBadInput);
    EXPECT_TRUE(entries().empty()) << "a failed build leaves no entry";
    return error.message();
  };
  const std::string file = design_.source.files[1].string();
  EXPECT_THAT(rejects(designs::top(8, "  assign in_ready_o = = 1;\n")),
              AllOf(HasSubstr(file + ":4"), HasSubstr("syntax error"), Not(HasSubstr("../src"))));
  EXPECT_THAT(rejects(designs::top(
                  8, "  if (1) begin : gen_check\n    $error(\"Width %0d is odd\", 7);\n  end\n")),
              AllOf(HasSubstr(file + ":5"), HasSubstr("Width 7 is odd")));
  EXPECT_THAT(rejects(designs::top(8, "  absent u_absent (.clk_i(clk_i));\n")),
              HasSubstr("'absent'"));
  bool log = false;
  for (const auto& item : fs::directory_iterator(models())) {
    log = log || item.path().string().ends_with(".failed.log");
  }
  EXPECT_TRUE(log);
}

TEST_F(ModelCache, MissingSourceIsNamed) {
  design_.source.files.push_back(design_.folder.path() / "absent.sv");
  EXPECT_THAT(user_error("B001", [&] { build_model(design_.source, cache()); }).message(),
              HasSubstr("absent.sv"));
}

TEST_F(ModelCache, UnwritableCacheSaysWhatToDo) {
  write_file(folder_.path() / "file", "");
  const UserError error =
      user_error("S005", [&] { build_model(design_.source, folder_.path() / "file/cache"); });
  EXPECT_THAT(error.message(), HasSubstr("file/cache"));
  EXPECT_THAT(error.help(), HasSubstr("MASE_CACHE_DIR"));
}

class ChangedEnvironment {
 public:
  ChangedEnvironment(const char* name, const std::string& value) : name_(name) {
    const char* old = std::getenv(name);
    if (old) old_ = old;
    had_ = old != nullptr;
    ::setenv(name, value.c_str(), 1);
  }
  ~ChangedEnvironment() {
    if (had_) {
      ::setenv(name_, old_.c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }

 private:
  const char* name_;
  std::string old_;
  bool had_;
};

TEST_F(ModelCache, MissingToolsAreNamedWithTheirPackage) {
  const fs::path programs = folder_.path() / "programs";
  fs::create_directories(programs);
  const fs::path verilator = find_program("verilator");
  const ChangedEnvironment path("PATH", programs.string());
  const ChangedEnvironment cxx("CXX", "");
  const auto missing = [&] {
    const UserError error = user_error("S001", [&] { build_model(design_.source, cache()); });
    EXPECT_EQ(error.exit_code(), ExitCode::kToolMissing);
    return error.message() + " / " + error.help();
  };
  EXPECT_THAT(missing(),
              AllOf(HasSubstr("verilator is not in PATH"), HasSubstr("apt install verilator")));
  fs::create_symlink(verilator, programs / "verilator");
  const ChangedEnvironment other(
      "PATH", programs.string() + ":" + programs.string());  // asked once per PATH
  EXPECT_THAT(missing(), AllOf(HasSubstr("g++"), HasSubstr("apt install g++")));
  const ChangedEnvironment chosen("CXX", "absent-compiler");
  EXPECT_THAT(missing(), HasSubstr("'absent-compiler'"));
}

}  // namespace
}  // namespace mase::sim
