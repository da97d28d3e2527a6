// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "sw/search/sampler/parzen.h"
#include "sw/search/sampler/tpe.h"
#include "sw/search/sampler/tpe_split.h"
#include "tests/sw/sampler/spaces.h"

namespace mase::search {
namespace {

using ::testing::DoubleEq;
using ::testing::DoubleNear;
using ::testing::ElementsAre;

double normal_cdf(double x) { return 0.5 * (1 + std::erf(x / std::sqrt(2.0))); }

TEST(Parzen, WeighsOldObservationsLess) {
  EXPECT_THAT(age_weights(3), ElementsAre(1, 1, 1));
  const auto weights = age_weights(28);
  EXPECT_DOUBLE_EQ(weights[0], 1.0 / 28);
  EXPECT_DOUBLE_EQ(weights[1], (1.0 / 28 + 1) / 2);
  EXPECT_DOUBLE_EQ(weights[2], 1.0);
  EXPECT_DOUBLE_EQ(weights[27], 1.0);
  EXPECT_DOUBLE_EQ(age_weights(26)[0], 1.0 / 26);
}

TEST(Parzen, WidthsByHand) {
  EXPECT_THAT(kernel_widths({4}, -0.5, 9.5, 1), ElementsAre(5.5));
  EXPECT_THAT(kernel_widths({1, 4}, -0.5, 9.5, 2), ElementsAre(3, 3));
  EXPECT_THAT(kernel_widths({0, 1, 5}, -0.5, 9.5, 3), ElementsAre(2, 4, 4));  // 1 < 10 / 5
  EXPECT_THAT(kernel_widths({2, 2}, -0.5, 9.5, 198), ElementsAre(0.1, 0.1));  // at most 100 parts
}

TEST(Parzen, OrdinalKernelIsAGaussiansMass) {
  RandomStream random(0, 0);
  const AxisKernels axis({"p", Parameter::Kind::kOrdinal, 2}, {0}, random);
  // One observation at 0 in [-0.5, 1.5]: width 1.5.
  const double first = normal_cdf(0.5 / 1.5) - normal_cdf(-0.5 / 1.5);
  const double all = normal_cdf(1.5 / 1.5) - normal_cdf(-0.5 / 1.5);
  EXPECT_NEAR(axis.density(0, 0), first / all, 1e-12);
  EXPECT_NEAR(axis.density(0, 1), 1 - first / all, 1e-12);
  EXPECT_NEAR(axis.density(1, 0), 0.5, 1e-12);  // the prior
  EXPECT_THAT(axis.mixture({0.25, 0.75}),
              ElementsAre(DoubleNear(0.25 * first / all + 0.375, 1e-12),
                          DoubleNear(0.25 * (1 - first / all) + 0.375, 1e-12)));
}

TEST(Parzen, NominalKernelKnowsNoOrder) {
  RandomStream random(0, 0);
  const AxisKernels axis({"p", Parameter::Kind::kNominal, 3}, {0, 2}, random);
  EXPECT_DOUBLE_EQ(axis.density(0, 0), 2.0 / 3);  // (1/3 + 1) / 2
  EXPECT_DOUBLE_EQ(axis.density(0, 1), 1.0 / 6);
  EXPECT_DOUBLE_EQ(axis.density(0, 2), 1.0 / 6);
  EXPECT_DOUBLE_EQ(axis.density(2, 1), 1.0 / 3);
}

TEST(Parzen, TiesGetWideKernelsAtRandom) {
  const Parameter parameter{"p", Parameter::Kind::kOrdinal, 10};
  std::set<std::vector<bool>> patterns;
  for (int stream = 0; stream < 50; ++stream) {
    RandomStream random(1, stream);
    // 8's neighbour below is 3: one of the three at 3 looks that far, another one to 1.
    const AxisKernels axis(parameter, {1, 3, 3, 3, 8}, random);
    std::vector<double> peaks;
    std::vector<bool> pattern;
    for (size_t k = 1; k <= 3; ++k) peaks.push_back(axis.density(k, 3));
    for (const double peak : peaks) pattern.push_back(peak < 0.15);
    EXPECT_EQ(std::count(pattern.begin(), pattern.end(), true), 1) << stream;
    patterns.insert(pattern);
    for (size_t k = 0; k < axis.size(); ++k) {
      EXPECT_NEAR(std::accumulate(axis.masses(k), axis.masses(k) + 10, 0.0), 1.0, 1e-9);
    }
  }
  EXPECT_EQ(patterns.size(), 3u);
}

TEST(Parzen, RealDensityIntegratesToOne) {
  RandomStream random(3, 0);
  const AxisKernels axis({"p", Parameter::Kind::kReal, 1, 2.0, 5.0}, {2.1, 4.0, 4.0}, random);
  for (size_t k = 0; k < axis.size(); ++k) {
    double sum = 0.0;
    for (int i = 0; i < 3000; ++i) sum += axis.density(k, 2.0005 + i * 0.001) * 0.001;
    EXPECT_NEAR(sum, 1.0, 1e-4);
    for (int i = 0; i < 100; ++i) {
      const double x = axis.draw(k, random);
      EXPECT_TRUE(x >= 2.0 && x <= 5.0);
    }
  }
}

std::vector<int> numbers(const std::vector<const Trial*>& trials) {
  std::vector<int> result;
  for (const Trial* trial : trials) result.push_back(trial->number);
  return result;
}

TEST(TpeSplit, TakesFeasibleThenPrunedThenInfeasible) {
  Problem problem = grid({10});
  problem.constraints = 1;
  Trial pruned = complete(4, {4}, {}, {});
  pruned.state = TrialState::kPruned;
  const Trial best = complete(0, {0}, {1}, {0.0}), bad = complete(1, {1}, {0}, {3.0}),
              worse = complete(2, {2}, {0}, {5.0}), good = complete(3, {3}, {2}, {-1.0});
  const std::vector<const Trial*> all = {&best, &bad, &worse, &good, &pruned};
  RandomStream random(0, 0);
  EXPECT_THAT(numbers(split_trials(problem, all, 1, random).better), ElementsAre(0));
  EXPECT_THAT(numbers(split_trials(problem, all, 3, random).better), ElementsAre(0, 3, 4));
  const auto split = split_trials(problem, all, 4, random);
  EXPECT_THAT(numbers(split.better), ElementsAre(0, 1, 3, 4));
  EXPECT_THAT(numbers(split.other), ElementsAre(2));
}

TEST(TpeSplit, BreaksTiesAtRandom) {
  const Problem problem = grid({10});
  std::vector<Trial> trials;
  for (int i = 0; i < 10; ++i) trials.push_back(complete(i, {static_cast<double>(i)}, {1.0}));
  std::vector<const Trial*> all;
  for (const Trial& trial : trials) all.push_back(&trial);
  std::set<int> winners;
  for (int stream = 0; stream < 200; ++stream) {
    RandomStream random(0, stream);
    winners.insert(numbers(split_trials(problem, all, 1, random).better).at(0));
  }
  EXPECT_EQ(winners.size(), 10u);
}

TEST(TpeSplit, CutsAFrontByHypervolume) {
  const Problem problem = grid({10}, 2);
  const Trial a = complete(0, {0}, {1, 4}), b = complete(1, {1}, {2, 2}),
              c = complete(2, {2}, {4, 1}), d = complete(3, {3}, {5, 5});
  RandomStream random(0, 0);
  EXPECT_THAT(numbers(split_trials(problem, {&a, &b, &c, &d}, 1, random).better), ElementsAre(1));
  EXPECT_THAT(numbers(split_trials(problem, {&a, &b, &c, &d}, 3, random).better),
              ElementsAre(0, 1, 2));
  // Reference (4.4, 4.4): (2,2) adds (4-2)(4-2) = 4, the ends 0.4 each: a tenth, below the least.
  EXPECT_THAT(hypervolume_weights(problem, {&a, &b, &c}), ElementsAre(0.2, DoubleEq(1.0), 0.2));
  // With (5,5) the reference is (5.5, 5.5): (1,4) adds 1 * 1.5, (2,2) 4, (4,1) 1.5 * 1, (5,5)
  // nothing.
  EXPECT_THAT(hypervolume_weights(problem, {&a, &b, &c, &d}),
              ElementsAre(DoubleNear(0.375, 1e-9), DoubleEq(1.0), DoubleNear(0.375, 1e-9), 0.2));
}

/// Weights are an option: samplers told the same trials differ in it alone.
TEST(Tpe, WeighsByHypervolumeUnlessToldOtherwise) {
  const Problem problem = grid({9, 9, 9, 9}, 2);
  SamplerOptions uniform;
  uniform.uniform_weights = true;
  EXPECT_TRUE(tpe_settings(problem, {}).hypervolume_weights);
  EXPECT_FALSE(tpe_settings(problem, uniform).hypervolume_weights);
  const auto one = make_sampler("tpe", problem, {}), other = make_sampler("tpe", problem, uniform);
  RandomStream random(1, 0);
  for (int i = 0; i < 100; ++i) {
    Point point;
    for (int j = 0; j < 4; ++j) point.push_back(static_cast<double>(random.below(9)));
    const Trial trial = complete(i, point, {point[0] + point[1], 16 - point[0] - point[2]});
    one->tell(trial);
    other->tell(trial);
  }
  int differences = 0;
  for (int i = 100; i < 120; ++i) differences += one->ask(i)->point != other->ask(i)->point;
  EXPECT_GT(differences, 0);
}

TEST(TpeSplit, GivesInfeasibleTrialsNoWeight) {
  Problem problem = grid({10}, 2);
  problem.constraints = 1;
  const Trial a = complete(0, {0}, {1, 4}, {0.0}), b = complete(1, {1}, {0, 0}, {1.0});
  EXPECT_THAT(hypervolume_weights(problem, {&a, &b}), ElementsAre(1.0, 1e-12));
}

}  // namespace
}  // namespace mase::search
