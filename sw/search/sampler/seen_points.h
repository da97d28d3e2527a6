// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <set>

#include "sw/search/sampler/permutation.h"
#include "sw/search/sampler/problem.h"
#include "sw/search/sampler/random_stream.h"

namespace mase::search {

/// One value per parameter, whole and in range where it is discrete.
bool is_point_of(const Problem& problem, const Point& point);

/// Uniform over the space.
Point uniform_point(const Problem& problem, RandomStream& random);

/// The points that must not be proposed: those evaluated, running or failed, and those that
/// `grey_box.exact` calls illegal. What it answers depends on the set alone, never on the order in
/// which it was filled.
class SeenPoints {
 public:
  /// `problem` must outlive this. `seed` orders the scan of first_free.
  SeenPoints(const Problem& problem, uint64_t seed);

  /// A trial has this point. Points outside the space (of other programs) are passed over.
  void add(const Point& point);

  /// Whether a trial has this point.
  bool contains(const Point& point) const { return seen_.contains(point); }

  /// Seen or illegal.
  bool taken(const Point& point);

  /// The first free point in a fixed pseudo-random order of the whole space; nullopt: there is
  /// none. Finite spaces only; the whole life of the object scans each point once.
  std::optional<Point> first_free();

  /// A free point: uniform, then near one that was seen (legal points may be rare), then scanned
  /// for. nullopt: every legal point is taken. Errors: UserError S102 when illegal points are so
  /// frequent that none is found in 4 million.
  std::optional<Point> any_free(RandomStream& random);

  /// Distinct points seen.
  int64_t size() const { return static_cast<int64_t>(seen_.size()); }

 private:
  Point near_seen(RandomStream& random) const;

  const Problem& problem_;
  std::optional<int64_t> space_;
  std::set<Point> seen_;  ///< ordered: near_seen must not depend on the order of additions
  std::optional<Permutation> order_;
  int64_t cursor_ = 0;  ///< everything before it in order_ is taken, for ever
};

}  // namespace mase::search
