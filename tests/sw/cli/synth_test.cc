// SPDX-License-Identifier: Apache-2.0
// mase-gen synth, and the netlist it counts in simulation.
#include <gmock/gmock.h>

#include "tests/sw/cli/mase_gen.h"

namespace mase::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
namespace fs = std::filesystem;

/// A batch norm and a linear, one DSP each: a synthesis of them takes seconds.
constexpr char kSmall[] = R"(model = "mlp"
dataset = "toy_tiny"
project = "small"
[mlp]
widths = [4, 2]
[passes.quantize]
by = "type"
[passes.quantize.default.config]
name = "integer"
data_in_width = 6
data_in_frac_width = 3
weight_width = 5
weight_frac_width = 3
bias_width = 5
bias_frac_width = 3
[hardware]
target_ii = 8
multiplier = "dsp"
)";

class Synth : public MaseGen {
 protected:
  void emit_small() const {
    write_file(folder_ / "small.toml", kSmall);
    good({"transform", "--config", "small.toml"});
    good({"emit", "--config", "small.toml", "--load",
          "mase_output/small/software/transform/transformed_ckpt/graph_module.mz"});
  }
  std::string hardware() const { return (folder_ / "mase_output/small/hardware").string(); }
};
class SynthSlow : public Synth {};

TEST_F(Synth, CountsADesignAndItsNetlistIsSimulated) {
  if (find_program("yosys").empty()) GTEST_SKIP() << "needs yosys";
  emit_small();
  const auto text = good({"synth", "--config", "small.toml"});
  EXPECT_THAT(text, AllOf(HasSubstr("| seq_blocks_0 "), HasSubstr("| seq_blocks_1 "),
                          HasSubstr("| sum against whole |")));
  EXPECT_THAT(text, AllOf(HasSubstr(" of xcu250, "), HasSubstr(" of one SLR)"),
                          HasSubstr("(estimate before place and route)")));
  EXPECT_THAT(text, HasSubstr("3 syntheses, "));
  EXPECT_EQ(text.find("$auto"), std::string::npos) << "names that only Yosys knows";
  const auto metrics = report("small")["metrics"];
  EXPECT_EQ(metrics["lut"]["source"], "yosys");
  EXPECT_EQ(metrics["dsp"]["value"], 2);
  EXPECT_GT(metrics["fmax_mhz"]["value"], metrics["fmax_low_mhz"]["value"]);
  const auto detail = nlohmann::json::parse(read_file(hardware() + "/synth/report.json"));
  EXPECT_EQ(detail["stages"].size(), 2u);
  EXPECT_EQ(detail["total"]["lut"], metrics["lut"]);
  EXPECT_THAT(read_file(hardware() + "/synth/critical_path.txt"),
              HasSubstr("estimate before place and route"));

  const auto again = good({"synth", "--design", hardware(), "--synth-scope", "nodes"});
  EXPECT_THAT(again, HasSubstr("2 syntheses, 2 of them from the cache"));

  const auto simulated = good({"simulate", "--config", "small.toml", "--design", hardware(),
                               "--level", "netlist", "--stall", "worst"});
  EXPECT_THAT(simulated,
              AllOf(HasSubstr("0 of 2000 outputs (1000 samples)"),
                    HasSubstr("netlist.v (from the cache)"), HasSubstr("2 DSP48E2, 0 BRAM36")));
  const auto after = report("small");
  EXPECT_EQ(after["level"], "netlist");
  EXPECT_EQ(after["metrics"]["mismatches"]["value"], 0);
  EXPECT_EQ(after["metrics"]["lut"]["source"], "yosys");  // the synthesis is still known
}

TEST_F(SynthSlow, NetlistInTheSystemcBenchKeepsItsBitsAndCycles) {
  if (find_program("yosys").empty()) GTEST_SKIP() << "needs yosys";
  emit_small();
  const std::vector<std::string> words = {"simulate", "--config", "small.toml", "--design",
                                          hardware(), "--stall",  "random",     "--backend",
                                          "systemc",  "--level",  "netlist"};
  EXPECT_THAT(good(words), HasSubstr("0 of 2000 outputs (1000 samples)"));
  const auto netlist = report("small")["metrics"];
  EXPECT_THAT(good({words.begin(), words.end() - 2}), HasSubstr("0 of 2000 outputs"));
  const auto rtl = report("small")["metrics"];
  for (const char* key : {"cycles", "host_latency_ns", "host_throughput_sps"})
    EXPECT_EQ(netlist[key], rtl[key]) << key;
}

TEST_F(Synth, YosysMissingEndsWithFourBeforeAnyWork) {
  emit_small();
  const Environment no_tools("PATH", (folder_ / "empty").string());
  for (const auto& words :
       {std::vector<std::string>{"synth", "--design", hardware()},
        {"simulate", "--config", "small.toml", "--design", hardware(), "--level", "netlist"}}) {
    const auto text = expect(4, words);
    EXPECT_THAT(text, AllOf(HasSubstr("error[Y001]: yosys is not in PATH"), HasSubstr("help: ")));
    EXPECT_EQ(text.find("INFO"), std::string::npos) << text;
  }
  EXPECT_FALSE(fs::exists(hardware() + "/synth"));
}

TEST_F(Synth, BadTargetsAndScopesAreNamed) {
  if (find_program("yosys").empty()) GTEST_SKIP() << "needs yosys";
  emit_small();
  EXPECT_THAT(expect(2, {"synth", "--design", hardware(), "--target", "xcu20"}),
              AllOf(HasSubstr("no target 'xcu20'"), HasSubstr("did you mean 'xcu250'?")));
  write_file(folder_ / "mine.toml", "name = \"mine\"\n");
  EXPECT_THAT(expect(2, {"synth", "--design", hardware(), "--target", "mine.toml"}),
              AllOf(HasSubstr("'part' is missing"), HasSubstr("mine.toml")));
  EXPECT_THAT(expect(2, {"synth", "--design", hardware(), "--synth-scope", "node"}),
              HasSubstr("did you mean 'nodes'?"));
  EXPECT_THAT(expect(2, {"synth", "--design", "nowhere"}), HasSubstr("no emitted design in"));
}

TEST_F(Synth, ADesignThatDoesNotFitIsSaid) {
  if (find_program("yosys").empty()) GTEST_SKIP() << "needs yosys";
  emit_small();
  std::string small = read_file(MASE_SOURCE_DIR "/configs/targets/xcu250.toml");
  const std::string capacity = "dsp = 3072";
  const size_t at = small.find(capacity);
  ASSERT_NE(at, std::string::npos);
  small.replace(at, capacity.size(), "dsp = 1");
  write_file(folder_ / "slr.toml", small);
  EXPECT_THAT(good({"synth", "--design", hardware(), "--target", "slr.toml"}),
              HasSubstr("takes more DSP48E2 than one SLR"));
  small.replace(small.find("dsp = 12288"), 11, "dsp = 1");
  write_file(folder_ / "device.toml", small);
  EXPECT_THAT(good({"synth", "--design", hardware(), "--target", "device.toml"}),
              HasSubstr("does not fit xcu250: too few DSP48E2"));
}

}  // namespace
}  // namespace mase::cli
