// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "sw/data/dataset.h"
#include "tests/sw/cli/mase_gen.h"

namespace mase::cli {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

const char* const kJets = MASE_SHARED_DIR "/data/jsc_openml_1000.csv";

/// A jet model trained, quantised to 8 bits and simulated over every row, at three foldings.
struct JetModel {
  const char* config;
  int64_t largest_product;  ///< inputs x outputs of its largest linear: cycles a sample at
                            ///< parallelism 1x1
};

std::ostream& operator<<(std::ostream& stream, const JetModel& model) {
  return stream << model.config;
}

class Jets : public MaseGen, public testing::WithParamInterface<JetModel> {
 protected:
  /// Standardised rows of training and hold-out, as the network reads them.
  int64_t write_all_rows(const fs::path& path) const {
    data::DatasetOptions options;
    options.path = kJets;
    options.use_cache = false;
    const auto jets = data::load_jsc(options);
    std::string text;
    for (const auto* split : {&jets.train, &jets.test}) {
      for (int64_t r = 0; r < split->rows; ++r) {
        for (int64_t c = 0; c < split->columns; ++c) {
          text += fmt::format("{}{}", c == 0 ? "" : ",", split->features[r * split->columns + c]);
        }
        text += '\n';
      }
    }
    write_file(path, text);
    return jets.train.rows + jets.test.rows;
  }
};

TEST_P(Jets, HardwareGivesSoftwaresBitsAtEveryFolding) {
  if (!fs::exists(kJets)) GTEST_SKIP() << "the 1,000 jets are not here: " << kJets;
  const std::string config = fmt::format("{}{}_8bit.toml", kExamples, GetParam().config);
  const std::string project = fmt::format("mase_output/{}_8bit", GetParam().config);
  const std::string graph = project + "/software/transform/transformed_ckpt/graph_module.mz";
  const int64_t rows = write_all_rows(folder_ / "rows.csv");
  ASSERT_EQ(rows, 1000);
  good({"train", "--config", config, "--dataset-path", kJets, "--disable-dataset-cache"});
  good({"transform", "--config", config, "--load", project + "/software/training_ckpts/best.ckpt",
        "--load-type", "pl"});

  const auto simulate = [&](const std::string& name, const std::string& hardware,
                            const std::string& stall) {
    write_file(folder_ / (name + ".toml"), hardware);
    const auto text = good({"simulate", "--config", name + ".toml", "--load", graph, "--inputs",
                            "rows.csv", "--stall", stall, "--stall-seed", "11", "--project", name});
    EXPECT_THAT(text, HasSubstr(fmt::format("0 of {} outputs ({} samples)", 5 * rows, rows)));
    const auto metrics = report(name)["metrics"];
    EXPECT_EQ(metrics["mismatches"]["value"], 0);
    return metrics["ii_cycles"]["value"].get<int64_t>();
  };
  EXPECT_EQ(simulate("full", "[hardware]\ntarget_ii = 1\n", "none"), 1);
  // Parallelisms that do not divide the features: the last beats are padded inside the design.
  const int64_t mixed = simulate("mixed", "[hardware]\ntarget_ii = 13\n", "random");
  EXPECT_LE(mixed, 13);
  EXPECT_EQ(mixed, report("mixed")["metrics"]["ii_cycles_predicted"]["value"]);
  EXPECT_EQ(
      simulate("single", fmt::format("[hardware]\ntarget_ii = {}\n", GetParam().largest_product),
               "worst"),
      GetParam().largest_product);
}

class MaseManual : public MaseGen {};

/// The commands of MASE's manual with MASE's configuration; only the data's place is ours.
TEST_F(MaseManual, CommandsRunAsTheyAreWritten) {
  if (!fs::exists(kJets)) GTEST_SKIP() << "the 1,000 jets are not here: " << kJets;
  const Environment data("MASE_DATA", MASE_SHARED_DIR "/data");
  const auto trained =
      good({"train", "jsc-tiny", "jsc", "--max-epochs", "3", "--batch-size", "256", "--accelerator",
            "cpu", "--project", "tmp", "--debug", "--cpu", "0", "--disable-dataset-cache"});
  EXPECT_THAT(trained, HasSubstr("INFO     Project will be created at mase_output/tmp\n"));
  const std::string config = std::string(kExamples) + "jsc_toy_by_type.toml";
  const auto transformed = good(
      {"transform", "--config", config, "--task", "cls", "--accelerator=cpu", "--load",
       "mase_output/tmp/software/training_ckpts/best.ckpt", "--load-type", "pl", "--cpu", "0"});
  EXPECT_THAT(
      transformed,
      HasSubstr("INFO     Quantized graph histogram:\n"
                "| Original type   | OP           |   Total |   Changed |   Unchanged |\n"
                "|-----------------+--------------+---------+-----------+-------------|\n"
                "| BatchNorm1d     | batch_norm1d |       1 |         0 |           1 |\n"
                "| Linear          | linear       |       1 |         1 |           0 |\n"
                "| ReLU            | relu         |       2 |         0 |           2 |\n"
                "| output          | output       |       1 |         0 |           1 |\n"
                "| x               | placeholder  |       1 |         0 |           1 |\n"));
  const auto again =
      good({"train", "jsc-tiny", "jsc", "--max-epochs", "3", "--batch-size", "256", "--accelerator",
            "cpu", "--project", "tmp", "--debug", "--load",
            "mase_output/jsc-tiny/software/transform/transformed_ckpt/graph_module.mz",
            "--load-type", "mz", "--disable-dataset-cache"});
  EXPECT_THAT(again, HasSubstr("INFO     Training is completed"));
  const auto tested = good({"test", "jsc-tiny", "jsc", "--load",
                            "mase_output/tmp/software/training_ckpts/best.ckpt", "--load-type",
                            "pl", "--project", "tmp", "--disable-dataset-cache"});
  EXPECT_THAT(tested, HasSubstr("test_acc_epoch"));
}

INSTANTIATE_TEST_SUITE_P(EightBits, Jets,
                         testing::Values(JetModel{"jsc_tiny", 16 * 5}, JetModel{"jsc_toy", 16 * 8},
                                         JetModel{"hls4ml_jet", 64 * 32}),
                         [](const auto& info) {
                           std::string name = info.param.config;
                           std::erase(name, '_');
                           return name;
                         });

}  // namespace
}  // namespace mase::cli
