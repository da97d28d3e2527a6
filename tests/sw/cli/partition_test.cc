// SPDX-License-Identifier: Apache-2.0
// mase-gen with a target whose SLRs are too small for the design.
#include <gmock/gmock.h>

#include "tests/sw/cli/mase_gen.h"

namespace mase::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

constexpr char kToy[] = R"(model = "mlp"
dataset = "toy_tiny"
project = "cut"
target = "small.toml"
[mlp]
widths = [4, 8, 8, 2]
batch_norm = false
[passes.quantize]
by = "type"
[passes.quantize.default.config]
name = "integer"
data_in_width = 4
data_in_frac_width = 2
weight_width = 4
weight_frac_width = 2
bias_width = 4
bias_frac_width = 2
[hardware]
weight_storage = "lut"
multiplier = "lut"
slr_budget = 0.3
)";

class CutDesign : public MaseGen {
 protected:
  void SetUp() override {
    MaseGen::SetUp();
    write_file(folder_ / "cut.toml", kToy);
    auto target = read_file(fs::path(MASE_SOURCE_DIR) / "configs/targets/xcu250.toml");
    const std::string lut = "lut = 432000";
    const size_t at = target.find(lut);
    ASSERT_NE(at, std::string::npos);
    write_file(folder_ / "small.toml", target.replace(at, lut.size(), "lut = 1000"));
    good({"transform", "--config", "cut.toml"});
  }
  std::vector<std::string> emit(std::vector<std::string> more = {}) const {
    std::vector<std::string> words{"emit", "--config", "cut.toml", "--load",
                                   "mase_output/cut/software/transform/transformed_ckpt/"
                                   "graph_module.mz"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  fs::path hardware() const { return folder_ / "mase_output/cut/hardware"; }
  nlohmann::json design() const {
    return nlohmann::json::parse(read_file(hardware() / "design.json"));
  }
};

TEST_F(CutDesign, IsTakenOverAsFewSlrsAsHoldIt) {
  const auto text = good(emit());
  EXPECT_THAT(text, AllOf(HasSubstr("| Bits to the next "), HasSubstr(" of 300 "),
                          HasSubstr("crossing_1")));
  const auto parts = design().at("partition").at("slrs");
  ASSERT_GE(parts.size(), 2u);
  EXPECT_EQ(parts[0]["slr"], 0);
  EXPECT_TRUE(fs::exists(hardware() / "top_slr1.sv"));
  if (!find_program("verilator").empty()) {
    good({"simulate", "--config", "cut.toml", "--num-samples", "20"});
    EXPECT_EQ(report("cut")["metrics"]["mismatches"]["value"], 0);
    EXPECT_EQ(report("cut")["partition"], design().at("partition"));
  }
  if (!find_program("tclsh").empty() && !find_program("verilator").empty()) {
    for (const char* flow : {"ooc", "vitis"}) {
      EXPECT_THAT(good({"bitstream", "--config", "cut.toml", "--flow", flow, "--dry-run"}),
                  AllOf(HasSubstr("| SLRs "), Not(HasSubstr("slr_budget"))));
    }
    EXPECT_THAT(expect(2, {"bitstream", "--config", "cut.toml", "--slr", "2", "--dry-run"}),
                AllOf(HasSubstr("K021"), HasSubstr("from 0 on")));
  }
  good(emit({"--slr", "3"}));
  EXPECT_EQ(design().at("partition").at("slrs")[1]["slr"], 2);
}

TEST_F(CutDesign, IsLeftWholeWhereThatIsAskedFor) {
  const auto warned =
      AllOf(HasSubstr("of SLR0"), HasSubstr("slr_budget"), HasSubstr("--num-targets 4"));
  EXPECT_THAT(good(emit({"--num-targets", "1"})), warned);
  EXPECT_FALSE(design().contains("partition"));
  if (!find_program("tclsh").empty() && !find_program("verilator").empty()) {
    EXPECT_THAT(good({"bitstream", "--config", "cut.toml", "--dry-run"}), warned);
  }
  // The real device holds it.
  good(emit({"--target", "xcu250"}));
  EXPECT_FALSE(design().contains("partition"));
}

TEST_F(CutDesign, SaysWhatDoesNotFit) {
  auto config = read_file(folder_ / "cut.toml");
  const auto with = [&](const std::string& budget) {
    auto text = config;
    const std::string key = "slr_budget = 0.3";
    write_file(folder_ / "cut.toml", text.replace(text.find(key), key.size(), budget));
  };
  with("slr_budget = 0.05");
  EXPECT_THAT(expect(2, emit()),
              AllOf(HasSubstr("A018"), HasSubstr("LUTs of 50"), HasSubstr("--num-targets 1")));
  with("slr_budget = [0.3, 0.3]");
  EXPECT_THAT(expect(2, emit()), AllOf(HasSubstr("Y013"), HasSubstr("4 SLRs")));
  with("slr_budget = 1.5");
  EXPECT_THAT(expect(2, emit()),
              AllOf(HasSubstr("cut.toml:"), HasSubstr("slr_budget"), HasSubstr("up to 1")));
  with("slr_budget = 0.3");
  EXPECT_THAT(expect(2, emit({"--slr", "4"})), AllOf(HasSubstr("Y013"), HasSubstr("0 to 3")));
}

}  // namespace
}  // namespace mase::cli
