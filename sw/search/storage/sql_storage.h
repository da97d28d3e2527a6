// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "sw/search/storage/database.h"
#include "sw/search/storage/rows.h"
#include "sw/search/storage/space_codec.h"
#include "sw/search/storage/storage.h"

namespace mase::search {

/// Storage over one connection. What it knows of the study: every trial up to `last_id_`, and
/// which of them may still change. Ids grow in the order of commits (the study's lock sees to it),
/// so that a look at newer ids and at the unfinished ones misses nothing.
class SqlStorage final : public Storage {
 public:
  SqlStorage(Location location, StorageOptions options);
  ~SqlStorage() override;

  const std::string& location() const override { return database_.location().shown; }
  StudyInfo open_study(const StudyHeader& header, OpenRule rule) override;
  std::vector<TrialRecord> changes() override;
  std::optional<TrialRecord> begin_trial(const ChoosePoint& choose) override;
  std::optional<TrialRecord> finish_trial(const TrialRecord& begun, const Result& result) override;
  void abandon(const TrialRecord& begun) override;
  int fail_stale() override;
  int enqueue(const std::vector<std::optional<double>>& point,
              const Attributes& user_attributes) override;
  std::vector<TrialRecord> read_trials() override;
  void set_user_attribute(const std::string& key, const std::string& json) override;
  void set_system_attribute(const std::string& key, const std::string& json) override;

 private:
  using Notes = std::vector<std::string>;

  /// A trial in the queue, and what whoever put it there has fixed.
  struct Waiting {
    TrialRow row;
    TrialDetails details;
    std::optional<std::vector<std::optional<double>>> fixed;  ///< nullopt: not of this space
  };

  // open_study.cc
  int64_t find_study(const std::string& name);
  int64_t create_study(const StudyHeader& header);
  void compare_study(int64_t id, const StudyHeader& header);
  std::vector<std::string> compare_distributions(int64_t id);
  std::vector<std::string> study_names();

  // sql_storage.cc; all but the public functions want mutex_ held and a transaction begun
  void read_changes();
  void take_waiting(const TrialRow& row, TrialDetails details);
  std::optional<Waiting> claim();
  TrialRecord record(const TrialRow& row, const TrialDetails& details);
  int64_t insert_trial(int number, TrialState state, std::optional<int64_t> start_ms);
  void insert_params(int64_t id, const Point& point, const std::vector<StoredParam>& there);
  std::optional<TrialRecord> begin_in_transaction(const ChoosePoint& choose,
                                                  std::vector<TrialRecord>& news);
  bool end_trial(int64_t id, TrialState from, TrialState to, int64_t ms);
  int next_number();
  void tell(const Notes& notes) const;

  // stale.cc
  int fail_stale_locked(Notes& notes);
  bool give_up(const TrialRow& row, const std::string& reason, bool is_retry, Notes& notes);
  int enqueue_in_transaction(const std::string& fixed, const Attributes& user_attributes,
                             Attributes system_attributes);
  void start_heartbeat();
  void beat();

  StorageOptions options_;
  Database database_;
  const std::string worker_;
  StudyHeader header_;
  SpaceCodec codec_;
  int64_t study_ = 0;

  std::mutex mutex_;
  int64_t last_id_ = 0;                 ///< newest trial seen
  int64_t seen_ = 0;                    ///< how many trials were seen: the next number
  std::map<int64_t, TrialRow> others_;  ///< RUNNING trials of other workers
  std::set<int64_t> told_;              ///< those whose point has been news
  std::set<int64_t> own_;               ///< RUNNING trials of this object
  std::map<int64_t, Waiting> waiting_;
  std::vector<TrialRecord> news_;  ///< read, but not yet given to the caller
  std::chrono::steady_clock::time_point stale_checked_{};

  std::thread heartbeat_;
  std::condition_variable stop_condition_;
  std::mutex stop_mutex_;
  bool stopping_ = false;
};

}  // namespace mase::search
