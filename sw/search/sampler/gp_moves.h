// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "sw/search/sampler/problem.h"
#include "sw/search/sampler/random_stream.h"

namespace mase::search {

/// Every point that differs from `point` in one parameter: all other choices of a short list; of a
/// long ordinal one the nearest two on both sides and two random ones; of a real number steps of
/// three sizes, the ends and a random one. At most `limit`, then a random subset.
std::vector<Point> exchange_neighbours(const Problem& problem, const Point& point, int limit,
                                       RandomStream& random);

/// A copy with `flips` parameters (of more than one choice) changed; a long ordinal list mostly to
/// a near choice. The same point when every parameter is constant.
Point mutated(const Problem& problem, const Point& point, int flips, RandomStream& random);

}  // namespace mase::search
