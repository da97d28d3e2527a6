// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "sw/search/sampler/permutation.h"
#include "sw/search/sampler/seen_points.h"
#include "tests/support/expect_error.h"
#include "tests/sw/sampler/spaces.h"

namespace mase::search {
namespace {

TEST(Permutation, VisitsEverythingOnce) {
  for (const int64_t size : {1, 2, 3, 5, 64, 216, 1000}) {
    const Permutation permutation(size, 7);
    std::set<int64_t> visited;
    for (int64_t i = 0; i < size; ++i) visited.insert(permutation.at(i));
    EXPECT_EQ(static_cast<int64_t>(visited.size()), size);
    EXPECT_EQ(*visited.begin(), 0);
    EXPECT_EQ(*visited.rbegin(), size - 1);
  }
}

TEST(Permutation, HandlesTheLargestSpace) {
  const Permutation permutation(int64_t{1} << 62, 1);
  std::set<int64_t> visited;
  for (int64_t i = 0; i < 1000; ++i) visited.insert(permutation.at(i));
  EXPECT_EQ(visited.size(), 1000u);
}

TEST(SeenPoints, CountsIllegalPointsAsTaken) {
  Problem problem = grid({5, 4});
  problem.grey_box.emplace();
  problem.grey_box->exact = [](const Point& point) -> std::optional<Exact> {
    if (point[0] == point[1]) return std::nullopt;
    return Exact{{0.0}, {}};
  };
  SeenPoints seen(problem, 3);
  RandomStream random(3, 0);
  std::set<Point> visited;
  while (const auto point = seen.any_free(random)) {
    EXPECT_NE((*point)[0], (*point)[1]);
    EXPECT_TRUE(visited.insert(*point).second);
    seen.add(*point);
    ASSERT_LE(visited.size(), 20u);
  }
  EXPECT_EQ(visited.size(), 16u);
}

TEST(SeenPoints, PassesOverPointsOfOtherSpaces) {
  const Problem problem = grid({2, 2});
  SeenPoints seen(problem, 0);
  seen.add({0.0});
  seen.add({0.0, 2.0});
  seen.add({0.5, 1.0});
  EXPECT_EQ(seen.size(), 0);
  seen.add({0.0, 1.0});
  EXPECT_EQ(seen.size(), 1);
}

TEST(Sampler, NamesTheNearest) {
  const Problem problem = grid({2, 2});
  test::expect_user_error([&] { make_sampler("randon", problem, {}); }, "S101", {"randon"});
}

TEST(Sampler, ChoosesBySizeBudgetAndKnowledge) {
  SamplerOptions options;
  options.n_trials = 100;
  EXPECT_EQ(choose_sampler(grid({10, 10}), options), "brute-force");
  EXPECT_EQ(choose_sampler(grid({10, 11}), options), "gp");
  Problem problem = grid({100, 100});
  problem.grey_box.emplace();
  EXPECT_EQ(choose_sampler(problem, options), "greybox");
  problem.grey_box->formulas = false;  // only what is legal is known
  EXPECT_EQ(choose_sampler(problem, options), "gp");
  options.n_trials = 501;
  EXPECT_EQ(choose_sampler(problem, options), "nsgaii");
}

}  // namespace
}  // namespace mase::search
