// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <set>
#include <unordered_set>
#include <vector>

#include "sw/search/sampler/gp_goal.h"
#include "sw/search/sampler/gp_metrics.h"
#include "sw/search/sampler/grey_view.h"
#include "sw/search/sampler/sampler_base.h"
#include "sw/search/sampler/sobol.h"

namespace mase::search {

/// `gp` and `greybox`: Gaussian processes of what must be run, exact formulas for the rest, and the
/// candidate that promises most.
class GpSampler : public SamplerBase {
 public:
  GpSampler(const Problem& problem, const SamplerOptions& options, bool knowledge);

  std::optional<Proposal> ask(int number) override;

  /// Calls of the problem's exact() so far, for tests and benchmarks.
  int64_t exact_calls() const { return view_.calls(); }

 protected:
  std::optional<Proposal> propose(int number, int attempt, RandomStream& random) override;
  void changed(const Trial& trial) override;

 private:
  struct Scored {
    Point point;
    double score;
    size_t origin;  ///< index among the candidates
  };
  using PointSet = std::unordered_set<Point, PointHash>;
  /// Best first: points of feasible trials worth varying, then those of the least violation.
  std::vector<Point> incumbents() const;
  std::optional<Point> start_point(int number, RandomStream& random);
  std::optional<Point> search(int number, RandomStream& random);
  /// The best of random points, variations of the incumbents, and climbs from the best of these.
  std::optional<Scored> maximise(const GpGoal& goal, RandomStream& random);
  /// Scores of those candidates that may be evaluated and have not been visited.
  std::vector<Scored> score(std::vector<Point> candidates, const GpGoal& goal, PointSet& visited);
  /// A free point that breaks no known constraint, by chance, then by descending the violation,
  /// then, in a small space, by looking at every point.
  std::optional<Point> any_allowed(RandomStream& random);
  bool budget_left() const { return view_.calls() - calls_before_ < kExactCalls; }

  static constexpr int64_t kExactCalls = 1500;  ///< of the problem's exact() in one ask

  GreyView view_;
  GpMetrics models_;
  Sobol sobol_;
  std::set<int> observed_;  ///< numbers of the trials the models hold
  int complete_ = 0;
  int64_t calls_before_ = 0;
  int64_t cursor_ = 0;  ///< of any_allowed's scan: everything before it is taken, for ever
};

}  // namespace mase::search
