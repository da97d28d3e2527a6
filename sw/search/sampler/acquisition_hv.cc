// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/acquisition_hv.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "gen/base/error.h"

namespace mase::search {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// pdf(z) + z cdf(z) on [-8, 8], cubic between values and slopes at steps of 1/64: relative errors
/// below 1e-6, where libm's erfc would take most of the sampler's time.
class ShortfallTable {
 public:
  ShortfallTable() {
    for (int i = 0; i <= 2 * kReach * kSteps; ++i) {
      const double z = -kReach + i / static_cast<double>(kSteps);
      slope_[i] = normal_cdf(z);
      value_[i] = expected_shortfall(z, {0.0, 1.0});
    }
  }
  double at(double z) const {
    const double place = (z + kReach) * kSteps;
    const int i = std::clamp(static_cast<int>(place), 0, 2 * kReach * kSteps - 1);
    const double t = place - i;
    constexpr double kStep = 1.0 / kSteps;
    const double rise = value_[i + 1] - value_[i];
    const double a = slope_[i] * kStep - rise, b = rise - slope_[i + 1] * kStep;
    return value_[i] + t * (rise + (1.0 - t) * (a * (1.0 - t) + b * t));
  }
  double shortfall(double bound, const Belief& belief) const {
    const double gap = bound - belief.mean;
    if (!(std::abs(gap) < kReach * belief.sd)) return gap > 0.0 ? gap : 0.0;
    return belief.sd * at(gap / belief.sd);
  }

 private:
  static constexpr int kReach = 8, kSteps = 64;
  std::array<double, 2 * kReach * kSteps + 1> value_, slope_;
};

/// a is at least as good as b everywhere.
bool covers(const std::vector<double>& a, const std::vector<double>& b) {
  for (size_t j = 0; j < a.size(); ++j) {
    if (a[j] > b[j]) return false;
  }
  return true;
}

}  // namespace

HypervolumeImprovement::HypervolumeImprovement(const std::vector<std::vector<double>>& front,
                                               const std::vector<double>& reference)
    : objectives_(static_cast<int>(reference.size())), reference_(reference) {
  MASE_CHECK(objectives_ == 2 || objectives_ == 3, "{} objectives", objectives_);
  for (const auto& point : front) {
    bool inside = true;
    for (int j = 0; j < objectives_; ++j) inside = inside && point[j] < reference[j];
    if (!inside) continue;
    bool covered = false;
    for (const auto& kept : front_) covered = covered || covers(kept, point);
    if (covered) continue;
    std::erase_if(front_, [&](const auto& kept) { return covers(point, kept); });
    front_.push_back(point);
  }
  for (int j = 0; j < objectives_; ++j) {
    auto& levels = levels_[j];
    levels = {-kInfinity, reference[j]};
    for (const auto& point : front_) levels.push_back(point[j]);
    std::sort(levels.begin(), levels.end());
    levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
    shortfall_[j].resize(levels.size());
  }
  if (objectives_ == 2) {
    decompose_2d();
  } else {
    decompose_3d();
  }
}

void HypervolumeImprovement::decompose_2d() {
  std::sort(front_.begin(), front_.end());
  const auto level = [&](int j, double value) {
    const auto& levels = levels_[j];
    return static_cast<int>(std::lower_bound(levels.begin(), levels.end(), value) - levels.begin());
  };
  // Strips along the first objective; each is open below the second coordinate of the front there.
  double left = -kInfinity, top = reference_[1];
  for (const auto& point : front_) {
    boxes_.push_back({{level(0, left), 0, 0}, {level(0, point[0]), level(1, top), 0}});
    left = point[0];
    top = point[1];
  }
  boxes_.push_back({{level(0, left), 0, 0}, {level(0, reference_[0]), level(1, top), 0}});
}

void HypervolumeImprovement::decompose_3d() {
  // A plane sweeps along the third objective. In the plane the open region is a staircase of
  // strips; a front point lowers some of them, which closes their boxes and opens new ones.
  struct Strip {
    int left, right, top, since;  ///< levels of objective 0, 0, 1, 2
  };
  const auto level = [&](int j, double value) {
    const auto& levels = levels_[j];
    return static_cast<int>(std::lower_bound(levels.begin(), levels.end(), value) - levels.begin());
  };
  std::sort(front_.begin(), front_.end(),
            [](const auto& a, const auto& b) { return a[2] != b[2] ? a[2] < b[2] : a < b; });
  std::vector<Strip> strips = {{0, level(0, reference_[0]), level(1, reference_[1]), 0}}, next;
  const auto close = [&](const Strip& strip, int at) {
    if (strip.since < at && strip.left < strip.right) {
      boxes_.push_back({{strip.left, 0, strip.since}, {strip.right, strip.top, at}});
    }
  };
  for (const auto& point : front_) {
    const int x = level(0, point[0]), y = level(1, point[1]), z = level(2, point[2]);
    next.clear();
    bool opened = false;
    int right = x;  // end of the lowered stretch
    for (const Strip& strip : strips) {
      if (strip.right <= x || strip.top <= y) {
        if (opened && strip.right > x) {
          next.push_back({x, right, y, z});
          opened = false;
        }
        next.push_back(strip);
        continue;
      }
      close(strip, z);
      if (strip.left < x) next.push_back({strip.left, x, strip.top, z});
      right = strip.right;
      opened = true;
    }
    if (opened) next.push_back({x, right, y, z});
    strips.swap(next);
  }
  for (const Strip& strip : strips) close(strip, level(2, reference_[2]));
}

double HypervolumeImprovement::expected(const std::vector<Belief>& beliefs) const {
  static const ShortfallTable table;
  for (int j = 0; j < objectives_; ++j) {
    shortfall_[j][0] = 0.0;
    for (size_t i = 1; i < levels_[j].size(); ++i) {
      shortfall_[j][i] = table.shortfall(levels_[j][i], beliefs[j]);
    }
  }
  double sum = 0.0;
  for (const Box& box : boxes_) {
    double volume = 1.0;
    for (int j = 0; j < objectives_; ++j) {
      volume *= shortfall_[j][box.high[j]] - shortfall_[j][box.low[j]];
    }
    sum += volume;
  }
  return sum;
}

double HypervolumeImprovement::log_expected(const std::vector<Belief>& beliefs) const {
  const double gain = expected(beliefs);
  if (gain > 1e-290) return std::log(gain);
  // How far, in units of what is uncertain, every objective would have to improve to reach the
  // open region: the largest of that over the points in the way.
  double distance = 0.0;
  const auto need = [&](double mean, double bound, int j) {
    const double unit = std::max(beliefs[j].sd, 1e-3 * (std::abs(reference_[j]) + 1e-300));
    return (mean - bound) / unit;
  };
  for (int j = 0; j < objectives_; ++j) {
    distance = std::max(distance, need(beliefs[j].mean, reference_[j], j));
  }
  for (const auto& point : front_) {
    double least = kInfinity;
    for (int j = 0; j < objectives_; ++j) {
      least = std::min(least, need(beliefs[j].mean, point[j], j));
    }
    distance = std::max(distance, least);
  }
  return -1e3 - distance;
}

}  // namespace mase::search
