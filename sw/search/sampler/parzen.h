// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "sw/search/sampler/problem.h"
#include "sw/search/sampler/random_stream.h"

namespace mase::search {

/// Weights of n observations, the oldest first: 1 each below 25; else the newest 25 weigh 1 and the
/// older ones rise linearly from 1/n. Source: Bergstra et al. 2011 as Optuna has it.
std::vector<double> age_weights(size_t n);

/// Widths of Gaussian kernels around sorted values: the larger of the distances to both neighbours,
/// the bounds being the outer neighbours; with two values or more the outer ones look inwards
/// only. Clipped to [range / min(100, 2 + observations), range]. `observations` exceeds
/// sorted.size() where inner members of runs of equal values were left out.
std::vector<double> kernel_widths(const std::vector<double>& sorted, double low, double high,
                                  size_t observations);

/// One axis of a Parzen estimator: a kernel per observation, and a last one, the prior, which
/// knows nothing. Ordinal axes: a Gaussian's mass in the cell around each choice; nominal: 1/(n+1)
/// for each choice and 1 more for the one observed, normalised; real: a truncated Gaussian.
class AxisKernels {
 public:
  /// Equal observations are neighbours in random order, which decides who gets the wide kernels.
  AxisKernels(const Parameter& parameter, const std::vector<double>& values, RandomStream& random);

  /// Density (real) or probability (discrete) of x under kernel k, 0 .. values.size().
  double density(size_t k, double x) const {
    return choices_ > 0 ? mass_[static_cast<size_t>(row_[k] * choices_) + static_cast<size_t>(x)]
                        : real_density(k, x);
  }

  /// The kernel's probabilities of the choices, [choices]; discrete only.
  const double* masses(size_t k) const { return &mass_[static_cast<size_t>(row_[k] * choices_)]; }

  /// The mixture's probabilities, [choices]; weights: [values + 1], of sum 1. Discrete only.
  std::vector<double> mixture(const std::vector<double>& weights) const;

  /// density(k, x) of every kernel. Shape: [kernels].
  void column(double x, std::vector<double>& densities) const;

  double draw(size_t k, RandomStream& random) const;
  int choices() const { return choices_; }
  size_t size() const { return choices_ > 0 ? row_.size() : mean_.size(); }

 private:
  void ordinal(const std::vector<double>& values, RandomStream& random);
  void nominal(const std::vector<double>& values);
  int gaussian_row(double mean, double width);
  double real_density(size_t k, double x) const;

  int choices_ = 0;  ///< 0: real
  double low_ = 0.0, high_ = 1.0;
  std::vector<int> row_;      ///< [kernels] into mass_
  std::vector<double> mass_;  ///< [rows][choices]: kernels that are alike share a row
  std::vector<double> mean_, width_, log_norm_;  ///< real: [kernels]
};

/// Index drawn with probability proportional to the weights (of sum `total`).
size_t draw_index(const double* weights, size_t n, double total, RandomStream& random);

}  // namespace mase::search
