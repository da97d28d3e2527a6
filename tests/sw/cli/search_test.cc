// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <set>
#include <thread>

#include "tests/sw/cli/mase_gen.h"

extern char** environ;

namespace mase::cli {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
namespace fs = std::filesystem;

const char* const kSearchJets = MASE_SHARED_DIR "/data/jsc_openml_1000.csv";

class SearchJob : public MaseGen {
 protected:
  static std::string example(const std::string& name) { return kExamples + name; }

  json file(const std::string& project, const std::string& name) const {
    return json::parse(
        read_file(folder_ / "mase_output" / project / "software/search_ckpts" / name));
  }
  json log(const std::string& project) const { return file(project, "log.json"); }

  /// What a study found, but for times.
  json timeless_log(const std::string& project) const {
    json entries = log(project);
    for (auto& [number, entry] : entries.items()) {
      for (const char* key : {"datetime_start", "datetime_complete", "duration"}) entry.erase(key);
    }
    return entries;
  }

  static std::vector<std::string> keys_of(const nlohmann::ordered_json& object) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : object.items()) keys.push_back(key);
    return keys;
  }

  /// A search that trains in every trial, so that there is time to interrupt it.
  void write_slow_search(const std::string& name) const {
    std::string text = read_file(example("search_toy_tpe.toml"));
    const std::string runner = "[search.strategy.sw_runner.basic_evaluation]";
    text.insert(text.find(runner),
                "[search.strategy.sw_runner.basic_train]\ndata_loader = \"train_dataloader\"\n"
                "max_epochs = 1\nbatch_size = 16\nlearning_rate = 1e-2\n\n");
    write_file(folder_ / name, text);
  }

  pid_t start(std::vector<std::string> words) const {
    words.insert(words.begin(), MASE_GEN);
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t child = 0;
    EXPECT_EQ(::posix_spawn(&child, MASE_GEN, nullptr, nullptr, arguments.data(), environ), 0);
    return child;
  }

  /// Waits until the child has stored something; false when it ended before.
  static bool wait_for(const fs::path& file, pid_t child) {
    for (int i = 0; i < 6000; ++i) {
      if (fs::exists(file) && fs::file_size(file) > 0) return true;
      int status = 0;
      if (::waitpid(child, &status, WNOHANG) != 0) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  /// No number and no finished configuration twice, `n` trials that are COMPLETE.
  void expect_whole(const std::string& project, size_t n) const {
    std::set<int> numbers;
    std::set<std::string> configurations;
    size_t complete = 0;
    const json entries = log(project);
    for (const auto& [key, entry] : entries.items()) {
      EXPECT_EQ(key, std::to_string(entry["number"].get<int>()));
      EXPECT_TRUE(numbers.insert(entry["number"].get<int>()).second);
      if (entry["state"] != "COMPLETE") continue;
      ++complete;
      EXPECT_TRUE(configurations.insert(entry["user_attrs_sampled_config"].dump()).second)
          << "trial " << key << " repeats a configuration";
    }
    EXPECT_EQ(complete, n);
  }
};

TEST_F(SearchJob, ToySearchWritesMasesFilesAndTable) {
  const auto text = good({"search", "--config", example("search_toy_tpe.toml")});
  EXPECT_THAT(text, HasSubstr("Search: 100%|####################| 20/20"));
  EXPECT_THAT(text, HasSubstr("INFO     Best trial(s):\nBest trial(s):\n|    |   number | "
                              "software_metrics "));
  EXPECT_THAT(text, HasSubstr("|----+----------+---"));
  EXPECT_EQ(text.find("sources"), std::string::npos) << "a plain count needs no source";

  const auto folder = folder_ / "mase_output/toy_toy_tiny/software/search_ckpts";
  for (const char* name : {"study.db", "log.json", "best.json", "report.html"})
    EXPECT_TRUE(fs::exists(folder / name)) << name;
  const auto log = nlohmann::ordered_json::parse(read_file(folder / "log.json"));
  ASSERT_EQ(log.size(), 20u);
  const std::vector<std::string> keys = {"number",
                                         "values_0",
                                         "values_1",
                                         "user_attrs_hardware_metrics",
                                         "user_attrs_sampled_config",
                                         "user_attrs_scaled_metrics",
                                         "user_attrs_software_metrics",
                                         "state",
                                         "datetime_start",
                                         "datetime_complete",
                                         "duration"};
  int64_t before = 0;
  for (const auto& [number, entry] : log.items()) {
    EXPECT_EQ(keys_of(entry), keys);
    EXPECT_EQ(entry["state"], "COMPLETE");
    EXPECT_EQ(entry["values_0"], entry["user_attrs_scaled_metrics"]["accuracy"]);
    EXPECT_EQ(entry["values_1"], entry["user_attrs_scaled_metrics"]["average_bitwidth"]);
    EXPECT_NEAR(entry["values_1"].get<double>(),
                0.2 * entry["user_attrs_hardware_metrics"]["average_bitwidth"].get<double>(), 1e-9);
    EXPECT_GE(entry["datetime_start"].get<int64_t>(), before);
    before = entry["datetime_start"].get<int64_t>();
    EXPECT_EQ(entry["duration"].get<int64_t>(), entry["datetime_complete"].get<int64_t>() - before);
  }
  EXPECT_GT(before, 1'700'000'000'000) << "milliseconds since 1970";
  const auto best = nlohmann::ordered_json::parse(read_file(folder / "best.json"));
  ASSERT_FALSE(best.empty());
  const std::vector<std::string> best_keys = {"number",           "value",
                                              "software_metrics", "hardware_metrics",
                                              "scaled_metrics",   "sampled_config"};
  for (const auto& [index, entry] : best.items()) {
    EXPECT_EQ(keys_of(entry), best_keys);
    const auto& same = log[std::to_string(entry["number"].get<int>())];
    EXPECT_EQ(entry["sampled_config"], same["user_attrs_sampled_config"]);
    EXPECT_EQ(entry["value"][0], same["values_0"]);
    for (const auto& [number, other] : log.items()) {
      const bool dominated =
          other["values_0"] >= entry["value"][0] && other["values_1"] <= entry["value"][1] &&
          (other["values_0"] != entry["value"][0] || other["values_1"] != entry["value"][1]);
      EXPECT_FALSE(dominated) << entry["number"] << " by " << number;
    }
  }
}

TEST_F(SearchJob, ResumeAddsOnlyWhatIsMissing) {
  const std::string config = example("search_toy_tpe.toml");
  good({"search", "--config", config, "--n-trials", "7"});
  const auto first = timeless_log("toy_toy_tiny");
  ASSERT_EQ(first.size(), 7u);
  EXPECT_THAT(good({"search", "--config", config, "--n-trials", "12"}),
              HasSubstr("goes on, 7 trials are there"));
  const auto second = timeless_log("toy_toy_tiny");
  ASSERT_EQ(second.size(), 12u);
  for (const auto& [number, entry] : first.items()) EXPECT_EQ(second[number], entry);
  EXPECT_THAT(good({"search", "--config", config, "--n-trials", "12"}),
              HasSubstr("has its 12 trials already"));
  EXPECT_EQ(timeless_log("toy_toy_tiny"), second);
  expect_whole("toy_toy_tiny", 12);
  // One job is a function of the seed, wherever it was cut.
  good({"search", "--config", config, "--n-trials", "12", "--project", "whole"});
  EXPECT_EQ(timeless_log("whole"), second);
}

TEST_F(SearchJob, DeterministicJobsGiveTheLogOfOne) {
  const std::string config = example("search_toy_tpe.toml");
  good({"search", "--config", config, "--deterministic", "--project", "one"});
  good({"search", "--config", config, "--deterministic", "--n-jobs", "2", "--project", "two"});
  EXPECT_EQ(timeless_log("one"), timeless_log("two"));
}

TEST_F(SearchJob, AKilledRunGoesOnWithNothingLostOrRepeated) {
  write_slow_search("slow.toml");
  const std::vector<std::string> words = {
      "search", "--config",      (folder_ / "slow.toml").string(),   "--n-jobs",
      "2",      "--project-dir", (folder_ / "mase_output").string(), "--n-trials",
      "12"};
  const auto wal = folder_ / "mase_output/toy_toy_tiny/software/search_ckpts/study.db-wal";
  const pid_t child = start(words);
  ASSERT_TRUE(wait_for(wal, child));
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << "the search ended before it was killed";
  const auto text = good(words);
  EXPECT_THAT(text, HasSubstr("goes on"));
  expect_whole("toy_toy_tiny", 12);
}

TEST_F(SearchJob, CtrlCEndsCleanlyAndTheNextRunGoesOn) {
  write_slow_search("slow.toml");
  const std::vector<std::string> words = {
      "search", "--config",      (folder_ / "slow.toml").string(),  "--n-trials",
      "12",     "--project-dir", (folder_ / "mase_output").string()};
  const auto folder = folder_ / "mase_output/toy_toy_tiny/software/search_ckpts";
  const pid_t child = start(words);
  ASSERT_TRUE(wait_for(folder / "study.db-wal", child));
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  ASSERT_EQ(::kill(child, SIGINT), 0);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 1) << "the search was not cut";
  const auto cut = log("toy_toy_tiny");
  EXPECT_LT(cut.size(), 13u);
  for (const auto& [number, entry] : cut.items()) EXPECT_NE(entry["state"], "RUNNING");
  good(words);
  expect_whole("toy_toy_tiny", 12);
}

TEST_F(SearchJob, FilesOfMaseRunAsTheyAre) {
  if (!fs::exists(kSearchJets)) GTEST_SKIP() << "the 1,000 jets are not here: " << kSearchJets;
  const Environment data("MASE_DATA", MASE_SHARED_DIR "/data");
  const auto run_file = [&](const std::string& name) {
    return good({"search", "--config", example(name), "--accelerator", "cpu"});
  };
  EXPECT_THAT(run_file("jsc_toy_by_type.toml"),
              AllOf(HasSubstr("18 configurations"), HasSubstr("| 5/5 ["),
                    HasSubstr("seed.linear never applies")));
  EXPECT_THAT(run_file("jsc_new_by_type_brute.toml"),
              AllOf(HasSubstr("Every configuration of the space has been tried"),
                    HasSubstr("18 of 20 trials")));
  EXPECT_EQ(log("jsc-new-brute").size(), 18u);
  run_file("jsc_three_linear_layers_by_type.toml");
  const auto wide = log("jsc-three-linear-layers");
  ASSERT_EQ(wide.size(), 1u);
  EXPECT_EQ(wide["0"]["user_attrs_hardware_metrics"]["average_bitwidth"], 32);
  EXPECT_THAT(expect(2, {"search", "--config", example("search_opt_quantized_tpe_search.toml")}),
              AllOf(HasSubstr("OPT"), HasSubstr("mase-gen has none"), HasSubstr(".toml:3")));
}

TEST_F(SearchJob, OneObjectiveIsTheSum) {
  std::string text = read_file(example("search_toy_tpe.toml"));
  const std::string multi = "sum_scaled_metrics = false";
  text.replace(text.find(multi), multi.size(),
               "sum_scaled_metrics = true\ndirection = \"maximize\"");
  const std::string minimum = "average_bitwidth.scale = 0.2";
  text.replace(text.find(minimum), minimum.size(), "average_bitwidth.scale = -0.2");
  write_file(folder_ / "sum.toml", text);
  EXPECT_THAT(good({"search", "--config", "sum.toml", "--n-trials", "6"}), HasSubstr("best="));
  const auto entries = log("toy_toy_tiny");
  double best = -1e9;
  for (const auto& [number, entry] : entries.items()) {
    EXPECT_FALSE(entry.contains("values_0"));
    EXPECT_NEAR(entry["value"].get<double>(),
                entry["user_attrs_scaled_metrics"]["accuracy"].get<double>() +
                    entry["user_attrs_scaled_metrics"]["average_bitwidth"].get<double>(),
                1e-9);
    best = std::max(best, entry["value"].get<double>());
  }
  const auto reported = file("toy_toy_tiny", "best.json");
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_EQ(reported["0"]["value"][0], best);
}

TEST_F(SearchJob, ConstraintsThatNoTrialKeepsExitWithOne) {
  std::string text = read_file(example("search_toy_tpe.toml"));
  text += "average_bitwidth.upper = 1.5\n";
  write_file(folder_ / "tight.toml", text);
  EXPECT_THAT(expect(1, {"search", "--config", "tight.toml", "--n-trials", "4", "--emit-best"}),
              AllOf(HasSubstr("violating front="), HasSubstr("no trial keeps the constraints"),
                    HasSubstr("average_bitwidth.upper"), HasSubstr("so none is emitted")));
  EXPECT_EQ(file("toy_toy_tiny", "best.json")["0"]["violated_constraints"],
            json::array({"average_bitwidth.upper"}));
}

TEST_F(SearchJob, TheBestIsMeasuredAndItsDesignIsWhatWasMeasured) {
  // Hardware in every trial, two jobs, told in order: the same log as one job's.
  std::string text = read_file(example("search_toy_tpe.toml"));
  const std::string multi = "sum_scaled_metrics = false", runner = "[search.strategy.hw_runner.";
  text.replace(text.find(multi), multi.size(),
               "sum_scaled_metrics = true\ndirection = \"minimize\"");
  text.insert(text.find(runner),
              "[search.strategy.hw_runner.latency]\nbackend = \"systemc\"\nclock_mhz = 200\n"
              "[search.strategy.hw_runner.resources]\nbackend = \"model\"\n");
  text += "lut.scale = 0.001\nlatency_ns.upper = 10000\n";
  text.insert(text.find("[search.strategy]\n"),
              "[search.search_space.seed.default.hardware]\nparallelism_in = [1, 2, 4]\n"
              "[search.search_space.hardware]\nmultiplier = [\"dsp\", \"lut\"]\n");
  write_file(folder_ / "hw.toml", text);
  const std::vector<std::string> words = {"search",     "--config", "hw.toml", "--sampler",
                                          "greybox",    "--n-jobs", "2",       "--deterministic",
                                          "--n-trials", "16"};
  auto modelled = words;
  modelled.insert(modelled.end(), {"--remeasure=false", "--project", "modelled"});
  good(modelled);
  auto measured = words;
  measured.emplace_back("--emit-best");
  EXPECT_THAT(good(measured), AllOf(HasSubstr("with Verilator and Yosys"), HasSubstr("Sources"),
                                    HasSubstr("verilator: latency_cycles")));
  EXPECT_EQ(timeless_log("modelled"), timeless_log("toy_toy_tiny"));
  const auto best = file("toy_toy_tiny", "best.json")["0"];
  EXPECT_EQ(best["metric_sources"]["lut"], "yosys");
  EXPECT_EQ(best["metric_sources"]["latency_cycles"], "verilator");
  const auto& figures = best["hardware_metrics"];
  EXPECT_EQ(figures["latency_cycles"], best["modelled_metrics"]["latency_cycles"]);
  EXPECT_EQ(figures["latency_ns"].get<double>(), 5 * figures["latency_cycles"].get<double>());
  EXPECT_THAT(
      good({"simulate", "toy", "toy_tiny", "--project", "toy_toy_tiny", "--num-samples", "20"}),
      HasSubstr("0 of 40 outputs"));
  EXPECT_EQ(report("toy_toy_tiny")["metrics"]["latency_cycles"]["value"],
            figures["latency_cycles"]);
  good({"synth", "toy", "toy_tiny", "--project", "toy_toy_tiny", "--synth-scope", "nodes",
        "--design", "mase_output/toy_toy_tiny/hardware"});
  EXPECT_EQ(report("toy_toy_tiny")["metrics"]["lut"]["value"], figures["lut"]);
}

TEST_F(SearchJob, EmitBestWritesADesignThatSimulates) {
  good({"search", "--config", example("search_toy_tpe.toml"), "--n-trials", "4", "--emit-best"});
  EXPECT_TRUE(fs::exists(folder_ / "mase_output/toy_toy_tiny/hardware/top.sv"));
  EXPECT_THAT(
      good({"simulate", "toy", "toy_tiny", "--project", "toy_toy_tiny", "--num-samples", "50"}),
      HasSubstr("0 of 100 outputs"));
  const auto third = good({"search", "--config", example("search_toy_tpe.toml"), "--n-trials", "4",
                           "--emit-trial", "2"});
  EXPECT_THAT(third, HasSubstr("Saved the graph of trial 2"));
  EXPECT_THAT(expect(2, {"search", "--config", example("search_toy_tpe.toml"), "--n-trials", "4",
                         "--emit-trial", "77"}),
              HasSubstr("--emit-trial 77: the study has no such trial"));
}

}  // namespace
}  // namespace mase::cli
