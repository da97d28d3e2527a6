// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/pareto.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <queue>

namespace mase::search {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<size_t> lexicographic_order(const std::vector<Losses>& points) {
  std::vector<size_t> order(points.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return points[a] < points[b]; });
  return order;
}

/// The two-dimensional staircase of a sweep: x -> y, both minimised, y falls as x grows.
class Staircase {
 public:
  Staircase(double x_limit, double y_limit) : x_limit_(x_limit), y_limit_(y_limit) {}

  /// Area that (x, y) adds; the point joins the staircase.
  double add(double x, double y) {
    auto next = steps_.upper_bound(x);
    const double left_y = next == steps_.begin() ? y_limit_ : std::prev(next)->second;
    if (left_y <= y) return 0.0;
    double area = 0.0, at = x, height = left_y;
    while (next != steps_.end() && next->second >= y) {
      area += (next->first - at) * (height - y);
      at = next->first;
      height = next->second;
      next = steps_.erase(next);
    }
    area += ((next == steps_.end() ? x_limit_ : next->first) - at) * (height - y);
    steps_[x] = y;
    return area;
  }

 private:
  double x_limit_, y_limit_;
  std::map<double, double> steps_;
};

/// Points inside the reference box, sorted by the last objective.
double volume(std::vector<Losses> points, const Losses& reference) {
  const size_t m = reference.size();
  if (points.empty()) return 0.0;
  if (m == 1) {
    double best = reference[0];
    for (const Losses& point : points) best = std::min(best, point[0]);
    return reference[0] - best;
  }
  if (m == 2) {
    std::sort(points.begin(), points.end());
    double area = 0.0, height = reference[1];
    for (const Losses& point : points) {
      if (point[1] >= height) continue;
      area += (reference[0] - point[0]) * (height - point[1]);
      height = point[1];
    }
    return area;
  }
  std::sort(points.begin(), points.end(),
            [m](const Losses& a, const Losses& b) { return a[m - 1] < b[m - 1]; });
  double total = 0.0, area = 0.0;
  Staircase stairs(reference[0], reference[1]);
  const Losses inner_reference(reference.begin(), reference.end() - 1);
  std::vector<Losses> inner;
  for (size_t i = 0; i < points.size(); ++i) {
    if (m == 3) {
      area += stairs.add(points[i][0], points[i][1]);
    } else {
      inner.emplace_back(points[i].begin(), points[i].end() - 1);
      area = volume(inner, inner_reference);
    }
    const double next = i + 1 < points.size() ? points[i + 1][m - 1] : reference[m - 1];
    total += area * (next - points[i][m - 1]);
  }
  return total;
}

bool inside(const Losses& point, const Losses& reference) {
  for (size_t j = 0; j < point.size(); ++j) {
    if (!(point[j] < reference[j])) return false;
  }
  return true;
}

/// What `point` adds to `others`: its box less the part of it that they dominate.
double exclusive(const Losses& point, const std::vector<Losses>& others, const Losses& reference) {
  if (!inside(point, reference)) return 0.0;
  double box = 1.0;
  for (size_t j = 0; j < point.size(); ++j) box *= reference[j] - point[j];
  std::vector<Losses> clipped;
  clipped.reserve(others.size());
  for (const Losses& other : others) {
    Losses limited(point.size());
    for (size_t j = 0; j < point.size(); ++j) limited[j] = std::max(point[j], other[j]);
    if (limited == point) return 0.0;  // dominated or equal
    if (inside(limited, reference)) clipped.push_back(std::move(limited));
  }
  return std::max(0.0, box - volume(std::move(clipped), reference));
}

}  // namespace

Losses losses(const Problem& problem, const std::vector<double>& values) {
  Losses result(values);
  for (size_t j = 0; j < result.size(); ++j) {
    if (j < problem.directions.size() && problem.directions[j] == Direction::kMaximise) {
      result[j] = -result[j];
    }
    if (std::isnan(result[j])) result[j] = kInfinity;
  }
  return result;
}

bool dominates(const Losses& a, const Losses& b) {
  bool better = false;
  for (size_t j = 0; j < a.size(); ++j) {
    if (a[j] > b[j]) return false;
    better |= a[j] < b[j];
  }
  return better;
}

std::vector<int> domination_ranks(const std::vector<Losses>& points, size_t wanted) {
  // In lexicographic order nobody is dominated by a later point, so that one pass finds a front.
  std::vector<size_t> open = lexicographic_order(points), rest;
  std::vector<int> ranks(points.size(), -1);
  std::vector<size_t> front;
  size_t ranked = 0;
  for (int rank = 0; !open.empty() && ranked < wanted; ++rank) {
    rest.clear();
    front.clear();
    for (const size_t i : open) {
      const bool two = points[i].size() <= 2;
      // With two objectives the last member has the lowest second loss of the front.
      const size_t first = two && !front.empty() ? front.size() - 1 : 0;
      bool dominated = false;
      for (size_t k = front.size(); k-- > first && !dominated;) {
        dominated = dominates(points[front[k]], points[i]);
      }
      if (dominated) {
        rest.push_back(i);
      } else {
        ranks[i] = rank;
        front.push_back(i);
        ++ranked;
      }
    }
    open.swap(rest);
  }
  return ranks;
}

std::vector<double> crowding_distances(const std::vector<Losses>& front) {
  std::vector<double> distances(front.size(), 0.0);
  if (front.empty()) return distances;
  std::vector<size_t> order(front.size());
  for (size_t j = 0; j < front[0].size(); ++j) {
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return front[a][j] < front[b][j]; });
    const double lowest = front[order.front()][j], highest = front[order.back()][j];
    if (lowest == highest) continue;
    double low = kInfinity, high = -kInfinity;
    for (const Losses& point : front) {
      if (!std::isfinite(point[j])) continue;
      low = std::min(low, point[j]);
      high = std::max(high, point[j]);
    }
    const double range = high > low ? high - low : 1.0;
    distances[order.front()] = distances[order.back()] = kInfinity;
    for (size_t k = 1; k + 1 < order.size(); ++k) {
      const double above = front[order[k + 1]][j], below = front[order[k - 1]][j];
      if (above != below) distances[order[k]] += (above - below) / range;
    }
  }
  return distances;
}

double hypervolume(const std::vector<Losses>& points, const Losses& reference) {
  std::vector<Losses> useful;
  for (const Losses& point : points) {
    if (inside(point, reference)) useful.push_back(point);
  }
  return volume(std::move(useful), reference);
}

std::vector<double> hypervolume_contributions(const std::vector<Losses>& points,
                                              const Losses& reference) {
  std::vector<double> contributions(points.size());
  for (size_t i = 0; i < points.size(); ++i) {
    std::vector<Losses> others;
    others.reserve(points.size());
    for (size_t k = 0; k < points.size(); ++k) {
      if (k != i) others.push_back(points[k]);
    }
    contributions[i] = exclusive(points[i], others, reference);
  }
  return contributions;
}

std::vector<size_t> hypervolume_subset(const std::vector<Losses>& points, const Losses& reference,
                                       size_t wanted) {
  std::vector<size_t> chosen, duplicates, order = lexicographic_order(points);
  // Gains only fall as the set grows, so that an old gain is an upper bound: only the leader of the
  // queue is computed anew (lazy greedy, Minoux 1978).
  struct Entry {
    double gain;
    size_t index, known_at;
    bool operator<(const Entry& other) const {
      return gain != other.gain ? gain < other.gain : index > other.index;
    }
  };
  std::priority_queue<Entry> queue;
  for (size_t k = 0; k < order.size(); ++k) {
    const bool repeated = k > 0 && points[order[k]] == points[order[k - 1]];
    if (repeated) {
      duplicates.push_back(order[k]);
    } else {
      queue.push({exclusive(points[order[k]], {}, reference), order[k], 0});
    }
  }
  std::vector<Losses> set;
  while (chosen.size() < wanted && !queue.empty()) {
    Entry entry = queue.top();
    queue.pop();
    if (entry.known_at < chosen.size()) {
      entry.gain = exclusive(points[entry.index], set, reference);
      entry.known_at = chosen.size();
      queue.push(entry);
      continue;
    }
    chosen.push_back(entry.index);
    set.push_back(points[entry.index]);
  }
  for (size_t k = 0; chosen.size() < wanted && k < duplicates.size(); ++k) {
    chosen.push_back(duplicates[k]);
  }
  return chosen;
}

}  // namespace mase::search
