// SPDX-License-Identifier: Apache-2.0
#include "sw/search/study.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <set>
#include <thread>

#include "gen/base/error.h"
#include "tests/sw/search/memory_storage.h"

namespace mase::search {
namespace {

using testing::HasSubstr;

Problem small_problem(int choices) {
  return {.parameters = {{.name = "a", .choices = choices}, {.name = "b", .choices = choices}},
          .directions = {Direction::kMinimise}};
}

/// A sampler whose every proposal depends on all that it was told, and in which order.
class Remembering final : public Sampler {
 public:
  explicit Remembering(int choices) : choices_(choices) {}
  void tell(const Trial& trial) override {
    history_ += fmt::format("{}:{}:{} ", trial.number, static_cast<int>(trial.state),
                            trial.values.empty() ? 0.0 : trial.values[0]);
  }
  std::optional<Proposal> ask(int number) override {
    const size_t hash = std::hash<std::string>()(history_ + std::to_string(number));
    return Proposal{
        {static_cast<double>(hash % choices_), static_cast<double>(hash / choices_ % choices_)},
        {}};
  }

 private:
  int choices_;
  std::string history_;
};

Outcome square(const Point& point, int) {
  return {.values = {point[0] * point[0] + point[1]}, .user_attributes = {{"seen", "true"}}};
}

/// What a study is but for times.
std::vector<std::string> log_of(const std::vector<TrialRecord>& trials) {
  std::vector<std::string> lines;
  for (const auto& record : trials) {
    const Trial& t = record.trial;
    lines.push_back(fmt::format("{} {} ({}, {}) {}", t.number, static_cast<int>(t.state),
                                t.point[0], t.point[1], t.values.empty() ? -1 : t.values[0]));
  }
  return lines;
}

struct StudyRun {
  std::shared_ptr<MemoryStudy> study = std::make_shared<MemoryStudy>();
  Problem problem = small_problem(50);

  StudyResult operator()(StudyOptions options, const Evaluate& evaluate = square,
                         const std::string& sampler = "random") {
    MemoryStorage storage(study);
    const auto made = sampler == "remembering"
                          ? std::unique_ptr<Sampler>(std::make_unique<Remembering>(50))
                          : make_sampler(sampler, problem, {.seed = 5});
    return run_study(problem, *made, storage, evaluate, options);
  }
};

TEST(Study, RunsTheTotalAndGoesOnWithWhatIsMissing) {
  StudyRun run;
  const auto first = run({.n_trials = 7});
  EXPECT_EQ(first.evaluated, 7);
  EXPECT_EQ(first.trials.size(), 7u);
  EXPECT_EQ(first.end, StudyEnd::kTrials);
  const auto second = run({.n_jobs = 3, .n_trials = 20});
  EXPECT_EQ(second.evaluated, 13);
  ASSERT_EQ(second.trials.size(), 20u);
  std::set<Point> points;
  for (const auto& record : second.trials) {
    EXPECT_EQ(record.trial.state, TrialState::kComplete);
    EXPECT_EQ(record.user_attributes.at("seen"), "true");
    points.insert(record.trial.point);
  }
  EXPECT_EQ(points.size(), 20u) << "a configuration was evaluated twice";
  EXPECT_EQ(run({.n_trials = 20}).evaluated, 0);
}

TEST(Study, OneJobIsReproducible) {
  StudyRun a, b;
  EXPECT_EQ(log_of(a({.n_trials = 30}, square, "remembering").trials),
            log_of(b({.n_trials = 30}, square, "remembering").trials));
}

/// Trials that take their time, in another order every time.
Outcome slow_square(const Point& point, int number) {
  std::this_thread::sleep_for(std::chrono::microseconds(std::rand() % 3000));
  return square(point, number);
}

TEST(Study, DeterministicLogsAreThoseOfOneJobWhateverTheThreadsDo) {
  StudyRun one;
  const auto expected =
      log_of(one({.n_trials = 60, .deterministic = true}, square, "remembering").trials);
  for (const int jobs : {2, 3, 8, 12}) {
    StudyRun run;
    const auto got =
        run({.n_jobs = jobs, .n_trials = 60, .deterministic = true}, slow_square, "remembering");
    EXPECT_EQ(log_of(got.trials), expected) << jobs << " jobs";
  }
}

TEST(Study, DeterministicLogsDoNotDependOnWhereARunEnded) {
  StudyRun whole, cut;
  const auto expected =
      log_of(whole({.n_trials = 40, .deterministic = true}, square, "remembering").trials);
  cut({.n_jobs = 3, .n_trials = 17, .deterministic = true}, slow_square, "remembering");
  cut({.n_jobs = 1, .n_trials = 18, .deterministic = true}, slow_square, "remembering");
  const auto got =
      cut({.n_jobs = 2, .n_trials = 40, .deterministic = true}, slow_square, "remembering");
  EXPECT_EQ(log_of(got.trials), expected);
}

TEST(Study, JobsRunAtTheSameTime) {
  StudyRun run;
  std::atomic<int> inside = 0, most = 0;
  run({.n_jobs = 4, .n_trials = 12}, [&](const Point& point, int number) {
    most = std::max<int>(most, ++inside);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    --inside;
    return square(point, number);
  });
  EXPECT_EQ(most, 4);
}

TEST(Study, WhatAnEvaluationThrowsIsTheReasonOfAFailedTrial) {
  StudyRun run;
  const auto result = run({.n_jobs = 2, .n_trials = 9}, [](const Point& point, int number) {
    if (number == 2) throw UserError("A003", "seq_blocks_2: \"quoted\"\nnot reachable");
    if (number == 4) throw std::runtime_error("no memory");
    if (number == 5) MASE_CHECK(false, "impossible");
    return square(point, number);
  });
  EXPECT_EQ(result.evaluated, 9);
  EXPECT_EQ(result.failed, 3);
  ASSERT_EQ(result.trials.size(), 9u);
  const auto reason = [&](size_t number) {
    EXPECT_EQ(result.trials[number].trial.state, TrialState::kFail);
    return result.trials[number].user_attributes.at("fail_reason");
  };
  EXPECT_EQ(reason(2), R"("A003: seq_blocks_2: \"quoted\" not reachable")");
  EXPECT_EQ(reason(4), "\"no memory\"");
  EXPECT_THAT(reason(5), HasSubstr("bug in mase-gen"));
  EXPECT_EQ(result.trials[3].trial.state, TrialState::kComplete);
}

TEST(Study, EndsWhenTheSpaceIsExhausted) {
  StudyRun run;
  run.problem = small_problem(3);
  const auto result = run({.n_jobs = 2, .n_trials = 100});
  EXPECT_EQ(result.end, StudyEnd::kExhausted);
  EXPECT_EQ(result.trials.size(), 9u);
}

TEST(Study, EndsAfterTheTimeout) {
  StudyRun run;
  const auto start = std::chrono::steady_clock::now();
  const auto result = run({.n_trials = 1'000'000, .timeout = 0.05}, slow_square);
  EXPECT_EQ(result.end, StudyEnd::kTimeout);
  EXPECT_GT(result.evaluated, 0);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(Study, StopLetsRunningTrialsEndAndLosesNothing) {
  StudyRun run;
  std::atomic<bool> stop = false;
  const auto first =
      run({.n_jobs = 2, .n_trials = 20, .stop = &stop}, [&](const Point& point, int number) {
        if (number == 5) {
          stop = true;
          throw UserError("Q025", "the training of this trial was stopped");
        }
        return square(point, number);
      });
  EXPECT_EQ(first.end, StudyEnd::kStopped);
  EXPECT_LT(first.trials.size(), 10u);
  const Trial interrupted = first.trials[5].trial;
  EXPECT_EQ(interrupted.state, TrialState::kFail);
  EXPECT_THAT(first.trials[5].user_attributes.at("fail_reason"), HasSubstr("interrupted"));
  const auto second = run({.n_trials = 20});
  ASSERT_EQ(second.trials.size(), 21u) << "the interrupted one counts once";
  int again = 0;
  for (const auto& record : second.trials) {
    const bool same = record.trial.point == interrupted.point && record.trial.number != 5;
    if (same) {
      EXPECT_EQ(record.trial.state, TrialState::kComplete);
    }
    again += same;
  }
  EXPECT_EQ(again, 1);
}

TEST(Study, TrialsThatOthersPutInTheQueueComeFirst) {
  StudyRun run;
  MemoryStorage other(run.study);
  other.enqueue({7.0, 8.0}, {});
  other.enqueue({9.0, std::nullopt}, {});
  const auto result = run({.n_trials = 5});
  ASSERT_EQ(result.trials.size(), 5u);
  EXPECT_EQ(result.trials[0].trial.point, (Point{7, 8}));
  EXPECT_EQ(result.trials[1].trial.point[0], 9);
  EXPECT_EQ(result.trials[1].trial.state, TrialState::kComplete);
}

TEST(Study, TrialsOfOtherWorkersCountAndAreNotRepeated) {
  StudyRun run;
  run.problem = small_problem(4);
  MemoryStorage other(run.study);
  std::atomic<int> theirs = 0;
  const auto result = run({.n_trials = 100}, [&](const Point& point, int number) {
    if (theirs++ < 5) {  // a worker on another machine takes a point that nobody had
      const auto begun = other.begin_trial([&](const TrialRequest&) {
        std::set<Point> taken;  // the storage holds its lock: the study may be read
        for (const auto& [n, entry] : run.study->trials) taken.insert(entry.first.trial.point);
        for (double a = 0; a < 4; ++a) {
          for (double b = 0; b < 4; ++b) {
            if (!taken.contains({a, b})) return std::optional(Proposal{{a, b}, {}});
          }
        }
        return std::optional<Proposal>();
      });
      if (begun) other.finish_trial(*begun, {.values = {1.0}});
    }
    return square(point, number);
  });
  EXPECT_EQ(result.end, StudyEnd::kExhausted);
  EXPECT_EQ(result.trials.size(), 16u);
  EXPECT_LT(result.evaluated, 16);
}

TEST(Study, ARepeatThatAnotherWorkerAskedForIsAnsweredFromTheStore) {
  StudyRun run;
  run({.n_trials = 3});
  MemoryStorage other(run.study);
  const Point known = other.read_trials()[1].trial.point;
  other.enqueue({known[0], known[1]}, {});
  const auto result = run({.n_trials = 4}, [](const Point&, int) -> Outcome {
    throw std::runtime_error("must not be evaluated");
  });
  EXPECT_EQ(result.repeated, 1);
  EXPECT_EQ(result.evaluated, 0);
  EXPECT_EQ(result.trials[3].trial.values, result.trials[1].trial.values);
  EXPECT_EQ(result.trials[3].user_attributes.at("repeat_of"), "1");
}

TEST(Study, MetricsComeBackFromTheStore) {
  StudyRun run;
  run.problem.grey_box =
      GreyBox{.metrics = 1, .objective_weights = {{1.0}}, .exact = [](const Point&) {
                return Exact{{0.0}, {}};
              }};
  run({.n_trials = 2}, [](const Point& point, int number) {
    Outcome outcome = square(point, number);
    outcome.metrics = {0.25};
    return outcome;
  });
  class Listening final : public Sampler {
   public:
    std::vector<Trial> told;
    void tell(const Trial& trial) override { told.push_back(trial); }
    std::optional<Proposal> ask(int) override { return std::nullopt; }
  } sampler;
  MemoryStorage storage(run.study);
  run_study(run.problem, sampler, storage, square, {.n_trials = 5});
  ASSERT_EQ(sampler.told.size(), 2u);
  EXPECT_EQ(sampler.told[1].metrics, std::vector<double>{0.25});
}

TEST(Study, AStorageThatFailsEndsEveryThread) {
  StudyRun run;
  run.study->calls_until_failure = 6;
  EXPECT_THROW(run({.n_jobs = 4, .n_trials = 1000}, slow_square), UserError);
}

}  // namespace
}  // namespace mase::search
