// SPDX-License-Identifier: Apache-2.0
#include "sw/search/best.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

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
      while (measure_one(best)) best = choose();
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

  /// Of `open`, the trial that spans most of the front: where not all are measured, the few that
  /// are show its whole extent. `open` is part of `best`.
  size_t most_telling(const std::vector<size_t>& best, const std::vector<size_t>& open) const {
    std::vector<std::vector<double>> values;
    for (const size_t i : best) {
      const Evaluation* measured = measured_of(i);
      values.push_back(measured ? measured->values : complete_[i]->trial.values);
    }
    for (const size_t i : by_span(problem_.problem().directions, values)) {
      if (std::find(open.begin(), open.end(), best[i]) != open.end()) return best[i];
    }
    return open.front();
  }

  /// Measures one of the best that was not yet tried; false: there is none, or no more.
  bool measure_one(const std::vector<size_t>& best) {
    std::vector<size_t> open;
    for (const size_t i : best) {
      if (!attempts_.contains(i)) open.push_back(i);
    }
    if (open.empty()) return false;
    const int done = static_cast<int>(attempts_.size());
    if (options_.stop && options_.stop->load()) {
      result_.notes.push_back(fmt::format(
          "interrupted: {} of the best trials keep their modelled figures", open.size()));
      return false;
    }
    if (done >= options_.limit) {
      result_.notes.push_back(
          fmt::format("{} trials were measured, which is the limit; {} of the best keep their "
                      "modelled figures",
                      done, open.size()));
      return false;
    }
    if (options_.progress) options_.progress(done, done + static_cast<int>(open.size()));
    const size_t next = most_telling(best, open);
    const TrialRecord& record = *complete_[next];
    Attempt& attempt = attempts_[next];
    try {
      attempt.measured = problem_.remeasure(record.trial.point, evaluation_of(problem_, record));
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
