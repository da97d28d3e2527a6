// SPDX-License-Identifier: Apache-2.0
// Making studies, and opening those that others made.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "gen/base/error.h"
#include "sw/search/storage/python_json.h"
#include "sw/search/storage/sql_storage.h"

namespace mase::search {

using nlohmann::json;

namespace {

constexpr const char* kMetricNames = "study:metric_names";
constexpr const char* kSpace = "mase:space";
constexpr size_t kLinesShown = 12;

std::string direction_name(Direction direction) {
  return direction == Direction::kMinimise ? "MINIMIZE" : "MAXIMIZE";
}

std::vector<std::string> direction_names(const StudyHeader& header) {
  std::vector<std::string> names;
  for (const auto direction : header.directions) names.push_back(direction_name(direction));
  return names;
}

void check_header(const StudyHeader& header) {
  if (header.name.empty() || header.name.size() > 512)
    throw UserError("R013", fmt::format("the study's name has {} bytes; the schema holds 1 to 512",
                                        header.name.size()));
  MASE_CHECK(!header.directions.empty() && header.directions.size() == header.metric_names.size(),
             "{} directions, {} metric names", header.directions.size(),
             header.metric_names.size());
}

bool same_json(const std::string& a, const std::string& b) {
  const auto x = parse_stored_json(a), y = parse_stored_json(b);
  return a == b || (x && y && *x == *y);
}

}  // namespace

int64_t SqlStorage::find_study(const std::string& name) {
  long long id = 0;
  database_.sql() << "SELECT study_id FROM studies WHERE study_name = :name",
      soci::use(name, "name"), soci::into(id);
  return database_.sql().got_data() ? id : 0;
}

std::vector<std::string> SqlStorage::study_names() {
  std::vector<std::string> names;
  std::string name;
  soci::statement statement =
      (database_.sql().prepare << "SELECT study_name FROM studies ORDER BY study_id DESC LIMIT 20",
       soci::into(name));
  statement.execute();
  while (statement.fetch()) names.push_back(name);
  return names;
}

int64_t SqlStorage::create_study(const StudyHeader& header) {
  long long id = 0;
  database_.sql() << "INSERT INTO studies (study_name) VALUES (:name) ON CONFLICT (study_name) DO "
                     "NOTHING RETURNING study_id",
      soci::use(header.name, "name"), soci::into(id);
  if (!database_.sql().got_data()) return 0;  // another worker's, a moment ago
  std::vector<std::vector<Cell>> rows;
  for (const auto& name : direction_names(header))
    rows.push_back({name, int64_t{id}, static_cast<int64_t>(rows.size())});
  database_.insert_rows("study_directions (direction, study_id, objective)", rows);
  write_attributes(database_, "study_system", id,
                   {{kMetricNames, json(header.metric_names).dump()}});
  Attributes attributes = header.attributes;
  attributes.insert(header.fixed_attributes.begin(), header.fixed_attributes.end());
  attributes[kSpace] = codec_.describe().dump();
  write_attributes(database_, "study_user", id, attributes);
  return id;
}

/// A study that Python made has no mase:space; its trials say what the parameters are.
std::vector<std::string> SqlStorage::compare_distributions(int64_t id) {
  std::vector<std::string> lines;
  std::string name, distribution;
  soci::statement statement =
      (database_.sql().prepare
           << "SELECT DISTINCT p.param_name, p.distribution_json FROM trial_params p JOIN trials t "
              "ON t.trial_id = p.trial_id WHERE t.study_id = "
           << id << " ORDER BY p.param_name, p.distribution_json",
       soci::into(name), soci::into(distribution));
  statement.execute();
  while (statement.fetch()) {
    if (auto line = codec_.conflict(name, distribution)) lines.push_back(*line);
  }
  return lines;
}

void SqlStorage::compare_study(int64_t id, const StudyHeader& header) {
  std::vector<std::string> lines, directions;
  std::string direction;
  {
    soci::statement statement =
        (database_.sql().prepare << "SELECT CAST(direction AS TEXT) FROM study_directions WHERE "
                                    "study_id = "
                                 << id << " ORDER BY objective",
         soci::into(direction));
    statement.execute();
    while (statement.fetch()) directions.push_back(direction);
  }
  if (directions != direction_names(header))
    lines.push_back(fmt::format("directions: stored {}, here {}", fmt::join(directions, " "),
                                fmt::join(direction_names(header), " ")));

  const auto system = read_attributes(database_, "study_system", id);
  const auto user = read_attributes(database_, "study_user", id);
  Attributes add_user = header.attributes, add_system;
  const std::string metrics = json(header.metric_names).dump();
  if (const auto stored = system.find(kMetricNames); stored == system.end())
    add_system[kMetricNames] = metrics;
  else if (!same_json(stored->second, metrics))
    lines.push_back(fmt::format("metrics: stored {}, here {}", stored->second, metrics));

  if (const auto stored = user.find(kSpace); stored == user.end()) {
    const auto conflicts = compare_distributions(id);
    lines.insert(lines.end(), conflicts.begin(), conflicts.end());
    add_user[kSpace] = codec_.describe().dump();
  } else {
    const auto space = parse_stored_json(stored->second);
    const auto differences = codec_.differences(space ? *space : json());
    lines.insert(lines.end(), differences.begin(), differences.end());
  }
  for (const auto& [key, value] : header.fixed_attributes) {
    const auto stored = user.find(key);
    if (stored == user.end())
      add_user[key] = value;
    else if (!same_json(stored->second, value))
      lines.push_back(fmt::format("{}: stored {}, here {}", key, stored->second, value));
  }

  if (!lines.empty()) {
    const size_t more = lines.size() > kLinesShown ? lines.size() - kLinesShown : 0;
    lines.resize(lines.size() - more);
    throw UserError(
        "R010",
        fmt::format("study '{}' in {} was made for another search:\n    {}{}", header.name,
                    location(), fmt::join(lines, "\n    "),
                    more > 0 ? fmt::format("\n    and {} more", more) : ""),
        {},
        "go on with the search space and the metrics it was made with, or begin a new study: "
        "another name, or another file");
  }
  write_attributes(database_, "study_system", id, add_system);
  write_attributes(database_, "study_user", id, add_user);
}

StudyInfo SqlStorage::open_study(const StudyHeader& header, OpenRule rule) {
  check_header(header);
  StudyInfo info;
  {
    const std::lock_guard lock(mutex_);
    MASE_CHECK(study_ == 0, "open_study() twice");
    codec_ = SpaceCodec(header);
    header_ = header;
    info = database_.transact(Database::Access::kWrite, [&] {
      StudyInfo found;
      found.id = find_study(header.name);
      if (found.id == 0 && rule == OpenRule::kResume) {
        const auto names = study_names();
        throw UserError(
            "R012", fmt::format("{} has no study '{}'", location(), header.name), {},
            names.empty() ? "it has none yet" : fmt::format("it has: {}", fmt::join(names, ", ")));
      }
      if (found.id == 0)
        found.id = create_study(header);
      else
        found.resumed = true;
      if (found.id == 0) {
        found.id = find_study(header.name);
        found.resumed = true;
      }
      if (found.resumed && rule == OpenRule::kCreate)
        throw UserError("R011", fmt::format("{} has a study '{}' already", location(), header.name),
                        {}, "resume it, or choose another name or another file");
      if (found.resumed) {
        database_.lock_study(found.id);
        compare_study(found.id, header);
      }
      long long trials = 0;
      database_.sql() << "SELECT COUNT(*) FROM trials WHERE study_id = " << found.id,
          soci::into(trials);
      found.trials = trials;
      found.user_attributes = read_attributes(database_, "study_user", found.id);
      found.system_attributes = read_attributes(database_, "study_system", found.id);
      return found;
    });
    study_ = info.id;
  }
  fail_stale();
  return info;
}

}  // namespace mase::search
