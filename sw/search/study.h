// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sw/search/sampler/sampler.h"
#include "sw/search/storage/storage.h"

namespace mase::search {

/// What an evaluation gives the study.
struct Outcome {
  std::vector<double> values;       ///< [objectives]
  std::vector<double> constraints;  ///< [constraints], feasible where <= 0
  std::vector<double> metrics;      ///< [grey_box->metrics]; kept with the trial for the sampler
  Attributes user_attributes;       ///< JSON texts that are stored with the trial
};

/// Evaluates a point; called from many threads at once. What it throws makes a failed trial with
/// that reason, and the study goes on.
using Evaluate = std::function<Outcome(const Point& point, int number)>;

struct StudyOptions {
  int n_jobs = 1;                 ///< threads, at least one
  int64_t n_trials = 100;         ///< of the study in total, those of other workers included
  std::optional<double> timeout;  ///< seconds after which no trial begins
  /// Results are told in the order of the trials, and trial k is chosen from those up to k - lag,
  /// whatever n_jobs is and whichever thread is faster. At most `lag` trials run at once.
  bool deterministic = false;
  int lag = 8;
  /// Becomes true: no trial begins, running ones come to their end; one whose evaluation throws
  /// then is given up, and its point waits in the study for the next run.
  const std::atomic<bool>* stop = nullptr;
  /// Under the study's lock, once for every trial that is finished, whoever ran it; those that the
  /// study has already come first. `finished` counts them.
  std::function<void(const TrialRecord& record, int64_t finished)> progress;
  std::function<void(const std::string&)> note;  ///< things a user may want to know
};

enum class StudyEnd {
  kTrials,     ///< n_trials are there
  kExhausted,  ///< every legal point of the space is taken
  kTimeout,
  kStopped  ///< `stop`
};

struct StudyResult {
  StudyEnd end = StudyEnd::kTrials;
  std::vector<TrialRecord> trials;  ///< all of the study, by number
  int64_t evaluated = 0;            ///< by this process, those that failed included
  int64_t failed = 0;               ///< of those
  int64_t repeated = 0;             ///< asked for again by another worker, answered from the store
  double seconds = 0;               ///< from the first look at the study to the last trial
  double sampler_seconds = 0;       ///< spent in the sampler
  double storage_seconds = 0;       ///< spent in the storage, the sampler apart
};

/// Runs trials on an opened study until one of StudyEnd holds. Trials that wait in the study (of a
/// killed run, or enqueued by another worker) come first. `sampler` is new: it is told of the
/// trials that are in the storage. One object writes for all threads.
/// Errors: those of the storage and of the sampler; running evaluations end first.
StudyResult run_study(const Problem& problem, Sampler& sampler, Storage& storage,
                      const Evaluate& evaluate, const StudyOptions& options);

/// Trials that replace one whose worker died or was interrupted: they do not count for n_trials a
/// second time.
bool is_retry(const TrialRecord& record);

/// What an error says of itself, in one line, as it is stored with a failed trial.
std::string reason_of(const std::exception& error);

}  // namespace mase::search
