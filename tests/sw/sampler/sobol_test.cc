// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/sobol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace mase::search {
namespace {

using ::testing::ElementsAre;

/// The example that Joe and Kuo give with their numbers.
TEST(Sobol, BeginsAsPublished) {
  const Sobol sobol(3);
  EXPECT_THAT(sobol.at(0), ElementsAre(0, 0, 0));
  EXPECT_THAT(sobol.at(1), ElementsAre(0.5, 0.5, 0.5));
  EXPECT_THAT(sobol.at(2), ElementsAre(0.75, 0.25, 0.25));
  EXPECT_THAT(sobol.at(3), ElementsAre(0.25, 0.75, 0.75));
  EXPECT_THAT(sobol.at(4), ElementsAre(0.375, 0.375, 0.625));
  EXPECT_THAT(sobol.at(5), ElementsAre(0.875, 0.875, 0.125));
  EXPECT_THAT(sobol.at(6), ElementsAre(0.625, 0.125, 0.875));
  EXPECT_THAT(sobol.at(7), ElementsAre(0.125, 0.625, 0.375));
  EXPECT_THAT(sobol.at(8), ElementsAre(0.1875, 0.3125, 0.9375));
  EXPECT_THAT(sobol.at(9), ElementsAre(0.6875, 0.8125, 0.4375));
}

/// Every block of 2^k points has one in each of 2^k equal cells, in every dimension.
void expect_stratified(const Sobol& sobol, size_t dimensions) {
  constexpr uint32_t kPoints = 64;
  for (const uint32_t start : {0u, 7 * kPoints}) {
    std::vector<std::set<int>> cells(dimensions);
    for (uint32_t i = 0; i < kPoints; ++i) {
      const auto point = sobol.at(start + i);
      for (size_t d = 0; d < dimensions; ++d) cells[d].insert(static_cast<int>(point[d] * kPoints));
    }
    for (size_t d = 0; d < dimensions; ++d) EXPECT_EQ(cells[d].size(), kPoints) << d;
  }
}

TEST(Sobol, StratifiesEveryDimension) {
  expect_stratified(Sobol(Sobol::kDimensions), Sobol::kDimensions);
}

TEST(Sobol, StaysStratifiedWhenScrambled) {
  expect_stratified(Sobol(Sobol::kDimensions, 11), Sobol::kDimensions);
}

TEST(Sobol, ScramblesBySeedAndGoesBeyondTheTable) {
  const Sobol a(600, 1), b(600, 2), again(600, 1);
  EXPECT_EQ(a.at(5), again.at(5));
  EXPECT_NE(a.at(5), b.at(5));
  const auto point = a.at(9);
  ASSERT_EQ(point.size(), 600u);
  EXPECT_GT(std::set<double>(point.begin() + 512, point.end()).size(), 80u);
  for (const double u : point) EXPECT_TRUE(u >= 0.0 && u < 1.0);
}

}  // namespace
}  // namespace mase::search
