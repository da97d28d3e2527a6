// SPDX-License-Identifier: Apache-2.0
// simulate --backend verilator, model and systemc: one design, the same cycles.
#include <gmock/gmock.h>

#include "tests/sw/cli/mase_gen.h"

namespace mase::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

const std::string kToy = std::string(kExamples) + "toy_demo.toml";

class Backends : public MaseGen {
 protected:
  void SetUp() override {
    MaseGen::SetUp();
    good({"transform", "--config", kToy, "--project", "toy"});
    good({"emit", "--config", kToy, "--project", "toy", "--load",
          "mase_output/toy/software/transform/transformed_ckpt/graph_module.mz"});
  }
  std::vector<std::string> words(std::vector<std::string> more) const {
    more.insert(more.begin(), {"simulate", "--config", kToy, "--project", "toy"});
    return more;
  }
};

TEST_F(Backends, ModelAndSystemcGiveVerilatorsCycles) {
  for (const std::string stall : {"none", "random", "worst"}) {
    SCOPED_TRACE(stall);
    EXPECT_THAT(good(words({"--stall", stall, "--stall-seed", "3"})),
                HasSubstr("0 of 2000 outputs"));
    const auto verilator = report("toy");
    EXPECT_EQ(verilator["backend"], "verilator");
    EXPECT_THAT(good(words({"--stall", stall, "--stall-seed", "3", "--backend", "model"})),
                AllOf(HasSubstr("(systemc-model)"), Not(HasSubstr("Compiled"))));
    const auto model = report("toy");
    EXPECT_EQ(model["backend"], "model");
    for (const char* key : {"latency_cycles", "ii_cycles", "cycles", "samples"})
      EXPECT_EQ(model["metrics"][key]["value"], verilator["metrics"][key]["value"]) << key;
    for (const char* key : {"latency_ns", "throughput_sps"}) {
      EXPECT_EQ(model["metrics"][key]["value"], verilator["metrics"][key]["value"]) << key;
      EXPECT_THAT(model["metrics"][key]["source"].get<std::string>(), HasSubstr("systemc-model"));
    }
    ASSERT_EQ(model["stages"].size(), 3u);
    for (size_t i = 0; i < 3; ++i) {
      for (const char* key : {"busy_cycles", "stall_cycles"})
        EXPECT_EQ(model["stages"][i][key]["value"], verilator["stages"][i][key]["value"])
            << i << " " << key;
    }
  }
  good(words({}));
  const auto verilator = report("toy");
  const auto text = good(words({"--backend", "systemc", "--host-clock-mhz", "100", "--dma-width",
                                "64", "--dma-burst", "4", "--outputs", "systemc.csv"}));
  EXPECT_THAT(text, AllOf(HasSubstr("0 of 2000 outputs"), HasSubstr("host to host, one sample"),
                          HasSubstr("DMA at 100 MHz, words of 64 bits, bursts of 4 words")));
  const auto systemc = report("toy");
  EXPECT_EQ(systemc["backend"], "systemc");
  EXPECT_EQ(systemc["host"]["dma_word_bits"], 64);
  EXPECT_EQ(systemc["host"]["burst_words"], 4);
  EXPECT_EQ(systemc["host"]["host_clock_period_ps"], 10000);
  EXPECT_EQ(systemc["host"]["design_clock_period_ps"], 5000);  // [hardware] clock_mhz = 200
  for (const char* key : {"latency_cycles", "ii_cycles"})
    EXPECT_EQ(systemc["metrics"][key]["value"], verilator["metrics"][key]["value"]) << key;
  // A slower host takes longer, and the figures of the design do not move.
  good(words({"--backend", "systemc", "--host-clock-mhz", "10", "--dma-width", "8"}));
  const auto slow = report("toy");
  EXPECT_GT(slow["metrics"]["host_latency_ns"]["value"],
            systemc["metrics"]["host_latency_ns"]["value"]);
  EXPECT_LT(slow["metrics"]["host_throughput_sps"]["value"],
            systemc["metrics"]["host_throughput_sps"]["value"]);
  EXPECT_EQ(slow["metrics"]["latency_cycles"], systemc["metrics"]["latency_cycles"]);
  EXPECT_TRUE(fs::exists(folder_ / "systemc.csv"));
}

TEST_F(Backends, ModelNeedsNeitherDataNorVerilator) {
  const Environment no_tools("PATH", (folder_ / "empty").string());
  EXPECT_THAT(good({"simulate", "--design", "mase_output/toy/hardware", "--backend", "model",
                    "--num-samples", "7"}),
              AllOf(HasSubstr("(7 samples)"), HasSubstr("19 cycles")));
}

TEST_F(Backends, ModelRefusesWhatItCannotKnow) {
  EXPECT_THAT(expect(2, words({"--backend", "model", "--outputs", "x.csv"})),
              AllOf(HasSubstr("K018"), HasSubstr("--outputs"), HasSubstr("--backend verilator")));
  EXPECT_THAT(expect(2, words({"--backend", "model", "--trace", "x.fst"})),
              AllOf(HasSubstr("K018"), HasSubstr("--trace")));
  EXPECT_THAT(expect(2, words({"--backend", "model", "--level", "netlist"})),
              AllOf(HasSubstr("K018"), HasSubstr("not gates")));
}

TEST_F(Backends, HostOptionsAreChecked) {
  EXPECT_THAT(expect(2, words({"--backend", "systemc", "--dma-width", "100"})),
              AllOf(HasSubstr("--dma-width: 100 is no power of two"), HasSubstr("8, 16, 32")));
  EXPECT_THAT(expect(2, words({"--backend", "systemc", "--dma-burst", "0"})),
              HasSubstr("--dma-burst: 0 is below"));
  EXPECT_THAT(expect(2, words({"--backend", "systemc", "--host-clock-mhz", "0"})),
              HasSubstr("--host-clock-mhz"));
  EXPECT_THAT(expect(2, words({"--backend", "sistemc"})), HasSubstr("did you mean 'systemc'?"));
  EXPECT_THAT(good(words({"--backend", "model", "--dma-burst", "8"})),
              HasSubstr("WARNING  --dma-burst means nothing without --backend systemc"));
}

}  // namespace
}  // namespace mase::cli
