// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sw/search/sampler/problem.h"
#include "sw/search/sampler/sampler.h"

namespace mase::search {

/// Attributes of studies and trials: JSON texts by key. NaN, Infinity and -Infinity may occur, as
/// Python's json writes them.
using Attributes = std::map<std::string, std::string>;

struct StorageOptions {
  /// How long to wait for another worker's lock before giving up (R003).
  std::chrono::milliseconds lock_timeout{60'000};
  std::chrono::milliseconds heartbeat_interval{15'000};
  /// A RUNNING trial without a heartbeat for so long is another worker's that died. Twice the 60 s
  /// that Python's users give to RDBStorage(heartbeat_interval=60).
  std::chrono::milliseconds grace_period{120'000};
  /// A point whose worker died is tried again so many times; then its trial stays FAIL.
  int max_retries = 3;
  /// SQLite: write-ahead log, which readers do not block. Not for network file systems.
  bool wal = true;
  /// SQLite: the file may not grow beyond so many pages of 4 KiB; 0: no limit.
  int64_t max_pages = 0;
  /// Things a user may want to know: a stale trial was failed, an enqueued one does not fit.
  /// Called without locks held, from any thread that calls Storage.
  std::function<void(const std::string&)> note;
};

/// An axis of the space as the study stores it. Ordinal: IntDistribution(0, n - 1) of the choice's
/// index, as MASE's `suggest_int`. Nominal: CategoricalDistribution of the choices themselves.
/// Real: FloatDistribution.
struct StoredParameter {
  Parameter parameter;
  /// [parameter.choices] JSON texts of what the indices mean. For a nominal axis null, a truth
  /// value, a number or a string each (anything else is stored as its JSON text, a string).
  std::vector<std::string> choices;
};

/// What a study is. Everything but `attributes` must be the same when it is opened again.
struct StudyHeader {
  std::string name;
  std::vector<Direction> directions;      ///< [objectives]
  std::vector<std::string> metric_names;  ///< [objectives], shown by the dashboard
  std::vector<std::string> constraint_names;
  std::vector<StoredParameter> parameters;
  /// User attributes that give the values their meaning (scales, limits, data set): compared when
  /// the study is opened again, each key named in the error.
  Attributes fixed_attributes;
  Attributes attributes;  ///< user attributes for readers; the last writer wins
};

enum class OpenRule {
  kCreateOrResume,
  kCreate,  ///< R011 when the study exists
  kResume   ///< R012 when it does not, with the names of those that do
};

struct TrialRecord {
  /// `point` is empty when the stored parameters are not (yet) a point of this space: a trial that
  /// has not begun, one of a Python worker's with other parameters, or one still being suggested.
  /// `attributes` are the system attributes. `metrics` is always empty: the study knows where it
  /// keeps them among the user attributes.
  Trial trial;
  int64_t id = 0;  ///< trials.trial_id
  Attributes user_attributes;
  std::optional<int64_t> start_ms, complete_ms;  ///< milliseconds since 1970, UTC
  bool own = false;                              ///< begun by this Storage object

  bool fits() const { return !trial.point.empty(); }
};

struct StudyInfo {
  int64_t id = 0;
  bool resumed = false;  ///< the study was there
  int64_t trials = 0;    ///< all states
  Attributes user_attributes, system_attributes;
};

/// What `begin_trial` asks the caller for a point with.
struct TrialRequest {
  int number = 0;  ///< the number that the trial will have
  /// What other workers did since the last call: tell the sampler before asking it.
  const std::vector<TrialRecord>& changes;
  /// [parameters] values that whoever enqueued the trial has fixed; all nullopt for a new trial.
  /// The stored point takes them whatever the caller answers.
  const std::vector<std::optional<double>>& fixed;
  /// The trial waited in the study (enqueue, enqueue_trial of Python, the point of a dead worker):
  /// it is among the n_trials already.
  bool enqueued = false;
  /// nullopt: a new trial. Otherwise the whole fixed point, which needs no sampler.
  std::optional<Point> fixed_point() const;
};

/// nullopt: no (more) trial; nothing is stored, an enqueued trial goes on waiting.
using ChoosePoint = std::function<std::optional<Proposal>(const TrialRequest&)>;

/// A study in Optuna's relational schema (3.2 and later), in an SQLite file or a PostgreSQL
/// database. Any number of Storage objects, processes, machines and Python workers may share one.
/// Each call is one transaction: it happens as a whole or not at all, also when the process is
/// killed. Thread-safe: calls wait for one another; callbacks must not call the Storage.
///
/// Errors, all UserError: R001 location not understood, R002 cannot be opened or reached (file,
/// folder, server, password), R003 locked for too long, R004 damaged or not a database, R005
/// another schema version or missing tables, R006 no room or read-only, R007 any other failure of
/// the database. A password is never part of a message.
class Storage {
 public:
  /// `location`: a path, `sqlite:///path` (four slashes: absolute), or
  /// `postgresql://user:password@host:port/database` with percent-encoding. Creates the file, its
  /// folder and the tables where there are none.
  static std::unique_ptr<Storage> open(const std::string& location, StorageOptions options = {});
  virtual ~Storage() = default;

  /// `location` without its password.
  virtual const std::string& location() const = 0;

  /// Must come first. Errors: R010 the stored study differs (shows what, and what to do), R011,
  /// R012, R013 a name or attribute that the schema cannot hold.
  virtual StudyInfo open_study(const StudyHeader& header, OpenRule rule) = 0;

  /// Trials that are new or changed since the last call or since the last `begin_trial`, in order
  /// of their numbers; at first all that exist. What this object began and finished itself is no
  /// news to it, but the failing of its trial by another is, and so are trials put in the queue. A
  /// RUNNING trial is news once its point is complete.
  virtual std::vector<TrialRecord> changes() = 0;

  /// Begins a trial: under the study's lock reads what others did, takes the longest waiting
  /// enqueued trial or a new number, asks `choose`, and stores point, attributes and heartbeat.
  /// Exceptions of `choose` pass through and leave nothing behind.
  virtual std::optional<TrialRecord> begin_trial(const ChoosePoint& choose) = 0;

  struct Result {
    TrialState state = TrialState::kComplete;  ///< kComplete, kPruned or kFail
    std::vector<double> values;       ///< [objectives]; kComplete only; infinities are fine
    std::vector<double> constraints;  ///< [constraints] or empty; <= 0 is feasible
    Attributes user_attributes;
    Attributes system_attributes;
  };
  /// Ends a trial that `begin_trial` began. A NaN objective makes it FAIL with the user attribute
  /// `fail_reason`. Returns the trial as stored, or nullopt when another worker had failed it as
  /// stale: the result is dropped, `changes` tells of the failure.
  virtual std::optional<TrialRecord> finish_trial(const TrialRecord& begun,
                                                  const Result& result) = 0;

  /// Gives a trial up that `begin_trial` began (an interrupted run): it becomes FAIL with
  /// `fail_reason` "interrupted", and its point waits in the queue for whoever comes next.
  virtual void abandon(const TrialRecord& begun) = 0;

  /// Fails RUNNING trials whose worker is dead (a process of this machine that is gone, or no
  /// heartbeat within the grace period) and enqueues their points again. Done by `open_study` and
  /// now and then by `begin_trial`. Returns how many.
  virtual int fail_stale() = 0;

  /// Puts a trial in the queue; coordinates without a value are left to the sampler. Returns its
  /// number.
  virtual int enqueue(const std::vector<std::optional<double>>& point,
                      const Attributes& user_attributes = {}) = 0;

  /// Everything, read anew, in order of numbers.
  virtual std::vector<TrialRecord> read_trials() = 0;

  virtual void set_user_attribute(const std::string& key, const std::string& json) = 0;
  virtual void set_system_attribute(const std::string& key, const std::string& json) = 0;
};

}  // namespace mase::search
