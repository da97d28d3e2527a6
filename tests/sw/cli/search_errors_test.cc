// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/sw/cli/mase_gen.h"

namespace mase::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
namespace fs = std::filesystem;

/// Bad input of a search, as the user meets it.
class SearchErrors : public MaseGen {
 protected:
  /// The toy search with one piece of its text replaced.
  std::string changed(const std::string& what, const std::string& by) const {
    std::string text = read_file(std::string(kExamples) + "search_toy_tpe.toml");
    const size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    text.replace(at, what.size(), by);
    write_file(folder_ / "c.toml", text);
    return "c.toml";
  }
  std::string refused(const std::string& what, const std::string& by) const {
    return expect(2, {"search", "--config", changed(what, by)});
  }
  std::vector<std::string> words(const std::string& storage) const {
    return {"search",     "--config", std::string(kExamples) + "search_toy_tpe.toml",
            "--n-trials", "2",        "--storage",
            storage};
  }
};

TEST_F(SearchErrors, UnknownNamesSayTheNearestAndWhere) {
  EXPECT_THAT(refused("sampler = \"tpe\"", "sampler = \"tpee\""),
              AllOf(HasSubstr("tpee"), HasSubstr("did you mean 'tpe'"), HasSubstr("c.toml:")));
  EXPECT_THAT(expect(2, {"search", "--config", std::string(kExamples) + "search_toy_tpe.toml",
                         "--sampler", "nsga2"}),
              AllOf(HasSubstr("nsga2"), HasSubstr("--sampler")));
  EXPECT_THAT(refused("hw_runner.average_bitwidth", "hw_runner.average_bitwith"),
              AllOf(HasSubstr("did you mean 'average_bitwidth'"), HasSubstr("c.toml:")));
  EXPECT_THAT(
      refused("accuracy.scale = 1.0\naccuracy.direction", "acuracy.scale = 1.0\nacuracy.direction"),
      AllOf(HasSubstr("acuracy"), HasSubstr("accuracy"), HasSubstr("c.toml:")));
  EXPECT_THAT(refused("mixed_precision_ptq\"\n\n[", "mixed_precision_ptx\"\n\n["),
              AllOf(HasSubstr("mixed_precision_ptx"), HasSubstr("mixed_precision_ptq")));
  EXPECT_THAT(refused("weight_width = [2, 4, 8]", "wieght_width = [2, 4, 8]"),
              AllOf(HasSubstr("wieght_width"), HasSubstr("weight_width"), HasSubstr("c.toml:")));
  EXPECT_THAT(refused("name = \"optuna\"", "name = \"optun\""),
              AllOf(HasSubstr("strategy.name"), HasSubstr("optuna")));
}

TEST_F(SearchErrors, MetricsNeedTheirRunner) {
  EXPECT_THAT(refused("average_bitwidth.scale = 0.2\naverage_bitwidth.direction = \"minimize\"",
                      "lut.scale = 0.001\nlut.direction = \"minimize\""),
              AllOf(HasSubstr("lut"), HasSubstr("resources")));
}

TEST_F(SearchErrors, ImpossibleRangesNameTheLimit) {
  EXPECT_THAT(refused("weight_width = [2, 4, 8]", "weight_width = [2, 4, 64]"),
              AllOf(HasSubstr("weight_width"), HasSubstr("64"), HasSubstr("32")));
  EXPECT_THAT(refused("weight_width = [2, 4, 8]", "weight_width = []"),
              AllOf(HasSubstr("weight_width"), HasSubstr("one or more choices")));
  EXPECT_THAT(refused("n_trials = 20", "n_trials = 0"),
              AllOf(HasSubstr("n_trials"), HasSubstr("below"), HasSubstr("c.toml:")));
  EXPECT_THAT(refused("n_jobs = 1", "n_jobs = 0"), HasSubstr("0 threads"));
  EXPECT_THAT(refused("num_samples = 512", "num_samples = 0"),
              AllOf(HasSubstr("num_samples"), HasSubstr("c.toml:")));
  EXPECT_THAT(refused("accuracy.scale = 1.0", "accuracy.scale = nan"), HasSubstr("finite"));
  EXPECT_THAT(refused("accuracy.scale = 1.0",
                      "accuracy.upper = 0.5\naccuracy.lower = 0.6\naccuracy.scale = 1.0"),
              HasSubstr("accuracy"));
}

TEST_F(SearchErrors, FilesWithoutASearchSayWhatIsMissing) {
  EXPECT_THAT(expect(2, {"search", "toy", "toy_tiny"}),
              AllOf(HasSubstr("nothing to search"), HasSubstr("[search.strategy.metrics]")));
}

TEST_F(SearchErrors, OtherNetworksAreOtherStudies) {
  good(words("s.db"));
  auto other = words("s.db");
  other.insert(other.end(), {"--seed", "9"});  // other initial weights
  EXPECT_THAT(expect(2, other), AllOf(HasSubstr("network"), HasSubstr("help:")));
  other.insert(other.end(), {"--study-name", "second"});
  good(other);
}

TEST_F(SearchErrors, DatabasesThatCannotBeUsedAreNamed) {
  write_file(folder_ / "text.db", std::string(5000, 'x'));
  EXPECT_THAT(expect(2, words("text.db")), AllOf(HasSubstr("text.db"), HasSubstr("help:")));
  EXPECT_EQ(read_file(folder_ / "text.db"), std::string(5000, 'x')) << "left as it was";
  EXPECT_THAT(expect(2, words("mysql://host/name")), HasSubstr("mysql"));
  good(words("good.db"));
  std::string bytes = read_file(folder_ / "good.db");
  const size_t at = bytes.find("v3.2.0.a");
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at, 8, "v9.9.9.z");
  write_file(folder_ / "future.db", bytes);
  EXPECT_THAT(expect(2, words("future.db")), AllOf(HasSubstr("future.db"), HasSubstr("v9.9.9.z")));
}

TEST_F(SearchErrors, AFullDiskIsNamed) {
  // A limit on the size of files fails a write in its middle, as a full disk does.
  std::vector<std::string> command = {"bash", "-c", "trap '' XFSZ; ulimit -f 40; exec \"$@\"", "x",
                                      MASE_GEN};
  const auto search = words("full.db");
  command.insert(command.end(), search.begin(), search.end());
  const auto result = run_process(command, folder_);
  EXPECT_EQ(result.exit_code, 2) << result.output;
  EXPECT_THAT(result.output, AllOf(HasSubstr("full.db"), HasSubstr("help:")));
}

TEST_F(SearchErrors, TrialsThatFailKeepTheirReasonAndTheSearchGoesOn) {
  // A training that diverges leaves weights that are no numbers.
  const std::string file =
      changed("[search.strategy.sw_runner.basic_evaluation]",
              "[search.strategy.sw_runner.basic_train]\nlearning_rate = 1e38\nmax_epochs = 1\n\n"
              "[search.strategy.sw_runner.basic_evaluation]");
  const auto text = expect(1, {"search", "--config", file, "--n-trials", "3"});
  EXPECT_THAT(text, AllOf(HasSubstr("3 of 3 trials failed"), HasSubstr("no trial is complete")));
  const auto log = nlohmann::json::parse(
      read_file(folder_ / "mase_output/toy_toy_tiny/software/search_ckpts/log.json"));
  ASSERT_EQ(log.size(), 3u);
  for (const auto& [number, entry] : log.items()) {
    EXPECT_EQ(entry["state"], "FAIL");
    EXPECT_NE(entry["user_attrs_fail_reason"].get<std::string>(), "") << number;
  }
}

TEST_F(SearchErrors, AMissingToolIsFoundBeforeTheFirstTrial) {
  std::string text = read_file(folder_ / changed("[search.strategy.hw_runner.average_bitwidth]",
                                                 "[search.strategy.hw_runner.latency]\nbackend = "
                                                 "\"verilator\"\nclock_mhz = 200\n"
                                                 "[search.strategy.hw_runner.average_bitwidth]"));
  write_file(folder_ / "tool.toml", text + "latency_cycles.upper = 100\n");
  const Environment no_tools("PATH", (folder_ / "empty").string());
  const Environment no_cache("MASE_CACHE_DIR", (folder_ / "cache").string());
  const auto study = folder_ / "mase_output/toy_toy_tiny/software/search_ckpts/study.db";
  EXPECT_THAT(expect(4, {"search", "--config", "tool.toml"}), HasSubstr("erilator"));
  EXPECT_FALSE(fs::exists(study));
  const auto with = [&](const std::string& runner, const std::string& metric) {
    const std::string file = changed("[search.strategy.hw_runner.average_bitwidth]",
                                     runner + "\n[search.strategy.hw_runner.average_bitwidth]");
    write_file(folder_ / file, read_file(folder_ / file) + metric + "\n");
    return std::vector<std::string>{"search", "--config", file, "--n-trials", "2"};
  };
  // As a backend, for the clock, and for what comes after the last trial.
  EXPECT_THAT(expect(4, with("[search.strategy.hw_runner.resources]\nbackend = \"yosys\"",
                             "lut.direction = \"minimize\"")),
              HasSubstr("yosys is not in PATH"));
  EXPECT_THAT(expect(4, with("[search.strategy.hw_runner.latency]\nclock_mhz = \"estimate\"",
                             "latency_ns.upper = 1000")),
              HasSubstr("yosys is not in PATH"));
  auto modelled = with("[search.strategy.hw_runner.resources]", "lut.direction = \"minimize\"");
  EXPECT_THAT(expect(4, modelled), AllOf(HasSubstr("yosys is not in PATH"),
                                         HasSubstr("measured before they are reported"),
                                         HasSubstr("--remeasure=false")));
  EXPECT_FALSE(fs::exists(study));
  modelled.emplace_back("--remeasure=false");
  EXPECT_THAT(good(modelled), HasSubstr("modelled where the table says so"));
}

}  // namespace
}  // namespace mase::cli
