// SPDX-License-Identifier: Apache-2.0
#include "sw/search/storage/rows.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>

#include "gen/base/error.h"

namespace mase::search {

namespace {

constexpr const char* kStates[] = {"RUNNING", "WAITING", "COMPLETE", "PRUNED", "FAIL"};

}  // namespace

const char* state_name(TrialState state) { return kStates[static_cast<int>(state)]; }

TrialState state_of(const std::string& name) {
  const auto found = std::find(std::begin(kStates), std::end(kStates), name);
  if (found == std::end(kStates))
    throw UserError("R005",
                    fmt::format("a trial has the state '{}', which Optuna does not have", name));
  return static_cast<TrialState>(found - std::begin(kStates));
}

int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::string time_text(int64_t ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> at{milliseconds(ms)};
  const auto day = floor<days>(at);
  const year_month_day date(day);
  const auto time = at - day;
  const auto s = duration_cast<seconds>(time).count();
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}000", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     s / 3600, s / 60 % 60, s % 60, time.count() % 1000);
}

std::optional<int64_t> time_of(const std::string& text) {
  using namespace std::chrono;
  int y = 0, hour = 0, minute = 0, used = 0;
  unsigned m = 0, d = 0;
  double second = 0;
  if (std::sscanf(text.c_str(), "%d-%u-%u%*1[ T]%d:%d:%lf%n", &y, &m, &d, &hour, &minute, &second,
                  &used) != 6)
    return std::nullopt;
  const year_month_day date{year(y), month(m), day(d)};
  if (!date.ok()) return std::nullopt;
  const int64_t days_ms = duration_cast<milliseconds>(sys_days(date).time_since_epoch()).count();
  return days_ms + (hour * 60 + minute) * 60'000ll + static_cast<int64_t>(second * 1000 + 0.5);
}

std::string id_list(const std::vector<int64_t>& ids) {
  return fmt::format("{}", fmt::join(ids, ","));
}

std::vector<TrialRow> read_trial_rows(Database& database, const std::string& where) {
  std::vector<TrialRow> rows;
  long long id = 0;
  int number = 0;
  soci::indicator no_number = soci::i_ok;
  std::string state, start, complete;
  soci::statement statement =
      (database.sql().prepare
           << "SELECT trial_id, number, CAST(state AS TEXT), COALESCE(CAST(datetime_start AS "
              "TEXT), ''), COALESCE(CAST(datetime_complete AS TEXT), '') FROM trials WHERE "
           << where << " ORDER BY trial_id",
       soci::into(id), soci::into(number, no_number), soci::into(state), soci::into(start),
       soci::into(complete));
  statement.execute();
  while (statement.fetch()) {
    TrialRow row{id, std::nullopt, state_of(state), time_of(start), time_of(complete)};
    if (no_number == soci::i_ok) row.number = number;
    rows.push_back(row);
  }
  return rows;
}

namespace {

void read_params(Database& database, const std::string& in,
                 std::map<int64_t, TrialDetails>& details) {
  long long id = 0;
  StoredParam param;
  soci::indicator no_name, no_value, no_text;
  soci::statement statement =
      (database.sql().prepare
           << "SELECT trial_id, param_name, param_value, distribution_json FROM trial_params WHERE "
              "trial_id IN ("
           << in << ")",
       soci::into(id), soci::into(param.name, no_name), soci::into(param.value, no_value),
       soci::into(param.distribution, no_text));
  statement.execute();
  while (statement.fetch()) {
    if (no_name == soci::i_ok && no_value == soci::i_ok && no_text == soci::i_ok)
      details[id].params.push_back(param);
  }
}

void read_values(Database& database, const std::string& in,
                 std::map<int64_t, TrialDetails>& details) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  long long id = 0;
  int objective = 0;
  double value = 0;
  soci::indicator no_value;
  std::string type;
  soci::statement statement =
      (database.sql().prepare << "SELECT trial_id, objective, value, CAST(value_type AS TEXT) FROM "
                                 "trial_values WHERE trial_id IN ("
                              << in << ")",
       soci::into(id), soci::into(objective), soci::into(value, no_value), soci::into(type));
  statement.execute();
  while (statement.fetch()) {
    if (type == "INF_POS")
      details[id].values[objective] = kInfinity;
    else if (type == "INF_NEG")
      details[id].values[objective] = -kInfinity;
    else if (no_value == soci::i_ok)
      details[id].values[objective] = value;
  }
}

/// Calls take(owner, key, value) for the attributes of all owners `in`.
template <class Take>
void for_attributes(Database& database, const std::string& table, const std::string& in,
                    Take take) {
  const std::string owner = table.substr(0, table.find('_')) + "_id";
  long long id = 0;
  std::string key, value;
  soci::indicator no_key, no_value;
  soci::statement statement =
      (database.sql().prepare << "SELECT " << owner << ", \"key\", value_json FROM " << table
                              << "_attributes WHERE " << owner << " IN (" << in << ")",
       soci::into(id), soci::into(key, no_key), soci::into(value, no_value));
  statement.execute();
  while (statement.fetch()) {
    if (no_key == soci::i_ok && no_value == soci::i_ok) take(id, key, value);
  }
}

}  // namespace

std::map<int64_t, TrialDetails> read_details(Database& database, const std::vector<int64_t>& ids) {
  constexpr size_t kAtOnce = 500;
  std::map<int64_t, TrialDetails> details;
  for (size_t first = 0; first < ids.size(); first += kAtOnce) {
    const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(first);
    const std::string in = id_list(
        {begin, begin + static_cast<std::ptrdiff_t>(std::min(kAtOnce, ids.size() - first))});
    read_params(database, in, details);
    read_values(database, in, details);
    for_attributes(database, "trial_user", in, [&](int64_t id, auto& key, auto& value) {
      details[id].user_attributes[key] = value;
    });
    for_attributes(database, "trial_system", in, [&](int64_t id, auto& key, auto& value) {
      details[id].system_attributes[key] = value;
    });
  }
  return details;
}

Attributes read_attributes(Database& database, const std::string& table, int64_t owner) {
  Attributes attributes;
  for_attributes(database, table, std::to_string(owner),
                 [&](int64_t, auto& key, auto& value) { attributes[key] = value; });
  return attributes;
}

void write_attributes(Database& database, const std::string& table, int64_t owner,
                      const Attributes& attributes) {
  const std::string column = table.substr(0, table.find('_')) + "_id";
  std::vector<std::vector<Cell>> rows;
  for (const auto& [key, value] : attributes) {
    if (key.empty() || key.size() > 512)
      throw UserError("R013",
                      fmt::format("attribute '{}' has a key of {} bytes; the schema holds 1 to 512",
                                  key.substr(0, 40), key.size()));
    rows.push_back({owner, key, value});
  }
  database.insert_rows(
      fmt::format("{}_attributes ({}, \"key\", value_json)", table, column), rows,
      fmt::format("ON CONFLICT ({}, \"key\") DO UPDATE SET value_json = excluded.value_json",
                  column));
}

}  // namespace mase::search
