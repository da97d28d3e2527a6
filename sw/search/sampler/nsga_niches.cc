// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Dense>

#include "sw/search/sampler/nsga_elite.h"

namespace mase::search {
namespace {

void add_directions(Losses& prefix, size_t objectives, int left, std::vector<Losses>& all) {
  if (prefix.size() + 1 == objectives) {
    prefix.push_back(left);
    all.push_back(prefix);
    prefix.pop_back();
    return;
  }
  for (int part = 0; part <= left; ++part) {
    prefix.push_back(part);
    add_directions(prefix, objectives, left - part, all);
    prefix.pop_back();
  }
}

/// Moves infinities to three ranges beyond the finite values.
void clip_infinities(std::vector<Losses>& points) {
  for (size_t j = 0; j < points[0].size(); ++j) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const Losses& point : points) {
      if (!std::isfinite(point[j])) continue;
      low = std::min(low, point[j]);
      high = std::max(high, point[j]);
    }
    if (high < low) low = high = 0.0;
    const double beyond = 3.0 * (high - low);
    for (Losses& point : points) point[j] = std::clamp(point[j], low - beyond, high + beyond);
  }
}

/// Translates by the ideal point and divides by the intercepts of the plane through the extreme
/// points.
void normalise(std::vector<Losses>& points) {
  const size_t m = points[0].size();
  for (size_t j = 0; j < m; ++j) {
    double ideal = points[0][j];
    for (const Losses& point : points) ideal = std::min(ideal, point[j]);
    for (Losses& point : points) point[j] -= ideal;
  }
  constexpr double kOffAxis = 1e6;
  const auto size = static_cast<Eigen::Index>(m);
  Eigen::MatrixXd extremes(size, size);
  Eigen::VectorXd largest = Eigen::VectorXd::Zero(size);
  for (size_t axis = 0; axis < m; ++axis) {
    double best = std::numeric_limits<double>::infinity();
    for (const Losses& point : points) {
      double score = 0.0;
      for (size_t j = 0; j < m; ++j) score = std::max(score, point[j] * (j == axis ? 1 : kOffAxis));
      largest[static_cast<Eigen::Index>(axis)] =
          std::max(largest[static_cast<Eigen::Index>(axis)], point[axis]);
      if (score < best) {
        best = score;
        for (size_t j = 0; j < m; ++j) {
          extremes(static_cast<Eigen::Index>(axis), static_cast<Eigen::Index>(j)) = point[j];
        }
      }
    }
  }
  const auto solver = extremes.fullPivLu();
  Eigen::VectorXd intercepts = largest;
  if (solver.isInvertible()) {
    const Eigen::VectorXd inverse = solver.solve(Eigen::VectorXd::Ones(size));
    if ((inverse.array() > 1e-12).all()) intercepts = inverse.cwiseInverse();
  }
  for (Losses& point : points) {
    for (size_t j = 0; j < m; ++j) {
      const double intercept = intercepts[static_cast<Eigen::Index>(j)];
      if (intercept > 0.0) point[j] /= intercept;
    }
  }
}

/// Square of the distance from a point to the line through the origin along a direction.
double square_distance(const Losses& point, const Losses& direction) {
  double dot = 0.0, length = 0.0, square = 0.0;
  for (size_t j = 0; j < point.size(); ++j) {
    dot += point[j] * direction[j];
    length += direction[j] * direction[j];
    square += point[j] * point[j];
  }
  return square - dot * dot / length;
}

}  // namespace

std::vector<Losses> reference_directions(size_t objectives, int divisions) {
  std::vector<Losses> all;
  Losses prefix;
  add_directions(prefix, objectives, divisions, all);
  return all;
}

std::vector<size_t> fill_niches(const std::vector<Losses>& kept, const std::vector<Losses>& last,
                                size_t wanted, RandomStream& random) {
  constexpr int kDivisions = 3;
  std::vector<Losses> points = kept;
  points.insert(points.end(), last.begin(), last.end());
  clip_infinities(points);
  normalise(points);
  const auto directions = reference_directions(points[0].size(), kDivisions);
  struct Member {
    double distance;
    size_t index;
  };
  std::vector<std::vector<Member>> open(directions.size());
  std::vector<int> members(directions.size(), 0);
  for (size_t i = 0; i < points.size(); ++i) {
    size_t nearest = 0;
    double distance = std::numeric_limits<double>::infinity();
    for (size_t r = 0; r < directions.size(); ++r) {
      const double d = square_distance(points[i], directions[r]);
      if (d < distance) {
        distance = d;
        nearest = r;
      }
    }
    if (i < kept.size()) {
      ++members[nearest];
    } else {
      open[nearest].push_back({distance, i - kept.size()});
    }
  }
  std::vector<size_t> chosen;
  while (chosen.size() < wanted) {
    std::vector<size_t> emptiest;
    for (size_t r = 0; r < directions.size(); ++r) {
      if (open[r].empty()) continue;
      if (!emptiest.empty() && members[r] > members[emptiest[0]]) continue;
      if (!emptiest.empty() && members[r] < members[emptiest[0]]) emptiest.clear();
      emptiest.push_back(r);
    }
    const size_t r =
        emptiest[static_cast<size_t>(random.below(static_cast<int64_t>(emptiest.size())))];
    auto pick = members[r] == 0
                    ? std::min_element(
                          open[r].begin(), open[r].end(),
                          [](const Member& a, const Member& b) { return a.distance < b.distance; })
                    : open[r].begin() + random.below(static_cast<int64_t>(open[r].size()));
    chosen.push_back(pick->index);
    open[r].erase(pick);
    ++members[r];
  }
  return chosen;
}

}  // namespace mase::search
