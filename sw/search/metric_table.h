// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sw/search/options.h"
#include "sw/search/problem_builder.h"
#include "sw/search/runners.h"

namespace mase::search {

/// A metric that is computed without running: where it comes from.
struct AnalyticMetric {
  std::string name;
  size_t runner = 0, index = 0;
};

/// `[search.strategy.metrics]` settled against what the runners give: objectives, constraints, and
/// both as weighted sums of metrics.
class MetricTable {
 public:
  MetricTable() = default;
  /// Errors: UserError Q030 to Q033.
  MetricTable(const StrategyOptions& strategy,
              const std::vector<std::shared_ptr<const Runner>>& runners);

  struct Objective {
    std::string metric;
    double scale = 1;
  };
  /// value = weight * metric + offset, feasible where <= 0: metric / limit - 1 for an upper limit.
  struct Constraint {
    std::string metric;
    double weight = 0, offset = 0;
  };

  const std::vector<Direction>& directions() const { return directions_; }
  const std::vector<Constraint>& constraints() const { return constraints_; }
  const std::vector<std::string>& objective_names() const { return objective_names_; }
  const std::vector<std::string>& constraint_names() const { return constraint_names_; }
  /// Metrics of objectives and constraints that are formulas, and those that must run.
  const std::vector<AnalyticMetric>& analytic() const { return analytic_; }
  const std::vector<std::string>& unknown() const { return unknown_; }
  const std::vector<std::string>& notes() const { return notes_; }

  std::vector<std::vector<double>> objective_weights() const;   ///< [objectives][unknown]
  std::vector<std::vector<double>> constraint_weights() const;  ///< [constraints][unknown]
  /// The known share of every objective and constraint; `values` as analytic().
  Exact exact(const std::vector<double>& values) const;
  /// Fills scaled metrics, values, constraints and metrics.
  void derive(const std::map<std::string, double>& values, Evaluation& evaluation) const;

 private:
  void add_metric(const std::string& name,
                  const std::vector<std::shared_ptr<const Runner>>& runners,
                  const std::string& where);
  void add_limits(const MetricOptions& metric);
  std::vector<double> row(const std::string& metric, double weight) const;

  bool sum_ = false;
  std::vector<Objective> objectives_;  ///< alphabetical
  std::vector<Direction> directions_;
  std::vector<Constraint> constraints_;
  std::vector<std::string> objective_names_, constraint_names_, unknown_, notes_;
  std::vector<AnalyticMetric> analytic_;
};

}  // namespace mase::search
