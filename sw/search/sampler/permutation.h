// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "sw/search/sampler/problem.h"

namespace mase::search {

/// A pseudo-random order of 0 .. size-1 that needs no memory: a Feistel network over the next even
/// power of two, walked until it falls inside. Source: Black and Rogaway 2002, "Ciphers with
/// arbitrary finite domains" (cycle walking; at most 4 steps on average).
class Permutation {
 public:
  /// size: 1 .. 2^62.
  Permutation(int64_t size, uint64_t seed);

  /// The element at `position`, both in 0 .. size-1.
  int64_t at(int64_t position) const;

 private:
  int64_t size_;
  int half_bits_ = 1;
  uint64_t keys_[6] = {};
};

/// The point of a mixed-radix number: the last parameter is the fastest digit. Every parameter is
/// discrete. index: 0 .. size-1.
Point point_at(const Problem& problem, int64_t index);

}  // namespace mase::search
