// SPDX-License-Identifier: Apache-2.0
#include "sw/search/best.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

#include "gen/base/error.h"
#include "sw/search/front.h"
#include "sw/search/study.h"
#include "sw/search/trial_evaluation.h"

namespace mase::search {

namespace {

/// What is known of a trial after it was measured, or after the attempt.
struct Attempt {
  std::optional<Evaluation> measured;
};

double violation_of(const Problem& problem, const std::vector<double>& constraints) {
  Trial trial;
  trial.state = TrialState::kComplete;
  trial.constraints = constraints;
  return violation(problem, trial);
}

class Selection {
 public:
  Selection(const SearchProblem& problem, const std::vector<TrialRecord>& trials,
            const BestOptions& options)
      : problem_(problem), options_(options) {
    for (const auto& record : trials) {
      if (record.trial.state == TrialState::kComplete && record.fits() &&
          record.trial.values.size() == problem.problem().directions.size())
        complete_.push_back(&record);
    }
  }

  BestResult run() {
    std::vector<size_t> best = choose();
    if (options_.remeasure && problem_.can_remeasure()) {
      while (measure_some(best)) best = choose();
    }
    for (const size_t i : best) result_.trials.push_back(report(i));
    result_.feasible = !result_.trials.empty() && result_.trials.front().violated.empty();
    for (const auto& [index, attempt] : attempts_) {
      if (attempt.measured && std::find(best.begin(), best.end(), index) == best.end()) drop(index);
    }
    return std::move(result_);
  }

 private:
  std::vector<size_t> choose() const {
    std::vector<Scored> scored;
    for (size_t i = 0; i < complete_.size(); ++i) {
      const Trial& trial = complete_[i]->trial;
      const Evaluation* measured = measured_of(i);
      scored.push_back(
          {trial.number, measured ? measured->values : trial.values,
           violation_of(problem_.problem(), measured ? measured->constraints : trial.constraints)});
    }
    return best_of(problem_.problem().directions, scored);
  }

  const Evaluation* measured_of(size_t index) const {
    const auto found = attempts_.find(index);
    return found != attempts_.end() && found->second.measured ? &*found->second.measured : nullptr;
  }

  /// `open`, part of `best`, in the order of what each spans of the front: where not all are
  /// measured, the few that are show its whole extent.
  std::vector<size_t> by_telling(const std::vector<size_t>& best,
                                 const std::vector<size_t>& open) const {
    std::vector<std::vector<double>> values;
    for (const size_t i : best) {
      const Evaluation* measured = measured_of(i);
      values.push_back(measured ? measured->values : complete_[i]->trial.values);
    }
    std::vector<size_t> ordered;
    for (const size_t i : by_span(problem_.problem().directions, values)) {
      if (std::find(open.begin(), open.end(), best[i]) != open.end()) ordered.push_back(best[i]);
    }
    for (const size_t i : open) {
      if (std::find(ordered.begin(), ordered.end(), i) == ordered.end()) ordered.push_back(i);
    }
    return ordered;
  }

  /// Measures those of the best that were not yet tried, several at once; false: there are none, or
  /// no more are to be measured.
  bool measure_some(const std::vector<size_t>& best) {
    std::vector<size_t> open;
    for (const size_t i : best) {
      if (!attempts_.contains(i)) open.push_back(i);
    }
    if (open.empty()) return false;
    const size_t done = attempts_.size();
    const size_t wanted = open.size();
    open = by_telling(best, open);
    open.resize(std::min(wanted, std::max<size_t>(options_.limit, done) - done));
    if (open.empty()) {
      result_.notes.push_back(
          fmt::format("{} trials were measured, which is the limit; {} of the best keep their "
                      "modelled figures",
                      done, wanted));
      return false;
    }
    const std::vector<Try> tries = measure(open, static_cast<int>(done));
    bool more = true;
    size_t tried = 0;
    for (size_t k = 0; k < open.size(); ++k) {
      if (!tries[k].begun) continue;
      ++tried;
      attempts_[open[k]].measured = tries[k].measured;
      if (tries[k].error && more) more = note_failure(*complete_[open[k]], tries[k].error);
    }
    if (tried < open.size() && options_.stop && options_.stop->load()) {
      result_.notes.push_back(fmt::format(
          "interrupted: {} of the best trials keep their modelled figures", wanted - tried));
      return false;
    }
    return more;
  }

  struct Try {
    bool begun = false;
    std::optional<Evaluation> measured;
    std::exception_ptr error;
  };

  std::vector<Try> measure(const std::vector<size_t>& indices, int done) {
    std::vector<Try> tries(indices.size());
    std::atomic<size_t> next{0};
    std::atomic<bool> missing{false};
    std::mutex telling;
    const auto work = [&] {
      for (size_t k = next++; k < indices.size(); k = next++) {
        if (missing || (options_.stop && options_.stop->load())) return;
        if (options_.progress) {
          const std::lock_guard lock(telling);
          options_.progress(done + static_cast<int>(k), done + static_cast<int>(indices.size()));
        }
        tries[k].begun = true;
        const TrialRecord& record = *complete_[indices[k]];
        try {
          tries[k].measured =
              problem_.remeasure(record.trial.point, evaluation_of(problem_, record));
        } catch (const UserError& error) {
          tries[k].error = std::current_exception();
          if (error.exit_code() == ExitCode::kToolMissing) missing = true;
        } catch (const std::exception&) {
          tries[k].error = std::current_exception();
        }
      }
    };
    std::vector<std::jthread> others;
    const size_t jobs = std::min<size_t>(indices.size(), std::max(1, options_.jobs));
    for (size_t i = 1; i < jobs; ++i) others.emplace_back(work);
    work();
    others.clear();  // joins
    return tries;
  }

  /// False: no other trial can be measured either.
  bool note_failure(const TrialRecord& record, const std::exception_ptr& thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const UserError& error) {
      if (error.exit_code() == ExitCode::kToolMissing) {
        result_.notes.push_back(fmt::format(
            "the best trials were not measured, their figures are modelled: {}", error.message()));
        return false;
      }
      fail(record, error);
    } catch (const std::exception& error) {
      fail(record, error);
    }
    return true;
  }

  void fail(const TrialRecord& record, const std::exception& error) {
    result_.notes.push_back(
        fmt::format("trial {} could not be measured, its figures are modelled: {}",
                    record.trial.number, reason_of(error)));
  }

  BestTrial report(size_t index) const {
    const TrialRecord& record = *complete_[index];
    BestTrial trial{.record = record, .evaluation = evaluation_of(problem_, record)};
    if (const Evaluation* measured = measured_of(index)) {
      trial.modelled = std::move(trial.evaluation);
      trial.evaluation = *measured;
    }
    const auto& names = problem_.constraint_names();
    const auto& constraints = trial.evaluation.constraints;
    for (size_t i = 0; i < names.size(); ++i) {
      if (i >= constraints.size() || !(constraints[i] <= 0)) trial.violated.push_back(names[i]);
    }
    return trial;
  }

  void drop(size_t index) {
    BestTrial trial = report(index);
    result_.notes.push_back(
        trial.violated.empty()
            ? fmt::format("trial {} is no longer among the best: with measured figures another one "
                          "is better",
                          trial.record.trial.number)
            : fmt::format("trial {} is no longer among the best: measured, it violates {}",
                          trial.record.trial.number, fmt::join(trial.violated, ", ")));
    result_.dropped.push_back(std::move(trial));
  }

  const SearchProblem& problem_;
  const BestOptions& options_;
  std::vector<const TrialRecord*> complete_;
  std::map<size_t, Attempt> attempts_;
  BestResult result_;
};

}  // namespace

BestResult best_trials(const SearchProblem& problem, const std::vector<TrialRecord>& trials,
                       const BestOptions& options) {
  return Selection(problem, trials, options).run();
}

const BestTrial& winner_of(const SearchProblem& problem, const std::vector<BestTrial>& trials) {
  MASE_CHECK(!trials.empty(), "no trial to choose a winner from");
  const auto& directions = problem.problem().directions;
  const auto score = [&](const BestTrial& trial) {
    double sum = 0;
    for (size_t i = 0; i < directions.size(); ++i)
      sum += directions[i] == Direction::kMaximise ? trial.evaluation.values[i]
                                                   : -trial.evaluation.values[i];
    return sum;
  };
  const BestTrial* best = &trials.front();
  for (const auto& trial : trials) {
    if (score(trial) > score(*best)) best = &trial;
  }
  return *best;
}

}  // namespace mase::search
