// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/gp_moves.h"

#include <algorithm>
#include <cmath>

namespace mase::search {
namespace {

constexpr int kShortList = 6;  ///< up to here every choice is a neighbour

bool is_constant(const Parameter& parameter) {
  return parameter.kind == Parameter::Kind::kReal ? !(parameter.high > parameter.low)
                                                  : parameter.choices <= 1;
}

/// Another value than `value`.
double other_value(const Parameter& parameter, double value, RandomStream& random) {
  if (parameter.kind == Parameter::Kind::kReal) {
    const double range = parameter.high - parameter.low;
    if (random.uniform() < 0.3) return parameter.low + range * random.uniform();
    return std::clamp(value + 0.1 * range * random.normal(), parameter.low, parameter.high);
  }
  if (parameter.kind == Parameter::Kind::kOrdinal && parameter.choices > kShortList &&
      random.uniform() < 0.7) {
    const double step =
        (1.0 + static_cast<double>(random.below(2))) * (random.uniform() < 0.5 ? -1.0 : 1.0);
    const double moved = std::clamp(value + step, 0.0, parameter.choices - 1.0);
    if (moved != value) return moved;
  }
  const auto draw = static_cast<double>(random.below(parameter.choices - 1));
  return draw < value ? draw : draw + 1.0;
}

}  // namespace

std::vector<Point> exchange_neighbours(const Problem& problem, const Point& point, int limit,
                                       RandomStream& random) {
  std::vector<Point> neighbours;
  std::vector<double> values;
  for (size_t i = 0; i < point.size(); ++i) {
    const Parameter& parameter = problem.parameters[i];
    if (is_constant(parameter)) continue;
    const double own = point[i];
    values.clear();
    if (parameter.kind == Parameter::Kind::kReal) {
      const double range = parameter.high - parameter.low;
      for (const double step : {0.2, 0.05, 0.01}) {
        values.push_back(std::min(own + step * range, parameter.high));
        values.push_back(std::max(own - step * range, parameter.low));
      }
      values.push_back(parameter.low + range * random.uniform());
    } else if (parameter.kind == Parameter::Kind::kOrdinal && parameter.choices > kShortList) {
      for (const double step : {1.0, 2.0}) {
        if (own + step < parameter.choices) values.push_back(own + step);
        if (own - step >= 0.0) values.push_back(own - step);
      }
      for (int k = 0; k < 2; ++k) {
        values.push_back(static_cast<double>(random.below(parameter.choices)));
      }
    } else {
      for (int v = 0; v < parameter.choices; ++v) values.push_back(v);
    }
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    for (const double value : values) {
      if (value == own) continue;
      neighbours.push_back(point);
      neighbours.back()[i] = value;
    }
  }
  if (static_cast<int>(neighbours.size()) > limit) {
    random.shuffle(neighbours);
    neighbours.resize(limit);
  }
  return neighbours;
}

Point mutated(const Problem& problem, const Point& point, int flips, RandomStream& random) {
  std::vector<size_t> free;
  for (size_t i = 0; i < point.size(); ++i) {
    if (!is_constant(problem.parameters[i])) free.push_back(i);
  }
  Point changed = point;
  for (int flip = 0; flip < flips && !free.empty(); ++flip) {
    const auto pick = static_cast<size_t>(random.below(static_cast<int64_t>(free.size())));
    const size_t i = free[pick];
    free.erase(free.begin() + static_cast<std::ptrdiff_t>(pick));
    changed[i] = other_value(problem.parameters[i], changed[i], random);
  }
  return changed;
}

}  // namespace mase::search
