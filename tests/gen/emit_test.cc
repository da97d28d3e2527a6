// SPDX-License-Identifier: Apache-2.0
#include "gen/emit/emit.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "gen/base/file.h"
#include "gen/base/process.h"
#include "gen/emit/memory_file.h"
#include "gen/emit/names.h"
#include "tests/support/expect_error.h"
#include "tests/support/networks.h"
#include "tests/support/temp_dir.h"

namespace mase::test {
namespace {

namespace fs = std::filesystem;

TEST(Emit, IsDeterministicToTheByteAndHoldsNoPathsOrDates) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const auto graph = random_network(seed);
    const auto a = emit::emit(graph, {}, {.tool_version = "1"}),
               b = emit::emit(graph, {}, {.tool_version = "1"});
    EXPECT_EQ(a.files, b.files);
    for (const auto& [path, bytes] : a.files) {
      EXPECT_EQ(bytes.find(fs::current_path().string()), std::string::npos) << path;
      EXPECT_EQ(bytes.find("/home"), std::string::npos) << path;
    }
  }
}

TEST(Emit, WrittenFolderReadsBackAndLosesStaleFilesOnly) {
  const TempDir dir;
  const auto first = emit::emit(random_network(3), {}, {.tool_version = "1"});
  emit::write_design(first, dir.path());
  write_file(dir / "sim/keep.txt", "user's");
  write_file(dir / "report.json", "{}");
  emit::write_design(first, dir.path());
  EXPECT_TRUE(fs::exists(dir / "report.json")) << "the same design keeps its report";
  const auto second = emit::emit(random_network(7), {}, {.top_name = "other", .tool_version = "1"});
  emit::write_design(second, dir.path());
  EXPECT_FALSE(fs::exists(dir / "top.sv"));
  EXPECT_TRUE(fs::exists(dir / "other.sv"));
  EXPECT_TRUE(fs::exists(dir / "sim/keep.txt"));
  EXPECT_FALSE(fs::exists(dir / "report.json")) << "figures of another design";
  const auto folder = emit::read_design(dir.path());
  EXPECT_EQ(folder.top_name, "other");
  EXPECT_EQ(folder.hash, second.hash);
  EXPECT_EQ(folder.hardware.ii_cycles(), second.hardware.ii_cycles());
}

TEST(Emit, UnrolledDesignsAreDeterministicAndReadBack) {
  arch::HardwareOptions options{.style = "unrolled", .adders_per_stage = 2, .adder_seconds = 0.01};
  options.extra_adder_depth = 1;
  for (uint64_t seed = 0; seed < 4; ++seed) {
    const auto graph =
        random_network(seed, {.max_features = 8, .parallelism = false, .unrolled_percent = 50});
    const auto a = emit::emit(graph, options, {.tool_version = "1"}),
               b = emit::emit(graph, options, {.tool_version = "1"});
    EXPECT_EQ(a.files, b.files);
    EXPECT_EQ(a.hardware.ii_cycles(), 1);
    const TempDir dir;
    emit::write_design(a, dir.path());
    const auto folder = emit::read_design(dir.path());
    ASSERT_EQ(folder.hardware.stages.size(), a.hardware.stages.size());
    for (size_t i = 0; i < a.hardware.stages.size(); ++i) {
      const auto& was = a.hardware.stages[i];
      const auto& is = folder.hardware.stages[i];
      ASSERT_EQ(was.unrolled == nullptr, is.unrolled == nullptr);
      if (!was.unrolled) continue;
      EXPECT_EQ(was.unrolled->registers, is.unrolled->registers);
      EXPECT_EQ(was.unrolled->graph.lut_estimate(), is.unrolled->graph.lut_estimate());
      EXPECT_LE(is.unroll.adders_per_stage, 4);
    }
  }
  auto graph =
      random_network(1, {.batch_norm = false, .parallelism = false, .unrolled_percent = 100});
  const std::string name = "seq_blocks_0_unrolled";
  expect_user_error([&] { emit::emit(graph, options, {.top_name = name}); }, "E001", {name});
}

TEST(Emit, SaysWhatIsWrongWithAFolder) {
  const TempDir dir;
  expect_user_error([&] { emit::read_design(dir.path()); }, "E010",
                    {dir.path().string(), "mase-gen emit"});
  const auto design = emit::emit(random_network(3), {}, {.tool_version = "1"});
  emit::write_design(design, dir.path());
  std::string json = read_file(dir / "design.json");
  const std::string good = json;
  json.replace(json.find("\"nodes\": {}"), 11,
               R"("nodes": {"seq_blocks_0": {"paralelism_in": 1}})");
  write_file(dir / "design.json", json);
  expect_user_error([&] { emit::read_design(dir.path()); }, "M021",
                    {"hardware.nodes.seq_blocks_0", "paralelism_in", "design.json"});
  write_file(dir / "design.json", good);
  fs::remove(dir / "top.sv");
  expect_user_error([&] { emit::read_design(dir.path()); }, "E012", {"top.sv is missing"});
  write_file(dir / "design.json", "{");
  expect_user_error([&] { emit::read_design(dir.path()); }, "E011", {"design.json"});
}

TEST(Emit, RefusesTopNamesThatAreNoModuleNames) {
  for (const char* name : {"", "1top", "output", "a-b", "mase_linear", "module"}) {
    expect_user_error([&] { emit::emit(random_network(1), {}, {.top_name = name}); }, "E001",
                      {"--top-name"});
  }
}

// Hand-packed: two lanes of 3 bits (lane 1 = -2 = 110, lane 0 = 3 = 011) make 110011 = 0x33.
TEST(MemoryFile, PacksOddWidthsDensely) {
  arch::Stage stage{.name = "fc", .cell = arch::Cell::kLinear};
  stage.elements_in = 3;
  stage.elements_out = 1;
  stage.lanes_in = 2;
  stage.lanes_out = 1;
  stage.weight_format = {3, 0, true};
  stage.weight = {3, -2, -4};
  EXPECT_EQ(emit::weight_memory(stage), "33\n04\n");
  stage.bias_format = fixed::Format{5, 0, true};
  stage.bias = {-1};
  EXPECT_EQ(emit::bias_memory(stage), "1f\n");
}

TEST(EmitLint, RandomDesignsAreCleanUnderVerilatorAndYosys) {
  if (find_program("verilator").empty() || find_program("yosys").empty())
    GTEST_SKIP() << "needs verilator and yosys";
  for (uint64_t seed = 100; seed < 106; ++seed) {
    const TempDir dir;
    emit::write_design(emit::emit(random_network(seed), {}, {.tool_version = "1"}), dir.path());
    const auto lint = run_process(
        {"verilator", "--lint-only", "-Wall", "-f", "files.f", "--top-module", "top"}, dir.path());
    EXPECT_EQ(lint.exit_code, 0) << "seed " << seed << "\n" << lint.output;
    const auto yosys = run_process(
        {"yosys", "-q", "-p",
         "read_verilog -sv -Irtl top.sv rtl/*.sv; hierarchy -check -top top; proc; check -assert"},
        dir.path());
    EXPECT_EQ(yosys.exit_code, 0) << "seed " << seed << "\n" << yosys.output;
  }
}

}  // namespace
}  // namespace mase::test
