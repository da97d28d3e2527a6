// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/grey_view.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>

#include "gen/base/error.h"

namespace mase::search {
namespace {

constexpr size_t kCachedPoints = 20000;
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

}  // namespace

GreyView::GreyView(const Problem& problem, bool knowledge)
    : problem_(problem), knowledge_(knowledge) {
  const auto objectives = problem.directions.size();
  const auto constraints = static_cast<size_t>(problem.constraints);
  for (const Direction direction : problem.directions) {
    sign_.push_back(direction == Direction::kMaximise ? -1.0 : 1.0);
  }
  if (knowledge) {
    MASE_CHECK(problem.grey_box && problem.grey_box->exact, "no grey box to look into");
    const GreyBox& box = *problem.grey_box;
    MASE_CHECK(
        box.objective_weights.size() == objectives && box.constraint_weights.size() == constraints,
        "weights of {} objectives, {} constraints", box.objective_weights.size(),
        box.constraint_weights.size());
    metrics_ = box.metrics;
    objective_weights_ = box.objective_weights;
    for (size_t j = 0; j < objectives; ++j) {
      for (double& weight : objective_weights_[j]) weight *= sign_[j];
    }
    constraint_weights_ = box.constraint_weights;
  } else {
    metrics_ = static_cast<int>(objectives + constraints);
    for (size_t row = 0; row < objectives + constraints; ++row) {
      std::vector<double> weights(metrics_, 0.0);
      weights[row] = 1.0;
      (row < objectives ? objective_weights_ : constraint_weights_).push_back(weights);
    }
  }
  needed_.assign(metrics_, false);
  for (const auto* rows : {&objective_weights_, &constraint_weights_}) {
    for (const auto& row : *rows) {
      for (int m = 0; m < metrics_; ++m) needed_[m] = needed_[m] || row[m] != 0.0;
    }
  }
  const auto is_exact = [](const std::vector<double>& row) {
    return std::all_of(row.begin(), row.end(), [](double weight) { return weight == 0.0; });
  };
  any_exact_objective_ =
      std::any_of(objective_weights_.begin(), objective_weights_.end(), is_exact);
  for (const auto& row : constraint_weights_) exact_constraint_.push_back(is_exact(row));
}

const Exact* GreyView::exact(const Point& point) {
  const auto known = cache_.find(point);
  if (known != cache_.end()) return known->second ? &*known->second : nullptr;
  std::optional<Exact> answer;
  if (problem_.grey_box && problem_.grey_box->exact) {
    ++calls_;
    answer = problem_.grey_box->exact(point);
    if (answer && knowledge_) {
      for (size_t j = 0; j < sign_.size(); ++j) answer->objectives[j] *= sign_[j];
    }
  } else {
    answer.emplace();
  }
  if (answer && !knowledge_) {
    answer->objectives.assign(objective_weights_.size(), 0.0);
    answer->constraints.assign(constraint_weights_.size(), 0.0);
  }
  if (cache_.size() >= kCachedPoints) cache_.clear();
  const auto& kept = cache_[point] = std::move(answer);
  return kept ? &*kept : nullptr;
}

double GreyView::known_violation(const Exact* known) const {
  if (known == nullptr) return std::numeric_limits<double>::infinity();
  double sum = 0.0;
  for (size_t c = 0; c < exact_constraint_.size(); ++c) {
    if (exact_constraint_[c] && !(known->constraints[c] <= 0.0)) sum += known->constraints[c];
  }
  return sum;
}

Belief GreyView::combine(const std::vector<double>& weights, double known,
                         const std::vector<Belief>& metrics) const {
  Belief belief{known, 0.0};
  double variance = 0.0;
  for (int m = 0; m < metrics_; ++m) {
    if (weights[m] == 0.0) continue;
    belief.mean += weights[m] * metrics[m].mean;
    variance += weights[m] * weights[m] * metrics[m].sd * metrics[m].sd;
  }
  belief.sd = std::sqrt(variance);
  return belief;
}

Belief GreyView::objective(int j, const Exact& exact, const std::vector<Belief>& metrics) const {
  return combine(objective_weights_[j], exact.objectives[j], metrics);
}

Belief GreyView::constraint(int c, const Exact& exact, const std::vector<Belief>& metrics) const {
  return combine(constraint_weights_[c], exact.constraints[c], metrics);
}

std::vector<double> GreyView::values(const Trial& trial) const {
  std::vector<double> values = trial.values;
  for (size_t j = 0; j < values.size(); ++j) values[j] *= sign_[j];
  return values;
}

std::vector<double> GreyView::metrics_of(const Trial& trial) {
  if (!knowledge_) {
    std::vector<double> metrics = values(trial);
    metrics.insert(metrics.end(), trial.constraints.begin(), trial.constraints.end());
    metrics.resize(metrics_, kUnknown);
    return metrics;
  }
  if (static_cast<int>(trial.metrics.size()) == metrics_) return trial.metrics;
  return recover(trial);
}

std::vector<double> GreyView::recover(const Trial& trial) {
  std::vector<double> metrics(metrics_, kUnknown);
  const Exact* known = exact(trial.point);
  if (known == nullptr || metrics_ == 0) return metrics;
  const std::vector<double> objectives = values(trial);
  const bool constrained = trial.constraints.size() == constraint_weights_.size();
  const size_t rows = objectives.size() + (constrained ? constraint_weights_.size() : 0);
  Eigen::MatrixXd weights(rows, metrics_);
  Eigen::VectorXd rest(rows);
  for (size_t row = 0; row < rows; ++row) {
    const bool objective = row < objectives.size();
    const size_t at = objective ? row : row - objectives.size();
    const auto& source = objective ? objective_weights_[at] : constraint_weights_[at];
    for (int m = 0; m < metrics_; ++m) weights(row, m) = source[m];
    // What no metric enters says nothing about them.
    rest[row] = weights.row(row).isZero(0.0) ? 0.0
                : objective                  ? objectives[at] - known->objectives[at]
                                             : trial.constraints[at] - known->constraints[at];
  }
  if (!rest.allFinite()) return metrics;
  // A metric is determined when no combination of metrics that leaves every row as it is (the null
  // space) touches it.
  const Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> solver(weights);
  const Eigen::VectorXd solution = solver.solve(rest);
  const Eigen::MatrixXd resolution = solver.pseudoInverse() * weights;  // identity where determined
  const double scale = 1e-9 * (1.0 + rest.cwiseAbs().maxCoeff());
  if ((weights * solution - rest).cwiseAbs().maxCoeff() > 1e3 * scale) return metrics;
  for (int m = 0; m < metrics_; ++m) {
    if (std::abs(resolution(m, m) - 1.0) < 1e-9) metrics[m] = solution[m];
  }
  return metrics;
}

}  // namespace mase::search
