// SPDX-License-Identifier: Apache-2.0
#include "sw/search/best.h"

#include <gmock/gmock.h>

#include <set>

#include "sw/search/trial_evaluation.h"
#include "tests/sw/search/search_fixture.h"

namespace mase::search {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A study of a small network whose LUTs are modelled, without a database.
struct StudyOfModels {
  graph::Graph graph = test::trained_like("jsc-tiny", 3);
  data::Dataset dataset = test::jets_like(graph, 64, 5);
  RunnerContext context{.dataset = &dataset, .seed = 4};
  std::shared_ptr<const Space> space =
      make_space(graph, {.seeds = {test::integer_seed("default", {3, 6})}});
  SearchProblem problem{space, strategy(), context};
  std::vector<TrialRecord> trials = evaluated(5);

  static StrategyOptions strategy() {
    StrategyOptions strategy;
    strategy.sw_runners = {test::runner("basic_evaluation")};
    strategy.hw_runners = {test::runner("resources")};
    strategy.metrics = {test::objective("accuracy", 1, Direction::kMaximise),
                        test::objective("lut", 1, Direction::kMinimise)};
    return strategy;
  }

  std::vector<TrialRecord> evaluated(int count) const {
    std::vector<TrialRecord> records;
    for (const Point& point : test::random_points(*space, count, 11)) {
      const Outcome outcome = evaluate_point(problem, point);
      TrialRecord record;
      record.trial = {.number = static_cast<int>(records.size()),
                      .state = TrialState::kComplete,
                      .point = point,
                      .values = outcome.values,
                      .constraints = outcome.constraints};
      record.user_attributes = outcome.user_attributes;
      records.push_back(record);
    }
    return records;
  }

  /// What a model that is badly wrong would have said.
  void underestimate(size_t index) {
    trials[index].trial.values[1] = 1;
    trials[index].user_attributes["hardware_metrics"] = R"({"lut": 1})";
  }
};

std::set<int> numbers(const std::vector<BestTrial>& trials) {
  std::set<int> result;
  for (const auto& trial : trials) result.insert(trial.record.trial.number);
  return result;
}

TEST(BestTrials, AreMeasuredWhateverTheNumberOfThreads) {
  const StudyOfModels study;
  std::vector<int> begun;
  BestOptions options{.jobs = 1};
  options.progress = [&](int done, int) { begun.push_back(done); };
  const BestResult one = best_trials(study.problem, study.trials, options);
  ASSERT_FALSE(one.trials.empty());
  EXPECT_EQ(begun.size(), one.trials.size() + one.dropped.size());
  for (const auto& trial : one.trials) {
    EXPECT_EQ(trial.evaluation.sources.at("lut"), "yosys");
    ASSERT_TRUE(trial.modelled);
    EXPECT_EQ(trial.modelled->sources.at("lut"), "model");
    EXPECT_EQ(trial.modelled->values, trial.record.trial.values);
    EXPECT_EQ(trial.evaluation.values[0], trial.record.trial.values[0]);
  }
  const BestResult three = best_trials(study.problem, study.trials, {.jobs = 3});
  EXPECT_EQ(numbers(three.trials), numbers(one.trials));
  for (size_t i = 0; i < one.trials.size(); ++i)
    EXPECT_EQ(three.trials[i].evaluation.values, one.trials[i].evaluation.values);
  EXPECT_EQ(three.notes, one.notes);
}

TEST(BestTrials, AModelThatIsWrongDoesNotDecide) {
  StudyOfModels study;
  // The trial that really takes most, with no accuracy to show for it.
  size_t worst = 0;
  for (size_t i = 0; i < study.trials.size(); ++i) {
    if (study.trials[i].trial.values[1] > study.trials[worst].trial.values[1]) worst = i;
  }
  study.trials[worst].trial.values[0] = 0;
  study.trials[worst].user_attributes["software_metrics"] = R"({"loss": 9, "accuracy": 0})";
  study.underestimate(worst);
  const BestResult modelled = best_trials(study.problem, study.trials, {.remeasure = false});
  EXPECT_TRUE(numbers(modelled.trials).contains(static_cast<int>(worst)));
  EXPECT_FALSE(modelled.trials[0].modelled);
  const BestResult measured = best_trials(study.problem, study.trials, {.jobs = 2});
  EXPECT_FALSE(numbers(measured.trials).contains(static_cast<int>(worst)));
  EXPECT_TRUE(numbers(measured.dropped).contains(static_cast<int>(worst)));
  EXPECT_THAT(measured.notes, testing::Contains(HasSubstr("is no longer among the best")));
}

TEST(BestTrials, WhatWasNotMeasuredIsSaid) {
  const StudyOfModels study;
  const std::atomic<bool> stop = true;
  const BestResult stopped = best_trials(study.problem, study.trials, {.stop = &stop});
  EXPECT_THAT(stopped.notes, ElementsAre(HasSubstr("keep their modelled figures")));
  for (const auto& trial : stopped.trials) EXPECT_FALSE(trial.modelled);
  const BestResult none = best_trials(study.problem, study.trials, {.limit = 0});
  EXPECT_THAT(none.notes, ElementsAre(HasSubstr("which is the limit")));
  EXPECT_EQ(numbers(none.trials), numbers(stopped.trials));
}

}  // namespace
}  // namespace mase::search
