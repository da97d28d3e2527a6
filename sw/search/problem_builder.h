// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "sw/search/options.h"
#include "sw/search/runners.h"
#include "sw/search/sampler/problem.h"
#include "sw/search/space.h"

namespace mase::search {

/// What one trial found.
struct Evaluation {
  /// In the order of the runners and of their metrics.
  std::vector<std::pair<std::string, double>> software_metrics, hardware_metrics;
  std::map<std::string, double> scaled_metrics;  ///< objectives, alphabetical
  std::vector<double> values;                    ///< [objectives], as Problem::directions
  std::vector<double> constraints;               ///< [constraints], feasible where <= 0
  std::vector<double> metrics;                   ///< [grey_box->metrics], for Trial::metrics
  std::map<std::string, std::string> sources;    ///< metric -> "verilator", "yosys", "model", ...
};

/// Space, runners and metrics as the problem that samplers know and as the function that a study
/// evaluates. Immutable and thread-safe: evaluate() may run on many threads.
class SearchProblem {
 public:
  /// Errors: UserError Q030 (a metric that no runner gives; says which runner would, or the
  /// nearest), Q031 (no metric is an objective), Q032 (an objective without a direction, a sum
  /// without one), Q033 (lower above upper, a limit that is no number), and those of make_runners.
  SearchProblem(std::shared_ptr<const Space> space, const StrategyOptions& strategy,
                const RunnerContext& context);
  ~SearchProblem();

  const Space& space() const;
  const Problem& problem() const;
  const std::vector<std::shared_ptr<const Runner>>& runners() const;
  /// [objectives] names: of the metrics, in alphabetical order, or "sum" when scaled metrics are
  /// summed.
  const std::vector<std::string>& objective_names() const;
  /// [constraints] "lut.upper", "accuracy.lower", ...
  const std::vector<std::string>& constraint_names() const;
  /// [grey_box->metrics] names of what has to run.
  const std::vector<std::string>& metric_names() const;
  /// Unit of a metric; empty where it has none or is unknown.
  std::string unit(const std::string& metric) const;
  const std::vector<std::string>& notes() const;  ///< for the user, the space's included
  /// Why a configuration that samplers passed over cannot be built; empty: all that they looked at
  /// can.
  std::string first_refusal() const;

  /// Runs every runner. Errors: whatever a runner throws; the study makes a failed trial of it.
  Evaluation evaluate(const Point& point) const;

  /// `before` with the figures of hardware runners measured anew where a tool can measure what was
  /// modelled (Verilator for cycles, Yosys for resources). Values, scaled metrics and constraints
  /// follow. `can_remeasure` false: there is nothing to measure. Errors: UserError S001, Y001 (exit
  /// 4).
  Evaluation remeasure(const Point& point, const Evaluation& before) const;
  bool can_remeasure() const;
  /// Looks for the tools that remeasure() needs. Errors: UserError S001, Y001 (exit 4).
  void find_measuring_tools() const;

  /// values, scaled metrics and constraints of metrics that were stored; used on resume and by
  /// remeasure(). Metrics that are absent leave their entries NaN.
  void derive(Evaluation& evaluation) const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace mase::search
