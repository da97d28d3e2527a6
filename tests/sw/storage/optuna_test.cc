// SPDX-License-Identifier: Apache-2.0
// One study, Python's Optuna and this program at work on it at once. Needs an interpreter with
// Optuna 3.2 or later: $MASE_OPTUNA_PYTHON, or .venv in the repository, which .ci/run makes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "gen/base/error.h"
#include "tests/support/expect_error.h"
#include "tests/sw/storage/postgresql_fixture.h"

namespace mase::search::test {
namespace {

using nlohmann::json;

std::string python() {
  if (const char* given = std::getenv("MASE_OPTUNA_PYTHON"); given != nullptr) return given;
  const std::string made = MASE_SOURCE_DIR "/.venv/bin/python3";
  return fs::exists(made) ? made : "";
}

std::vector<std::string> command(const std::string& url, std::vector<std::string> words) {
  std::vector<std::string> all{
      python(), "-W", "ignore", MASE_SOURCE_DIR "/tests/sw/storage/optuna_worker.py", url, "study"};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

std::string run_python(const std::string& url, const std::vector<std::string>& words) {
  const auto result = run_process(command(url, words));
  EXPECT_EQ(result.exit_code, 0) << result.output;
  return result.output;
}

pid_t start_python(const std::string& url, const std::vector<std::string>& words) {
  return in_child([=] {
    const auto result = run_process(command(url, words));
    if (result.exit_code != 0) ::dprintf(2, "%s\n", result.output.c_str());
    return result.exit_code;
  });
}

json dump(const std::string& url) {
  const std::string text = run_python(url, {"dump"});
  const auto parsed = json::parse(text, nullptr, false);
  EXPECT_FALSE(parsed.is_discarded()) << text;
  return parsed;
}

/// Numbers of the feasible trials that no other feasible one dominates.
std::vector<int> front_of(const std::vector<TrialRecord>& trials) {
  const auto good = [](const TrialRecord& r) {
    return r.trial.state == TrialState::kComplete && r.trial.constraints.size() == 1 &&
           r.trial.constraints[0] <= 0;
  };
  std::vector<int> front;
  for (const auto& a : trials) {
    bool dominated = !good(a);
    for (const auto& b : trials) {
      if (dominated || !good(b)) continue;
      const auto &x = a.trial.values, &y = b.trial.values;
      dominated = y[0] >= x[0] && y[1] <= x[1] && (y[0] > x[0] || y[1] < x[1]);
    }
    if (!dominated) front.push_back(a.trial.number);
  }
  return front;
}

bool by_python(const TrialRecord& record) {
  return !record.trial.attributes.contains("mase:worker");
}

void expect_equal(const TrialRecord& ours, const json& theirs) {
  const char* names[] = {"RUNNING", "WAITING", "COMPLETE", "PRUNED", "FAIL"};
  EXPECT_EQ(names[static_cast<int>(ours.trial.state)], theirs["state"]);
  ASSERT_TRUE(ours.fits());
  const json styles = {"dsp", nullptr, true, 1.5, "NA"};
  const auto& params = theirs["params"];
  EXPECT_EQ(params["fc1/data_in_width"], ours.trial.point[0]);
  EXPECT_EQ(params["fc1/weight_width"], ours.trial.point[1]);
  EXPECT_EQ(params["style"], styles[static_cast<size_t>(ours.trial.point[2])]);
  EXPECT_EQ(params["lr"].get<double>(), ours.trial.point[3]);
  EXPECT_EQ(theirs["values"].get<std::vector<double>>(), ours.trial.values);
  EXPECT_EQ(ours.trial.values, result_of(ours.trial.point).values);
  if (!theirs["constraints"].is_null()) {
    EXPECT_EQ(theirs["constraints"].get<std::vector<double>>(), ours.trial.constraints);
  }
  EXPECT_EQ(theirs["user_attrs"].size(), ours.user_attributes.size());
}

void work_together(const std::string& location, const std::string& url) {
  auto storage = open_small(location);
  for (int i = 0; i < 5; ++i) run_trial(*storage);
  std::vector<pid_t> workers;
  for (const char* sampler : {"tpe", "random", "nsgaii"})
    workers.push_back(start_python(url, {"run", sampler, "10"}));
  // Python takes a second to start; this side works on while it joins and after.
  int pythons = 0;
  ASSERT_TRUE(eventually(
      [&] {
        for (const auto& change : storage->changes()) pythons += by_python(change) ? 1 : 0;
        return pythons > 0;
      },
      60));
  workers.push_back(in_child([&] {
    ::execl(MASE_STORAGE_WORKER, MASE_STORAGE_WORKER, location.c_str(), "30", "10", nullptr);
    return 97;
  }));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(run_trial(*storage));
  for (const pid_t worker : workers) EXPECT_EQ(wait_for(worker), 0);

  // The queue, in both directions.
  run_python(url, {"enqueue", R"({"fc1/data_in_width": 3, "style": null, "lr": 0.25})"});
  const auto queued = storage->begin_trial(propose);
  ASSERT_TRUE(queued);
  EXPECT_EQ(queued->trial.point[0], 3);
  EXPECT_EQ(queued->trial.point[2], 1) << "null is the second style";
  EXPECT_EQ(queued->trial.point[3], 0.25);
  storage->finish_trial(*queued, result_of(queued->trial.point));
  const int number = storage->enqueue({2.0, 0.0, 2.0, 0.125, std::nullopt});
  run_python(url, {"run", "tpe", "1"});
  // A parameter value that the space does not have stays in the queue for Python.
  std::vector<std::string> notes;
  run_python(url, {"enqueue", R"({"style": "unheard of"})"});
  EXPECT_FALSE(storage->begin_trial([](const TrialRequest& request) {
    EXPECT_FALSE(request.enqueued);
    return std::nullopt;
  }));

  const auto trials = storage->read_trials();
  const json theirs = dump(url);
  std::printf("Optuna %s: %zu trials\n", theirs["version"].get<std::string>().c_str(),
              trials.size());
  EXPECT_TRUE(dense(trials));
  EXPECT_EQ(theirs["metrics"], json({"accuracy", "lut"}));
  EXPECT_EQ(theirs["directions"], json({"MAXIMIZE", "MINIMIZE"}));
  ASSERT_EQ(theirs["trials"].size(), trials.size());
  int ours = 0;
  for (size_t i = 0; i + 1 < trials.size(); ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(theirs["trials"][i]["number"], static_cast<int>(i));
    expect_equal(trials[i], theirs["trials"][i]);
    ours += by_python(trials[i]) ? 0 : 1;
  }
  EXPECT_GE(ours, 16);
  EXPECT_GE(static_cast<int>(trials.size()) - ours, 30);
  EXPECT_EQ(trials[static_cast<size_t>(number)].trial.point, (Point{2, 0, 2, 0.125, 0}));
  EXPECT_TRUE(by_python(trials[static_cast<size_t>(number)]));
  EXPECT_EQ(trials.back().trial.state, TrialState::kWaiting);

  // Python counts a trial without constraints as feasible; so only those with them are compared.
  std::vector<int> best;
  for (const int n : theirs["best"]) {
    if (!theirs["trials"][static_cast<size_t>(n)]["constraints"].is_null()) best.push_back(n);
  }
  const auto front = front_of(trials);
  EXPECT_FALSE(front.empty());
  EXPECT_THAT(front, testing::IsSupersetOf(best));
}

class Optuna : public Postgresql {
 protected:
  void SetUp() override {
    if (python().empty())
      GTEST_SKIP() << "no Python with Optuna: set MASE_OPTUNA_PYTHON, or run .ci/run";
  }
  mase::test::TempDir folder_;
  const std::string file_ = (folder_ / "study.db").string();
};

TEST_F(Optuna, JoinsARunningStudyInSqlite) { work_together(file_, "sqlite:///" + file_); }

TEST_F(Optuna, JoinsARunningStudyInPostgresql) {
  Postgresql::SetUp();
  if (IsSkipped()) return;
  if (run_process({python(), "-c", "import psycopg2"}).exit_code != 0)
    GTEST_SKIP() << "Python has no psycopg2";
  // SQLAlchemy 2.1 takes psycopg 3 unless the driver is named.
  const std::string location = url(), scheme = "postgresql";
  work_together(location, scheme + "+psycopg2" + location.substr(scheme.size()));
}

TEST_F(Optuna, ItsStudiesAreOpened) {
  run_python("sqlite:///" + file_, {"create"});
  auto storage = open_small(file_, quick_options(), OpenRule::kResume);
  const auto trials = storage->changes();
  ASSERT_EQ(trials.size(), 4u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(trials[i].fits());
    EXPECT_EQ(trials[i].trial.values, result_of(trials[i].trial.point).values);
  }
  EXPECT_FALSE(trials[3].fits()) << "its parameters are others";
  EXPECT_EQ(trials[3].trial.state, TrialState::kComplete);
  EXPECT_EQ(run_trial(*storage)->trial.number, 4);
  EXPECT_EQ(dump("sqlite:///" + file_)["metrics"], json({"accuracy", "lut"}));
}

TEST_F(Optuna, OtherClassesOfParametersAreAnError) {
  run_python("sqlite:///" + file_, {"create"});
  auto header = small_header();
  header.parameters[2].choices[4] = "\"other\"";
  auto storage = Storage::open(file_);
  mase::test::expect_user_error([&] { storage->open_study(header, OpenRule::kResume); }, "R010",
                                {"style: stored", "CategoricalDistribution", "\"other\""});
}

}  // namespace
}  // namespace mase::search::test
