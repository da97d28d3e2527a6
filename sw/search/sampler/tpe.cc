// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/tpe.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "sw/search/sampler/parzen.h"
#include "sw/search/sampler/sampler_base.h"
#include "sw/search/sampler/space_filling.h"
#include "sw/search/sampler/tpe_split.h"

namespace mase::search {
namespace {

/// The mixtures of one group of trials.
struct Estimator {
  std::vector<AxisKernels> axes;
  std::vector<double> weights;                ///< [trials + 1], of sum 1
  std::vector<std::vector<double>> mixtures;  ///< [axes][choices], discrete axes
};

Estimator make_estimator(const Problem& problem, const std::vector<const Trial*>& trials,
                         std::vector<double> weights, RandomStream& random) {
  Estimator estimator;
  weights.push_back(1.0);  // the prior
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : weights) weight /= total;
  estimator.weights = std::move(weights);
  std::vector<std::vector<double>> columns(problem.parameters.size(),
                                           std::vector<double>(trials.size()));
  for (size_t k = 0; k < trials.size(); ++k) {
    for (size_t i = 0; i < columns.size(); ++i) columns[i][k] = trials[k]->point[i];
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    estimator.axes.emplace_back(problem.parameters[i], columns[i], random);
    const AxisKernels& axis = estimator.axes.back();
    estimator.mixtures.push_back(axis.choices() > 0 ? axis.mixture(estimator.weights)
                                                    : std::vector<double>{});
  }
  return estimator;
}

/// Log densities of points under the mixture of product kernels. Shape: [points].
std::vector<double> joint_log_densities(const Estimator& estimator,
                                        const std::vector<Point>& points) {
  std::vector<std::vector<double>> products(points.size(), estimator.weights);
  std::vector<double> column;
  std::vector<size_t> order(points.size());
  std::iota(order.begin(), order.end(), size_t{0});
  for (size_t i = 0; i < estimator.axes.size(); ++i) {
    // Points of the same choice share a column, which is gathered once.
    std::sort(order.begin(), order.end(),
              [&](size_t a, size_t b) { return points[a][i] < points[b][i]; });
    for (size_t at = 0; at < order.size(); ++at) {
      const double x = points[order[at]][i];
      if (at == 0 || x != points[order[at - 1]][i]) estimator.axes[i].column(x, column);
      double* product = products[order[at]].data();
      for (size_t k = 0; k < column.size(); ++k) product[k] *= column[k];
    }
  }
  std::vector<double> densities;
  for (const auto& product : products) {
    const double sum = std::accumulate(product.begin(), product.end(), 0.0);
    densities.push_back(std::log(std::max(sum, std::numeric_limits<double>::min())));
  }
  return densities;
}

double axis_log_density(const Estimator& estimator, size_t axis, double x) {
  const auto& mixture = estimator.mixtures[axis];
  if (!mixture.empty()) return std::log(mixture[static_cast<size_t>(x)]);
  double sum = 0.0;
  for (size_t k = 0; k < estimator.weights.size(); ++k) {
    sum += estimator.weights[k] * estimator.axes[axis].density(k, x);
  }
  return std::log(std::max(sum, std::numeric_limits<double>::min()));
}

/// Source: Bergstra et al. 2011 (TPE); Ozaki et al. 2022 (several objectives).
class TpeSampler : public SamplerBase {
 public:
  TpeSampler(const Problem& problem, const SamplerOptions& options, const TpeSettings& settings)
      : SamplerBase(problem, options), settings_(settings), start_(problem, options.seed) {}

 protected:
  std::optional<Proposal> propose(int number, int attempt, RandomStream& random) override {
    if (attempt == 0) {
      model_ready_ = false;
      int finished = 0;
      for (const auto& [n, trial] : trials_) finished += is_observation(trial);
      if (finished >= std::max(1, options_.startup_trials)) fit(random);
    }
    if (!model_ready_) return Proposal{start_.at(number, attempt), {}};
    // A model that insists on a point that is taken is listened to less and less, down to plain
    // draws from the better trials' density.
    const int candidates = std::max(1, settings_.candidates >> std::min(30, attempt / 2));
    const bool is_joint = settings_.joint_every > 0 && number % settings_.joint_every == 0;
    return Proposal{is_joint ? joint(candidates, random) : by_axis(candidates, random), {}};
  }

 private:
  static bool is_observation(const Trial& trial) {
    return trial.state == TrialState::kComplete || trial.state == TrialState::kPruned;
  }

  void fit(RandomStream& random) {
    std::vector<const Trial*> finished, running;
    for (const auto& [n, trial] : trials_) {
      if (is_observation(trial)) finished.push_back(&trial);
      if (trial.state == TrialState::kRunning) running.push_back(&trial);
    }
    const bool several = problem_.directions.size() > 1;
    const double share = settings_.better_share * static_cast<double>(finished.size());
    const auto wanted = std::min<size_t>(static_cast<size_t>(std::ceil(share)),
                                         static_cast<size_t>(settings_.most_better));
    TpeSplit split = split_trials(problem_, finished, wanted, random);
    // Constant liar: what others are evaluating is taken to be no better.
    split.other.insert(split.other.end(), running.begin(), running.end());
    std::sort(split.other.begin(), split.other.end(),
              [](const Trial* a, const Trial* b) { return a->number < b->number; });
    std::vector<double> weights;
    if (!several) {
      weights = age_weights(split.better.size());
    } else if (settings_.hypervolume_weights) {
      weights = hypervolume_weights(problem_, split.better);
    } else {
      weights.assign(split.better.size(), 1.0);
    }
    better_ = make_estimator(problem_, split.better, std::move(weights), random);
    other_ = make_estimator(problem_, split.other, age_weights(split.other.size()), random);
    model_ready_ = true;
  }

  size_t draw_kernel(RandomStream& random) const {
    return draw_index(better_.weights.data(), better_.weights.size(), 1.0, random);
  }

  Point joint(int candidates, RandomStream& random) const {
    std::vector<Point> points(static_cast<size_t>(candidates), Point(problem_.parameters.size()));
    for (Point& point : points) {
      const size_t k = draw_kernel(random);
      for (size_t i = 0; i < point.size(); ++i) point[i] = better_.axes[i].draw(k, random);
    }
    const auto better = joint_log_densities(better_, points);
    const auto other = joint_log_densities(other_, points);
    size_t best = 0;
    for (size_t c = 1; c < points.size(); ++c) {
      if (better[c] - other[c] > better[best] - other[best]) best = c;
    }
    return points[best];
  }

  Point by_axis(int candidates, RandomStream& random) const {
    Point point(problem_.parameters.size());
    for (size_t i = 0; i < point.size(); ++i) {
      double best_score = -std::numeric_limits<double>::infinity();
      for (int c = 0; c < candidates; ++c) {
        const double x = better_.axes[i].draw(draw_kernel(random), random);
        const double score = axis_log_density(better_, i, x) - axis_log_density(other_, i, x);
        if (c == 0 || score > best_score) {
          best_score = score;
          point[i] = x;
        }
      }
    }
    return point;
  }

  const TpeSettings settings_;
  const SpaceFilling start_;
  bool model_ready_ = false;
  Estimator better_, other_;
};

}  // namespace

std::unique_ptr<Sampler> make_tpe_with(const Problem& problem, const SamplerOptions& options,
                                       const TpeSettings& settings) {
  return std::make_unique<TpeSampler>(problem, options, settings);
}

TpeSettings tpe_settings(const Problem& problem, const SamplerOptions& options) {
  constexpr double kFewChoices = 8.0, kRealAxis = 100.0;
  TpeSettings settings;
  settings.hypervolume_weights = !options.uniform_weights;
  if (problem.directions.size() > 1) {
    settings.better_share = 0.12;
    return settings;
  }
  double choices = 0.0;
  int axes = 0;
  for (const Parameter& parameter : problem.parameters) {
    const bool real = parameter.kind == Parameter::Kind::kReal;
    if (!real && parameter.choices < 2) continue;  // a constant
    choices += real ? kRealAxis : parameter.choices;
    ++axes;
  }
  if (choices > kFewChoices * axes) {
    settings.joint_every = 1;
    settings.candidates = 64;
  }
  return settings;
}

std::unique_ptr<Sampler> make_tpe(const Problem& problem, const SamplerOptions& options) {
  return make_tpe_with(problem, options, tpe_settings(problem, options));
}

}  // namespace mase::search
