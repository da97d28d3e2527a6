// SPDX-License-Identifier: Apache-2.0
// [hardware] target_mhz, as a user asks for it.
#include <gmock/gmock.h>

#include <map>

#include "tests/sw/cli/mase_gen.h"

namespace mase::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class TargetMhz : public MaseGen {
 protected:
  void SetUp() override {
    MaseGen::SetUp();
    good({"transform", "--config", std::string(kExamples) + "toy_demo.toml", "--project", "q"});
  }

  std::vector<std::string> emit(const std::string& hardware, const std::string& project) const {
    write_file(folder_ / (project + ".toml"), "model = \"toy\"\n" + hardware);
    return {"emit",
            "--config",
            project + ".toml",
            "--project",
            project,
            "--load",
            "mase_output/q/software/transform/transformed_ckpt/graph_module.mz",
            "--load-type",
            "mz"};
  }
  std::string refused(const std::string& hardware) const {
    return expect(2, emit(hardware, "refused"));
  }
  std::string module(const std::string& project, const std::string& node) const {
    return read_file(folder_ / "mase_output" / project / "hardware/rtl" / (node + "_unrolled.sv"));
  }
  /// Clock edges from the stream in to the one out.
  static int latency(const std::string& text) {
    const std::string key = "latency ";
    return std::stoi(text.substr(text.find(key) + key.size()));
  }
};

constexpr const char* kUnrolled = "[hardware]\nstyle = \"unrolled\"\nadder_seconds = 0.1\n";
constexpr const char* kFirst = "seq_blocks_1";

TEST_F(TargetMhz, PlacesRegistersForTheClock) {
  good(emit(std::string(kUnrolled) + "target_mhz = 150\n", "slow"));
  good(emit(std::string(kUnrolled) + "target_mhz = 450\n", "fast"));
  const std::string slow = module("slow", kFirst), fast = module("fast", kFirst);
  EXPECT_THAT(slow, HasSubstr("registers for 150 MHz by the target's delays"));
  EXPECT_THAT(fast, HasSubstr("registers for 450 MHz by the target's delays"));
  EXPECT_LT(latency(slow), latency(fast));
  // What a node says of itself is nearer, whichever of the two keys it has.
  good(emit(std::string(kUnrolled) + "target_mhz = 450\n[hardware.nodes." + kFirst +
                "]\nadders_per_stage = 2\n",
            "mixed"));
  EXPECT_THAT(module("mixed", kFirst), HasSubstr("a register after every 2 at most"));
  EXPECT_THAT(module("mixed", "seq_blocks_3"), HasSubstr("registers for 450 MHz"));
}

TEST_F(TargetMhz, RefusesWhatCannotBe) {
  const std::string unrolled = kUnrolled;
  for (const char* wrong : {"0", "-3", "nan", "\"fast\""}) {
    EXPECT_THAT(refused(unrolled + "target_mhz = " + wrong + "\n"),
                AllOf(HasSubstr("refused.toml:5"), HasSubstr("target_mhz"),
                      HasSubstr("must be a number above 0")))
        << wrong;
  }
  EXPECT_THAT(refused(unrolled + "target_mhz = 20000\n"),
              AllOf(HasSubstr("A002"), HasSubstr("target_mhz is 20000"), HasSubstr("up to 10000")));
  EXPECT_THAT(refused(unrolled + "target_mhz = 5000\n"),
              AllOf(HasSubstr("A016"), HasSubstr(kFirst), HasSubstr("target_mhz is 5000"),
                    HasSubstr("MHz by the target's delays"), HasSubstr("ask for less")));
  EXPECT_THAT(refused(unrolled + "target_mhz = 200\nadders_per_stage = 2\n"),
              AllOf(HasSubstr("A002"), HasSubstr("adders_per_stage 2 and target_mhz 200"),
                    HasSubstr("keep one")));
  EXPECT_THAT(refused(unrolled + "[hardware.nodes." + kFirst +
                      "]\ntarget_mhz = 200\nadders_per_stage = 2\n"),
              AllOf(HasSubstr(kFirst), HasSubstr("adders_per_stage"), HasSubstr("target_mhz")));
  auto board = emit(unrolled + "target_mhz = 50\n", "board");
  board.insert(board.end(), {"--target", "ice40-hx8k"});
  EXPECT_THAT(expect(2, board), AllOf(HasSubstr("A017"), HasSubstr("target_mhz is 50")));
}

/// The pipeline's depth by the clock: cycles rise with it.
TEST_F(TargetMhz, IsAKeyOfASearch) {
  write_file(folder_ / "search.toml", R"(model = "toy"
dataset = "toy_tiny"
project = "clocks"
seed = 1
[hardware]
clock_mhz = 200
style = "unrolled"
adder_seconds = 0.1
[search.search_space]
name = "graph/quantize/mixed_precision_ptq"
setup.by = "type"
[search.search_space.seed.default.config]
name = ["NA"]
[search.search_space.seed.linear.config]
name = ["integer"]
data_in_width = [6]
data_in_frac_width = [3]
weight_width = [5]
weight_frac_width = [3]
bias_width = [6]
bias_frac_width = [3]
[search.search_space.hardware]
target_mhz = [100, 450, 5000]
[search.strategy]
name = "optuna"
eval_mode = true
[search.strategy.sw_runner.basic_evaluation]
data_loader = "val_dataloader"
num_samples = 64
[search.strategy.hw_runner.latency]
[search.strategy.hw_runner.resources]
[search.strategy.setup]
n_trials = 3
sum_scaled_metrics = false
[search.strategy.metrics]
latency_cycles.scale = 1.0
latency_cycles.direction = "minimize"
lut.scale = 0.001
lut.direction = "minimize"
)");
  EXPECT_THAT(
      good({"search", "--config", "search.toml", "--sampler", "brute-force", "--remeasure=false"}),
      AllOf(HasSubstr("cannot be built"), HasSubstr("A016"), HasSubstr("target_mhz is 5000")));
  const auto log = nlohmann::json::parse(
      read_file(folder_ / "mase_output/clocks/software/search_ckpts/log.json"));
  ASSERT_EQ(log.size(), 2u);
  std::map<int, double> cycles;  // by the clock
  for (const auto& [number, entry] : log.items()) {
    const auto& hardware = entry["user_attrs_sampled_config"]["seq_blocks_1"].contains("hardware")
                               ? entry["user_attrs_sampled_config"]["seq_blocks_1"]["hardware"]
                               : entry["user_attrs_sampled_config"]["hardware"];
    cycles[hardware["target_mhz"].get<int>()] = entry["values_0"].get<double>();
  }
  ASSERT_EQ(cycles.size(), 2u) << log.dump(1);
  EXPECT_LT(cycles[100], cycles[450]);
}

}  // namespace
}  // namespace mase::cli
