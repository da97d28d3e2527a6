// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <spawn.h>
#include <sys/wait.h>
#include <chrono>
#include <csignal>
#include <thread>

#include "tests/sw/cli/mase_gen.h"

extern char** environ;

namespace mase::cli {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class MainJob : public MaseGen {};

/// What ./bootstrap.sh demo runs.
TEST_F(MainJob, ToyIsTrainedQuantisedEmittedAndSimulatedWithoutAMismatch) {
  const std::string config = std::string(kExamples) + "toy_demo.toml";
  const std::string checkpoint = "mase_output/demo_toy/software/training_ckpts/best.ckpt";
  const std::string graph =
      "mase_output/demo_toy/software/transform/transformed_ckpt/graph_module.mz";

  const auto trained = good({"train", "--config", config});
  EXPECT_THAT(trained, HasSubstr("| Name "));
  EXPECT_THAT(trained, HasSubstr("INFO     Training model 'toy'..."));
  EXPECT_THAT(trained, HasSubstr("Epoch 4: 100%|####################| 320/320"));

  const auto transformed =
      good({"transform", "--config", config, "--load", checkpoint, "--load-type", "pl"});
  EXPECT_THAT(transformed,
              HasSubstr("| Linear          | linear      |       3 |         3 |           0 |"));
  for (const char* file : {"graph_module.mz", "state_dict.pt", "node_meta_param.toml"}) {
    EXPECT_TRUE(fs::exists((folder_ / graph).parent_path() / file)) << file;
  }

  EXPECT_THAT(good({"test", "--config", config, "--load", graph}), HasSubstr("test_acc_epoch"));
  EXPECT_THAT(good({"emit", "--config", config, "--load", graph}), HasSubstr("mase_linear"));
  EXPECT_TRUE(fs::exists(folder_ / "mase_output/demo_toy/hardware/top.sv"));

  const auto simulated = good({"simulate", "--config", config, "--load", graph});
  EXPECT_THAT(simulated, HasSubstr("0 of 2000 outputs (1000 samples)"));
  const auto first = report("demo_toy");
  EXPECT_EQ(first["metrics"]["mismatches"]["value"], 0);
  EXPECT_EQ(first["metrics"]["ii_cycles"]["value"], 4);
  EXPECT_GE(first["metrics"]["float_accuracy"]["value"], 0.99);
  EXPECT_GE(first["metrics"]["accuracy"]["value"], 0.98);
  EXPECT_EQ(first["metrics"]["accuracy"]["value"], first["metrics"]["quantised_accuracy"]["value"]);
  EXPECT_EQ(first["metrics"]["latency_ns"]["unit"], "ns");

  // The emitted folder is complete by itself: simulated from another place, under stalls, without
  // the graph.
  fs::copy(folder_ / "mase_output/demo_toy/hardware", folder_ / "elsewhere",
           fs::copy_options::recursive);
  const auto elsewhere =
      good({"simulate", "toy", "toy-tiny", "--design", "elsewhere", "--stall", "random",
            "--stall-seed", "7", "--outputs", "out.csv", "--num-samples", "50"});
  EXPECT_THAT(elsewhere, HasSubstr("stall random, seed 7"));
  EXPECT_THAT(elsewhere, HasSubstr("0 of 100 outputs (50 samples)"));
  EXPECT_THAT(elsewhere, HasSubstr("Took the compiled simulator from the cache"));
  EXPECT_TRUE(fs::exists(folder_ / "out.csv"));

  // config.toml repeats the run from any folder.
  const auto again = run_process(
      {MASE_GEN, "simulate", "--config", (folder_ / "mase_output/demo_toy/config.toml").string()},
      "/");
  EXPECT_EQ(again.exit_code, 0) << again.output;
  auto second = report("demo_toy");
  EXPECT_EQ(second["design"], first["design"]);
  EXPECT_EQ(second["metrics"]["latency_cycles"], first["metrics"]["latency_cycles"]);
}

TEST_F(MainJob, QuantisationAwareTrainingGoesOnFromATransformedGraph) {
  const std::string config = std::string(kExamples) + "toy_uniform.toml";
  good({"transform", "--config", config, "--project", "p"});
  const std::string graph = "mase_output/p/software/transform/transformed_ckpt/graph_module.mz";
  const auto trained =
      good({"train", "--config", config, "--model", "toy", "--load", graph, "--load-type", "mz",
            "--max-epochs", "2", "--learning-rate", "1e-2", "--project", "p"});
  EXPECT_THAT(trained, HasSubstr("Loaded mase graph from " + graph));
  const auto emitted =
      good({"emit", "--config", config, "--load", "mase_output/p/software/training_ckpts/best.ckpt",
            "--load-type", "pl", "--project", "p"});
  EXPECT_THAT(emitted, HasSubstr("seq_blocks_1"));
}

TEST_F(MainJob, ToyReachesNinetyNinePercentInFiveEpochs) {
  const auto text =
      good({"train", "--config", std::string(kExamples) + "toy_train.toml", "--project", "p"});
  const auto epoch = text.find("Epoch 4: 100%");
  ASSERT_NE(epoch, std::string::npos) << text;
  EXPECT_EQ(text.find("Epoch 5:"), std::string::npos);
  const std::string key = "val_acc_epoch=";
  const auto at = text.find(key, epoch);
  ASSERT_NE(at, std::string::npos) << text;
  EXPECT_GE(std::stod(text.substr(at + key.size())), 0.99);
}

TEST_F(MainJob, FoldedBatchNormsAreTrainedOnAndEmitted) {
  write_file(
      folder_ / "fold.toml",
      "model = \"mlp\"\ndataset = \"toy_tiny\"\nproject = \"p\"\nmax_epochs = 1\nlearning_rate = "
      "1e-2\n"
      "[mlp]\nwidths = [4, 6, 2]\n[passes.fold_batch_norm]\n[passes.quantize]\nby = \"type\"\n"
      "[passes.quantize.default.config]\nname = \"integer\"\ndata_in_width = 9\ndata_in_frac_width "
      "= 5\nweight_width = 7\n"
      "weight_frac_width = 5\nbias_width = 7\nbias_frac_width = 5\n");
  good({"train", "--config", "fold.toml"});
  const std::string checkpoint = "mase_output/p/software/training_ckpts/best.ckpt";
  EXPECT_THAT(
      good({"transform", "--config", "fold.toml", "--load", checkpoint, "--load-type", "pl"}),
      HasSubstr("Folded "));
  good({"train", "--config", "fold.toml", "--load",
        "mase_output/p/software/transform/transformed_ckpt/graph_module.mz"});
  EXPECT_THAT(good({"simulate", "--config", "fold.toml", "--load", checkpoint, "--load-type", "pl",
                    "--stall", "worst"}),
              HasSubstr("0 of 2000 outputs"));
}

TEST_F(MainJob, RunEmitGoesOnToTheSimulation) {
  const std::string config = std::string(kExamples) + "toy_demo.toml";
  EXPECT_THAT(good({"transform", "--config", config, "--run-emit"}),
              HasSubstr("0 of 2000 outputs"));
  const auto ci =
      good({"transform", "--config", config, "--run-emit", "--github-ci", "--project", "ci"});
  EXPECT_THAT(ci, HasSubstr("Emitted design"));
  EXPECT_EQ(ci.find("Simulating"), std::string::npos);
  const auto built =
      good({"transform", "--config", config, "--run-emit", "--skip-test", "--project", "built"});
  EXPECT_THAT(built, HasSubstr("--skip-test: simulator "));
  EXPECT_FALSE(fs::exists(folder_ / "mase_output/built/hardware/report.json"));
}

TEST_F(MainJob, InterruptedTrainingResumesToTheSameResult) {
  const std::string config = std::string(kExamples) + "toy_train.toml";
  const auto words = [&](const std::string& project, bool resume) {
    std::vector<std::string> all = {"train", "--config",  config, "--max-epochs",
                                    "10",    "--project", project};
    if (resume) all.push_back("--resume");
    return all;
  };
  good(words("whole", false));

  std::vector<std::string> text = words("cut", false);
  text.insert(text.begin(), MASE_GEN);
  text.insert(text.end(), {"--project-dir", (folder_ / "mase_output").string()});
  std::vector<char*> arguments;
  for (auto& word : text) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  ASSERT_EQ(::posix_spawn(&child, MASE_GEN, nullptr, nullptr, arguments.data(), environ), 0);
  const auto last = folder_ / "mase_output/cut/software/training_ckpts/last.ckpt";
  int status = 0;
  while (!fs::exists(last)) {  // the first of ten epochs is over
    ASSERT_EQ(::waitpid(child, &status, WNOHANG), 0)
        << "training ended before its first checkpoint";
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  ASSERT_EQ(::kill(child, SIGINT), 0);
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 1) << "training was not cut";

  const auto resumed = good(words("cut", true));
  EXPECT_THAT(resumed, HasSubstr("Resuming in epoch "));
  EXPECT_EQ(resumed.find("Resuming in epoch 0, batch 0\n"), std::string::npos)
      << "training began anew";
  EXPECT_EQ(read_file(last),
            read_file(folder_ / "mase_output/whole/software/training_ckpts/last.ckpt"));
}

}  // namespace
}  // namespace mase::cli
