// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/acquisition.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "sw/search/sampler/acquisition_hv.h"
#include "sw/search/sampler/random_stream.h"

namespace mase::search {
namespace {

TEST(Acquisition, ExpectedShortfallHasKnownValues) {
  // pdf(0) = 1 / sqrt(2 pi); at one deviation: cdf(1) + pdf(1) = 0.8413447 + 0.2419707.
  EXPECT_NEAR(expected_shortfall(0.0, {0.0, 1.0}), 0.3989422804014327, 1e-14);
  EXPECT_NEAR(expected_shortfall(1.0, {0.0, 1.0}), 1.0833154705876863, 1e-13);
  EXPECT_NEAR(expected_shortfall(-1.0, {0.0, 1.0}), 0.0833154705876863, 1e-13);
  EXPECT_NEAR(expected_shortfall(7.0, {3.0, 2.0}), 2.0 * 2.0084907, 1e-6);
  EXPECT_EQ(expected_shortfall(5.0, {3.0, 0.0}), 2.0);
  EXPECT_EQ(expected_shortfall(2.0, {3.0, 0.0}), 0.0);
  EXPECT_EQ(expected_shortfall(-std::numeric_limits<double>::infinity(), {3.0, 1.0}), 0.0);
}

TEST(Acquisition, LogExpectedImprovementIsTheLogarithmAndGoesOnBelow) {
  for (const double z : {-20.0, -5.0, -1.5, -1.0, -0.5, 0.0, 2.0, 7.0}) {
    if (z > -8.0) {
      EXPECT_NEAR(log_expected_improvement(z, {0.0, 1.0}),
                  std::log(expected_shortfall(z, {0.0, 1.0})), 1e-7);
    }
    EXPECT_NEAR(log_expected_improvement(3.0 + 0.1 * z, {3.0, 0.1}),
                std::log(0.1) + log_expected_improvement(z, {0.0, 1.0}), 1e-6);
  }
  // h(-30) = pdf(30) (1/900 - 3/810000 + ...): no underflow, and a slope.
  EXPECT_NEAR(log_expected_improvement(-30.0, {0.0, 1.0}),
              -450.0 - 0.9189385332 - std::log(900.0) + std::log1p(-3.0 / 900), 1e-4);
  double last = 0.0;
  for (double z = 0.0; z > -1e5; z = z * 1.3 - 0.7) {
    const double value = log_expected_improvement(z, {0.0, 1.0});
    EXPECT_TRUE(std::isfinite(value));
    EXPECT_LT(value, last) << z;
    last = value;
  }
}

TEST(Acquisition, LogFeasibilityIsMonotone) {
  EXPECT_NEAR(log_feasibility({0.0, 1.0}), std::log(0.5), 1e-14);
  EXPECT_NEAR(log_feasibility({-1.0, 1.0}), std::log(0.8413447460685429), 1e-12);
  EXPECT_EQ(log_feasibility({-1.0, 0.0}), 0.0);
  double last = 0.0;
  for (double mean = -5.0; mean < 1e4; mean = mean < 1 ? mean + 0.5 : mean * 1.2) {
    const double value = log_feasibility({mean, 1.0});
    EXPECT_TRUE(std::isfinite(value));
    EXPECT_LT(value, last) << mean;
    last = value;
  }
}

TEST(Acquisition, ChebyshevImprovementMatchesMonteCarlo) {
  RandomStream random(11, 0);
  for (int round = 0; round < 6; ++round) {
    const int objectives = 2 + round % 4;
    std::vector<Belief> beliefs;
    std::vector<double> weights, ideal;
    for (int j = 0; j < objectives; ++j) {
      beliefs.push_back({2.0 * random.uniform(), round == 5 && j == 0 ? 0.0 : random.uniform()});
      weights.push_back(0.2 + random.uniform());
      ideal.push_back(-random.uniform());
    }
    const double best = 1.5;
    double sum = 0.0, squares = 0.0;
    constexpr int kDraws = 200000;
    for (int i = 0; i < kDraws; ++i) {
      double worst = -1e300;
      for (int j = 0; j < objectives; ++j) {
        const double y = beliefs[j].mean + beliefs[j].sd * random.normal();
        worst = std::max(worst, weights[j] * (y - ideal[j]));
      }
      const double gain = std::max(0.0, best - worst);
      sum += gain;
      squares += gain * gain;
    }
    const double mean = sum / kDraws;
    const double error = std::sqrt((squares / kDraws - mean * mean) / kDraws);
    EXPECT_NEAR(std::exp(log_chebyshev_improvement(best, beliefs, weights, ideal)), mean,
                5.0 * error + 2e-3 * mean)
        << "seed 11, round " << round;
  }
}

/// Hypervolume between the points and the reference by inclusion of a grid of all coordinates.
double volume(std::vector<std::vector<double>> points, const std::vector<double>& reference) {
  if (points.empty()) return 0.0;
  const size_t objectives = reference.size();
  std::vector<std::vector<double>> levels(objectives);
  for (size_t j = 0; j < objectives; ++j) {
    for (const auto& point : points) levels[j].push_back(std::min(point[j], reference[j]));
    levels[j].push_back(reference[j]);
    std::sort(levels[j].begin(), levels[j].end());
  }
  double sum = 0.0;
  std::vector<size_t> cell(objectives, 0);
  while (true) {
    double size = 1.0;
    for (size_t j = 0; j < objectives; ++j) {
      size *= levels[j][cell[j] + 1] - levels[j][cell[j]];
    }
    const bool covered = std::any_of(points.begin(), points.end(), [&](const auto& point) {
      for (size_t j = 0; j < objectives; ++j) {
        if (point[j] > levels[j][cell[j]]) return false;
      }
      return true;
    });
    if (covered) sum += size;
    size_t j = 0;
    while (j < objectives && ++cell[j] + 1 == levels[j].size()) cell[j++] = 0;
    if (j == objectives) return sum;
  }
}

std::vector<std::vector<double>> random_front(int objectives, int count, RandomStream& random) {
  std::vector<std::vector<double>> points;
  for (int i = 0; i < count; ++i) {
    points.emplace_back();
    // Coarse coordinates: ties between points are common, as with accuracies.
    for (int j = 0; j < objectives; ++j) {
      points.back().push_back(static_cast<double>(random.below(12)) / 8.0);
    }
  }
  return points;
}

TEST(HypervolumeImprovement, OfAKnownPointIsTheVolumeGained) {
  // The unit square cut at (0.5, 0.5): a certain point (0.25, 0.25) gains 9/16 - 4/16.
  const HypervolumeImprovement square({{0.5, 0.5}}, {1.0, 1.0});
  EXPECT_EQ(square.boxes(), 2);
  EXPECT_NEAR(square.expected({{0.25, 0.0}, {0.25, 0.0}}), 5.0 / 16, 1e-15);
  EXPECT_EQ(square.expected({{0.5, 0.0}, {0.75, 0.0}}), 0.0);
  const HypervolumeImprovement cube({{0.5, 0.5, 0.5}}, {1.0, 1.0, 1.0});
  EXPECT_NEAR(cube.expected({{0.25, 0.0}, {0.25, 0.0}, {0.25, 0.0}}), (27.0 - 8.0) / 64, 1e-15);
  const HypervolumeImprovement empty({}, {1.0, 2.0, 3.0});
  EXPECT_NEAR(empty.expected({{0.0, 0.0}, {0.0, 0.0}, {0.0, 0.0}}), 6.0, 1e-14);

  RandomStream random(5, 0);
  for (int round = 0; round < 60; ++round) {
    const int objectives = 2 + round % 2;
    const int count = static_cast<int>(random.below(12));
    const auto front = random_front(objectives, count, random);
    const std::vector<double> reference(objectives, 1.25);
    const HypervolumeImprovement improvement(front, reference);
    EXPECT_LE(improvement.boxes(), objectives == 2 ? count + 1 : 3 * count + 1);
    for (int k = 0; k < 5; ++k) {
      const auto point = random_front(objectives, 1, random)[0];
      auto with = front;
      with.push_back(point);
      std::vector<Belief> beliefs;
      for (const double value : point) beliefs.push_back({value, 0.0});
      EXPECT_NEAR(improvement.expected(beliefs), volume(with, reference) - volume(front, reference),
                  1e-12)
          << "seed 5, round " << round;
    }
  }
}

TEST(HypervolumeImprovement, MatchesMonteCarlo) {
  RandomStream random(7, 0);
  for (int round = 0; round < 6; ++round) {
    const int objectives = 2 + round % 2;
    const auto front = random_front(objectives, 6, random);
    const std::vector<double> reference(objectives, 1.4);
    const HypervolumeImprovement improvement(front, reference);
    std::vector<Belief> beliefs;
    for (int j = 0; j < objectives; ++j) {
      beliefs.push_back({random.uniform(), 0.05 + 0.4 * random.uniform()});
    }
    const double before = volume(front, reference);
    double sum = 0.0, squares = 0.0;
    constexpr int kDraws = 30000;
    for (int i = 0; i < kDraws; ++i) {
      auto with = front;
      with.emplace_back();
      for (const Belief& belief : beliefs) {
        with.back().push_back(belief.mean + belief.sd * random.normal());
      }
      const double gain = volume(with, reference) - before;
      sum += gain;
      squares += gain * gain;
    }
    const double mean = sum / kDraws;
    const double error = std::sqrt((squares / kDraws - mean * mean) / kDraws);
    EXPECT_NEAR(improvement.expected(beliefs), mean, 5.0 * error) << "seed 7, round " << round;
    EXPECT_NEAR(improvement.log_expected(beliefs), std::log(improvement.expected(beliefs)), 1e-12);
  }
}

TEST(HypervolumeImprovement, FallsWithTheDistanceWhereNothingCanBeGained) {
  const HypervolumeImprovement improvement({{0.0, 0.0}}, {1.0, 1.0});
  double last = improvement.log_expected({{0.1, 0.01}, {0.1, 0.01}});
  for (double mean = 0.5; mean < 100.0; mean *= 2.0) {
    const double value = improvement.log_expected({{mean, 0.01}, {mean, 0.01}});
    EXPECT_TRUE(std::isfinite(value));
    EXPECT_LT(value, last);
    last = value;
  }
}

}  // namespace
}  // namespace mase::search
