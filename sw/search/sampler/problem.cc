// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/problem.h"

#include <limits>

namespace mase::search {

std::optional<int64_t> Problem::size() const {
  constexpr int64_t kLargest = int64_t{1} << 62;
  int64_t size = 1;
  for (const auto& parameter : parameters) {
    if (parameter.kind == Parameter::Kind::kReal) return std::nullopt;
    if (size > kLargest / parameter.choices) return std::nullopt;
    size *= parameter.choices;
  }
  return size;
}

double violation(const Problem& problem, const Trial& trial) {
  if (problem.constraints == 0) return 0.0;
  if (trial.constraints.empty()) return std::numeric_limits<double>::infinity();
  double sum = 0.0;
  for (const double value : trial.constraints) {
    if (!(value <= 0.0)) sum += value;
  }
  return sum;
}

}  // namespace mase::search
