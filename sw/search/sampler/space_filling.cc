// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/space_filling.h"

#include <algorithm>
#include <cmath>

namespace mase::search {

SpaceFilling::SpaceFilling(const Problem& problem, uint64_t seed)
    : parameters_(problem.parameters), sobol_(static_cast<int>(problem.parameters.size()), seed) {}

Point SpaceFilling::at(int number, int attempt) const {
  constexpr uint32_t kStride = uint32_t{1} << 24;
  const auto u =
      sobol_.at(static_cast<uint32_t>(number) + kStride * static_cast<uint32_t>(attempt));
  Point point(u.size());
  for (size_t i = 0; i < u.size(); ++i) {
    const Parameter& parameter = parameters_[i];
    point[i] = parameter.kind == Parameter::Kind::kReal
                   ? parameter.low + u[i] * (parameter.high - parameter.low)
                   : std::min(std::floor(u[i] * parameter.choices), parameter.choices - 1.0);
  }
  return point;
}

}  // namespace mase::search
