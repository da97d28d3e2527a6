// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/seen_points.h"

#include <cmath>

#include "gen/base/error.h"

namespace mase::search {
namespace {

constexpr int64_t kScanLimit = int64_t{1} << 22;  ///< illegal points in a row, seconds

}  // namespace

bool is_point_of(const Problem& problem, const Point& point) {
  if (point.size() != problem.parameters.size()) return false;
  for (size_t i = 0; i < point.size(); ++i) {
    const Parameter& parameter = problem.parameters[i];
    const bool real = parameter.kind == Parameter::Kind::kReal;
    const double low = real ? parameter.low : 0.0;
    const double high = real ? parameter.high : parameter.choices - 1.0;
    if (!(point[i] >= low && point[i] <= high)) return false;
    if (!real && point[i] != std::floor(point[i])) return false;
  }
  return true;
}

Point uniform_point(const Problem& problem, RandomStream& random) {
  Point point;
  point.reserve(problem.parameters.size());
  for (const Parameter& parameter : problem.parameters) {
    point.push_back(parameter.kind == Parameter::Kind::kReal
                        ? parameter.low + (parameter.high - parameter.low) * random.uniform()
                        : static_cast<double>(random.below(parameter.choices)));
  }
  return point;
}

SeenPoints::SeenPoints(const Problem& problem, uint64_t seed)
    : problem_(problem), space_(problem.size()) {
  if (space_) order_.emplace(*space_, seed);
}

void SeenPoints::add(const Point& point) {
  if (is_point_of(problem_, point)) seen_.insert(point);
}

bool SeenPoints::taken(const Point& point) {
  if (seen_.contains(point)) return true;
  return problem_.grey_box && problem_.grey_box->exact && !problem_.grey_box->exact(point);
}

std::optional<Point> SeenPoints::first_free() {
  MASE_CHECK(order_.has_value(), "a scan of an infinite space");
  for (int64_t illegal = 0; cursor_ < *space_; ++cursor_) {
    Point point = point_at(problem_, order_->at(cursor_));
    if (seen_.contains(point)) continue;
    if (!taken(point)) return point;
    if (++illegal > kScanLimit) {
      throw UserError("S102",
                      fmt::format("search space: no legal point among {} of {} that were looked at",
                                  kScanLimit, *space_),
                      {}, "narrow the choices, so that neighbours agree more often");
    }
  }
  return std::nullopt;
}

Point SeenPoints::near_seen(RandomStream& random) const {
  Point point = uniform_point(problem_, random);
  auto near = seen_.lower_bound(point);
  if (near == seen_.end()) near = seen_.begin();
  const Point fresh = point;
  point = *near;
  const int64_t flips = 1 + random.below(3);
  for (int64_t flip = 0; flip < flips; ++flip) {
    const auto i = static_cast<size_t>(random.below(static_cast<int64_t>(point.size())));
    point[i] = fresh[i];
  }
  return point;
}

std::optional<Point> SeenPoints::any_free(RandomStream& random) {
  constexpr int kTries = 256;
  if (space_ && size() >= *space_) return std::nullopt;
  for (int i = 0; i < kTries; ++i) {
    Point point = uniform_point(problem_, random);
    if (!taken(point)) return point;
  }
  for (int i = 0; i < kTries && !seen_.empty() && !problem_.parameters.empty(); ++i) {
    Point point = near_seen(random);
    if (!taken(point)) return point;
  }
  if (space_) return first_free();
  for (int64_t i = 0; i < kScanLimit; ++i) {
    Point point = uniform_point(problem_, random);
    if (!taken(point)) return point;
  }
  throw UserError(
      "S102", fmt::format("search space: no legal point among {} that were looked at", kScanLimit),
      {}, "narrow the choices, so that neighbours agree more often");
}

}  // namespace mase::search
