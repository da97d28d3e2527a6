// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "gen/base/error.h"
#include "sw/search/storage/storage.h"

namespace mase::search {

/// A study in memory, for tests of the loop alone: what several MemoryStorage objects share.
struct MemoryStudy {
  std::mutex mutex;
  std::map<int, std::pair<TrialRecord, int64_t>> trials;  ///< with the version of their last change
  std::map<int, std::vector<std::optional<double>>> fixed;
  int64_t version = 0;
  int calls_until_failure = -1;  ///< of finish_trial; negative: it never fails
};

class MemoryStorage final : public Storage {
 public:
  explicit MemoryStorage(std::shared_ptr<MemoryStudy> study) : study_(std::move(study)) {}

  const std::string& location() const override { return location_; }
  StudyInfo open_study(const StudyHeader&, OpenRule) override { return {}; }

  std::vector<TrialRecord> changes() override {
    const std::lock_guard lock(study_->mutex);
    return changes_now();
  }

  std::optional<TrialRecord> begin_trial(const ChoosePoint& choose) override {
    const std::lock_guard lock(study_->mutex);
    const auto news = changes_now();
    for (auto& [number, entry] : study_->trials) {
      if (entry.first.trial.state != TrialState::kWaiting) continue;
      const auto& fixed = study_->fixed.at(number);
      const auto proposal = choose({number, news, fixed, true});
      if (!proposal) return std::nullopt;
      return store(number, *proposal, fixed);
    }
    const int number = static_cast<int>(study_->trials.size());
    const std::vector<std::optional<double>> none;
    const auto proposal = choose({number, news, none, false});
    if (!proposal) return std::nullopt;
    return store(number, *proposal, none);
  }

  std::optional<TrialRecord> finish_trial(const TrialRecord& begun, const Result& result) override {
    const std::lock_guard lock(study_->mutex);
    if (study_->calls_until_failure == 0) throw UserError("T999", "the disk is full");
    if (study_->calls_until_failure > 0) --study_->calls_until_failure;
    auto& [record, version] = study_->trials.at(begun.trial.number);
    if (record.trial.state != TrialState::kRunning) return std::nullopt;
    record.trial.state = result.state;
    record.trial.values = result.values;
    record.trial.constraints = result.constraints;
    for (const auto& [key, value] : result.user_attributes) record.user_attributes[key] = value;
    for (const auto& [key, value] : result.system_attributes) record.trial.attributes[key] = value;
    touch(begun.trial.number);
    return record;
  }

  void abandon(const TrialRecord& begun) override {
    Result result{.state = TrialState::kFail};
    result.user_attributes["fail_reason"] = "\"interrupted\"";
    finish_trial(begun, result);
    const auto& point = begun.trial.point;
    const int number = enqueue({point.begin(), point.end()}, {});
    study_->trials.at(number).first.trial.attributes["failed_trial"] =
        std::to_string(begun.trial.number);
  }

  int fail_stale() override { return 0; }

  int enqueue(const std::vector<std::optional<double>>& point,
              const Attributes& user_attributes) override {
    const std::lock_guard lock(study_->mutex);
    const int number = static_cast<int>(study_->trials.size());
    TrialRecord record{.user_attributes = user_attributes};
    record.trial.number = number;
    record.trial.state = TrialState::kWaiting;
    study_->trials[number].first = record;
    study_->fixed[number] = point;
    study_->trials[number].second = ++study_->version;
    return number;
  }

  std::vector<TrialRecord> read_trials() override {
    const std::lock_guard lock(study_->mutex);
    std::vector<TrialRecord> all;
    for (const auto& [number, entry] : study_->trials) all.push_back(entry.first);
    return all;
  }

  void set_user_attribute(const std::string&, const std::string&) override {}
  void set_system_attribute(const std::string&, const std::string&) override {}

 private:
  std::vector<TrialRecord> changes_now() {
    std::vector<TrialRecord> news;
    for (const auto& [number, entry] : study_->trials) {
      if (entry.second > seen_[number]) news.push_back(entry.first);
      seen_[number] = entry.second;
    }
    return news;
  }

  void touch(int number) { seen_[number] = study_->trials.at(number).second = ++study_->version; }

  TrialRecord store(int number, const Proposal& proposal,
                    const std::vector<std::optional<double>>& fixed) {
    TrialRecord& record = study_->trials[number].first;
    record.trial.number = number;
    record.trial.state = TrialState::kRunning;
    record.trial.point = proposal.point;
    for (size_t i = 0; i < fixed.size(); ++i) {
      if (fixed[i]) record.trial.point[i] = *fixed[i];
    }
    record.trial.attributes = proposal.attributes;
    touch(number);
    return record;
  }

  std::shared_ptr<MemoryStudy> study_;
  std::map<int, int64_t> seen_;
  std::string location_ = "memory";
};

}  // namespace mase::search
