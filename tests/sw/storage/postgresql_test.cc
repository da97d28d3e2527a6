// SPDX-License-Identifier: Apache-2.0
// Several processes on one study in a PostgreSQL server of the test's own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <limits>

#include "gen/base/error.h"
#include "tests/sw/storage/postgresql_fixture.h"

namespace mase::search::test {
namespace {

TEST_F(Postgresql, WorkersShareAStudyAndOneDies) {
  auto storage = open_small(url());
  const pid_t killed = worker("1", "hang");
  std::vector<TrialRecord> news;
  ASSERT_TRUE(eventually([&] {
    for (auto& change : storage->changes()) news.push_back(change);
    return !news.empty();
  }));
  EXPECT_EQ(news[0].trial.state, TrialState::kRunning);
  EXPECT_EQ(news[0].trial.point, point_of(0));
  std::vector<pid_t> workers;
  for (int i = 0; i < 4; ++i) workers.push_back(worker("60", "2"));
  std::this_thread::sleep_for(milliseconds(100));
  ::kill(killed, SIGKILL);
  EXPECT_EQ(wait_for(killed), 128 + SIGKILL);
  for (const pid_t child : workers) EXPECT_EQ(wait_for(child), 0);
  // Whoever looks next finds the dead worker's trial; perhaps one of the four did.
  storage->fail_stale();
  storage->begin_trial([&](const TrialRequest& request) -> std::optional<Proposal> {
    return request.enqueued ? propose(request) : std::nullopt;
  });
  const auto trials = storage->read_trials();
  // The point that is tried again is one of the 60 when a worker found it in time.
  EXPECT_THAT(trials.size(), testing::AnyOf(60u, 61u));
  EXPECT_TRUE(dense(trials));
  EXPECT_EQ(trials[0].trial.state, TrialState::kFail);
  std::set<Point> points;
  int again = 0;
  for (const auto& trial : trials) {
    if (trial.trial.state == TrialState::kFail) continue;
    EXPECT_TRUE(trial.fits());
    EXPECT_TRUE(points.insert(trial.trial.point).second) << trial.trial.number << " is a repeat";
    if (trial.trial.attributes.contains("failed_trial")) {
      ++again;
      EXPECT_EQ(trial.trial.point, point_of(0));
      EXPECT_EQ(trial.trial.attributes.at("failed_trial"), "0");
      continue;
    }
    EXPECT_EQ(trial.trial.state, TrialState::kComplete);
    EXPECT_EQ(trial.trial.values, result_of(trial.trial.point).values);
  }
  EXPECT_EQ(again, 1);
}

TEST_F(Postgresql, EverythingIsReadBack) {
  auto storage = Storage::open(url());
  const std::string name = "ünï'code :name";
  EXPECT_FALSE(storage->open_study(small_header(name), OpenRule::kCreate).resumed);
  const auto begun = storage->begin_trial(propose);
  auto result = result_of(begun->trial.point);
  result.values = {-std::numeric_limits<double>::infinity(), 0.1};
  result.user_attributes["text"] = R"("it's :a \"test\" \\ ünï")";
  const auto finished = storage->finish_trial(*begun, result);
  storage->enqueue({1.0, std::nullopt, 1.0, std::nullopt, std::nullopt});
  auto other = Storage::open(url());
  const auto info = other->open_study(small_header(name), OpenRule::kResume);
  EXPECT_EQ(info.trials, 2);
  const auto trials = other->changes();
  ASSERT_EQ(trials.size(), 2u);
  EXPECT_EQ(trials[0].trial.values, result.values);
  EXPECT_EQ(trials[0].trial.constraints, result.constraints);
  EXPECT_EQ(trials[0].user_attributes, finished->user_attributes);
  EXPECT_EQ(trials[0].start_ms, begun->start_ms);
  EXPECT_EQ(trials[0].complete_ms, finished->complete_ms);
  EXPECT_EQ(other->begin_trial(propose)->trial.point[2], 1.0);
  // A silent worker; its heartbeat is compared with the server's clock.
  auto strict = quick_options();
  strict.grace_period = milliseconds(0);
  auto third = Storage::open(url(), strict);
  third->open_study(small_header(name), OpenRule::kResume);
  EXPECT_EQ(third->read_trials()[1].trial.state, TrialState::kFail);
  EXPECT_EQ(third->read_trials()[2].trial.state, TrialState::kWaiting);
}

TEST_F(Postgresql, ServerThatComesBack) {
  auto storage = open_small(url());
  const auto begun = storage->begin_trial(propose);
  run({control_, "-D", (*dir_ / "data").string(), "-m", "immediate", "-w", "stop"});
  start();
  EXPECT_TRUE(storage->finish_trial(*begun, result_of(begun->trial.point)));
  EXPECT_TRUE(run_trial(*storage));
}

TEST_F(Postgresql, ErrorsNameTheServerAndNoPassword) {
  const auto fails = [&](const std::string& location, const std::string& part,
                         StorageOptions options = quick_options()) {
    try {
      open_small(location, options);
      ADD_FAILURE() << part;
    } catch (const UserError& error) {
      const std::string text = error.what();
      EXPECT_NE(text.find(part), std::string::npos) << text;
      EXPECT_EQ(text.find(kPassword), std::string::npos) << text;
      EXPECT_EQ(text.find("wr0ng"), std::string::npos) << text;
      return error.code();
    }
    return std::string();
  };
  EXPECT_EQ(fails(url("postgres", "wr0ng"), "password authentication failed"), "R002");
  EXPECT_EQ(fails(url("nothing"), "does not exist"), "R002");
  EXPECT_EQ(fails("postgresql://mase:wr0ng@127.0.0.1:1/d", "refused"), "R002");
  EXPECT_EQ(fails("postgresql://mase:wr0ng@no.such.host.invalid/d", "no.such.host"), "R002");

  auto options = quick_options();
  options.lock_timeout = milliseconds(200);
  auto holder = open_small(url());
  holder->begin_trial([&](const TrialRequest&) -> std::optional<Proposal> {
    EXPECT_EQ(fails(url(), "locked by another process for more than 0.2 s", options), "R003");
    return std::nullopt;
  });
}

}  // namespace
}  // namespace mase::search::test
