// SPDX-License-Identifier: Apache-2.0
#include "sw/search/front.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "sw/search/sampler/pareto.h"

namespace mase::search {

namespace {

bool better(Direction direction, double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return !std::isnan(a);
  return direction == Direction::kMaximise ? a > b : a < b;
}

}  // namespace

bool dominates(const std::vector<Direction>& directions, const std::vector<double>& a,
               const std::vector<double>& b) {
  bool strictly = false;
  for (size_t i = 0; i < directions.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    if (better(directions[i], b[i], a[i])) return false;
    strictly = strictly || better(directions[i], a[i], b[i]);
  }
  return strictly;
}

std::vector<size_t> best_of(const std::vector<Direction>& directions,
                            const std::vector<Scored>& trials) {
  Front front(directions);
  for (size_t i = 0; i < trials.size(); ++i) {
    Scored trial = trials[i];
    trial.number = static_cast<int>(i);
    front.add(std::move(trial));
  }
  std::vector<size_t> best;
  for (const auto& member : front.members()) best.push_back(static_cast<size_t>(member.number));
  std::sort(best.begin(), best.end());
  return best;
}

std::vector<size_t> by_span(const std::vector<Direction>& directions,
                            const std::vector<std::vector<double>>& values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  if (directions.size() < 2 || values.empty()) return order;
  std::vector<Losses> points = values;
  for (size_t axis = 0; axis < directions.size(); ++axis) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (auto& point : points) {
      if (directions[axis] == Direction::kMaximise) point[axis] = -point[axis];
      if (!std::isfinite(point[axis])) continue;
      low = std::min(low, point[axis]);
      high = std::max(high, point[axis]);
    }
    for (auto& point : points) {
      if (!std::isfinite(point[axis]))
        point[axis] = 1.0;
      else
        point[axis] = high > low ? (point[axis] - low) / (high - low) : 0.0;
    }
  }
  // A little beyond the worst, so that the ends of the front count as well.
  return hypervolume_subset(points, Losses(directions.size(), 1.1), points.size());
}

void Front::add(Scored trial) {
  if (!members_.empty() && members_.front().violation != trial.violation) {
    const double now = members_.front().violation;
    if (!(trial.violation < now) && !std::isnan(now)) return;
    members_.clear();
  } else if (trial.violation > 0 && !members_.empty()) {
    return;  // as far off as the one that is there, and later
  }
  for (const auto& member : members_) {
    const bool equal = directions_.size() == 1 && member.values == trial.values;
    if (equal || dominates(directions_, member.values, trial.values)) return;
  }
  std::erase_if(members_, [&](const Scored& member) {
    return dominates(directions_, trial.values, member.values);
  });
  members_.push_back(std::move(trial));
}

}  // namespace mase::search
