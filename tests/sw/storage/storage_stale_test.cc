// SPDX-License-Identifier: Apache-2.0
// Workers that die, and what becomes of their trials.
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/support/temp_dir.h"
#include "tests/sw/storage/study_fixture.h"

namespace mase::search::test {
namespace {

class StaleTrials : public testing::Test {
 protected:
  std::unique_ptr<Storage> open(StorageOptions options = quick_options()) {
    options.note = [this](const std::string& note) { notes_.push_back(note); };
    return open_small(file_, options);
  }
  /// A worker that begins a trial and dies.
  void die() {
    const pid_t child = in_child([&] {
      auto storage = open_small(file_);
      storage->begin_trial(propose);
      return ::kill(::getpid(), SIGKILL);
    });
    EXPECT_EQ(wait_for(child), 128 + SIGKILL);
  }

  mase::test::TempDir dir_;
  const std::string file_ = (dir_ / "study.db").string();
  std::vector<std::string> notes_;
};

TEST_F(StaleTrials, DeadProcessOfThisMachineIsKnownAtOnce) {
  die();
  auto storage = open();
  ASSERT_EQ(notes_.size(), 1u);
  EXPECT_EQ(notes_[0], "trial 0 failed: its process is gone; its point waits as trial 1");
  const auto news = storage->changes();
  ASSERT_EQ(news.size(), 2u);
  EXPECT_EQ(news[0].trial.state, TrialState::kFail);
  EXPECT_EQ(news[0].user_attributes.at("fail_reason"), "\"its process is gone\"");
  EXPECT_EQ(news[1].trial.state, TrialState::kWaiting);
  EXPECT_EQ(news[1].trial.point, point_of(0));
  const auto again = storage->begin_trial([](const TrialRequest& request) {
    EXPECT_TRUE(request.enqueued);
    EXPECT_EQ(request.fixed_point(), point_of(0));
    return std::optional<Proposal>({*request.fixed_point(), {}});
  });
  EXPECT_EQ(again->trial.number, 1);
  EXPECT_EQ(again->trial.attributes.at("failed_trial"), "0");
  EXPECT_EQ(again->trial.attributes.at("retry_history"), "[0]");
}

TEST_F(StaleTrials, APointThatKillsIsGivenUp) {
  for (int i = 0; i < 4; ++i) die();
  auto storage = open();
  ASSERT_EQ(notes_.size(), 1u);
  EXPECT_EQ(notes_[0],
            "trial 3 failed: its process is gone; its point was tried 4 times and is given up");
  EXPECT_FALSE(storage->begin_trial([](const TrialRequest& request) {
    EXPECT_FALSE(request.enqueued);
    EXPECT_EQ(request.number, 4);
    return std::nullopt;
  }));
}

TEST_F(StaleTrials, LivingWorkersKeepTheirTrials) {
  auto options = quick_options();
  options.grace_period = milliseconds(2'500);  // CURRENT_TIMESTAMP has whole seconds
  auto worker = open(options), other = open(options);
  const auto begun = worker->begin_trial(propose);
  std::this_thread::sleep_for(milliseconds(4'000));
  EXPECT_EQ(other->fail_stale(), 0);
  EXPECT_TRUE(worker->finish_trial(*begun, result_of(begun->trial.point)));
}

TEST_F(StaleTrials, SilentWorkersLoseThemAndTheirLateResult) {
  auto silent_options = quick_options();
  silent_options.heartbeat_interval = std::chrono::hours(1);
  auto silent = open(silent_options), other = open();
  const auto begun = silent->begin_trial(propose);
  EXPECT_TRUE(eventually([&] { return other->fail_stale() == 1; }));
  EXPECT_FALSE(silent->finish_trial(*begun, result_of(begun->trial.point)));
  const auto news = silent->changes();
  ASSERT_EQ(news.size(), 2u);
  EXPECT_TRUE(news[0].own);
  EXPECT_EQ(news[0].trial.state, TrialState::kFail);
  const auto trials = other->read_trials();
  EXPECT_TRUE(trials[0].trial.values.empty());
  EXPECT_FALSE(trials[0].user_attributes.contains("hardware_metrics"));
  EXPECT_EQ(other->begin_trial(propose)->trial.point, point_of(0));
}

TEST_F(StaleTrials, AbandonedTrialsWait) {
  {
    auto storage = open();
    for (int i = 0; i < 6; ++i) storage->abandon(*storage->begin_trial(propose));
  }
  auto storage = open();
  EXPECT_EQ(notes_.size(), 6u);
  const auto trials = storage->read_trials();
  ASSERT_EQ(trials.size(), 7u);
  EXPECT_EQ(trials[5].user_attributes.at("fail_reason"), "\"interrupted\"");
  EXPECT_EQ(trials[6].trial.state, TrialState::kWaiting);
  EXPECT_EQ(storage->begin_trial(propose)->trial.point, point_of(0));
}

}  // namespace
}  // namespace mase::search::test
