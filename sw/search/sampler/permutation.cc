// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/permutation.h"

#include "gen/base/error.h"
#include "sw/search/sampler/random_stream.h"

namespace mase::search {

Permutation::Permutation(int64_t size, uint64_t seed) : size_(size) {
  MASE_CHECK(size >= 1 && size <= int64_t{1} << 62, "permutation of {} elements", size);
  while (half_bits_ < 31 && (int64_t{1} << (2 * half_bits_)) < size) ++half_bits_;
  RandomStream random(seed, -2);
  for (uint64_t& key : keys_) key = random.next();
}

int64_t Permutation::at(int64_t position) const {
  const uint64_t mask = (uint64_t{1} << half_bits_) - 1;
  uint64_t value = static_cast<uint64_t>(position);
  do {
    uint64_t left = value >> half_bits_, right = value & mask;
    for (const uint64_t key : keys_) {
      const uint64_t next = left ^ (mix64(right ^ key) & mask);
      left = right;
      right = next;
    }
    value = left << half_bits_ | right;
  } while (value >= static_cast<uint64_t>(size_));
  return static_cast<int64_t>(value);
}

Point point_at(const Problem& problem, int64_t index) {
  Point point(problem.parameters.size());
  for (size_t i = point.size(); i-- > 0;) {
    const int64_t choices = problem.parameters[i].choices;
    point[i] = static_cast<double>(index % choices);
    index /= choices;
  }
  return point;
}

}  // namespace mase::search
