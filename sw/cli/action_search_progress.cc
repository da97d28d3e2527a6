// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "sw/cli/search_progress.h"

namespace mase::cli {

SearchProgress::SearchProgress(const search::SearchProblem& problem, int64_t n_trials,
                               report::Progress::Mode mode)
    : problem_(problem), front_(problem.problem().directions), bar_("Search", n_trials, mode) {}

void SearchProgress::add(const search::TrialRecord& record, int64_t finished) {
  const search::Trial& trial = record.trial;
  if (trial.state == search::TrialState::kFail) ++failed_;
  if (trial.state == search::TrialState::kComplete &&
      trial.values.size() == problem_.problem().directions.size())
    front_.add({trial.number, trial.values, search::violation(problem_.problem(), trial)});
  bar_.update(finished, {}, front_text(problem_.objective_names(), front_.members(), failed_));
}

void SearchProgress::end(bool whole) {
  const auto note = front_text(problem_.objective_names(), front_.members(), failed_);
  whole ? bar_.finish({}, note) : bar_.stop({}, note);
}

std::string SearchProgress::front_text(const std::vector<std::string>& objectives,
                                       const std::vector<search::Scored>& front, int64_t failed) {
  std::string text;
  if (!front.empty() && front.front().violation > 0) text = "violating ";
  if (front.empty()) {
    text = "front=0";
  } else if (objectives.size() == 1) {
    text += fmt::format("best={:.4g} (trial {})", front.front().values[0], front.front().number);
  } else {
    text += fmt::format("front={}", front.size());
    for (size_t i = 0; i < objectives.size(); ++i) {
      double low = front.front().values[i], high = low;
      for (const auto& trial : front) {
        low = std::min(low, trial.values[i]);
        high = std::max(high, trial.values[i]);
      }
      text += fmt::format(", {}={:.4g}..{:.4g}", objectives[i], low, high);
    }
  }
  if (failed > 0) text += fmt::format(", failed={}", failed);
  return text;
}

}  // namespace mase::cli
