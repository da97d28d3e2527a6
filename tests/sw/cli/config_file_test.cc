// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "gen/base/file.h"
#include "tests/sw/cli/error_of.h"

namespace mase::cli {
namespace {

using testing::HasSubstr;

ConfigFile parse(const std::string& text) { return parse_config(text, "my.toml"); }
std::string refusal(const std::string& text) {
  return error_of([&] { parse(text); });
}
Value option_of(const ConfigFile& config, const std::string& key) {
  return config.options.at(key).value;
}

std::string with_quantise(const std::string& key, const std::string& value) {
  return "[passes.quantize]\nby = \"type\"\n[passes.quantize.linear.config]\nname = \"integer\"\n" +
         key + " = " + value + "\n";
}

TEST(ConfigFile, EveryExampleLoads) {
  int files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(MASE_SOURCE_DIR "/configs/examples")) {
    if (entry.path().extension() != ".toml") continue;
    ++files;
    EXPECT_NO_THROW(read_config(entry.path())) << entry.path();
  }
  EXPECT_GE(files, 12);
}

TEST(ConfigFile, ReadsTheFilesOfMaseAsTheyAre) {
  const auto config = read_config(MASE_SOURCE_DIR "/configs/examples/jsc_toy_by_type.toml");
  EXPECT_EQ(option_of(config, "model"), Value(std::string("jsc-tiny")));
  EXPECT_EQ(option_of(config, "learning_rate"), Value(1e-2));
  ASSERT_TRUE(config.search);
  EXPECT_EQ(config.search->space.seeds.size(), 3u);
  EXPECT_EQ(config.search->strategy.metrics.size(), 2u);
  EXPECT_EQ(option_of(config, "n_trials"), Value(int64_t{5}));
  EXPECT_EQ(option_of(config, "sampler"), Value(std::string("tpe")));
  EXPECT_EQ(config.sections.find("n_trials"), std::string::npos) << "written as an option";
  ASSERT_TRUE(config.quantise);
  EXPECT_EQ(config.quantise->by, pass::QuantiseBy::kType);
  EXPECT_FALSE(config.quantise->default_config.enabled());
  ASSERT_EQ(config.quantise->configs.size(), 1u);
  const auto& [name, quant] = config.quantise->configs.front();
  EXPECT_EQ(name, "linear");
  EXPECT_EQ(quant.data_in_width, 8);
  EXPECT_EQ(quant.weight_frac_width, 4);
  const auto brute = read_config(MASE_SOURCE_DIR "/configs/examples/jsc_new_by_type_brute.toml");
  EXPECT_EQ(option_of(brute, "accelerator"), Value(std::string("gpu")));
}

TEST(ConfigFile, EveryOptionIsAKeyUnderEachOfItsNames) {
  for (const auto& option : options()) {
    for (const auto& key : option.keys()) {
      std::string value;
      switch (option.type) {
        case Type::kFlag: value = "true"; break;
        case Type::kInteger: value = "8"; break;
        case Type::kReal: value = "0.25"; break;
        case Type::kChoice: value = "\"" + std::string(option.choices.front()) + "\""; break;
        default: value = "\"some text\"";
      }
      const auto config = parse(key + " = " + value + "\n");
      EXPECT_TRUE(config.options.contains(std::string(option.key))) << key;
      EXPECT_EQ(config.options.at(std::string(option.key)).where, "my.toml:1");
    }
  }
}

TEST(ConfigFile, RegularizerKeysAreOptionsOfTraining) {
  const auto config = parse(
      "[train.regularizer]\nname = \"lut\"\nstrength = 0.3\nwarmup_epochs = 2\nramp_epochs = 5\n"
      "final_sparsity = 0.9\nprune_begin_epoch = 3\nprune_end_epoch = 60\n");
  EXPECT_EQ(option_of(config, "regularizer"), Value(std::string("lut")));
  EXPECT_EQ(option_of(config, "regularizer_strength"), Value(0.3));
  EXPECT_EQ(option_of(config, "regularizer_warmup"), Value(int64_t{2}));
  EXPECT_EQ(option_of(config, "regularizer_ramp"), Value(int64_t{5}));
  EXPECT_EQ(option_of(config, "final_sparsity"), Value(0.9));
  EXPECT_EQ(option_of(config, "prune_begin_epoch"), Value(int64_t{3}));
  EXPECT_EQ(option_of(config, "prune_end_epoch"), Value(int64_t{60}));
  EXPECT_EQ(config.options.at("final_sparsity").where, "my.toml:6");
  EXPECT_EQ(config.sections.find("train"), std::string::npos) << "written as options";
  EXPECT_THAT(refusal("[train.regularizer]\nname = \"luts\"\n"),
              testing::AllOf(HasSubstr("unknown value 'luts'"), HasSubstr("my.toml:2")));
  EXPECT_THAT(refusal("[train.regularizer]\nfinal_sparsity = 1.5\n"),
              HasSubstr("1.5 is above the greatest allowed value 0.999"));
  EXPECT_THAT(refusal("[train.regularizer]\nstrength = \"much\"\n"),
              HasSubstr("train.regularizer.strength = 'much': must be a number"));
  EXPECT_THAT(refusal("regularizer = \"lut\"\n[train.regularizer]\nname = \"lut\"\n"),
              HasSubstr("given twice, here and at my.toml:1"));
  EXPECT_THAT(refusal("[train.regulariser]\nname = \"lut\"\n"),
              HasSubstr("did you mean 'regularizer'?"));
  EXPECT_THAT(refusal("[train.regularizer]\nstrenght = 1\n"),
              HasSubstr("did you mean 'strength'?"));
  EXPECT_THAT(refusal("[train.regularizer]\nprune_end = 1\n"),
              HasSubstr("unknown key 'train.regularizer.prune_end'"));
}

TEST(ConfigFile, NumbersMayNameAChoice) {
  EXPECT_EQ(option_of(parse("trainer_precision = 64\n"), "trainer_precision"),
            Value(std::string("64")));
}

TEST(ConfigFile, NotAvailableMeansHalfOfTheWidth) {
  const auto config = parse(with_quantise("data_in_width", "8") + "data_in_frac_width = \"NA\"\n");
  EXPECT_EQ(config.quantise->configs.front().second.data_in_frac_width, std::nullopt);
}

TEST(ConfigFile, WidthsMayBeGivenForEachChannel) {
  const auto config = parse(with_quantise("data_in_width", "[8, 0, 3]") +
                            "data_in_frac_width = [4, 0, -1]\nweight_width = [32, 1]\n");
  const auto& quant = config.quantise->configs.front().second;
  EXPECT_EQ(quant.data_in_width, graph::Bits({8, 0, 3}));
  EXPECT_EQ(quant.data_in_frac_width, graph::Bits({4, 0, -1}));
  EXPECT_EQ(quant.weight_width, graph::Bits({32, 1}));
  for (const char* wrong : {"[]", "[8, 33]", "[8, -1]", "[8, [4]]", "[8, 4.0]", "0", "[\"NA\"]"}) {
    EXPECT_THAT(refusal(with_quantise("data_in_width", wrong)),
                HasSubstr("an integer from 1 to 32, or an array of integers from 0"))
        << wrong;
  }
  EXPECT_THAT(refusal(with_quantise("data_in_width", "[8, 4]") + "data_in_frac_width = [300, 1]\n"),
              HasSubstr("an integer from -256 to 256, an array of them"));
}

TEST(ConfigFile, ASearchOffersNoWidthsChannelByChannel) {
  EXPECT_THAT(refusal("[search.search_space]\nname = \"graph/quantize/mixed_precision_ptq\"\n"
                      "[search.search_space.setup]\nby = \"name\"\n"
                      "[search.search_space.seed.default.config]\ndata_in_width = [[8, 4], 6]\n"),
              HasSubstr("a search offers no widths channel by channel"));
}

TEST(ConfigFile, EntriesKeepTheOrderOfTheFile) {
  const auto config = parse(
      "[passes.quantize]\nby = \"regex_name\"\n"
      "[passes.quantize.\"seq_blocks_[4-9]\".config]\nname = \"NA\"\n"
      "[passes.quantize.\"seq_.*\".config]\nname = \"NA\"\n"
      "[passes.quantize.\"a\".config]\nname = \"NA\"\n");
  ASSERT_EQ(config.quantise->configs.size(), 3u);
  EXPECT_EQ(config.quantise->configs[0].first, "seq_blocks_[4-9]");
  EXPECT_EQ(config.quantise->configs[1].first, "seq_.*");
  EXPECT_EQ(config.quantise->configs[2].first, "a");
}

TEST(ConfigFile, ReadsHardwareForAllAndForOneNode) {
  const auto config = parse(
      "[hardware]\nclock_mhz = 200\ntarget_ii = 4\nmultiplier = \"lut\"\n"
      "[hardware.nodes.seq_blocks_2]\nparallelism_in = 4\nparallelism_out = 5\nfuse = false\n");
  EXPECT_EQ(config.hardware.clock_mhz, 200.0);
  EXPECT_EQ(config.hardware.target_ii, 4);
  EXPECT_EQ(config.hardware.standard.multiplier, "lut");
  const auto& node = config.hardware.nodes.at("seq_blocks_2");
  EXPECT_EQ(node.parallelism_in, 4);
  EXPECT_EQ(node.parallelism_out, 5);
  EXPECT_EQ(node.fuse, false);
  EXPECT_EQ(node.multiplier, std::nullopt);
}

TEST(ConfigFile, ReadsTheLayersOfAnMlp) {
  const auto config = parse("model = \"mlp\"\n[mlp]\nwidths = [16, 32, 5]\nbatch_norm = false\n");
  EXPECT_EQ(config.mlp->widths, (std::vector<int64_t>{16, 32, 5}));
  EXPECT_FALSE(config.mlp->batch_norm);
  EXPECT_THAT(refusal("[mlp]\nwidths = [16, 0, 5]\n"),
              HasSubstr("mlp.widths = an array: must be an array of two"));
}

TEST(ConfigFile, FoldBatchNormIsAPass) {
  EXPECT_TRUE(parse("[passes.fold_batch_norm]\n").fold_batch_norm);
  EXPECT_FALSE(parse("[passes.fold_batch_norm]\nenabled = false\n").fold_batch_norm);
  EXPECT_FALSE(parse("").fold_batch_norm);
}

TEST(ConfigFile, UnknownKeysNameLineAndNearestEverywhere) {
  const auto top = refusal("seed = 1\nlerning_rate = 1\n");
  EXPECT_THAT(top, HasSubstr("unknown key 'lerning_rate'"));
  EXPECT_THAT(top, HasSubstr("my.toml:2"));
  EXPECT_THAT(top, HasSubstr("did you mean 'learning_rate'?"));
  EXPECT_THAT(refusal("[pases.quantize]\n"), HasSubstr("did you mean 'passes'?"));
  EXPECT_THAT(refusal("[passes.quantise]\nby = \"type\"\n"), HasSubstr("did you mean 'quantize'?"));
  EXPECT_THAT(refusal(with_quantise("wieght_width", "8")),
              HasSubstr("unknown key 'passes.quantize.linear.config.wieght_width'"));
  EXPECT_THAT(
      refusal("[passes.quantize]\nby = \"type\"\n[passes.quantize.linaer.config]\nname = \"NA\"\n"),
      HasSubstr("did you mean 'linear'?"));
  EXPECT_THAT(refusal("[hardware]\nclock_mz = 1\n"), HasSubstr("did you mean 'clock_mhz'?"));
  EXPECT_THAT(refusal("[hardware.nodes.seq_blocks_2]\nparalelism_in = 1\n"),
              HasSubstr("did you mean 'parallelism_in'?"));
  EXPECT_THAT(refusal("[search.strategy.setup]\nn_trails = 1\n"),
              HasSubstr("did you mean 'n_trials'?"));
  EXPECT_THAT(refusal("[search.search_space.seed.linear]\nconfg = {}\n"),
              HasSubstr("search.search_space.seed.linear.confg"));
  EXPECT_THAT(refusal("[search.strategy.metrics]\naccuracy.uper = 1\n"),
              HasSubstr("did you mean 'upper'?"));
  EXPECT_THAT(refusal("[transform]\nstlye = \"graph\"\n"), HasSubstr("did you mean 'style'?"));
  EXPECT_THAT(refusal("[mlp]\nwidths = [2, 2]\nbatchnorm = true\n"),
              HasSubstr("did you mean 'batch_norm'?"));
}

TEST(ConfigFile, WidthsOutsideOneToThirtyTwoAreRefused) {
  for (const char* width : {"0", "33", "-1", "\"wide\"", "8.0"}) {
    const auto text = refusal(with_quantise("weight_width", width));
    EXPECT_THAT(text, HasSubstr("passes.quantize.linear.config.weight_width = "));
    EXPECT_THAT(text, HasSubstr("must be an integer from 1 to 32"));
    EXPECT_THAT(text, HasSubstr("my.toml:5"));
  }
  EXPECT_THAT(
      refusal(with_quantise("bias_frac_width", "\"half\"")),
      HasSubstr("must be an integer from -256 to 256, an array of them (one a channel), or "));
}

TEST(ConfigFile, ParallelismZeroIsRefused) {
  for (const char* key : {"parallelism_in", "parallelism_out"}) {
    const auto text = refusal(std::string("[hardware.nodes.seq_blocks_2]\n") + key + " = 0\n");
    EXPECT_THAT(text, HasSubstr(std::string("hardware.nodes.seq_blocks_2.") + key +
                                " = 0: must be an integer from 1"));
    EXPECT_THAT(text, HasSubstr("my.toml:2"));
  }
}

TEST(ConfigFile, BadChoicesListTheGoodOnes) {
  EXPECT_THAT(refusal("[passes.quantize]\nby = \"kind\"\n"),
              HasSubstr("must be one of type, name, regex_name"));
  EXPECT_THAT(refusal("[passes.quantize]\nreport = true\n"), HasSubstr("lacks the key 'by'"));
  EXPECT_THAT(refusal(with_quantise("rounding", "\"up\"")),
              HasSubstr("must be one of half_even, floor"));
  EXPECT_THAT(refusal("[hardware]\nstyle = \"rolled\"\n"),
              HasSubstr("must be one of folded, unrolled"));
  EXPECT_THAT(refusal("[hardware]\nadders_per_stage = 0\n"),
              HasSubstr("must be an integer from 1"));
  EXPECT_THAT(refusal("[hardware]\nclock_mhz = 0\n"), HasSubstr("must be a number above 0"));
}

TEST(ConfigFile, WrongTypesOfOptionsNameTheLine) {
  EXPECT_THAT(refusal("\nseed = \"x\"\n"), HasSubstr("seed = 'x': must be an integer"));
  EXPECT_THAT(refusal("\nseed = \"x\"\n"), HasSubstr("my.toml:2"));
  EXPECT_THAT(refusal("training_optimizer = \"rmsprop\"\n"), HasSubstr("unknown value 'rmsprop'"));
  EXPECT_THAT(refusal("batch_size = 0\n"),
              HasSubstr("batch_size: 0 is below the least allowed value 1"));
  EXPECT_THAT(refusal("to_debug = 1\n"), HasSubstr("must be true or false"));
}

TEST(ConfigFile, TwoNamesOfOneOptionAreRefused) {
  const auto text = refusal("cpu = 1\nnum_workers = 2\n");
  EXPECT_THAT(text, HasSubstr("'num_workers' is given twice, here and at my.toml:1"));
  EXPECT_THAT(text, HasSubstr("my.toml:2"));
}

TEST(ConfigFile, BrokenTomlNamesTheLine) {
  const auto text = refusal("seed = 1\nmodel = \n");
  EXPECT_THAT(text, HasSubstr("not valid TOML"));
  EXPECT_THAT(text, HasSubstr("my.toml:2"));
  EXPECT_THAT(error_of([] { read_config("no/such.toml"); }),
              HasSubstr("file not found: no/such.toml"));
}

TEST(ConfigFile, QuantConfigTakesThePlaceOfTheTable) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "quant_config";
  write_file(folder / "full.toml", with_quantise("weight_width", "3"));
  write_file(folder / "bare.toml", "by = \"name\"\n[default.config]\nname = \"NA\"\n");
  write_file(folder / "none.toml", "seed = 1\n");
  auto config = parse(with_quantise("weight_width", "8"));
  take_quantisation(config, folder / "full.toml");
  EXPECT_EQ(config.quantise->configs.front().second.weight_width, 3);
  EXPECT_EQ(parse(config.sections).quantise->configs.front().second.weight_width, 3);
  take_quantisation(config, folder / "bare.toml");
  EXPECT_EQ(config.quantise->by, pass::QuantiseBy::kName);
  EXPECT_EQ(parse(config.sections).quantise->by, pass::QuantiseBy::kName);
  EXPECT_THAT(error_of([&] { take_quantisation(config, folder / "none.toml"); }),
              HasSubstr("the file has no [passes.quantize]"));
}

}  // namespace
}  // namespace mase::cli
