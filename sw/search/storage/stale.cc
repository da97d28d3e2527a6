// SPDX-License-Identifier: Apache-2.0
// Workers that died, the queue, and heartbeats.
#include <fmt/format.h>

#include <algorithm>

#include "gen/base/error.h"
#include "sw/search/storage/python_json.h"
#include "sw/search/storage/sql_storage.h"
#include "sw/search/storage/worker.h"

namespace mase::search {

using nlohmann::json;

int SqlStorage::enqueue_in_transaction(const std::string& fixed, const Attributes& user_attributes,
                                       Attributes system_attributes) {
  // Not seen_: the trial is news to this object like one of Python's.
  int number = 0;
  database_.sql() << "SELECT COUNT(*) FROM trials WHERE study_id = " << study_, soci::into(number);
  const int64_t id = insert_trial(number, TrialState::kWaiting, std::nullopt);
  system_attributes["fixed_params"] = fixed;
  write_attributes(database_, "trial_system", id, system_attributes);
  write_attributes(database_, "trial_user", id, user_attributes);
  return number;
}

int SqlStorage::enqueue(const std::vector<std::optional<double>>& point,
                        const Attributes& user_attributes) {
  const std::lock_guard lock(mutex_);
  MASE_CHECK(study_ != 0, "enqueue() before open_study()");
  MASE_CHECK(point.size() == codec_.size(), "a point of {} parameters in a space of {}",
             point.size(), codec_.size());
  for (size_t i = 0; i < point.size(); ++i)
    MASE_CHECK(!point[i] || codec_.contains(i, *point[i]), "{} = {} is outside of the space",
               codec_.name(i), *point[i]);
  return database_.transact(Database::Access::kWriteOnce, [&] {
    database_.lock_study(study_);
    return enqueue_in_transaction(codec_.encode_fixed(point), user_attributes, {});
  });
}

/// Fails a RUNNING trial and puts its point in the queue, as Optuna's RetryFailedTrialCallback
/// does: `failed_trial` is the first of the line, `retry_history` all of it.
bool SqlStorage::give_up(const TrialRow& row, const std::string& reason, bool is_retry,
                         Notes& notes) {
  auto details = read_details(database_, {row.id})[row.id];
  Attributes why{{"fail_reason", json(reason).dump()}};
  // Attributes before the state: a reader takes them as final once the state is.
  if (!end_trial(row.id, TrialState::kRunning, TrialState::kFail, now_ms())) return false;
  write_attributes(database_, "trial_user", row.id, why);

  const int number = row.number.value_or(0);
  json history = json::array();
  if (const auto stored = parse_stored_json(details.system_attributes["retry_history"]);
      stored && stored->is_array())
    history = *stored;
  const auto decoded = codec_.decode(details.params);
  if (decoded.others || details.params.empty()) {
    notes.push_back(fmt::format("trial {} failed: {}", number, reason));
    return true;
  }
  if (is_retry && static_cast<int>(history.size()) >= options_.max_retries) {
    notes.push_back(fmt::format("trial {} failed: {}; its point was tried {} times and is given up",
                                number, reason, history.size() + 1));
    return true;
  }
  Attributes line;
  const auto first = details.system_attributes.find("failed_trial");
  line["failed_trial"] =
      first == details.system_attributes.end() ? std::to_string(number) : first->second;
  if (is_retry) history.push_back(number);
  line["retry_history"] = history.dump();
  const int again =
      enqueue_in_transaction(codec_.encode_fixed(decoded.point), details.user_attributes, line);
  notes.push_back(
      fmt::format("trial {} failed: {}; its point waits as trial {}", number, reason, again));
  return true;
}

void SqlStorage::abandon(const TrialRecord& begun) {
  Notes notes;
  {
    const std::lock_guard lock(mutex_);
    database_.transact(Database::Access::kWriteOnce, [&] {
      database_.lock_study(study_);
      TrialRow row;
      row.id = begun.id;
      row.number = begun.trial.number;
      return give_up(row, "interrupted", /*is_retry=*/false, notes);
    });
  }
  tell(notes);
}

int SqlStorage::fail_stale_locked(Notes& notes) {
  struct Running {
    TrialRow row;
    double age = -1;  ///< seconds since the last heartbeat; -1: never one
    std::string worker;
  };
  std::vector<Running> running;
  {
    long long id = 0;
    int number = 0;
    double age = 0;
    std::string worker;
    soci::indicator no_number;
    const std::string key = kWorkerAttribute;
    soci::statement statement =
        (database_.sql().prepare
             << "SELECT t.trial_id, t.number, COALESCE(" << database_.heartbeat_age()
             << ", -1.0), COALESCE(a.value_json, '') FROM trials t LEFT JOIN trial_heartbeats h ON "
                "h.trial_id = t.trial_id LEFT JOIN trial_system_attributes a ON a.trial_id = "
                "t.trial_id AND a.\"key\" = :worker WHERE t.study_id = "
             << study_ << " AND t.state = 'RUNNING' ORDER BY t.trial_id",
         soci::use(key, "worker"), soci::into(id), soci::into(number, no_number), soci::into(age),
         soci::into(worker));
    statement.execute();
    while (statement.fetch())
      running.push_back({{id, number, TrialState::kRunning, {}, {}}, age, worker});
  }
  int failed = 0;
  const double grace = static_cast<double>(options_.grace_period.count()) / 1000;
  for (const auto& [row, age, worker] : running) {
    if (own_.contains(row.id)) continue;
    // Begun by this object, but unknown to it: the connection was lost at that moment.
    std::string reason;
    if (worker == worker_)
      reason = "lost with its connection";
    else if (is_gone(worker))
      reason = "its process is gone";
    else if (age > grace)
      reason = fmt::format("its worker gave no sign of life for {:.0f} s", age);
    else
      continue;
    if (give_up(row, reason, /*is_retry=*/true, notes)) ++failed;
  }
  return failed;
}

int SqlStorage::fail_stale() {
  Notes notes;
  int failed = 0;
  {
    const std::lock_guard lock(mutex_);
    MASE_CHECK(study_ != 0, "fail_stale() before open_study()");
    failed = database_.transact(Database::Access::kWriteOnce, [&] {
      notes.clear();
      database_.lock_study(study_);
      return fail_stale_locked(notes);
    });
    stale_checked_ = std::chrono::steady_clock::now();
  }
  tell(notes);
  return failed;
}

void SqlStorage::start_heartbeat() {
  if (!heartbeat_.joinable()) heartbeat_ = std::thread([this] { beat(); });
}

void SqlStorage::beat() {
  for (;;) {
    {
      std::unique_lock lock(stop_mutex_);
      if (stop_condition_.wait_for(lock, options_.heartbeat_interval, [&] { return stopping_; }))
        return;
    }
    const std::lock_guard lock(mutex_);
    if (own_.empty()) continue;
    try {
      database_.transact(Database::Access::kWrite, [&] {
        return database_.execute(
            fmt::format("UPDATE trial_heartbeats SET heartbeat = {} WHERE trial_id IN ({})",
                        database_.now(), id_list({own_.begin(), own_.end()})));
      });
    } catch (const std::exception&) {
      // The next call of the owner meets the same trouble and reports it; should it pass before
      // the grace period does, nothing has happened.
    }
  }
}

}  // namespace mase::search
