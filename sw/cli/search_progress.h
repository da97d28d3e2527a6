// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

#include "sw/report/progress.h"
#include "sw/search/front.h"
#include "sw/search/problem_builder.h"
#include "sw/search/storage/storage.h"

namespace mase::cli {

/// The bar of a search, with the front as it stands.
class SearchProgress {
 public:
  SearchProgress(const search::SearchProblem& problem, int64_t n_trials,
                 report::Progress::Mode mode);
  /// A trial is finished; `finished` of them are.
  void add(const search::TrialRecord& record, int64_t finished);
  /// `whole`: all trials are there.
  void end(bool whole);

  /// "front=3, accuracy=0.663..0.729, average_bitwidth=0.4..0.83" of scaled values; with one
  /// objective "best=0.729 (trial 4)"; "violating" in front while no trial keeps the constraints.
  static std::string front_text(const std::vector<std::string>& objectives,
                                const std::vector<search::Scored>& front, int64_t failed);

 private:
  const search::SearchProblem& problem_;
  search::Front front_;
  int64_t failed_ = 0;
  report::Progress bar_;
};

}  // namespace mase::cli
