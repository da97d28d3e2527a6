// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sw/search/storage/database.h"
#include "sw/search/storage/space_codec.h"

namespace mase::search {

/// A row of trials.
struct TrialRow {
  int64_t id = 0;
  std::optional<int> number;
  TrialState state = TrialState::kRunning;
  std::optional<int64_t> start_ms, complete_ms;
};

/// What the other tables hold of a trial.
struct TrialDetails {
  std::vector<StoredParam> params;
  std::map<int, double> values;  ///< by objective
  Attributes user_attributes, system_attributes;
};

const char* state_name(TrialState state);
/// Errors: UserError R005 for a name that Optuna does not have.
TrialState state_of(const std::string& name);

/// 'YYYY-MM-DD HH:MM:SS.ffffff', UTC.
std::string time_text(int64_t ms);
/// Back, with or without fraction; nullopt: no time.
std::optional<int64_t> time_of(const std::string& text);
int64_t now_ms();

/// Rows of trials `where` (SQL without parameters), in order of their ids.
std::vector<TrialRow> read_trial_rows(Database& database, const std::string& where);
std::map<int64_t, TrialDetails> read_details(Database& database, const std::vector<int64_t>& ids);

/// `table`: "trial_user", "trial_system", "study_user" or "study_system".
Attributes read_attributes(Database& database, const std::string& table, int64_t owner);
/// Errors: UserError R013 for a key that the schema cannot hold.
void write_attributes(Database& database, const std::string& table, int64_t owner,
                      const Attributes& attributes);

/// "1,2,3"
std::string id_list(const std::vector<int64_t>& ids);

}  // namespace mase::search
