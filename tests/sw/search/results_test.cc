// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "sw/search/front.h"
#include "sw/search/pandas_json.h"
#include "sw/search/search_results.h"

namespace mase::search {
namespace {

using nlohmann::ordered_json;
using testing::ElementsAre;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
const std::vector<Direction> kUpDown = {Direction::kMaximise, Direction::kMinimise};

TEST(PandasJson, PrintsWhatPandasPrints) {
  EXPECT_EQ(pandas_json({{"number", 1}, {"value", {8.0, 0.55308651923456}}, {"none", kNan}}),
            "{\n    \"number\":1,\n    \"value\":[\n        8.0,\n        0.5530865192\n    ],\n"
            "    \"none\":null\n}\n");
  EXPECT_EQ(pandas_json(ordered_json::array({1e-20, 1e300, -0.0, 2.5})),
            "[\n    1e-20,\n    1e+300,\n    0.0,\n    2.5\n]\n");
  EXPECT_EQ(pandas_json({{"a", ordered_json::object()}, {"b", nullptr}, {"c", "\u00e9\""}}),
            "{\n    \"a\":{},\n    \"b\":null,\n    \"c\":\"\\u00e9\\\"\"\n}\n");
}

TEST(PandasJson, ReadsThePythonsWordsForWhatIsNoNumber) {
  const auto json =
      parse_python_json(R"({"a": NaN, "b": [-Infinity, Infinity, -1], "c": "NaN \" -Infinity"})");
  EXPECT_TRUE(json["a"].is_null());
  EXPECT_TRUE(json["b"][0].is_null());
  EXPECT_TRUE(json["b"][1].is_null());
  EXPECT_EQ(json["b"][2], -1);
  EXPECT_EQ(json["c"], "NaN \" -Infinity");
  EXPECT_THROW(parse_python_json("{"), ordered_json::exception);
}

TEST(Front, KeepsWhatNothingDominates) {
  EXPECT_TRUE(dominates(kUpDown, {0.9, 2}, {0.8, 2}));
  EXPECT_FALSE(dominates(kUpDown, {0.9, 2}, {0.9, 2}));
  EXPECT_FALSE(dominates(kUpDown, {0.9, 3}, {0.8, 2}));
  EXPECT_TRUE(dominates(kUpDown, {0.9, 3}, {kNan, 3}));
  EXPECT_THAT(best_of(kUpDown, {{0, {0.8, 2}}, {1, {0.9, 3}}, {2, {0.7, 2}}, {3, {0.8, 2}}}),
              ElementsAre(0, 1, 3));
}

TEST(Front, FeasibleTrialsComeFirst) {
  EXPECT_THAT(best_of(kUpDown, {{0, {0.9, 1}, 5.0}, {1, {0.1, 9}}, {2, {0.2, 8}, 0.1}}),
              ElementsAre(1));
  EXPECT_THAT(best_of(kUpDown, {{0, {0.9, 1}, 5.0}, {1, {0.1, 9}, 2.0}, {2, {0.2, 8}, 2.0}}),
              ElementsAre(1));
  EXPECT_THAT(best_of({Direction::kMaximise}, {{0, {0.5}}, {1, {0.7}}, {2, {0.7}}}),
              ElementsAre(1));
  EXPECT_TRUE(best_of(kUpDown, {}).empty());
}

TEST(Front, TheMembersThatSpanItComeFirst) {
  // The knee fills most of the box, then come the ends; the near copy of the knee is worth least.
  EXPECT_THAT(by_span(kUpDown, {{0.0, 0}, {0.8, 2}, {0.799, 1.9}, {1.0, 1000}}),
              ElementsAre(1, 3, 0, 2));
  EXPECT_THAT(by_span({Direction::kMaximise}, {{0.5}, {0.7}}), ElementsAre(0, 1));
  EXPECT_THAT(by_span(kUpDown, {{kNan, 1}, {0.5, 1}}), ElementsAre(1, 0));
  EXPECT_THAT(by_span(kUpDown, {{0.5, 1}, {0.5, 1}}), testing::UnorderedElementsAre(0, 1));
  EXPECT_TRUE(by_span(kUpDown, {}).empty());
}

TEST(LogJson, HasMasesKeysAndNullsWhereNothingIsKnown) {
  TrialRecord done{.start_ms = 1694095030315, .complete_ms = 1694095031289};
  done.trial = {.number = 0, .state = TrialState::kComplete, .values = {0.5, 0.25}};
  done.user_attributes = {{"software_metrics", R"({"loss": NaN, "accuracy": 0.5})"},
                          {"hardware_metrics", "{}"},
                          {"scaled_metrics", "{}"},
                          {"sampled_config", "{}"}};
  TrialRecord failed;
  failed.trial = {.number = 1, .state = TrialState::kFail};
  failed.user_attributes = {{"fail_reason", "\"no memory\""}, {"foreign", "no json"}};
  const auto log = ordered_json::parse(log_json({done, failed}, 2));
  EXPECT_EQ(log["0"].dump(),
            R"({"number":0,"values_0":0.5,"values_1":0.25,"user_attrs_hardware_metrics":{},)"
            R"("user_attrs_sampled_config":{},"user_attrs_scaled_metrics":{},)"
            R"("user_attrs_software_metrics":{"loss":null,"accuracy":0.5},"state":"COMPLETE",)"
            R"("datetime_start":1694095030315,"datetime_complete":1694095031289,"duration":974})");
  EXPECT_EQ(log["1"]["user_attrs_fail_reason"], "no memory");
  EXPECT_EQ(log["1"]["user_attrs_foreign"], "no json");
  EXPECT_TRUE(log["1"]["values_0"].is_null());
  EXPECT_EQ(log["1"]["state"], "FAIL");
  EXPECT_TRUE(ordered_json::parse(log_json({done}, 1))["0"].contains("value"));
}

BestTrial best_trial(int number, const std::string& source) {
  BestTrial best;
  best.record.trial.number = number;
  best.evaluation.software_metrics = {{"accuracy", 0.5}};
  best.evaluation.hardware_metrics = {{"lut", 7}};
  best.evaluation.scaled_metrics = {{"accuracy", 0.5}, {"lut", 7}};
  best.evaluation.sources = {{"accuracy", "software"}, {"lut", source}};
  return best;
}

TEST(BestTable, SaysBelowWhereFiguresComeFrom) {
  const std::string same = best_table({best_trial(4, "yosys"), best_trial(5, "yosys")});
  EXPECT_THAT(same, testing::HasSubstr("|   number | software_metrics   | hardware_metrics   | scaled_metrics "));
  EXPECT_THAT(same, testing::EndsWith("|\nSources: yosys: lut\n"));
  const std::string mixed =
      best_table({best_trial(4, "yosys"), best_trial(5, "model"), best_trial(6, "yosys")});
  EXPECT_THAT(mixed, testing::EndsWith(
                         "|\nSources (trials 4, 6): yosys: lut\nSources (trial 5): model: lut\n"));
}

}  // namespace
}  // namespace mase::search
