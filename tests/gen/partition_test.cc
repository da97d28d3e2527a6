// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/partition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "gen/arch/cell_cost.h"
#include "gen/base/file.h"
#include "gen/base/process.h"
#include "gen/emit/emit.h"
#include "tests/support/expect_error.h"
#include "tests/support/jet_network.h"
#include "tests/support/networks.h"
#include "tests/support/partition.h"
#include "tests/support/temp_dir.h"

namespace mase::arch {
namespace {

using test::cut_into;
using test::expect_user_error;
using testing::HasSubstr;

/// What a list of ends costs, by the definition; nothing where it breaks a budget.
struct Score {
  size_t parts = 0;
  int64_t bits = 0;
  double fullest = 0;
  friend auto operator<=>(const Score&, const Score&) = default;
};
std::optional<Score> score(const Chain& chain, const std::vector<SlrBudget>& slrs, int64_t lines,
                           const std::vector<size_t>& ends) {
  if (ends.size() > slrs.size()) return std::nullopt;
  Score s{ends.size()};
  size_t first = 0;
  for (size_t k = 0; k < ends.size(); ++k) {
    Resources used;
    for (size_t i = first; i < ends[k]; ++i) used += chain.stages[i];
    if (first > 0) {
      used += slr_receive_cost(chain.widths[first - 1]);
      const int64_t bits = chain.widths[first - 1] + 2;
      if (bits > lines) return std::nullopt;
      s.bits += bits;
    }
    if (k + 1 < ends.size()) used += slr_send_cost(chain.widths[ends[k] - 1]);
    const Resources& most = slrs[k].most;
    if (used.lut > most.lut || used.ff > most.ff || used.dsp > most.dsp ||
        used.bram36 > most.bram36)
      return std::nullopt;
    s.fullest = std::max(s.fullest, fill(used, most));
    first = ends[k];
  }
  return s;
}

std::optional<Score> best_by_force(const Chain& chain, const std::vector<SlrBudget>& slrs,
                                   int64_t lines) {
  const size_t edges = chain.stages.size() - 1;
  std::optional<Score> best;
  for (size_t cuts = 0; cuts < size_t{1} << edges; ++cuts) {
    std::vector<size_t> ends;
    for (size_t e = 0; e < edges; ++e) {
      if (cuts >> e & 1) ends.push_back(e + 1);
    }
    ends.push_back(chain.stages.size());
    const auto s = score(chain, slrs, lines, ends);
    if (s && (!best || *s < *best)) best = s;
  }
  return best;
}

RC_GTEST_PROP(Partition, IsTheBestCutThereIs, ()) {
  Chain chain;
  const auto draw = [](int64_t least, int64_t most) {  // all sizes, whatever the test's own is
    return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<int64_t>(least, most + 1));
  };
  const auto upto = [&](int64_t most) { return draw(0, most); };
  const int64_t stages = draw(1, 9);
  for (int64_t i = 0; i < stages; ++i) {
    chain.stages.push_back({upto(140), upto(280), upto(3), static_cast<double>(upto(3)) * 0.5});
    if (i > 0) chain.widths.push_back(draw(1, 60));
  }
  std::vector<SlrBudget> slrs;
  const int64_t most = draw(1, 4);
  for (int64_t k = 0; k < most; ++k)
    slrs.push_back({static_cast<int>(k),
                    {200 + upto(400), 400 + upto(800), 4 + upto(8),
                     2.0 + 0.5 * static_cast<double>(upto(8))}});
  const int64_t lines = 20 + upto(50);
  const auto expected = best_by_force(chain, slrs, lines);
  const auto ends = choose_cuts(chain, slrs, lines);
  RC_CLASSIFY(ends && ends->size() > 1, "cut");
  RC_CLASSIFY(!ends, "impossible");
  RC_ASSERT(ends.has_value() == expected.has_value());
  if (!ends) return;
  const auto got = score(chain, slrs, lines, *ends);
  RC_ASSERT(got.has_value());
  RC_ASSERT(*got == *expected);
}

// By hand: 100 + 100 + 100 LUTs into SLRs of 230; a crossing takes 9 LUTs before the seam and 15
// and 8 for 14 bits behind it. The second edge is the narrower one.
TEST(Partition, CutsAtTheNarrowestEdge) {
  Chain chain{{{100, 0, 0, 0}, {100, 0, 0, 0}, {100, 0, 0, 0}}, {16, 8}};
  const std::vector<SlrBudget> slrs{{0, {230, 1000, 0, 0}}, {1, {230, 1000, 0, 0}}};
  EXPECT_EQ(choose_cuts(chain, slrs, 100), (std::vector<size_t>{2, 3}));
  chain.widths = {8, 16};
  EXPECT_EQ(choose_cuts(chain, slrs, 100), (std::vector<size_t>{1, 3}));
  EXPECT_EQ(choose_cuts(chain, slrs, 9), std::nullopt) << "10 bits over a seam of 9 lines";
  EXPECT_EQ(choose_cuts(chain, {slrs[0]}, 100), std::nullopt);
  const SlrBudget all{0, {300, 0, 0, 0}};
  EXPECT_EQ(choose_cuts(chain, {all}, 0), std::vector<size_t>{3}) << "nothing crosses";
  // Where there is none of something nobody may use it.
  chain.stages[2].dsp = 1;
  EXPECT_EQ(choose_cuts(chain, slrs, 100), std::nullopt);
}

graph::Graph toy() {
  return test::jet_network({.layers = {4, 8, 8, 2}, .widths = {6}, .style = "folded"});
}

TEST(Partition, KeepsStagesAndAddsUpToTheDesign) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    const auto graph = test::random_network(seed);
    const auto whole = build_hardware(graph);
    for (const size_t parts : {2, 3, 4}) {
      const auto options = cut_into(parts, graph, {});
      if (!options) continue;
      const auto cut = build_hardware(graph, *options);
      ASSERT_EQ(cut.parts.size(), parts);
      EXPECT_EQ(cut.stages.size(), whole.stages.size() + parts - 1);
      std::vector<std::string> names;
      Resources sum;
      for (const auto& part : cut.parts) {
        EXPECT_TRUE(fits(part.used, part.most));
        sum += part.used;
        for (size_t i = part.first; i < part.end; ++i) names.push_back(cut.stages[i].name);
        if (part.end == cut.stages.size()) continue;
        const Stage& crossing = cut.stages[part.end];
        EXPECT_EQ(crossing.cell, Cell::kSlrCrossing);
        EXPECT_EQ(crossing.lanes_in, cut.stages[part.end - 1].lanes_out);
        EXPECT_EQ(crossing.lanes_out, cut.stages[part.end + 1].lanes_in);
        EXPECT_EQ(crossing.in, cut.stages[part.end + 1].in);
      }
      EXPECT_EQ(sum, estimate(cut)) << "seed " << seed;
      EXPECT_EQ(cut.ii_cycles(), whole.ii_cycles());
      std::vector<std::string> before;
      for (const auto& stage : whole.stages) before.push_back(stage.name);
      EXPECT_EQ(names, before);
    }
  }
}

TEST(Partition, SaysWhatIsTooLarge) {
  const auto graph = toy();
  const Resources all = estimate(build_hardware(graph));
  HardwareOptions options;
  options.super_long_lines = 23040;
  options.slrs = {{2, test::share(all, 0.1)}, {3, test::share(all, 0.25)}};
  try {
    build_hardware(graph, options);
    ADD_FAILURE() << "cut how?";
  } catch (const UserError& error) {
    EXPECT_EQ(error.code(), "A018");
    EXPECT_THAT(error.what(), AllOf(HasSubstr("fc"), HasSubstr(" of "), HasSubstr("SLR3"),
                                    HasSubstr("parallelism_in"), HasSubstr("slr_budget"),
                                    HasSubstr("--num-targets 1")));
  }
  options.slrs = {{2, test::share(all, 0.9)}};
  expect_user_error([&] { build_hardware(graph, options); }, "A019",
                    {"1 SLR (SLR2)", "it needs 2", "--num-targets"});
  options.slrs.push_back({3, options.slrs[0].most});
  EXPECT_EQ(build_hardware(graph, options).parts.size(), 2u);
  options.super_long_lines = 3;
  expect_user_error([&] { build_hardware(graph, options); }, "A019", {"a seam's 3 lines"});
}

TEST(Partition, DesignThatFitsIsEmittedAsBefore) {
  HardwareOptions options;
  options.slrs = {{0, {432000, 864000, 3072, 672}}, {1, {432000, 864000, 3072, 672}}};
  options.super_long_lines = 23040;
  for (uint64_t seed = 0; seed < 5; ++seed) {
    const auto graph = test::random_network(seed);
    EXPECT_EQ(emit::emit(graph, options, {.tool_version = "1"}).files,
              emit::emit(graph, {}, {.tool_version = "1"}).files);
  }
}

TEST(Partition, CutDesignsAreLintCleanAndReadBack) {
  if (find_program("verilator").empty() || find_program("yosys").empty())
    GTEST_SKIP() << "needs verilator and yosys";
  for (const size_t parts : {2, 3}) {
    const auto options = cut_into(parts, toy(), {});
    ASSERT_TRUE(options);
    const auto design = emit::emit(toy(), *options, {.tool_version = "1"});
    const test::TempDir dir;
    emit::write_design(design, dir.path());
    const auto lint = run_process(
        {"verilator", "--lint-only", "-Wall", "-f", "files.f", "--top-module", "top"}, dir.path());
    EXPECT_EQ(lint.exit_code, 0) << lint.output;
    const auto yosys =
        run_process({"yosys", "-q", "-p",
                     "read_verilog -sv -Irtl top*.sv rtl/*.sv; hierarchy -check -top top; proc; "
                     "check -assert"},
                    dir.path());
    EXPECT_EQ(yosys.exit_code, 0) << yosys.output;
    const auto json = nlohmann::json::parse(read_file(dir / "design.json"));
    const auto& slrs = json.at("partition").at("slrs");
    ASSERT_EQ(slrs.size(), parts);
    EXPECT_EQ(json["partition"]["crossings"].size(), parts - 1);
    EXPECT_EQ(slrs[1]["instance"], "u_slr1");
    EXPECT_THAT(read_file(dir / "top.sv"), HasSubstr("top_slr1 u_slr1 ("));
    const auto folder = emit::read_design(dir.path());
    EXPECT_EQ(folder.hardware.parts.size(), parts);
    EXPECT_EQ(folder.hardware.parts.back().used, design.hardware.parts.back().used);
    // A design of other SLRs in the same folder leaves nothing behind.
    emit::write_design(emit::emit(toy(), {}, {.tool_version = "1"}), dir.path());
    EXPECT_FALSE(std::filesystem::exists(dir / "top_slr1.sv"));
  }
}

}  // namespace
}  // namespace mase::arch
