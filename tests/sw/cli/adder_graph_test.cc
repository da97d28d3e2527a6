// SPDX-License-Identifier: Apache-2.0
// mase-gen adder-graph, as a user runs it.
#include <gmock/gmock.h>

#include "tests/sw/cli/mase_gen.h"

namespace mase::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class AdderGraphAction : public MaseGen {
 protected:
  void write(const std::string& name, const std::string& text) const {
    write_file(folder_ / name, text);
  }
  std::filesystem::path made(const std::string& project) const {
    return folder_ / "mase_output" / project;
  }
  /// Verilates the test bench and runs it.
  ProcessResult bench(const std::filesystem::path& at, const std::string& module) const {
    const auto built = run_process({"verilator", "--binary", "--timing", "--assert", "--top-module",
                                    module + "_tb", module + "_tb.sv", module + ".sv"},
                                   at);
    EXPECT_EQ(built.exit_code, 0) << built.output;
    return run_process({(at / "obj_dir" / ("V" + module + "_tb")).string()}, at);
  }
};

constexpr const char* kMatrix = "3,-7,0,12\n0,0,0,0\n-1,5,9,100\n16,0,0,0\n3,-7,0,12\n";

TEST_F(AdderGraphAction, WritesAModuleThatItsOwnTestBenchProves) {
  write("fc 1.csv", kMatrix);
  const auto text = good({"adder-graph", "fc 1.csv", "--input-width", "6", "--seconds", "0.05"});
  EXPECT_THAT(text, HasSubstr("| adders "));
  EXPECT_THAT(text, HasSubstr("adder levels"));
  EXPECT_THAT(text, HasSubstr("5 outputs x 4 inputs, weights -7 to 100"));
  EXPECT_THAT(text, HasSubstr("(estimate)"));
  EXPECT_THAT(text, Not(HasSubstr("learning_rate")));  // its own settings only
  const auto at = made("fc_1_adder_graph");
  EXPECT_THAT(text, HasSubstr("mase_output/fc_1_adder_graph/fc_1.sv"));

  const auto json = nlohmann::json::parse(read_file(at / "graph.json"));
  EXPECT_EQ(json.at("matrix").at("rows"), 5);
  EXPECT_EQ(json.at("outputs").size(), 5u);
  // 3x - 7y + 12z of numbers of 6 bits.
  EXPECT_EQ(json.at("outputs")[0].at("low"), -3 * 32 - 7 * 31 - 12 * 32);
  EXPECT_EQ(json.at("outputs")[0].at("high"), 3 * 31 + 7 * 32 + 12 * 31);
  EXPECT_EQ(json.at("outputs")[0].at("wire"), json.at("outputs")[4].at("wire"));
  EXPECT_EQ(json.at("outputs")[1].at("constant"), 0);
  EXPECT_EQ(json.at("outputs")[3].at("shift"), 4);
  EXPECT_EQ(json.at("outputs")[3].at("wire"), 0);
  int adders = 0;
  for (const auto& wire : json.at("wires")) adders += wire.at("kind") == "adder";
  EXPECT_EQ(json.at("adders"), adders);
  EXPECT_GT(adders, 3);

  EXPECT_THAT(read_file(at / "fc_1.sv"), Not(HasSubstr(folder_.string())));
  const auto lint = run_process({"verilator", "--lint-only", "-Wall", "fc_1.sv"}, at);
  EXPECT_EQ(lint.exit_code, 0) << lint.output;
  EXPECT_EQ(lint.output, "");
  const auto bench_lint = run_process({"verilator", "--lint-only", "-Wall", "--timing",
                                       "--top-module", "fc_1_tb", "fc_1_tb.sv", "fc_1.sv"},
                                      at);
  EXPECT_EQ(bench_lint.exit_code, 0) << bench_lint.output;
  const auto yosys = run_process(
      {"yosys", "-q", "-p", "read_verilog -sv fc_1.sv; hierarchy -check -top fc_1; check -assert"},
      at);
  EXPECT_EQ(yosys.exit_code, 0) << yosys.output;
  EXPECT_EQ(yosys.output, "");

  const auto right = bench(at, "fc_1");
  EXPECT_EQ(right.exit_code, 0) << right.output;
  EXPECT_THAT(right.output, HasSubstr("PASS: 1000 samples"));
  // The bench sees a wrong module: another matrix in its place.
  write("wrong.csv", "3,-7,0,12\n0,0,0,0\n-1,5,9,100\n16,0,0,0\n3,-7,0,13\n");
  good({"adder-graph", "wrong.csv", "--input-width", "6", "--seconds", "0.05", "--top-name", "fc_1",
        "--project", "wrong"});
  std::filesystem::copy_file(made("wrong") / "fc_1.sv", at / "fc_1.sv",
                             std::filesystem::copy_options::overwrite_existing);
  const auto wrong = bench(at, "fc_1");
  EXPECT_NE(wrong.exit_code, 0);
  EXPECT_THAT(wrong.output, HasSubstr("FAIL"));
}

TEST_F(AdderGraphAction, EqualOptionsGiveEqualBytesOnAnyNumberOfThreads) {
  std::string rows;
  for (int o = 0; o < 8; ++o) {
    for (int i = 0; i < 8; ++i)
      rows += fmt::format("{}{}", i ? "," : "", (o * 37 + i * 91) % 255 - 127);
    rows += "\n";
  }
  write("w.csv", rows);
  const std::vector<std::string> base = {"adder-graph", "--matrix", "w.csv", "--seconds", "0.05"};
  const auto with = [&](std::vector<std::string> more) {
    auto words = base;
    words.insert(words.end(), more.begin(), more.end());
    return good(words);
  };
  with({"--project", "a"});
  with({"--project", "b", "--cpu", "3"});
  for (const char* file : {"w.sv", "w_tb.sv", "graph.json", "mase_adders.svh", "mase_check.svh"})
    EXPECT_EQ(read_file(made("a") / file), read_file(made("b") / file)) << file;
  // The configuration beside them repeats the run.
  good({"adder-graph", "--config", (made("a") / "config.toml").string(), "--project", "c"});
  EXPECT_EQ(read_file(made("a") / "w.sv"), read_file(made("c") / "w.sv"));

  with({"--project", "shallow", "--depth-limit", "5", "--adders-per-stage", "1"});
  const auto json = nlohmann::json::parse(read_file(made("shallow") / "graph.json"));
  EXPECT_LE(json.at("depth"), 5);
  EXPECT_EQ(json.at("latency_cycles"), json.at("depth"));
  EXPECT_THAT(expect(2, {"adder-graph", "w.csv", "--depth-limit", "2"}),
              AllOf(HasSubstr("A013"), HasSubstr("2")));
}

TEST_F(AdderGraphAction, BadInputIsNamed) {
  write("w.csv", "1,2\n3,x\n");
  EXPECT_THAT(expect(2, {"adder-graph", "w.csv"}),
              AllOf(HasSubstr("K020"), HasSubstr("w.csv:2:3"), HasSubstr("'x', is no integer")));
  EXPECT_THAT(expect(2, {"adder-graph"}), AllOf(HasSubstr("K006"), HasSubstr("matrix.csv")));
  EXPECT_THAT(expect(2, {"adder-graph", "none.csv"}), HasSubstr("none.csv"));
  write("w.csv", "1,2\n");
  EXPECT_THAT(expect(2, {"adder-graph", "w.csv", "more"}), HasSubstr("surplus argument 'more'"));
  EXPECT_THAT(expect(2, {"adder-graph", "w.csv", "--input-width", "33"}),
              HasSubstr("above the greatest allowed value 32"));
  EXPECT_THAT(expect(2, {"adder-graph", "w.csv", "--top-name", "always"}), HasSubstr("E001"));
  EXPECT_THAT(good({"adder-graph", "w.csv", "--learning-rate", "1"}),
              HasSubstr("--learning-rate means nothing for 'adder-graph'"));
  EXPECT_THAT(good({"adder-graph", "w.csv", "--unsigned-inputs"}), HasSubstr("8-bit unsigned"));
}

}  // namespace
}  // namespace mase::cli
