// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/gp_metrics.h"

#include <algorithm>
#include <cmath>

namespace mase::search {
namespace {

constexpr int kFewest = 2;             ///< observations that make a model
constexpr int kFirstEvaluations = 40;  ///< of the posterior, in the first fit
constexpr int kEvaluations = 12;       ///< in the others, which start from the last
constexpr int kFitPoints = 120;        ///< a fit costs the cube of its points
constexpr double kFitGrowth = 1.15;    ///< observations between fits grow by this factor
constexpr double kTypicalLength = 0.5;
/// One objective modelled as a whole is searched near its best points: measured, shorter lengths
/// (a more wiggly function) lead there sooner.
constexpr double kTypicalLengthOfOne = 0.25;

}  // namespace

GpMetrics::GpMetrics(const Problem& problem, const GreyView& view, int first_fit)
    : encoding_(problem), metrics_(view.metrics()) {
  const bool whole = view.objectives() == 1 && !view.knowledge();
  const GpPrior prior = GpPrior::for_dimensions(encoding_.layout().dimensions,
                                                whole ? kTypicalLengthOfOne : kTypicalLength);
  for (int m = 0; m < metrics_; ++m) {
    if (!view.needed(m)) continue;
    entries_.push_back({m, GpModel(encoding_.layout(), prior), std::max(first_fit, kFewest), true});
  }
}

void GpMetrics::observe(const Point& point, const std::vector<double>& metrics) {
  Eigen::VectorXd features(encoding_.columns());
  encoding_.encode(point, features);
  for (Entry& entry : entries_) {
    if (!std::isfinite(metrics[entry.metric])) continue;
    entry.model.drop_fantasies();
    entry.model.add(features, metrics[entry.metric]);
    const int count = entry.model.size();
    if (count < entry.next_fit) continue;
    entry.model.refit(entry.first ? kFirstEvaluations : kEvaluations, kFitPoints);
    entry.first = false;
    entry.next_fit = std::max(count + 1, static_cast<int>(std::ceil(count * kFitGrowth)));
  }
}

bool GpMetrics::ready() const {
  return std::all_of(entries_.begin(), entries_.end(),
                     [](const Entry& entry) { return entry.model.size() >= kFewest; });
}

void GpMetrics::set_running(const std::vector<Point>& points) {
  Eigen::VectorXd features(encoding_.columns());
  for (Entry& entry : entries_) {
    entry.model.drop_fantasies();
    for (const Point& point : points) {
      encoding_.encode(point, features);
      entry.model.add_fantasy(features);
    }
  }
}

std::vector<std::vector<Belief>> GpMetrics::beliefs(const std::vector<Point>& points) const {
  std::vector<std::vector<Belief>> beliefs(points.size(), std::vector<Belief>(metrics_));
  if (points.empty() || entries_.empty()) return beliefs;
  Eigen::MatrixXd features(encoding_.columns(), static_cast<Eigen::Index>(points.size()));
  for (size_t i = 0; i < points.size(); ++i) {
    encoding_.encode(points[i], features.col(static_cast<Eigen::Index>(i)));
  }
  Eigen::VectorXd mean, sd;
  for (const Entry& entry : entries_) {
    entry.model.predict(features, mean, sd);
    for (size_t i = 0; i < points.size(); ++i) {
      const auto at = static_cast<Eigen::Index>(i);
      beliefs[i][entry.metric] = {mean[at], sd[at]};
    }
  }
  return beliefs;
}

}  // namespace mase::search
