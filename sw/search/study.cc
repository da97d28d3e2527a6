// SPDX-License-Identifier: Apache-2.0
#include "sw/search/study.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "gen/base/error.h"
#include "sw/search/pandas_json.h"

namespace mase::search {

namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;

/// System attribute: what a grey-box sampler models, [metrics].
constexpr const char* kMetricsKey = "mase:metrics";
/// System attribute of a trial that takes the place of a failed one, as Optuna calls it.
constexpr const char* kRetryOfKey = "failed_trial";

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The trial as samplers see it.
Trial to_trial(const TrialRecord& record) {
  Trial trial = record.trial;
  const auto found = trial.attributes.find(kMetricsKey);
  if (found == trial.attributes.end() || trial.state != TrialState::kComplete) return trial;
  for (const auto& value : parse_python_json(found->second)) {
    if (!value.is_number()) return trial;  // not one of ours
    trial.metrics.push_back(value.get<double>());
  }
  return trial;
}

bool is_finished(TrialState state) {
  return state != TrialState::kRunning && state != TrialState::kWaiting;
}

class Loop {
 public:
  Loop(const Problem& problem, Sampler& sampler, Storage& storage, const Evaluate& evaluate,
       const StudyOptions& options)
      : problem_(problem),
        sampler_(sampler),
        storage_(storage),
        evaluate_(evaluate),
        options_(options) {}

  StudyResult run() {
    {
      const std::lock_guard lock(mutex_);
      take_changes(storage_.changes());
    }
    std::vector<std::thread> threads;
    const int jobs = std::max(1, options_.n_jobs);
    for (int i = 1; i < jobs; ++i) threads.emplace_back([this] { work(); });
    work();
    for (auto& thread : threads) thread.join();
    if (error_) std::rethrow_exception(error_);
    result_.seconds = seconds_since(start_);
    result_.trials = storage_.read_trials();
    return std::move(result_);
  }

 private:
  /// One thread's life.
  void work() {
    try {
      std::unique_lock lock(mutex_);
      while (const auto begun = begin(lock)) {
        if (const auto known = completed_.find(begun->trial.point); known != completed_.end()) {
          ++result_.repeated;
          finish(*begun, repeat_of(known->second));
          continue;
        }
        lock.unlock();
        const Storage::Result result = evaluated(*begun);
        lock.lock();
        if (result.state == TrialState::kFail && stopped()) {
          abandon(*begun);
          continue;
        }
        ++result_.evaluated;
        if (result.state == TrialState::kFail) ++result_.failed;
        finish(*begun, result);
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
    }
    changed_.notify_all();
  }

  bool stopped() const { return options_.stop && options_.stop->load(); }

  /// Says why no trial may begin, if so.
  std::optional<StudyEnd> end_now() const {
    if (stopped()) return StudyEnd::kStopped;
    if (options_.timeout && seconds_since(start_) >= *options_.timeout) return StudyEnd::kTimeout;
    return std::nullopt;
  }

  bool full() const { return begun_ - retries_ >= options_.n_trials; }

  /// The next trial of this process; nullopt: the study ends for this thread.
  std::optional<TrialRecord> begin(std::unique_lock<std::mutex>& lock) {
    if (options_.deterministic) wait_for_turn(lock);
    if (error_ || ended_) return std::nullopt;
    if (const auto end = end_now()) return finish_with(*end);
    const auto before = Clock::now();
    const double sampler_before = result_.sampler_seconds;
    auto begun = storage_.begin_trial([&](const TrialRequest& request) { return choose(request); });
    result_.storage_seconds += seconds_since(before) - (result_.sampler_seconds - sampler_before);
    if (!begun) return finish_with(exhausted_ ? StudyEnd::kExhausted : StudyEnd::kTrials);
    note_state(*begun);
    running_.insert(begun->trial.number);
    if (begun->fits()) tell(to_trial(*begun));
    return begun;
  }

  std::optional<TrialRecord> finish_with(StudyEnd end) {
    ended_ = true;
    result_.end = end;
    return std::nullopt;
  }

  /// Deterministic studies: until every result that the next choice may depend on is there, told
  /// in order.
  void wait_for_turn(std::unique_lock<std::mutex>& lock) {
    const auto next = [&] { return static_cast<int>(records_.size()); };
    // A signal handler cannot notify: look for Ctrl-C now and then.
    while (!error_ && !ended_ && !end_now() && !running_.empty() &&
           *running_.begin() <= next() - options_.lag) {
      changed_.wait_for(lock, std::chrono::milliseconds(50));
    }
    tell_results_up_to(next() - options_.lag);
  }

  void tell_results_up_to(int number) {
    while (!untold_.empty() && untold_.begin()->first <= number) {
      tell(to_trial(untold_.begin()->second));
      untold_.erase(untold_.begin());
    }
  }

  /// In a transaction of the storage: the point of the trial, or none when there is no need for it.
  std::optional<Proposal> choose(const TrialRequest& request) {
    take_changes(request.changes);
    if (full()) return std::nullopt;
    if (const auto point = request.fixed_point()) return Proposal{*point, {}};
    const auto before = Clock::now();
    auto proposal = sampler_.ask(request.number);
    result_.sampler_seconds += seconds_since(before);
    exhausted_ = !proposal;
    if (!proposal) return std::nullopt;
    for (size_t i = 0; i < request.fixed.size(); ++i) {
      if (request.fixed[i]) proposal->point[i] = *request.fixed[i];
    }
    return proposal;
  }

  /// What other workers did, and at the start what earlier runs did.
  void take_changes(const std::vector<TrialRecord>& changes) {
    for (const auto& record : changes) {
      note_state(record);
      if (!record.fits()) continue;
      const bool replay = options_.deterministic && is_finished(record.trial.state);
      if (!replay) {
        tell(to_trial(record));
        continue;
      }
      // As the run that made them told it: the point when it began, the result in its turn.
      tell_results_up_to(record.trial.number - options_.lag);
      Trial began = to_trial(record);
      began.state = TrialState::kRunning;
      began.values.clear();
      began.constraints.clear();
      began.metrics.clear();
      tell(began);
      untold_.emplace(record.trial.number, record);
    }
  }

  void tell(const Trial& trial) {
    const auto before = Clock::now();
    sampler_.tell(trial);
    result_.sampler_seconds += seconds_since(before);
  }

  /// Counts a trial's state and remembers results by point.
  void note_state(const TrialRecord& record) {
    const auto [at, is_new] = records_.try_emplace(record.trial.number, record);
    const bool had_begun = !is_new && at->second.trial.state != TrialState::kWaiting;
    const bool had_finished = !is_new && is_finished(at->second.trial.state);
    if (is_new && is_retry(record)) ++retries_;
    at->second = record;
    if (!had_begun && record.trial.state != TrialState::kWaiting) ++begun_;
    if (record.trial.state == TrialState::kComplete && record.fits())
      completed_.try_emplace(record.trial.point, record);
    if (is_finished(record.trial.state) && !had_finished) {
      ++finished_;
      if (options_.progress) options_.progress(record, finished_);
    }
  }

  void finish(const TrialRecord& begun, const Storage::Result& result) {
    const auto before = Clock::now();
    const auto stored = storage_.finish_trial(begun, result);
    result_.storage_seconds += seconds_since(before);
    running_.erase(begun.trial.number);
    if (!stored) {
      note(fmt::format("trial {}: another worker took this one for dead; its result is dropped",
                       begun.trial.number));
    } else {
      note_state(*stored);
      if (options_.deterministic)
        untold_.emplace(stored->trial.number, *stored);
      else if (stored->fits())
        tell(to_trial(*stored));
    }
    changed_.notify_all();
  }

  /// An interrupted trial: its point waits for the next run.
  void abandon(const TrialRecord& begun) {
    storage_.abandon(begun);
    running_.erase(begun.trial.number);
    changed_.notify_all();
  }

  /// Runs the evaluation and makes a result of whatever comes of it.
  Storage::Result evaluated(const TrialRecord& begun) const {
    Storage::Result result;
    try {
      Outcome outcome = evaluate_(begun.trial.point, begun.trial.number);
      MASE_CHECK(outcome.values.size() == problem_.directions.size(),
                 "an evaluation gave {} values for {} objectives", outcome.values.size(),
                 problem_.directions.size());
      result.values = std::move(outcome.values);
      result.constraints = std::move(outcome.constraints);
      result.user_attributes = std::move(outcome.user_attributes);
      if (!outcome.metrics.empty())
        result.system_attributes[kMetricsKey] = json(outcome.metrics).dump();
    } catch (const std::exception& error) {
      result.state = TrialState::kFail;
      result.user_attributes["fail_reason"] =
          json(reason_of(error)).dump(-1, ' ', true, json::error_handler_t::replace);
    }
    return result;
  }

  static Storage::Result repeat_of(const TrialRecord& known) {
    Storage::Result result;
    result.values = known.trial.values;
    result.constraints = known.trial.constraints;
    result.user_attributes = known.user_attributes;
    result.user_attributes["repeat_of"] = std::to_string(known.trial.number);
    if (const auto found = known.trial.attributes.find(kMetricsKey);
        found != known.trial.attributes.end())
      result.system_attributes[kMetricsKey] = found->second;
    return result;
  }

  void note(const std::string& text) const {
    if (options_.note) options_.note(text);
  }

  const Problem& problem_;
  Sampler& sampler_;
  Storage& storage_;
  const Evaluate& evaluate_;
  const StudyOptions& options_;
  const Clock::time_point start_ = Clock::now();

  std::mutex mutex_;  ///< of everything below, of the sampler and of the order of storage calls
  std::condition_variable changed_;
  std::map<int, TrialRecord> records_;      ///< every trial of the study that is known
  std::map<Point, TrialRecord> completed_;  ///< for configurations that are asked for again
  std::map<int, TrialRecord> untold_;       ///< deterministic: results whose turn has not come
  std::set<int> running_;                   ///< of this process
  int64_t begun_ = 0, retries_ = 0, finished_ = 0;
  bool exhausted_ = false, ended_ = false;
  std::exception_ptr error_;
  StudyResult result_;
};

}  // namespace

bool is_retry(const TrialRecord& record) { return record.trial.attributes.contains(kRetryOfKey); }

std::string reason_of(const std::exception& error) {
  std::string text = error.what();
  if (const auto* user = dynamic_cast<const UserError*>(&error))
    text = fmt::format("{}: {}", user->code(), user->message());
  else if (dynamic_cast<const InternalError*>(&error))
    text = "bug in mase-gen: " + text;
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

StudyResult run_study(const Problem& problem, Sampler& sampler, Storage& storage,
                      const Evaluate& evaluate, const StudyOptions& options) {
  return Loop(problem, sampler, storage, evaluate, options).run();
}

}  // namespace mase::search
