// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/sw/cli/mase_gen.h"

namespace mase::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
namespace fs = std::filesystem;

/// What the user of the program reads, and the exit status scripts see.
class BadInput : public MaseGen {
 protected:
  std::string refused(const std::vector<std::string>& words) const { return expect(2, words); }

  std::string quantised_toy() const {
    good({"transform", "--config", std::string(kExamples) + "toy_demo.toml", "--project", "q"});
    return (folder_ / "mase_output/q/software/transform/transformed_ckpt/graph_module.mz").string();
  }
};

TEST_F(BadInput, UnknownNamesGiveTheNearest) {
  EXPECT_THAT(refused({"train", "tooy", "toy_tiny"}),
              AllOf(HasSubstr("tooy"), HasSubstr("did you mean 'toy'?")));
  EXPECT_THAT(refused({"train", "toy", "toy_tny"}),
              AllOf(HasSubstr("toy_tny"), HasSubstr("did you mean 'toy_tiny'?")));
  EXPECT_THAT(refused({"train", "toy", "toy_tiny", "--max-epoch", "3"}),
              HasSubstr("did you mean '--max-epochs'?"));
  EXPECT_THAT(refused({"train", "toy", "toy_tiny", "--training-optimizer", "rmsprop"}),
              AllOf(HasSubstr("--training-optimizer"), HasSubstr("adam, sgd, adamw")));
  write_file(folder_ / "c.toml", "model = \"toy\"\ndatset = \"toy_tiny\"\n");
  EXPECT_THAT(refused({"train", "--config", "c.toml"}),
              AllOf(HasSubstr("c.toml:2"), HasSubstr("did you mean 'dataset'?")));
}

TEST_F(BadInput, DashesAndUnderscoresAreAlike) {
  good({"emit", "toy", "--load", quantised_toy()});
  EXPECT_THAT(good({"train", "toy", "toy-tiny", "--max-epochs", "1", "--project", "a"}),
              HasSubstr("dataset 'toy_tiny'"));
  EXPECT_THAT(refused({"train", "jsc_tiny", "jsc", "--dataset-path", "nowhere.csv"}),
              HasSubstr("nowhere.csv"));
}

TEST_F(BadInput, SimulateSaysThatNothingWasEmitted) {
  EXPECT_THAT(refused({"simulate", "toy", "toy_tiny", "--project", "empty"}),
              AllOf(HasSubstr("no design in"), HasSubstr("empty/hardware"),
                    HasSubstr("mase-gen emit"), HasSubstr("--load")));
}

TEST_F(BadInput, RegularizersSayWhatTheyNeed) {
  EXPECT_THAT(refused({"train", "toy", "toy_tiny", "--final-sparsity", "0.5"}),
              AllOf(HasSubstr("K020"), HasSubstr("--final-sparsity is 0.5, but no regularizer"),
                    HasSubstr("--regularizer lut")));
  write_file(folder_ / "c.toml", "max_epochs = 1\n[train.regularizer]\nstrength = 1\n");
  EXPECT_THAT(refused({"train", "toy", "toy_tiny", "--config", "c.toml"}),
              AllOf(HasSubstr("--regularizer-strength is 1"), HasSubstr("c.toml:3")));
  // Saying none is no mistake: a file may serve the float training, too.
  good({"train", "toy", "toy_tiny", "--config", "c.toml", "--regularizer", "none"});
  EXPECT_THAT(refused({"train", "toy", "toy_tiny", "--regularizer", "lut"}),
              AllOf(HasSubstr("no linear of model toy is quantised"), HasSubstr("--load")));
  EXPECT_THAT(refused({"train", "toy", "toy_tiny", "--load", quantised_toy(), "--regularizer",
                       "lut", "--max-epochs", "3", "--regularizer-warmup", "3"}),
              HasSubstr("regularizer_warmup is 3"));
  const std::vector<std::string> run = {
      "train",         "toy",       "toy_tiny",     "--load", quantised_toy(),
      "--regularizer", "lut",       "--max-epochs", "3",      "--final-sparsity",
      "0.5",           "--project", "lut"};
  EXPECT_THAT(good(run), AllOf(HasSubstr("Regularizer lut:"), HasSubstr("lut_proxy_epoch=")));
  const auto record = read_file(folder_ / "mase_output/lut/config.toml");
  EXPECT_THAT(record, AllOf(HasSubstr("regularizer = \"lut\""), HasSubstr("final_sparsity = 0.5")));
}

TEST_F(BadInput, CheckpointsAreRecognisedWhereAGraphIsWanted) {
  good({"train", "toy", "toy_tiny", "--max-epochs", "1", "--project", "p"});
  EXPECT_THAT(refused({"emit", "toy", "--load",
                       (folder_ / "mase_output/p/software/training_ckpts/best.ckpt").string()}),
              AllOf(HasSubstr("zip archive"), HasSubstr("--load-type pl")));
}

TEST_F(BadInput, BatchNormNeedsTwoSamplesABatch) {
  if (!fs::exists(MASE_SHARED_DIR "/data/jsc_openml_1000.csv"))
    GTEST_SKIP() << "needs the 1,000 jets";
  EXPECT_THAT(refused({"train", "jsc-toy", "jsc", "--dataset-path",
                       MASE_SHARED_DIR "/data/jsc_openml_1000.csv", "--batch-size", "1"}),
              AllOf(HasSubstr("seq_blocks_0 (batch_norm1d)"), HasSubstr("--batch-size 2")));
}

// A .mz holds its network; it needs no entry in the zoo.
TEST_F(BadInput, GraphsOfAnyNameAreEmitted) {
  std::string bytes = read_file(quantised_toy());
  const size_t at = bytes.find(R"(\"name\":\"toy\")");
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at + 9, 7, R"(\"my_\")");
  write_file(folder_ / "mine.mz", bytes);
  EXPECT_THAT(good({"emit", "--load", "mine.mz", "--project", "mine"}),
              HasSubstr("Emitted design"));
  EXPECT_TRUE(fs::exists(folder_ / "mase_output/mine/hardware/top.sv"));
}

TEST_F(BadInput, MissingModelOrDatasetSaysHowToNameIt) {
  EXPECT_THAT(refused({"train"}), AllOf(HasSubstr("needs a"), HasSubstr("none is named")));
  EXPECT_THAT(refused({"train", "toy"}),
              AllOf(HasSubstr("needs a dataset"), HasSubstr("third word")));
  EXPECT_THAT(refused({"train", "jsc-tiny", "toy_tiny"}),
              AllOf(HasSubstr("16 features"), HasSubstr("do not fit")));
}

TEST_F(BadInput, AbsentDatasetSaysWhereToGetItAndWhereToPutIt) {
  const Environment nowhere("MASE_DATA", (folder_ / "none").string());
  const auto text = refused({"train", "jsc-tiny", "jsc"});
  EXPECT_THAT(text, AllOf(HasSubstr("42468"), HasSubstr("--dataset-path"), HasSubstr("MASE_DATA")));
}

TEST_F(BadInput, BrokenGraphsAndCheckpointsAreNamed) {
  const std::string graph = quantised_toy();
  const std::string bytes = read_file(graph);
  write_file(folder_ / "short.mz", bytes.substr(0, bytes.size() / 2));
  std::string torn = bytes;
  torn[12] = '\0';
  write_file(folder_ / "torn.mz", torn);
  write_file(folder_ / "text.ckpt", "no checkpoint");
  EXPECT_THAT(refused({"emit", "--load", "missing.mz"}), HasSubstr("missing.mz"));
  EXPECT_THAT(refused({"emit", "--load", "short.mz"}), HasSubstr("short.mz"));
  EXPECT_THAT(refused({"emit", "--load", "torn.mz"}), HasSubstr("torn.mz"));
  EXPECT_THAT(refused({"test", "toy", "toy_tiny", "--load", "text.ckpt", "--load-type", "pl"}),
              HasSubstr("text.ckpt"));
  EXPECT_THAT(refused({"test", "jsc-tiny", "toy_tiny", "--load", graph}),
              AllOf(HasSubstr("holds the graph 'toy'"), HasSubstr("model jsc-tiny"),
                    HasSubstr("graph_module.mz")));
}

TEST_F(BadInput, UnquantisedNodesCannotBeEmitted) {
  EXPECT_THAT(refused({"emit", "toy", "toy_tiny"}),
              AllOf(HasSubstr("seq_blocks_1"), HasSubstr("not quantised"), HasSubstr("data_in")));
}

TEST_F(BadInput, ParallelismAboveTheFeaturesNamesTheNode) {
  const std::string graph = quantised_toy();
  write_file(folder_ / "h.toml", "[hardware.nodes.seq_blocks_1]\nparallelism_in = 5\n");
  EXPECT_THAT(refused({"emit", "--load", graph, "--config", "h.toml"}),
              AllOf(HasSubstr("seq_blocks_1"), HasSubstr("parallelism_in")));
  write_file(folder_ / "n.toml", "[hardware.nodes.seq_block_1]\nparallelism_in = 1\n");
  EXPECT_THAT(refused({"emit", "--load", graph, "--config", "n.toml"}),
              HasSubstr("did you mean 'seq_blocks_1'?"));
}

TEST_F(BadInput, SeedsThatApplyToNothingAreWarnedAbout) {
  write_file(folder_ / "q.toml",
             "[passes.quantize]\nby = \"name\"\n[passes.quantize.linear.config]\nname = "
             "\"integer\"\ndata_in_width = 8\n"
             "weight_width = 8\nbias_width = 8\n");
  const auto text = good({"transform", "toy", "--config", "q.toml"});
  EXPECT_THAT(text, HasSubstr("WARNING  passes.quantize.linear (q.toml:1) applies to no node"));
  const auto silent = good({"transform", "toy", "--config", "q.toml", "--no-warnings"});
  EXPECT_EQ(silent.find("WARNING"), std::string::npos);
}

TEST_F(BadInput, TransformNeedsAPass) {
  EXPECT_THAT(refused({"transform", "toy", "toy_tiny"}), HasSubstr("[passes.quantize]"));
}

TEST_F(BadInput, MissingVerilatorExitsWithFour) {
  const std::string graph = quantised_toy();
  const Environment no_tools("PATH", (folder_ / "empty").string());
  const Environment no_cache("MASE_CACHE_DIR", (folder_ / "cache").string());
  EXPECT_THAT(expect(4, {"simulate", "toy", "toy_tiny", "--load", graph}),
              AllOf(HasSubstr("erilator"), HasSubstr("install")));
}

TEST_F(BadInput, OutputFolderThatCannotBeWrittenIsNamed) {
  write_file(folder_ / "taken", "a file, not a folder");
  EXPECT_THAT(refused({"train", "toy", "toy_tiny", "--max-epochs", "1", "--project-dir", "taken"}),
              AllOf(HasSubstr("cannot write taken"), HasSubstr("--project-dir")));
}

TEST_F(BadInput, FullDiskIsNamedAndLeavesNothingHalfWritten) {
  // A limit on the size of files fails a write in its middle, as a full disk does.
  const auto result = run_process(
      {"bash", "-c",
       "trap '' XFSZ; ulimit -f 1; exec \"$0\" transform --project full --config \"$1\"", MASE_GEN,
       std::string(kExamples) + "toy_demo.toml"},
      folder_);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("cannot write mase_output/full/config.toml"), HasSubstr("help:")));
  EXPECT_TRUE(fs::is_empty(folder_ / "mase_output/full"));
}

TEST_F(BadInput, ResumeNeedsAStateToGoOnFrom) {
  EXPECT_THAT(refused({"train", "toy", "toy_tiny", "--resume", "--project", "none"}),
              HasSubstr("last.ckpt"));
  EXPECT_THAT(refused({"train", "toy", "toy_tiny", "--resume", "--load", "x.mz"}),
              HasSubstr("--load-type pl"));
}

TEST_F(BadInput, DesignAndLoadExcludeEachOther) {
  EXPECT_THAT(refused({"simulate", "--design", "a", "--load", "b.mz"}),
              HasSubstr("--design and --load"));
  EXPECT_THAT(refused({"simulate", "toy", "toy_tiny", "--design", "nowhere"}),
              HasSubstr("nowhere"));
}

TEST_F(BadInput, InformationNeedsNoAction) {
  EXPECT_THAT(good({"--help"}), HasSubstr("trainer options:"));
  EXPECT_THAT(good({"--version"}),
              AllOf(HasSubstr("mase-gen "), HasSubstr("LibTorch "), HasSubstr("Verilator ")));
  EXPECT_THAT(good({"--info"}), AllOf(HasSubstr("jsc-three-linear-layers"), HasSubstr("toy_tiny")));
  EXPECT_THAT(good({"--info", "model"}), HasSubstr("hls4ml-jet"));
}

}  // namespace
}  // namespace mase::cli
