// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>

#include "gen/base/file.h"
#include "tests/sw/cli/error_of.h"

namespace mase::cli {
namespace {

using testing::HasSubstr;
using Words = std::vector<std::string>;

Configuration merge(const Words& words, const std::string& toml = "") {
  return Configuration(parse_command_line(words), parse_config(toml, "my.toml"));
}

TEST(Configuration, CommandLineWinsOverFileAndFileOverDefault) {
  const auto config = merge({"train", "--seed", "3"}, "seed = 2\nbatch_size = 512\n");
  EXPECT_EQ(config.integer("seed"), 3);
  EXPECT_EQ(config.integer("batch_size"), 512);
  EXPECT_EQ(config.integer("max_epochs"), 20);
  EXPECT_DOUBLE_EQ(config.real("learning_rate"), 1e-5);
  EXPECT_EQ(config.setting("seed").where, "--seed");
  EXPECT_EQ(config.setting("batch_size").where, "my.toml:2");
  EXPECT_FALSE(config.given("max_epochs"));
}

TEST(Configuration, TableShowsAllFourColumnsOfEachOption) {
  const auto table =
      merge({"train", "toy", "--seed=3"}, "seed = 2\ntask = \"cls\"\n").effective_table();
  const auto squeezed = std::regex_replace(table, std::regex(" +"), " ");
  EXPECT_THAT(squeezed,
              HasSubstr("| Name | Default | Config. File | Manual Override | Effective |"));
  EXPECT_THAT(squeezed, HasSubstr("| task | classification | cls | | cls |"));
  EXPECT_THAT(squeezed, HasSubstr("| load_name | None | | | None |"));
  EXPECT_THAT(squeezed, HasSubstr("| seed | 0 | 2 | 3 | 3 |"));
  EXPECT_THAT(squeezed, HasSubstr("| learning_rate | 1e-05 | | | 1e-05 |"));
  EXPECT_THAT(squeezed, HasSubstr("| is_to_auto_requeue | False | | | False |"));
  EXPECT_THAT(squeezed,
              HasSubstr("| model | None | | toy | toy |\n| dataset | None | | | None |\n+"));
  // adder-graph is about a matrix and has a table of its own; what is common is in both.
  const auto of_matrix = std::regex_replace(merge({"adder-graph", "w.csv"}, "").effective_table(),
                                            std::regex(" +"), " ");
  EXPECT_THAT(of_matrix, HasSubstr("| matrix | None | | w.csv | w.csv |"));
  for (const auto& option : options()) {
    if (option.key.empty()) continue;
    const auto row = HasSubstr("| " + std::string(option.key) + " |");
    EXPECT_EQ(testing::Value(squeezed, row), (option.uses & kAll) != 0) << option.key;
    EXPECT_EQ(testing::Value(of_matrix, row), (option.uses & kAdderGraph) != 0) << option.key;
  }
}

TEST(Configuration, WhatCannotBeDoneIsAnErrorThatNamesIt) {
  const auto refusal = [](const Words& words, const std::string& toml = "") {
    return error_of([&] { merge(words, toml); });
  };
  EXPECT_THAT(refusal({"train", "--report-to", "wandb"}), HasSubstr("--report-to wandb"));
  EXPECT_THAT(refusal({"train", "--task", "translation"}), HasSubstr("--task translation"));
  EXPECT_THAT(refusal({"train", "--task", "lm"}), HasSubstr("classification only"));
  EXPECT_THAT(refusal({"train", "--nodes", "2"}), HasSubstr("--nodes 2"));
  EXPECT_THAT(refusal({"train", "--gpu", "2"}), HasSubstr("--num-devices 2"));
  EXPECT_THAT(refusal({"train", "--strategy", "ddp"}), HasSubstr("--strategy ddp"));
  EXPECT_THAT(refusal({"train", "--accelerator", "mps"}), HasSubstr("--accelerator mps"));
  EXPECT_THAT(refusal({"train", "--auto-requeue"}), HasSubstr("--auto-requeue"));
  EXPECT_THAT(refusal({"train", "--pretrained"}), HasSubstr("--pretrained"));
  EXPECT_THAT(refusal({"train", "--max-token-len", "8"}), HasSubstr("--max-token-len 8"));
  const auto from_file = refusal({"train"}, "\nnum_nodes = 2\n");
  EXPECT_THAT(from_file, HasSubstr("--nodes 2"));
  EXPECT_THAT(from_file, HasSubstr("my.toml:2"));
}

TEST(Configuration, WarnsAboutOptionsThatMeanNothingForTheAction) {
  EXPECT_THAT(merge({"train", "--stall", "random"}).warnings(),
              testing::ElementsAre(HasSubstr("--stall means nothing for 'train'")));
  EXPECT_THAT(merge({"train", "--load-type", "pl"}).warnings(),
              testing::ElementsAre(HasSubstr("--load-type means nothing without --load")));
  EXPECT_THAT(merge({"simulate", "--stall", "random"}).warnings(), testing::IsEmpty());
  // A file serves several actions, so its keys need not mean something for each of them.
  EXPECT_THAT(merge({"train"}, "stall = \"random\"\n").warnings(), testing::IsEmpty());
}

TEST(Configuration, ProjectFolderIsNamedAsMaseNamesIt) {
  const auto named = merge({"train", "--project", "mine", "--project-dir", "out"});
  EXPECT_EQ(named.project_folder("toy", "toy_tiny"), "out/mine");
  const auto dated = merge({"train", "--task", "cls"}).project_folder("toy", "toy_tiny").string();
  EXPECT_TRUE(std::regex_match(
      dated, std::regex("mase_output/toy_classification_toy_tiny_\\d{4}-\\d{2}-\\d{2}")))
      << dated;
}

TEST(Configuration, WrittenConfigurationRepeatsTheRun) {
  const std::string toml =
      "seed = 2\nlearning_rate = 1e-2\n[passes.quantize]\nby = \"regex_name\"\n"
      "[passes.quantize.\"seq_.*\".config]\nname = \"integer\"\ndata_in_width = "
      "8\ndata_in_frac_width = \"NA\"\n"
      "weight_width = 4\nbias_width = 4\n[hardware.nodes.seq_blocks_2]\nparallelism_in = 2\n";
  const auto first =
      merge({"train", "toy", "toy_tiny", "--max-epochs", "3", "--load", "a/b.ckpt"}, toml);
  const auto again =
      Configuration(parse_command_line({"train"}), parse_config(first.to_toml("p"), "config.toml"));
  for (const auto& setting : first.settings()) {
    const auto key = std::string(setting.option->key);
    if (key == "project" || setting.option->type == Type::kPath) continue;
    EXPECT_EQ(to_text(again.setting(key).effective), to_text(setting.effective)) << key;
  }
  EXPECT_EQ(again.text("project"), "p");
  EXPECT_EQ(again.text("load_name"), (std::filesystem::current_path() / "a/b.ckpt").string());
  ASSERT_TRUE(again.file().quantise);
  EXPECT_EQ(again.file().quantise->configs, first.file().quantise->configs);
  EXPECT_EQ(again.file().hardware.nodes.at("seq_blocks_2").parallelism_in, 2);
}

TEST(Configuration, LoadsFilesNamedOnTheCommandLine) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "configuration";
  write_file(folder / "main.toml",
             "seed = 9\nquant_config = \"" + (folder / "none.toml").string() + "\"\n");
  write_file(folder / "quant.toml", "by = \"type\"\n[linear.config]\nname = \"NA\"\n");
  const auto config = Configuration::load(
      parse_command_line({"transform", "--config", (folder / "main.toml").string(),
                          "--quant-config", (folder / "quant.toml").string()}));
  EXPECT_EQ(config.integer("seed"), 9);
  ASSERT_TRUE(config.file().quantise);
  EXPECT_EQ(config.file().quantise->configs.front().first, "linear");
  EXPECT_THAT(error_of([] {
                Configuration::load(parse_command_line({"train", "--config", "no.toml"}));
              }),
              HasSubstr("file not found: no.toml\n  --> --config"));
}

}  // namespace
}  // namespace mase::cli
