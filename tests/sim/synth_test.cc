// SPDX-License-Identifier: Apache-2.0
// Synthesis of whole designs: what is counted, what is found in the cache, what is said when Yosys
// is missing or fails, and what stands in the reports.
#include "sim/synth/synthesise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "gen/base/error.h"
#include "gen/base/file.h"
#include "gen/base/process.h"
#include "tests/support/temp_dir.h"

namespace mase::synth {
namespace {

using nlohmann::json;
using testing::HasSubstr;
namespace fs = std::filesystem;

/// 3 -> 2 -> 2 in 3 bits; `weight` is the first weight of the second linear.
arch::HardwareGraph two_linears(double weight) {
  graph::Graph graph{.name = "two"};
  graph::Node x{.name = "x", .op = graph::Op::kPlaceholder};
  x.shape = {3};
  graph.nodes.push_back(x);
  for (const auto& [name, in, out] : {std::tuple{"fc1", 3, 2}, {"fc2", 2, 2}}) {
    auto node = graph::make_linear(name, graph.nodes.back().name, in, out);
    for (auto& [key, tensor] : node.parameters) {
      for (size_t i = 0; i < tensor.data.size(); ++i)
        tensor.data[i] = static_cast<double>(static_cast<int>(i % 5) - 2) / 4;
    }
    if (std::string(name) == "fc2") node.parameters.at("weight").data[0] = weight;
    node.quant = graph::Quant{.data_in_width = 3,
                              .data_in_frac_width = 1,
                              .weight_width = 3,
                              .weight_frac_width = 2,
                              .bias_width = 3,
                              .bias_frac_width = 2};
    node.hardware = graph::Hardware{.multiplier = "lut"};
    graph.nodes.push_back(node);
  }
  graph.nodes.push_back({.name = "output", .op = graph::Op::kOutput, .inputs = {"fc2"}});
  return arch::build_hardware(graph);
}

TEST(Synthesise, CountsEveryCellAndTheWholeAndKnowsCellsItHasSeen) {
  if (find_program("yosys").empty()) GTEST_SKIP() << "needs yosys";
  const test::TempDir cache;
  std::vector<int64_t> told;
  SynthOptions options{.flat = true, .cache = cache.path()};
  options.progress = [&](int64_t done, int64_t total, const std::string&) {
    EXPECT_EQ(total, 3);
    told.push_back(done);
  };
  const auto first = synthesise(two_linears(0.25), options);
  EXPECT_THAT(told, testing::ElementsAre(1, 2, 3));
  EXPECT_EQ(first.runs, 3);
  EXPECT_EQ(first.from_cache, 0);
  ASSERT_EQ(first.stages.size(), 2u);
  arch::Resources sum;
  for (const auto& stage : first.stages) {
    EXPECT_GT(stage.resources.lut, 0) << stage.name;
    EXPECT_GT(stage.resources.ff, 0) << stage.name;
    EXPECT_EQ(stage.resources.dsp, 0) << stage.name;
    sum += stage.resources;
  }
  EXPECT_EQ(first.stages[1].nodes, std::vector<std::string>{"fc2"});
  EXPECT_EQ(first.sum, sum);
  EXPECT_TRUE(first.flat);
  EXPECT_EQ(first.total.ff, sum.ff);  // a design of registered cells shares no register
  ASSERT_TRUE(first.fmax);
  EXPECT_LT(first.fmax->low_mhz, first.fmax->mhz);

  const auto again = synthesise(two_linears(0.25), options);
  EXPECT_EQ(again.from_cache, 3);
  EXPECT_EQ(again.total, first.total);
  EXPECT_EQ(again.fmax->mhz, first.fmax->mhz);

  // Another weight is another second cell and another whole; the first cell is known.
  const auto other = synthesise(two_linears(-0.75), options);
  EXPECT_EQ(other.from_cache, 1);
  EXPECT_TRUE(other.stages[0].from_cache);

  // Without the whole its clock is found from the joined cells.
  options.flat = false;
  options.progress = nullptr;
  const auto cells = synthesise(two_linears(0.25), options);
  EXPECT_EQ(cells.from_cache, 2);
  EXPECT_EQ(cells.total, sum);
  EXPECT_NEAR(cells.fmax->mhz, first.fmax->mhz, 0.15 * first.fmax->mhz);
}

/// A program called yosys at the head of PATH.
class FakeYosys : public testing::Test {
 protected:
  void SetUp() override { path_ = std::getenv("PATH"); }
  void TearDown() override { ::setenv("PATH", path_.c_str(), 1); }
  void install(const std::string& script) {
    write_file(folder_ / "bin/yosys", "#!/bin/sh\n" + script);
    fs::permissions(folder_ / "bin/yosys", fs::perms::owner_all);
    ::setenv("PATH", ((folder_ / "bin").string() + ":" + path_).c_str(), 1);
  }
  UserError error() {
    try {
      synthesise(two_linears(0.25), {.cache = folder_ / "cache"});
    } catch (const UserError& error) {
      return error;
    }
    ADD_FAILURE() << "no error";
    return UserError("", "");
  }

  const test::TempDir folder_;
  std::string path_;
};

TEST_F(FakeYosys, ThatIsNotThereEndsWithFour) {
  ::setenv("PATH", folder_.path().c_str(), 1);
  const auto found = error();
  EXPECT_EQ(found.code(), "Y001");
  EXPECT_EQ(found.exit_code(), ExitCode::kToolMissing);
  EXPECT_THAT(found.what(), HasSubstr("yosys is not in PATH"));
}

TEST_F(FakeYosys, ThatFailsIsQuoted) {
  install(
      "[ $1 = -V ] && { echo 'Yosys 9.9 (fake)'; exit; }\necho noise; echo 'ERROR: odd'; exit 1");
  const auto found = error();
  EXPECT_EQ(found.code(), "Y002");
  EXPECT_THAT(found.what(), testing::AllOf(HasSubstr("Yosys 9.9"), HasSubstr("ERROR: odd"),
                                           testing::Not(HasSubstr("noise"))));
}

TEST_F(FakeYosys, ThatIsKilledSaysHow) {
  install("[ $1 = -V ] && { echo 'Yosys 9.9 (fake)'; exit; }\nkill -9 $$");
  EXPECT_THAT(error().what(), testing::AllOf(HasSubstr("137"), HasSubstr("memory")));
}

TEST_F(FakeYosys, ThatIsAnotherProgramIsRefused) {
  install("echo hello");
  const auto found = error();
  EXPECT_EQ(found.code(), "Y001");
  EXPECT_THAT(found.what(), HasSubstr("hello"));
}

SynthReport small_report() {
  SynthReport report;
  report.stages.push_back({"fc1", "mase_linear", {"fc1", "relu"}, {10, 20, 1, 0.5}, 2, {}});
  report.total = {10, 20, 1, 0.5};
  report.sum = report.total;
  report.carry8 = 2;
  report.yosys_version = "0.23";
  report.fmax = Fmax{.mhz = 400, .low_mhz = 300, .high_mhz = 500, .limited_by = "path"};
  return report;
}

TEST(SynthReportJson, HoldsCountsUtilisationAndTheEstimate) {
  const auto j = json::parse(report_json(small_report(), {}));
  EXPECT_EQ(j["stages"][0]["lut"], json::parse(R"({"value":10,"unit":"LUT","source":"yosys"})"));
  EXPECT_EQ(j["stages"][0]["nodes"], json::parse(R"(["fc1","relu"])"));
  EXPECT_EQ(j["total"]["bram36"]["value"], 0.5);
  EXPECT_DOUBLE_EQ(j["utilisation"]["device"]["dsp"]["value"], 1.0 / 12288);
  EXPECT_DOUBLE_EQ(j["utilisation"]["slr"]["dsp"]["value"], 1.0 / 3072);
  EXPECT_EQ(j["fmax"]["mhz"]["value"], 400);
  EXPECT_THAT(j["fmax"]["mhz"]["source"].get<std::string>(),
              HasSubstr("estimate before place and route"));
}

TEST(SynthReportJson, LivesBesideASimulationOfTheSameDesign) {
  const std::string simulated =
      R"({"design": "a", "metrics": {"cycles": {"value": 7, "unit": "cycles", "source": "verilator"}},
          "tools": {"verilator": "5.006"}})";
  const auto merged = json::parse(merge_report(simulated, "a", small_report(), {}));
  EXPECT_EQ(merged["metrics"]["cycles"]["value"], 7);
  EXPECT_EQ(merged["metrics"]["lut"]["value"], 10);
  EXPECT_EQ(merged["metrics"]["fmax_low_mhz"]["value"], 300);
  EXPECT_EQ(merged["tools"], json::parse(R"({"verilator": "5.006", "yosys": "0.23"})"));
  // Simulated anew: the synthesis stays, the old simulation goes.
  const auto kept = json::parse(keep_synthesis(R"({"design": "a", "metrics": {}})", merged.dump()));
  EXPECT_EQ(kept["metrics"]["ff"]["value"], 20);
  EXPECT_FALSE(kept["metrics"].contains("cycles"));
  EXPECT_EQ(kept["tools"]["yosys"], "0.23");
  EXPECT_EQ(kept["target"], "xcu250-figd2104-2L-e");
}

TEST(SynthReportJson, ForgetsFiguresOfAnotherDesignAndFilesThatAreNotOurs) {
  const std::string synthesised = merge_report("", "a", small_report(), {});
  const std::string other = R"({"design": "b", "metrics": {}})";
  EXPECT_EQ(keep_synthesis(other, synthesised), other);
  EXPECT_EQ(json::parse(merge_report(synthesised, "b", small_report(), {}))["design"], "b");
  for (const char* broken :
       {"", "{", "[]", R"({"design": 3})", R"({"design": "b"})", R"({"design":"b","metrics":[]})",
        R"({"design": "b", "metrics": {"lut": 3, "ff": {"source": 4}}})"}) {
    EXPECT_EQ(keep_synthesis(other, broken), other) << broken;
    EXPECT_EQ(json::parse(merge_report(broken, "b", small_report(), {}))["metrics"]["lut"]["value"],
              10)
        << broken;
  }
}

}  // namespace
}  // namespace mase::synth
