// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "sw/search/sampler/sampler.h"

namespace mase::search {

/// A space of ordinal choices; objectives are minimised.
inline Problem grid(const std::vector<int>& choices, int objectives = 1) {
  Problem problem;
  for (const int n : choices) {
    problem.parameters.push_back(
        {"p" + std::to_string(problem.parameters.size()), Parameter::Kind::kOrdinal, n});
  }
  problem.directions.assign(static_cast<size_t>(objectives), Direction::kMinimise);
  return problem;
}

inline std::vector<std::string> every_sampler() {
  return {"random", "tpe", "nsgaii", "nsgaiii", "qmc", "brute-force", "gp", "greybox", "auto"};
}

inline Trial running(int number, const Proposal& proposal) {
  Trial trial;
  trial.number = number;
  trial.point = proposal.point;
  trial.attributes = proposal.attributes;
  return trial;
}

inline Trial complete(int number, Point point, std::vector<double> values,
                      std::vector<double> constraints = {}) {
  Trial trial;
  trial.number = number;
  trial.state = TrialState::kComplete;
  trial.point = std::move(point);
  trial.values = std::move(values);
  trial.constraints = std::move(constraints);
  return trial;
}

}  // namespace mase::search
