// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/gp_goal.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mase::search {
namespace {

/// An objective known exactly is given this spread (of the known values') so that the logarithm
/// has a slope everywhere.
constexpr double kLeastSpread = 1e-6;
/// Three objectives: hypervolume and scalarisation in turn. Where some objective is a formula every
/// fourth trial is a scalarisation; where all are models, whose edges are uncertain, hypervolume
/// runs to the edges and has every third one. Both measured.
constexpr int kExactTurns = 4, kModelledTurns = 3;
/// Share of the sum in a scalarisation: between points of the same largest term, the better
/// elsewhere wins. The sum is taken at its mean. Source: Knowles, "ParEGO", IEEE TEVC 10(1), 2006;
/// there 0.05.
constexpr double kAugmentation = 0.2;
/// A scalarisation that promises less than this share of the front's extent is exhausted.
constexpr double kLeastPromise = 1e-3;

/// The non-dominated of minimised vectors.
std::vector<Losses> front_of(const std::vector<Losses>& points) {
  const std::vector<int> ranks = domination_ranks(points, 1);
  std::vector<Losses> front;
  for (size_t i = 0; i < points.size(); ++i) {
    if (ranks[i] == 0) front.push_back(points[i]);
  }
  return front;
}

}  // namespace

GpGoal::GpGoal(const GreyView& view, const std::vector<Losses>& known, int turn,
               RandomStream& random)
    : view_(view), any_feasible_(!known.empty()) {
  if (!any_feasible_) return;
  const auto objectives = static_cast<size_t>(view.objectives());
  std::vector<double> low(objectives, std::numeric_limits<double>::infinity());
  std::vector<double> high(objectives, -std::numeric_limits<double>::infinity());
  for (const auto& point : known) {
    for (size_t j = 0; j < objectives; ++j) {
      low[j] = std::min(low[j], point[j]);
      high[j] = std::max(high[j], point[j]);
    }
  }
  for (size_t j = 0; j < objectives; ++j) {
    unit_.push_back(high[j] > low[j] ? high[j] - low[j] : std::max(1e-9, std::abs(low[j])));
  }
  if (objectives == 1) {
    best_ = low[0];
    return;
  }
  const bool hypervolume =
      objectives == 2 ||
      (objectives == 3 &&
       (turn == kHypervolumeTurn ||
        (view.any_exact_objective() ? turn % kExactTurns != 0 : turn % kModelledTurns == 0)));
  const auto front = front_of(known);
  if (hypervolume) {
    std::vector<double> reference;
    for (size_t j = 0; j < objectives; ++j) {
      // 1.1 times the worst value seen, away from the good, but by a sane share of the range.
      const double beyond = 0.1 * std::abs(high[j]);
      reference.push_back(high[j] + std::clamp(beyond, 0.01 * unit_[j], unit_[j]));
    }
    hypervolume_.emplace(front, reference);
    return;
  }
  // Weights uniform on the simplex, objectives in units of the front's extent.
  ideal_ = low;
  double total = 0.0;
  std::vector<double> nadir(objectives, -std::numeric_limits<double>::infinity());
  for (const auto& point : front) {
    for (size_t j = 0; j < objectives; ++j) nadir[j] = std::max(nadir[j], point[j]);
  }
  for (size_t j = 0; j < objectives; ++j) {
    weights_.push_back(-std::log1p(-random.uniform()) + 1e-3);
    total += weights_.back();
  }
  for (size_t j = 0; j < objectives; ++j) {
    const double extent = nadir[j] > low[j] ? nadir[j] - low[j] : unit_[j];
    weights_[j] /= total * extent;
  }
  best_ = std::numeric_limits<double>::infinity();
  for (const auto& point : front) {
    double worst = 0.0, sum = 0.0;
    for (size_t j = 0; j < objectives; ++j) {
      const double share = weights_[j] * (point[j] - ideal_[j]);
      worst = std::max(worst, share);
      sum += share;
    }
    best_ = std::min(best_, worst + kAugmentation * sum);
  }
}

bool GpGoal::exhausted(double best_score) const {
  return any_feasible_ && !weights_.empty() && best_score < std::log(kLeastPromise);
}

double GpGoal::score(const Exact& exact, const std::vector<Belief>& metrics) const {
  double score = 0.0;
  for (int c = 0; c < view_.constraints(); ++c) {
    score += log_feasibility(view_.constraint(c, exact, metrics));
  }
  if (!any_feasible_) return score;
  std::vector<Belief> beliefs;
  for (int j = 0; j < view_.objectives(); ++j) {
    beliefs.push_back(view_.objective(j, exact, metrics));
  }
  if (beliefs.size() == 1) {
    beliefs[0].sd = std::max(beliefs[0].sd, kLeastSpread * unit_[0]);
    return score + log_expected_improvement(best_, beliefs[0]);
  }
  if (hypervolume_) return score + hypervolume_->log_expected(beliefs);
  double sum = 0.0;
  for (size_t j = 0; j < beliefs.size(); ++j) sum += weights_[j] * (beliefs[j].mean - ideal_[j]);
  return score + log_chebyshev_improvement(best_ - kAugmentation * sum, beliefs, weights_, ideal_);
}

}  // namespace mase::search
