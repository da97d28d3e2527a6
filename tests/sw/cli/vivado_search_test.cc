// SPDX-License-Identifier: Apache-2.0
// A search that Vivado measures, with a stand-in for Vivado.
#include <gmock/gmock.h>

#include <set>
#include <sstream>

#include "tests/support/vivado_stand_in.h"
#include "tests/sw/cli/mase_gen.h"

namespace mase::cli {
namespace {

using test::VivadoStandIn;
using testing::AllOf;
using testing::HasSubstr;
namespace fs = std::filesystem;

constexpr char kSearch[] = R"(model = "toy"
dataset = "toy_tiny"
project = "vivado"
seed = 3
[search.search_space]
name = "graph/quantize/mixed_precision_ptq"
[search.search_space.setup]
by = "type"
[search.search_space.seed.default.config]
name = ["integer"]
data_in_width = [4, 6, 8]
data_in_frac_width = [3]
weight_width = [3, 4]
weight_frac_width = [2]
bias_width = [4]
bias_frac_width = [2]
[search.strategy]
name = "optuna"
[search.strategy.setup]
n_jobs = 2
n_trials = 4
sampler = "random"
sum_scaled_metrics = false
[search.strategy.sw_runner.basic_evaluation]
num_samples = 64
[search.strategy.hw_runner.resources]
backend = "vivado"
[search.strategy.hw_runner.latency]
clock_mhz = "routed"
freq_mhz = 250
[search.strategy.metrics]
accuracy.scale = 1.0
accuracy.direction = "maximize"
latency_ns.scale = 0.01
latency_ns.direction = "minimize"
lut.upper = 1000
)";

class VivadoSearch : public MaseGen {
 protected:
  void SetUp() override {
    if (find_program("tclsh").empty()) GTEST_SKIP() << "needs tclsh";
    MaseGen::SetUp();
    write("search.toml", "", "");
  }
  void write(const std::string& name, const std::string& from, const std::string& to) const {
    std::string text = kSearch;
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    write_file(folder_ / name, text.replace(at, from.size(), to));
  }
  std::vector<std::string> words(const std::string& config, const std::string& study) const {
    return {"search",       "--config", config,      "--remeasure=false",
            "--study-name", study,      "--storage", "studies.db"};
  }
  nlohmann::json file(const std::string& name) const {
    return nlohmann::json::parse(
        read_file(folder_ / "mase_output/vivado/software/search_ckpts" / name));
  }
  /// A zombie does not.
  static bool runs(const std::string& pid) {
    const auto stat = fs::path("/proc") / pid / "stat";
    if (!fs::exists(stat)) return false;
    const auto text = read_file(stat);
    return text.substr(text.rfind(')') + 2, 1) != "Z";
  }
  std::string path() const { return (folder_ / "bin").string() + ":" + std::getenv("PATH"); }
};

TEST_F(VivadoSearch, FillsYosyssMetricsFromVivado) {
  VivadoStandIn().install(folder_);
  const Environment found("PATH", path()), cache("MASE_CACHE_DIR", (folder_ / "cache").string());
  const auto text = good(words("search.toml", "first"));
  EXPECT_THAT(text, AllOf(HasSubstr("vivado-synth"), HasSubstr("vivado-routed")));
  // A synthesis and an implementation of every design, no more.
  const auto runs = VivadoStandIn::runs(folder_);
  const std::set<std::string> different(runs.begin(), runs.end());
  const auto log = file("log.json");
  ASSERT_EQ(log.size(), 4u);
  EXPECT_EQ(runs.size(), 8u);
  EXPECT_EQ(different.size(), 8u);
  for (const auto& [number, trial] : log.items()) {
    ASSERT_EQ(trial["state"], "COMPLETE") << trial.dump(1);
    const auto& metrics = trial["user_attrs_hardware_metrics"];
    EXPECT_EQ(metrics["lut"], VivadoStandIn::kSynthLuts);
    EXPECT_EQ(metrics["ff"], 949);
    // 4 ns were wanted, 0.312 were left of the 3.688 that it takes.
    const double mhz = metrics["fmax_mhz"];
    EXPECT_NEAR(mhz, 1000 / (4 - 0.312), 1e-9);
    EXPECT_NEAR(metrics["latency_ns"].get<double>(),
                metrics["latency_cycles"].get<double>() * 1e3 / mhz, 1e-6);
  }
  // Another study of the same designs pays nothing.
  good(words("search.toml", "second"));
  EXPECT_EQ(VivadoStandIn::runs(folder_).size(), 8u);
  // The routed figures of both runners come from one implementation.
  write("routed.toml", "backend = \"vivado\"",
        "backend = \"vivado\"\nstage = \"routed\"\nfreq_mhz = 250");
  EXPECT_THAT(expect(1, words("routed.toml", "third")), HasSubstr("violates lut"));
  EXPECT_EQ(file("log.json")["0"]["user_attrs_hardware_metrics"]["lut"],
            VivadoStandIn::kRoutedLuts);
  EXPECT_EQ(VivadoStandIn::runs(folder_).size(), 8u);
}

TEST_F(VivadoSearch, FailedBuildsAreFailedTrials) {
  const Environment found("PATH", path()), cache("MASE_CACHE_DIR", (folder_ / "cache").string());
  const auto failed = [&](const VivadoStandIn& vivado, const std::string& study) {
    fs::remove_all(folder_ / "cache");
    vivado.install(folder_);
    EXPECT_THAT(expect(1, words("search.toml", study)), HasSubstr("no trial is complete"));
    const auto log = file("log.json");
    std::string reasons;
    for (const auto& [number, trial] : log.items()) {
      EXPECT_EQ(trial["state"], "FAIL");
      EXPECT_FALSE(trial.contains("user_attrs_hardware_metrics") &&
                   trial["user_attrs_hardware_metrics"].contains("lut"))
          << "a figure of a build that failed";
      reasons += trial["user_attrs_fail_reason"].get<std::string>() + "\n";
    }
    return reasons;
  };
  EXPECT_THAT(failed({.slack = "-0.400"}, "missed"),
              AllOf(HasSubstr("Q027"), HasSubstr("at 250 MHz: setup timing is missed: WNS -0.4")));
  EXPECT_THAT(failed({.ending = "rm reports/mase.json; kill -9 $$"}, "killed"),
              AllOf(HasSubstr("V136"), HasSubstr("killed by a signal")));
}

/// A Vivado that hangs costs its time limit and no more; nothing of it goes on.
TEST_F(VivadoSearch, AHangingVivadoIsEndedAtItsTimeLimit) {
  const Environment found("PATH", path()), cache("MASE_CACHE_DIR", (folder_ / "cache").string());
  VivadoStandIn{.ending =
                    fmt::format("sh -c 'echo $$ >> {}/hung; sleep 100' & wait", folder_.string())}
      .install(folder_);
  write("limit.toml", "backend = \"vivado\"", "backend = \"vivado\"\ntime_limit_s = 1.5");
  EXPECT_THAT(expect(1, words("limit.toml", "limit")), HasSubstr("no trial is complete"));
  const auto log = file("log.json");
  for (const auto& [number, trial] : log.items()) {
    EXPECT_EQ(trial["state"], "FAIL");
    EXPECT_THAT(trial["user_attrs_fail_reason"].get<std::string>(),
                AllOf(HasSubstr("V159"), HasSubstr("ended after 1.5 s"), HasSubstr("MET: WNS")));
  }
  std::istringstream pids(read_file(folder_ / "hung"));
  int hung = 0;
  for (std::string pid; pids >> pid; ++hung) EXPECT_FALSE(runs(pid)) << pid;
  EXPECT_EQ(hung, 4);
  for (const auto& entry : fs::directory_iterator(folder_ / "cache/vivado"))
    EXPECT_FALSE(entry.is_directory()) << entry.path() << " of a build that failed";
  write("wrong.toml", "backend = \"vivado\"", "backend = \"model\"\ntime_limit_s = 1.5");
  EXPECT_THAT(expect(2, words("wrong.toml", "wrong")),
              AllOf(HasSubstr("time_limit_s only where backend"), HasSubstr("wrong.toml:")));
}

TEST_F(VivadoSearch, WithoutVivadoNoTrialBegins) {
  // Everything but Vivado: the tools that are needed, by links.
  fs::create_directories(folder_ / "bin");
  for (const char* tool : {"sh", "tclsh", "verilator", "yosys", "c++"}) {
    if (const auto at = find_program(tool); !at.empty())
      fs::create_symlink(at, folder_ / "bin" / tool);
  }
  const Environment none("PATH", (folder_ / "bin").string());
  EXPECT_THAT(expect(4, words("search.toml", "a")),
              AllOf(HasSubstr("V130"), HasSubstr("hw_runner.resources.backend = 'vivado'"),
                    HasSubstr("search.toml:"), HasSubstr("settings64.sh"), HasSubstr("yosys")));
  EXPECT_FALSE(fs::exists(folder_ / "studies.db"));
  write("clock.toml", "backend = \"vivado\"", "backend = \"model\"");
  EXPECT_THAT(expect(4, words("clock.toml", "a")),
              AllOf(HasSubstr("hw_runner.latency.clock_mhz = 'routed'"), HasSubstr("clock.toml:")));
}

}  // namespace
}  // namespace mase::cli
