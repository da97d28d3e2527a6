// SPDX-License-Identifier: Apache-2.0
#include "sw/search/storage/storage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <random>

#include "gen/base/file.h"
#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"
#include "tests/sw/storage/study_fixture.h"

namespace mase::search::test {

using mase::test::expect_user_error;
using mase::test::TempDir;

namespace {

using testing::HasSubstr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// First column of every row, '|' between columns.
std::vector<std::string> query(const std::string& file, const std::string& text) {
  sqlite3* connection = nullptr;
  EXPECT_EQ(sqlite3_open(file.c_str(), &connection), SQLITE_OK);
  sqlite3_busy_timeout(connection, 10'000);
  std::vector<std::string> rows;
  char* error = nullptr;
  const auto take = [](void* into, int n, char** values, char**) {
    std::string row;
    for (int i = 0; i < n; ++i)
      row += (i > 0 ? "|" : "") + std::string(values[i] != nullptr ? values[i] : "NULL");
    static_cast<std::vector<std::string>*>(into)->push_back(row);
    return 0;
  };
  EXPECT_EQ(sqlite3_exec(connection, text.c_str(), take, &rows, &error), SQLITE_OK) << error;
  sqlite3_close(connection);
  return rows;
}

class StorageFile : public testing::Test {
 protected:
  TempDir dir_;
  const std::string file_ = (dir_.path() / "search ckpts" / "study.db").string();
};

TEST_F(StorageFile, TablesAreThoseOfOptuna) {
  open_small(file_);
  const std::filesystem::path schema =
      std::filesystem::path(MASE_SHARED_DIR) / "optuna" / "schema.sql";
  if (!std::filesystem::exists(schema)) GTEST_SKIP() << "no " << schema;
  const std::string theirs = (dir_.path() / "theirs.db").string();
  query(theirs, read_file(schema));
  const std::string tables = "SELECT name FROM sqlite_master WHERE type='table' ORDER BY name";
  ASSERT_EQ(query(file_, tables), query(theirs, tables));
  ASSERT_EQ(query(file_, tables).size(), 13u);
  for (const auto& table : query(file_, tables)) {
    for (const std::string what : {"table_info", "index_list", "foreign_key_list"}) {
      const auto text = "PRAGMA " + what + "(" + table + ")";
      EXPECT_EQ(query(file_, text), query(theirs, text)) << text;
    }
  }
  EXPECT_EQ(query(file_, "SELECT schema_version FROM version_info").at(0), "12");
  EXPECT_EQ(query(file_, "SELECT version_num FROM alembic_version").at(0), "v3.2.0.a");
  EXPECT_EQ(query(file_, "PRAGMA journal_mode").at(0), "wal");
}

TEST_F(StorageFile, RowsAreAsOptunaWritesThem) {
  auto storage = open_small(file_);
  const auto begun = storage->begin_trial([](const TrialRequest& request) {
    EXPECT_EQ(request.number, 0);
    EXPECT_FALSE(request.enqueued);
    return std::optional<Proposal>({{3, 0, 2, 0.1, 0}, {{"k", "[1]"}}});
  });
  ASSERT_TRUE(begun);
  EXPECT_EQ(query(file_, "SELECT state, datetime_complete FROM trials").at(0), "RUNNING|NULL");
  EXPECT_EQ(query(file_, "SELECT count(*) FROM trial_heartbeats").at(0), "1");
  Storage::Result result = result_of(begun->trial.point);
  result.values = {kInfinity, -0.1};
  result.constraints = {-kInfinity};
  ASSERT_TRUE(storage->finish_trial(*begun, result));

  EXPECT_EQ(query(file_, "SELECT objective, direction FROM study_directions ORDER BY 1"),
            (std::vector<std::string>{"0|MAXIMIZE", "1|MINIMIZE"}));
  EXPECT_EQ(query(file_, "SELECT value_json FROM study_system_attributes").at(0),
            R"(["accuracy","lut"])");
  EXPECT_EQ(
      query(file_,
            "SELECT param_name, param_value, distribution_json FROM trial_params ORDER BY 1"),
      (std::vector<std::string>{
          R"(constant|0.0|{"attributes":{"high":0,"log":false,"low":0,"step":1},"name":"IntDistribution"})",
          R"(fc1/data_in_width|3.0|{"attributes":{"high":3,"log":false,"low":0,"step":1},"name":"IntDistribution"})",
          R"(fc1/weight_width|0.0|{"attributes":{"high":2,"log":false,"low":0,"step":1},"name":"IntDistribution"})",
          R"(lr|0.1|{"attributes":{"high":2.0,"log":false,"low":0.0,"step":null},"name":"FloatDistribution"})",
          R"(style|2.0|{"attributes":{"choices":["dsp",null,true,1.5,"NA"]},"name":"CategoricalDistribution"})"}));
  EXPECT_EQ(query(file_, "SELECT objective, value, value_type FROM trial_values ORDER BY 1"),
            (std::vector<std::string>{"0|NULL|INF_POS", "1|-0.1|FINITE"}));
  EXPECT_EQ(query(file_,
                  "SELECT value_json FROM trial_system_attributes WHERE \"key\" = "
                  "'constraints'")
                .at(0),
            "[-Infinity]");
  EXPECT_EQ(query(file_,
                  "SELECT state FROM trials WHERE datetime_complete LIKE '20__-__-__ "
                  "__:__:__.______\' AND datetime_complete >= datetime_start"),
            std::vector<std::string>{"COMPLETE"});
}

TEST_F(StorageFile, ReadsBackWhatItWrote) {
  auto storage = open_small(file_);
  std::vector<TrialRecord> written;
  for (int i = 0; i < 5; ++i) {
    const auto begun = storage->begin_trial(propose);
    Storage::Result result = result_of(begun->trial.point);
    if (i == 1) result.values[1] = -kInfinity;
    if (i == 2) result.values[0] = std::nan("");
    if (i == 3) result.state = TrialState::kPruned;
    if (i == 4) {
      result.state = TrialState::kFail;
      result.user_attributes["fail_reason"] = R"("thrown: \"x\"")";
    }
    written.push_back(*storage->finish_trial(*begun, result));
  }
  EXPECT_TRUE(storage->changes().empty()) << "its own doings are no news";
  auto other = open_small(file_);
  for (const auto& read : {storage->read_trials(), other->changes()}) {
    ASSERT_EQ(read.size(), written.size());
    for (size_t i = 0; i < read.size(); ++i) {
      SCOPED_TRACE(i);
      EXPECT_EQ(read[i].trial.number, static_cast<int>(i));
      EXPECT_EQ(read[i].trial.state, written[i].trial.state);
      EXPECT_EQ(read[i].trial.point, written[i].trial.point);
      EXPECT_EQ(read[i].trial.values, written[i].trial.values);
      EXPECT_EQ(read[i].trial.constraints, written[i].trial.constraints);
      EXPECT_EQ(read[i].trial.attributes, written[i].trial.attributes);
      EXPECT_EQ(read[i].user_attributes, written[i].user_attributes);
      EXPECT_EQ(read[i].start_ms, written[i].start_ms);
      EXPECT_EQ(read[i].complete_ms, written[i].complete_ms);
    }
    EXPECT_EQ(read[1].trial.values[1], -kInfinity);
    EXPECT_EQ(read[2].trial.state, TrialState::kFail);
    EXPECT_EQ(read[2].user_attributes.at("fail_reason"), R"("objective accuracy is NaN")");
    EXPECT_EQ(read[4].user_attributes.at("fail_reason"), R"("thrown: \"x\"")");
  }
}

TEST_F(StorageFile, WorkersTellOneAnother) {
  auto a = open_small(file_), b = open_small(file_);
  const auto running = a->begin_trial(propose);
  int seen = 0;
  const auto second = b->begin_trial([&](const TrialRequest& request) {
    EXPECT_EQ(request.number, 1);
    for (const auto& change : request.changes) {
      ++seen;
      EXPECT_EQ(change.trial.state, TrialState::kRunning);
      EXPECT_EQ(change.trial.point, point_of(0));
      EXPECT_FALSE(change.own);
    }
    return propose(request);
  });
  EXPECT_EQ(seen, 1);
  a->finish_trial(*running, result_of(running->trial.point));
  const auto news = b->changes();
  ASSERT_EQ(news.size(), 1u);
  EXPECT_EQ(news[0].trial.state, TrialState::kComplete);
  EXPECT_EQ(news[0].trial.values, result_of(point_of(0)).values);
  EXPECT_TRUE(b->changes().empty());
  b->finish_trial(*second, result_of(second->trial.point));
  EXPECT_EQ(a->changes().size(), 1u);
}

TEST_F(StorageFile, ChoosingNothingStoresNothing) {
  auto storage = open_small(file_);
  EXPECT_FALSE(storage->begin_trial([](const auto&) { return std::nullopt; }));
  EXPECT_THROW(storage->begin_trial([](const TrialRequest&) -> std::optional<Proposal> {
    throw std::runtime_error("sampler");
  }),
               std::runtime_error);
  EXPECT_EQ(query(file_, "SELECT count(*) FROM trials").at(0), "0");
  EXPECT_EQ(run_trial(*storage)->trial.number, 0);
}

TEST_F(StorageFile, EnqueuedTrialsAreTakenFirst) {
  auto storage = open_small(file_);
  run_trial(*storage);
  EXPECT_EQ(storage->enqueue({3.0, 2.0, 4.0, 1.5, std::nullopt}), 1);
  EXPECT_EQ(storage->enqueue({std::nullopt, 1.0, std::nullopt, std::nullopt, std::nullopt},
                             {{"why", "\"seed\""}}),
            2);
  EXPECT_EQ(query(file_,
                  "SELECT value_json FROM trial_system_attributes WHERE \"key\" = "
                  "'fixed_params' ORDER BY trial_id")
                .at(0),
            R"({"fc1/data_in_width":3,"fc1/weight_width":2,"lr":1.5,"style":"NA"})");
  EXPECT_FALSE(storage->begin_trial([](const auto&) { return std::nullopt; }));
  EXPECT_EQ(query(file_, "SELECT count(*) FROM trials WHERE state = 'WAITING'").at(0), "2");

  const auto first = storage->begin_trial([](const TrialRequest& request) {
    EXPECT_TRUE(request.enqueued);
    // A constant is no choice, so that the point is whole though the caller left it out.
    EXPECT_EQ(request.fixed_point(), (Point{3, 2, 4, 1.5, 0}));
    EXPECT_EQ(request.number, 1);
    return propose(request);
  });
  EXPECT_EQ(first->trial.point, (Point{3, 2, 4, 1.5, 0}));
  const auto second = storage->begin_trial(propose);
  EXPECT_EQ(second->trial.number, 2);
  EXPECT_EQ(second->trial.point[1], 1.0);
  EXPECT_EQ(second->user_attributes.at("why"), "\"seed\"");
  EXPECT_EQ(storage->begin_trial(propose)->trial.number, 3);
  EXPECT_TRUE(dense(storage->read_trials()));
}

TEST_F(StorageFile, StudiesOfOneFileAreApart) {
  auto a = Storage::open(file_), b = Storage::open(file_);
  a->open_study(small_header("a"), OpenRule::kCreate);
  b->open_study(small_header("b"), OpenRule::kCreate);
  run_trial(*a);
  EXPECT_TRUE(b->changes().empty());
  EXPECT_EQ(run_trial(*b)->trial.number, 0);
  EXPECT_EQ(run_trial(*a)->trial.number, 1);
  EXPECT_EQ(b->read_trials().size(), 1u);
}

TEST_F(StorageFile, ResumeSaysWhatDiffers) {
  open_small(file_);
  const auto open = [&](const StudyHeader& header, OpenRule rule) {
    return [=, this] { Storage::open(file_)->open_study(header, rule); };
  };
  expect_user_error(open(small_header(), OpenRule::kCreate), "R011", {"study 'study'"});
  expect_user_error(open(small_header("other"), OpenRule::kResume), "R012",
                    {"no study 'other'", "it has: study"});
  EXPECT_TRUE(Storage::open(file_)->open_study(small_header(), OpenRule::kResume).resumed);

  const auto fails = [&](const std::function<void(StudyHeader&)>& change) {
    auto header = small_header();
    change(header);
    try {
      Storage::open(file_)->open_study(header, OpenRule::kCreateOrResume);
    } catch (const UserError& error) {
      EXPECT_EQ(error.code(), "R010");
      EXPECT_THAT(error.help(), HasSubstr("another name"));
      return error.message();
    }
    return std::string("opened");
  };
  EXPECT_THAT(fails([](auto& h) { h.directions[0] = Direction::kMinimise; }),
              HasSubstr("directions: stored MAXIMIZE MINIMIZE, here MINIMIZE MINIMIZE"));
  EXPECT_THAT(fails([](auto& h) { h.metric_names[1] = "dsp"; }),
              HasSubstr(R"(metrics: stored ["accuracy","lut"], here ["accuracy","dsp"])"));
  EXPECT_THAT(fails([](auto& h) { h.parameters[0].choices[3] = "16"; }),
              HasSubstr("fc1/data_in_width: stored ordinal [2,4,6,8], here ordinal [2,4,6,16]"));
  EXPECT_THAT(fails([](auto& h) { h.parameters.pop_back(); }),
              HasSubstr("constant: stored ordinal [7], absent here"));
  EXPECT_THAT(fails([](auto& h) { h.constraint_names = {}; }), HasSubstr("constraints: stored"));
  EXPECT_THAT(fails([](auto& h) { h.fixed_attributes["mase:metrics"] = "3"; }),
              HasSubstr(R"(mase:metrics: stored {"lut": {"scale": 2.0}}, here 3)"));
  EXPECT_EQ(fails([](auto& h) { h.attributes["config"] = "{}"; }), "opened");
}

TEST_F(StorageFile, NamesThatDoNotFitAreErrors) {
  auto header = small_header(std::string(513, 'x'));
  const auto create = [&] { Storage::open(file_)->open_study(header, OpenRule::kCreate); };
  expect_user_error(create, "R013", {"513"});
  header = small_header();
  header.parameters[1].parameter.name = header.parameters[0].parameter.name;
  expect_user_error(create, "R013", {"twice"});
  header = small_header();
  header.attributes[std::string(600, 'k')] = "1";
  expect_user_error(create, "R013", {"600"});
  EXPECT_EQ(query(file_, "SELECT count(*) FROM studies").at(0), "0");
}

TEST_F(StorageFile, ThreadsAndProcessesShareAStudy) {
  open_small(file_);
  const auto work = [&] {
    auto storage = open_small(file_);
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 10; ++i) EXPECT_TRUE(run_trial(*storage));
      });
    for (auto& thread : threads) thread.join();
    return testing::Test::HasFailure() ? 1 : 0;
  };
  std::vector<pid_t> children;
  for (int i = 0; i < 3; ++i) children.push_back(in_child(work));
  EXPECT_EQ(work(), 0);
  for (const pid_t child : children) EXPECT_EQ(wait_for(child), 0);
  const auto trials = open_small(file_)->read_trials();
  EXPECT_EQ(trials.size(), 120u);
  EXPECT_TRUE(dense(trials));
  for (const auto& trial : trials) {
    EXPECT_EQ(trial.trial.state, TrialState::kComplete);
    EXPECT_EQ(trial.trial.point, point_of(trial.trial.number));
  }
}

TEST_F(StorageFile, KilledProcessesLoseNothing) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  open_small(file_);
  const std::string log = (dir_.path() / "finished").string();
  for (int round = 0; round < 6; ++round) {
    const pid_t child = in_child([&]() -> int {
      auto storage = open_small(file_);
      FILE* out = std::fopen(log.c_str(), "a");
      for (;;) {
        const auto trial = run_trial(*storage);
        std::fprintf(out, "%d\n", trial->trial.number);
        std::fflush(out);
      }
    });
    std::this_thread::sleep_for(milliseconds(40 + random() % 60));
    ::kill(child, SIGKILL);
    EXPECT_EQ(wait_for(child), 128 + SIGKILL);
  }
  auto storage = open_small(file_);  // requeues the point of each killed child
  while (run_trial(*storage)->trial.attributes.contains("failed_trial")) {}
  EXPECT_EQ(query(file_, "PRAGMA integrity_check").at(0), "ok");
  const auto trials = storage->read_trials();
  EXPECT_TRUE(dense(trials));
  std::set<Point> done;
  for (const auto& trial : trials) {
    ASSERT_TRUE(trial.fits()) << trial.trial.number;
    if (trial.trial.state == TrialState::kFail) continue;
    ASSERT_EQ(trial.trial.state, TrialState::kComplete) << trial.trial.number;
    EXPECT_EQ(trial.trial.values, result_of(trial.trial.point).values);
    EXPECT_TRUE(done.insert(trial.trial.point).second) << "evaluated twice";
  }
  std::ifstream reported(log);
  int count = 0;
  for (int number = 0; reported >> number; ++count)
    EXPECT_EQ(trials.at(static_cast<size_t>(number)).trial.state, TrialState::kComplete) << number;
  EXPECT_GT(count, 20);
}

}  // namespace
}  // namespace mase::search::test
