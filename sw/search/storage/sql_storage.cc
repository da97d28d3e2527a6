// SPDX-License-Identifier: Apache-2.0
#include "sw/search/storage/sql_storage.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gen/base/error.h"
#include "sw/search/storage/python_json.h"
#include "sw/search/storage/schema.h"
#include "sw/search/storage/worker.h"

namespace mase::search {

namespace {

/// Thrown to roll back when there is nothing to begin.
struct NoTrial {};

void sort_by_number(std::vector<TrialRecord>& records) {
  std::stable_sort(records.begin(), records.end(),
                   [](const auto& a, const auto& b) { return a.trial.number < b.trial.number; });
}

/// [names] values of constraints as Optuna keeps them: a list, or since 5.0 one attribute each,
/// named as we name them or counted. Empty: unknown.
std::vector<double> constraints_of(const Attributes& attributes,
                                   const std::vector<std::string>& names) {
  std::vector<double> values;
  const auto take = [&](const nlohmann::json& value) {
    if (const auto number = stored_number(value); number && !std::isnan(*number))
      values.push_back(*number);
  };
  if (const auto list = attributes.find("constraints"); list != attributes.end()) {
    const auto parsed = parse_stored_json(list->second);
    if (parsed && parsed->is_array()) std::for_each(parsed->begin(), parsed->end(), take);
  } else {
    for (size_t i = 0; i < names.size(); ++i) {
      auto found = attributes.find("constraints:" + names[i]);
      if (found == attributes.end()) found = attributes.find(fmt::format("constraints:{}", i));
      if (found == attributes.end()) break;
      if (const auto parsed = parse_stored_json(found->second)) take(*parsed);
    }
  }
  if (values.size() != names.size()) values.clear();
  return values;
}

}  // namespace

std::optional<Point> TrialRequest::fixed_point() const {
  Point point;
  for (const auto& value : fixed) {
    if (!value) return std::nullopt;
    point.push_back(*value);
  }
  if (!enqueued) return std::nullopt;
  return point;
}

std::unique_ptr<Storage> Storage::open(const std::string& location, StorageOptions options) {
  return std::make_unique<SqlStorage>(parse_location(location), std::move(options));
}

SqlStorage::SqlStorage(Location location, StorageOptions options)
    : options_(std::move(options)),
      database_(std::move(location), options_),
      worker_(describe_worker()) {
  prepare_schema(database_);
}

SqlStorage::~SqlStorage() {
  {
    const std::lock_guard lock(stop_mutex_);
    stopping_ = true;
  }
  stop_condition_.notify_all();
  if (heartbeat_.joinable()) heartbeat_.join();
}

void SqlStorage::tell(const Notes& notes) const {
  if (!options_.note) return;
  for (const auto& note : notes) options_.note(note);
}

TrialRecord SqlStorage::record(const TrialRow& row, const TrialDetails& details) {
  TrialRecord record;
  record.id = row.id;
  record.start_ms = row.start_ms;
  record.complete_ms = row.complete_ms;
  record.user_attributes = details.user_attributes;
  Trial& trial = record.trial;
  trial.number = row.number.value_or(0);
  trial.state = row.state;
  trial.point = codec_.decode(details.params).get();
  trial.attributes = details.system_attributes;
  if (row.state != TrialState::kComplete) return record;
  for (const auto& [objective, value] : details.values) {
    if (objective == static_cast<int>(trial.values.size())) trial.values.push_back(value);
  }
  trial.constraints = constraints_of(details.system_attributes, header_.constraint_names);
  return record;
}

void SqlStorage::take_waiting(const TrialRow& row, TrialDetails details) {
  Waiting waiting{row, std::move(details), std::nullopt};
  const auto decoded = codec_.decode(waiting.details.params);
  const auto attribute = waiting.details.system_attributes.find("fixed_params");
  if (attribute == waiting.details.system_attributes.end()) {
    waiting.fixed = decoded.point;
  } else if (const auto json = parse_stored_json(attribute->second)) {
    waiting.fixed = codec_.decode_fixed(*json);
    for (size_t i = 0; waiting.fixed && i < decoded.point.size(); ++i) {
      if (decoded.point[i]) (*waiting.fixed)[i] = decoded.point[i];
    }
  }
  if (decoded.others) waiting.fixed.reset();
  TrialRecord news = record(row, waiting.details);
  const bool whole = waiting.fixed && std::all_of(waiting.fixed->begin(), waiting.fixed->end(),
                                                  [](const auto& v) { return v.has_value(); });
  news.trial.point.clear();
  for (size_t i = 0; whole && i < codec_.size(); ++i)
    news.trial.point.push_back(*(*waiting.fixed)[i]);
  news_.push_back(std::move(news));
  waiting_.insert_or_assign(row.id, std::move(waiting));
}

void SqlStorage::read_changes() {
  std::vector<int64_t> unfinished(own_.begin(), own_.end());
  for (const auto& [id, row] : others_) unfinished.push_back(id);
  for (const auto& [id, waiting] : waiting_) unfinished.push_back(id);
  std::vector<TrialRow> rows;
  if (!unfinished.empty())
    rows = read_trial_rows(database_, fmt::format("trial_id IN ({})", id_list(unfinished)));
  auto fresh =
      read_trial_rows(database_, fmt::format("study_id = {} AND trial_id > {}", study_, last_id_));
  for (auto& row : fresh) {
    // The number is the count of older trials; it is always there but for damaged studies.
    if (!row.number) row.number = static_cast<int>(seen_);
    ++seen_;
    last_id_ = row.id;
    rows.push_back(row);
  }

  std::erase_if(rows, [&](const TrialRow& row) {
    const bool running = row.state == TrialState::kRunning;
    return (running && (own_.contains(row.id) || told_.contains(row.id))) ||
           (row.state == TrialState::kWaiting && waiting_.contains(row.id));
  });
  if (rows.empty()) return;
  std::vector<int64_t> ids;
  for (const auto& row : rows) ids.push_back(row.id);
  auto details = read_details(database_, ids);
  for (const auto& row : rows) {
    if (row.state == TrialState::kWaiting) {
      take_waiting(row, std::move(details[row.id]));
      continue;
    }
    waiting_.erase(row.id);
    TrialRecord news = record(row, details[row.id]);
    if (row.state == TrialState::kRunning) {
      others_.insert_or_assign(row.id, row);
      if (!news.fits()) continue;  // still being suggested
      told_.insert(row.id);
    } else {
      others_.erase(row.id);
      told_.erase(row.id);
      news.own = own_.erase(row.id) > 0;
    }
    news_.push_back(std::move(news));
  }
}

std::vector<TrialRecord> SqlStorage::changes() {
  const std::lock_guard lock(mutex_);
  MASE_CHECK(study_ != 0, "changes() before open_study()");
  database_.transact(Database::Access::kRead, [&] {
    read_changes();
    return 0;
  });
  sort_by_number(news_);
  return std::exchange(news_, {});
}

std::optional<SqlStorage::Waiting> SqlStorage::claim() {
  for (auto& [id, waiting] : waiting_) {
    if (!waiting.fixed) continue;
    Waiting claimed = waiting;
    claimed.row.start_ms = now_ms();
    const std::string statement = fmt::format(
        "UPDATE trials SET state = 'RUNNING', datetime_start = '{}' WHERE trial_id = {} AND state "
        "= 'WAITING'",
        time_text(*claimed.row.start_ms), id);
    if (database_.execute(statement) == 1) return claimed;
  }
  return std::nullopt;
}

int64_t SqlStorage::insert_trial(int number, TrialState state, std::optional<int64_t> start_ms) {
  long long id = 0;
  database_.sql() << fmt::format(
      "INSERT INTO trials (number, study_id, state, datetime_start) VALUES ({}, {}, '{}', {}) "
      "RETURNING trial_id",
      number, study_, state_name(state), start_ms ? "'" + time_text(*start_ms) + "'" : "NULL"),
      soci::into(id);
  return id;
}

void SqlStorage::insert_params(int64_t id, const Point& point,
                               const std::vector<StoredParam>& there) {
  std::vector<std::vector<Cell>> rows;
  for (size_t i = 0; i < codec_.size(); ++i) {
    if (std::any_of(there.begin(), there.end(),
                    [&](const auto& param) { return param.name == codec_.name(i); }))
      continue;
    rows.push_back({id, codec_.name(i), point[i], codec_.distribution(i)});
  }
  database_.insert_rows("trial_params (trial_id, param_name, param_value, distribution_json)",
                        rows);
}

std::optional<TrialRecord> SqlStorage::begin_in_transaction(const ChoosePoint& choose,
                                                            std::vector<TrialRecord>& news) {
  database_.lock_study(study_);
  read_changes();
  auto claimed = claim();
  const int number = claimed ? *claimed->row.number : static_cast<int>(seen_);
  const auto fixed = claimed ? *claimed->fixed : std::vector<std::optional<double>>(codec_.size());
  for (auto& change : std::exchange(news_, {})) news.push_back(std::move(change));
  sort_by_number(news);
  auto proposal = choose({number, news, fixed, claimed.has_value()});
  news.clear();
  if (!proposal) throw NoTrial{};
  MASE_CHECK(proposal->point.size() == codec_.size(), "a point of {} parameters in a space of {}",
             proposal->point.size(), codec_.size());
  for (size_t i = 0; i < fixed.size(); ++i) {
    if (fixed[i]) proposal->point[i] = *fixed[i];
    MASE_CHECK(codec_.contains(i, proposal->point[i]), "{} = {} is outside of the space",
               codec_.name(i), proposal->point[i]);
  }

  TrialRow row = claimed ? claimed->row : TrialRow{0, number, TrialState::kRunning, now_ms(), {}};
  row.state = TrialState::kRunning;
  if (!claimed) row.id = insert_trial(number, row.state, row.start_ms);
  auto attributes = proposal->attributes;
  attributes[kWorkerAttribute] = worker_;
  write_attributes(database_, "trial_system", row.id, attributes);
  TrialDetails details = claimed ? std::move(claimed->details) : TrialDetails{};
  insert_params(row.id, proposal->point, details.params);
  database_.execute(fmt::format(
      "INSERT INTO trial_heartbeats (trial_id, heartbeat) VALUES ({}, {}) ON CONFLICT (trial_id) "
      "DO UPDATE SET heartbeat = excluded.heartbeat",
      row.id, database_.now()));

  for (const auto& [key, value] : attributes) details.system_attributes[key] = value;
  TrialRecord begun = record(row, details);
  begun.trial.point = proposal->point;
  begun.own = true;
  return begun;
}

std::optional<TrialRecord> SqlStorage::begin_trial(const ChoosePoint& choose) {
  MASE_CHECK(study_ != 0, "begin_trial() before open_study()");
  if (std::chrono::steady_clock::now() - stale_checked_ > options_.heartbeat_interval) fail_stale();
  const std::lock_guard lock(mutex_);
  start_heartbeat();
  std::vector<TrialRecord> news;
  std::optional<TrialRecord> begun;
  try {
    begun = database_.transact(Database::Access::kWrite,
                               [&] { return begin_in_transaction(choose, news); });
  } catch (const NoTrial&) {
    return std::nullopt;
  } catch (...) {
    news_ = std::move(news);  // if the caller has not seen them
    throw;
  }
  if (begun->id > last_id_) {
    last_id_ = begun->id;
    ++seen_;
  }
  waiting_.erase(begun->id);
  own_.insert(begun->id);
  return begun;
}

bool SqlStorage::end_trial(int64_t id, TrialState from, TrialState to, int64_t ms) {
  return database_.execute(fmt::format(
             "UPDATE trials SET state = '{}', datetime_complete = '{}' WHERE trial_id = {} AND "
             "state = '{}'",
             state_name(to), time_text(ms), id, state_name(from))) == 1;
}

std::optional<TrialRecord> SqlStorage::finish_trial(const TrialRecord& begun, const Result& given) {
  Result result = given;
  const auto fail = [&](const std::string& reason) {
    result.state = TrialState::kFail;
    result.user_attributes["fail_reason"] = nlohmann::json(reason).dump();
  };
  if (result.state == TrialState::kComplete) {
    MASE_CHECK(result.values.size() == header_.directions.size(), "{} values for {} objectives",
               result.values.size(), header_.directions.size());
    MASE_CHECK(
        result.constraints.empty() || result.constraints.size() == header_.constraint_names.size(),
        "{} values for {} constraints", result.constraints.size(), header_.constraint_names.size());
    for (size_t i = 0; i < result.constraints.size(); ++i) {
      if (std::isnan(result.constraints[i]))
        fail(fmt::format("constraint {} is NaN", header_.constraint_names[i]));
    }
    for (size_t i = 0; i < result.values.size(); ++i) {
      if (std::isnan(result.values[i]))
        fail(fmt::format("objective {} is NaN", i < header_.metric_names.size()
                                                    ? header_.metric_names[i]
                                                    : std::to_string(i)));
    }
  }
  const bool complete = result.state == TrialState::kComplete;
  if (complete && !result.constraints.empty())
    result.system_attributes["constraints"] = stored_list(result.constraints);

  std::vector<std::vector<Cell>> values;
  for (size_t i = 0; complete && i < result.values.size(); ++i) {
    const double value = result.values[i];
    const auto objective = static_cast<int64_t>(i);
    if (std::isfinite(value))
      values.push_back({begun.id, objective, value, "FINITE"});
    else
      values.push_back({begun.id, objective, {}, value > 0 ? "INF_POS" : "INF_NEG"});
  }

  const std::lock_guard lock(mutex_);
  const int64_t ms = now_ms();
  bool written = false;
  const bool stored = database_.transact(Database::Access::kWrite, [&] {
    std::string state;
    database_.sql() << "SELECT CAST(state AS TEXT) FROM trials WHERE trial_id = " << begun.id
                    << database_.for_update(),
        soci::into(state);
    if (!database_.sql().got_data()) return false;
    // After a lost connection: was this what had been committed?
    if (state != "RUNNING") return written && state_of(state) == result.state;
    written = true;
    write_attributes(database_, "trial_user", begun.id, result.user_attributes);
    write_attributes(database_, "trial_system", begun.id, result.system_attributes);
    database_.insert_rows("trial_values (trial_id, objective, value, value_type)", values);
    return end_trial(begun.id, TrialState::kRunning, result.state, ms);
  });
  if (!stored) return std::nullopt;

  own_.erase(begun.id);
  TrialRecord finished = begun;
  finished.complete_ms = ms;
  finished.trial.state = result.state;
  if (complete) {
    finished.trial.values = result.values;
    finished.trial.constraints = result.constraints;
  }
  for (const auto& [key, value] : result.user_attributes) finished.user_attributes[key] = value;
  for (const auto& [key, value] : result.system_attributes) finished.trial.attributes[key] = value;
  return finished;
}

std::vector<TrialRecord> SqlStorage::read_trials() {
  const std::lock_guard lock(mutex_);
  MASE_CHECK(study_ != 0, "read_trials() before open_study()");
  auto records = database_.transact(Database::Access::kRead, [&] {
    const auto rows = read_trial_rows(database_, fmt::format("study_id = {}", study_));
    std::vector<int64_t> ids;
    for (const auto& row : rows) ids.push_back(row.id);
    auto details = read_details(database_, ids);
    std::vector<TrialRecord> all;
    for (const auto& row : rows) {
      all.push_back(record(row, details[row.id]));
      all.back().own = own_.contains(row.id);
    }
    return all;
  });
  sort_by_number(records);
  return records;
}

void SqlStorage::set_user_attribute(const std::string& key, const std::string& json) {
  const std::lock_guard lock(mutex_);
  database_.transact(Database::Access::kWrite, [&] {
    write_attributes(database_, "study_user", study_, {{key, json}});
    return 0;
  });
}

void SqlStorage::set_system_attribute(const std::string& key, const std::string& json) {
  const std::lock_guard lock(mutex_);
  database_.transact(Database::Access::kWrite, [&] {
    write_attributes(database_, "study_system", study_, {{key, json}});
    return 0;
  });
}

}  // namespace mase::search
