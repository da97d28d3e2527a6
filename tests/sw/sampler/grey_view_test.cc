// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/grey_view.h"

#include <gtest/gtest.h>

#include <cmath>

namespace mase::search {
namespace {

/// Two metrics m, n: maximise 2 m + x, minimise 3 n - x, constraints m + n - 1 and x - 2 (exact);
/// x = 3 is illegal.
Problem two_metrics() {
  Problem problem;
  problem.parameters = {{"x", Parameter::Kind::kOrdinal, 4}};
  problem.directions = {Direction::kMaximise, Direction::kMinimise};
  problem.constraints = 2;
  GreyBox box;
  box.metrics = 2;
  box.objective_weights = {{2.0, 0.0}, {0.0, 3.0}};
  box.constraint_weights = {{1.0, 1.0}, {0.0, 0.0}};
  box.exact = [](const Point& point) -> std::optional<Exact> {
    if (point[0] == 3.0) return std::nullopt;
    return Exact{{point[0], -point[0]}, {-1.0, point[0] - 1.5}};
  };
  problem.grey_box = box;
  return problem;
}

Trial finished(const Point& point, std::vector<double> values, std::vector<double> constraints) {
  Trial trial;
  trial.state = TrialState::kComplete;
  trial.point = point;
  trial.values = std::move(values);
  trial.constraints = std::move(constraints);
  return trial;
}

TEST(GreyView, AddsKnownAndModelledParts) {
  const Problem problem = two_metrics();
  GreyView view(problem, true);
  const Exact* exact = view.exact({1.0});
  ASSERT_NE(exact, nullptr);
  const std::vector<Belief> metrics = {{0.5, 0.1}, {0.25, 0.2}};
  const Belief first = view.objective(0, *exact, metrics);  // minimised: -(1 + 2 * 0.5)
  EXPECT_NEAR(first.mean, -2.0, 1e-15);
  EXPECT_NEAR(first.sd, 0.2, 1e-15);
  const Belief second = view.objective(1, *exact, metrics);
  EXPECT_NEAR(second.mean, -0.25, 1e-15);
  EXPECT_NEAR(second.sd, 0.6, 1e-15);
  const Belief sum = view.constraint(0, *exact, metrics);
  EXPECT_NEAR(sum.mean, -0.25, 1e-15);
  EXPECT_NEAR(sum.sd, std::sqrt(0.05), 1e-15);
  EXPECT_EQ(view.constraint(1, *exact, metrics).sd, 0.0);
}

TEST(GreyView, KnowsWhatIsForbiddenAndAsksOnce) {
  const Problem problem = two_metrics();
  GreyView view(problem, true);
  EXPECT_TRUE(view.allowed({1.0}));
  EXPECT_TRUE(view.allowed({1.0}));
  EXPECT_EQ(view.calls(), 1);
  EXPECT_FALSE(view.allowed({2.0}));  // breaks the exact constraint by 0.5
  EXPECT_NEAR(view.known_violation(view.exact({2.0})), 0.5, 1e-15);
  EXPECT_FALSE(view.allowed({3.0}));
  EXPECT_EQ(view.exact({3.0}), nullptr);
  EXPECT_EQ(view.calls(), 3);
  GreyView black(problem, false);
  EXPECT_TRUE(black.allowed({2.0}));  // constraints are for the model
  EXPECT_FALSE(black.allowed({3.0}));
  EXPECT_EQ(black.metrics(), 4);
}

TEST(GreyView, RecoversMetricsOfOtherWorkersTrials) {
  const Problem problem = two_metrics();
  GreyView view(problem, true);
  // m = 0.75, n = 0.5 at x = 1.
  const auto metrics = view.metrics_of(finished({1.0}, {2.5, 0.5}, {0.25, -0.5}));
  ASSERT_EQ(metrics.size(), 2u);
  EXPECT_NEAR(metrics[0], 0.75, 1e-12);
  EXPECT_NEAR(metrics[1], 0.5, 1e-12);
  Trial own = finished({1.0}, {2.5, 0.5}, {0.25, -0.5});
  own.metrics = {7.0, 8.0};
  EXPECT_EQ(view.metrics_of(own), own.metrics);
  // Values that no metrics explain are not used.
  for (const double m : view.metrics_of(finished({1.0}, {2.5, 0.5}, {0.9, -0.5}))) {
    EXPECT_TRUE(std::isnan(m));
  }
}

TEST(GreyView, LeavesUndeterminedMetricsUnknown) {
  Problem problem = two_metrics();
  problem.directions = {Direction::kMinimise, Direction::kMinimise};
  problem.constraints = 0;
  problem.grey_box->metrics = 3;
  problem.grey_box->objective_weights = {{1.0, 1.0, 0.0}, {0.0, 0.0, 4.0}};
  problem.grey_box->constraint_weights.clear();
  GreyView view(problem, true);
  const auto metrics = view.metrics_of(finished({1.0}, {3.0, 7.0}, {}));
  EXPECT_TRUE(std::isnan(metrics[0]));  // only the sum of the first two is known
  EXPECT_TRUE(std::isnan(metrics[1]));
  EXPECT_NEAR(metrics[2], 2.0, 1e-12);
}

}  // namespace
}  // namespace mase::search
