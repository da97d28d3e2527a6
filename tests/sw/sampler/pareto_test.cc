// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/pareto.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "sw/search/sampler/nsga_elite.h"
#include "sw/search/sampler/random_stream.h"
#include "tests/sw/sampler/spaces.h"

namespace mase::search {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

const std::vector<Losses> kFront = {{1, 4}, {2, 2}, {4, 1}};

TEST(Pareto, RanksByHand) {
  const std::vector<Losses> points = {{1, 4}, {2, 2}, {4, 1}, {3, 3}, {5, 5}, {2, 2}};
  EXPECT_THAT(domination_ranks(points, 6), ElementsAre(0, 0, 0, 1, 2, 0));
  EXPECT_THAT(domination_ranks(points, 4), ElementsAre(0, 0, 0, -1, -1, 0));
  EXPECT_THAT(domination_ranks({{1, 2, 3}, {1, 2, 3}, {1, 2, 4}, {0, 9, 9}}, 4),
              ElementsAre(0, 0, 1, 0));
}

TEST(Pareto, CrowdsByHand) {
  const auto distances = crowding_distances(kFront);
  EXPECT_TRUE(std::isinf(distances[0]));
  EXPECT_THAT(distances[1], DoubleEq(2.0));  // (4 - 1) / 3 in both objectives
  EXPECT_TRUE(std::isinf(distances[2]));
  EXPECT_THAT(crowding_distances({{1, 1}, {1, 1}}), ElementsAre(0.0, 0.0));
}

TEST(Pareto, MeasuresVolumesByHand) {
  EXPECT_DOUBLE_EQ(hypervolume(kFront, {5, 5}), 4 + 6 + 1);
  EXPECT_DOUBLE_EQ(hypervolume({{0, 1, 1}, {1, 0, 0}}, {2, 2, 2}), 2 + 4 - 1);
  EXPECT_DOUBLE_EQ(hypervolume({{5, 0}, {6, 1}}, {5, 5}), 0.0);
  EXPECT_THAT(hypervolume_contributions(kFront, {5, 5}),
              ElementsAre(DoubleEq(1), DoubleEq(4), DoubleEq(1)));
  EXPECT_THAT(hypervolume_contributions({{1, 1}, {1, 1}, {2, 2}}, {5, 5}), ElementsAre(0, 0, 0));
  // Alone, (2,2) has the largest box, 9; then (1,4) and (4,1) add 1 each: the first wins.
  EXPECT_THAT(hypervolume_subset(kFront, {5, 5}, 2), ElementsAre(1, 0));
  EXPECT_THAT(hypervolume_subset({{1, 1}, {1, 1}, {0, 3}}, {5, 5}, 2), UnorderedElementsAre(0, 2));
}

/// Unit cells of the grid 0..5 that a point dominates.
double count_cells(const std::vector<Losses>& points, size_t objectives) {
  int cells = 1, count = 0;
  for (size_t j = 0; j < objectives; ++j) cells *= 5;
  for (int cell = 0; cell < cells; ++cell) {
    Losses corner(objectives);
    for (size_t j = 0, left = static_cast<size_t>(cell); j < objectives; ++j, left /= 5) {
      corner[j] = static_cast<double>(left % 5);
    }
    count += std::any_of(points.begin(), points.end(), [&](const Losses& point) {
      for (size_t j = 0; j < objectives; ++j) {
        if (point[j] > corner[j]) return false;
      }
      return true;
    });
  }
  return count;
}

TEST(Pareto, VolumesAgreeWithCounting) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    RandomStream random(seed, 0);
    const auto objectives = static_cast<size_t>(1 + random.below(4));
    std::vector<Losses> points(static_cast<size_t>(random.below(8)), Losses(objectives));
    for (auto& point : points) {
      for (double& value : point) value = static_cast<double>(random.below(6));
    }
    const Losses reference(objectives, 5.0);
    const double all = count_cells(points, objectives);
    EXPECT_NEAR(hypervolume(points, reference), all, 1e-9);
    const auto contributions = hypervolume_contributions(points, reference);
    for (size_t i = 0; i < points.size(); ++i) {
      auto others = points;
      others.erase(others.begin() + static_cast<int64_t>(i));
      EXPECT_NEAR(contributions[i], all - count_cells(others, objectives), 1e-9);
    }
    const auto ranks = domination_ranks(points, points.size());
    for (size_t i = 0; i < points.size(); ++i) {
      int above = -1;  // a point's rank is one more than the worst of those that dominate it
      for (size_t k = 0; k < points.size(); ++k) {
        if (dominates(points[k], points[i])) above = std::max(above, ranks[k]);
      }
      EXPECT_EQ(ranks[i], above + 1);
    }
    std::vector<Losses> everything;
    for (const size_t i : hypervolume_subset(points, reference, points.size())) {
      everything.push_back(points[i]);
    }
    EXPECT_EQ(everything.size(), points.size());
    EXPECT_NEAR(hypervolume(everything, reference), all, 1e-9);
  }
}

TEST(NsgaElite, RanksFeasibleBeforeInfeasible) {
  Problem problem = grid({4, 4}, 2);
  problem.constraints = 1;
  const Trial a = complete(0, {0, 0}, {9, 9}, {0.0}), b = complete(1, {0, 1}, {1, 1}, {0.5}),
              c = complete(2, {0, 2}, {0, 0}, {2.0}), d = complete(3, {0, 3}, {8, 9}, {-1.0}),
              unknown = complete(4, {1, 0}, {0, 0});
  EXPECT_THAT(constrained_ranks(problem, {&a, &b, &c, &d, &unknown}), ElementsAre(1, 2, 3, 0, 4));
  EXPECT_TRUE(constrained_dominates(problem, a, b));
  EXPECT_TRUE(constrained_dominates(problem, b, c));
  EXPECT_FALSE(constrained_dominates(problem, a, d));
  RandomStream random(0, 0);
  for (const auto niching : {Niching::kCrowding, Niching::kReferencePoints}) {
    EXPECT_THAT(elite(problem, {&a, &b, &c, &d, &unknown}, 3, niching, random),
                ElementsAre(&d, &a, &b));
  }
}

TEST(NsgaElite, KeepsTheLeastCrowded) {
  const Problem problem = grid({8}, 2);
  std::vector<Trial> trials;
  for (const Losses& values : {Losses{0, 10}, {1, 8}, {2, 7}, {9, 1}, {10, 0}}) {
    const int n = static_cast<int>(trials.size());
    trials.push_back(complete(n, {static_cast<double>(n)}, values));
  }
  std::vector<const Trial*> all;
  for (const Trial& trial : trials) all.push_back(&trial);
  RandomStream random(0, 0);
  // Distances: ends infinite; (9,1) 0.8 + 0.7, (2,7) 0.8 + 0.7, (1,8) 0.2 + 0.3.
  EXPECT_THAT(elite(problem, all, 4, Niching::kCrowding, random),
              UnorderedElementsAre(all[0], all[2], all[3], all[4]));
}

TEST(NsgaElite, SpreadsOverReferenceDirections) {
  EXPECT_EQ(reference_directions(2, 3).size(), 4u);
  EXPECT_EQ(reference_directions(3, 3).size(), 10u);
  // Two on each axis' direction and one in the middle; three of five are wanted: one of a kind.
  const std::vector<Losses> last = {{0, 1}, {0.01, 0.99}, {0.5, 0.45}, {1, 0}, {0.99, 0.01}};
  for (uint64_t seed = 0; seed < 20; ++seed) {
    RandomStream random(seed, 0);
    auto chosen = fill_niches({}, last, 3, random);
    std::sort(chosen.begin(), chosen.end());
    EXPECT_THAT(chosen, ElementsAre(0, 2, 3)) << seed;
  }
}

}  // namespace
}  // namespace mase::search
