// SPDX-License-Identifier: Apache-2.0
#include "gen/fixed/random.h"

#include <random>

namespace mase::fixed {

std::vector<int64_t> random_raw(const Format& format, int64_t count, uint64_t seed) {
  std::mt19937_64 rng(seed);
  const auto low = static_cast<int64_t>(format.min());
  const auto span = static_cast<uint64_t>(format.max() - format.min() + 1);
  std::vector<int64_t> values;
  values.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) values.push_back(low + static_cast<int64_t>(rng() % span));
  return values;
}

}  // namespace mase::fixed
