// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>
#include <nlopt.hpp>

#include "sw/search/sampler/gp_kernel.h"
#include "sw/search/sampler/gp_model.h"

namespace mase::search {
namespace {

constexpr double kLengthLow = -3.0, kLengthHigh = 5.0;      // 0.05 .. 148 ranges
constexpr double kVarianceLow = -4.0, kVarianceHigh = 5.0;  // of standardised targets
constexpr double kNoiseLow = -13.8, kNoiseHigh = 0.0;       // 1e-6 .. 1

double prior_term(double value, double mean, double sd, double* slope) {
  const double z = (value - mean) / sd;
  *slope = z / sd;
  return 0.5 * z * z;
}

GpHyper unpack(const double* theta, int dimensions) {
  return {Eigen::Map<const Eigen::VectorXd>(theta, dimensions), theta[dimensions],
          theta[dimensions + 1]};
}

}  // namespace

GpPrior GpPrior::for_dimensions(int dimensions, double typical_length) {
  GpPrior prior;
  prior.length_mean = std::log(typical_length) + 0.5 * std::log(std::max(1, dimensions));
  return prior;
}

double gp_map_objective(const GpLayout& layout, const Eigen::MatrixXd& features,
                        const Eigen::VectorXd& targets, const GpPrior& prior, const GpHyper& hyper,
                        Eigen::VectorXd* gradient) {
  const int n = static_cast<int>(features.cols());
  const int columns = static_cast<int>(features.rows());
  const Eigen::VectorXd scale = gp_scale(layout, hyper);
  const Eigen::MatrixXd scaled = scale.asDiagonal() * features;
  const double variance = std::exp(hyper.log_variance), noise = std::exp(hyper.log_noise);
  Eigen::MatrixXd root = gp_root_distance(scaled, scaled);  // sqrt(5) r
  root.diagonal().setZero();
  const Eigen::MatrixXd decay = (-root.array()).exp();
  const Eigen::MatrixXd kernel =
      variance * (1.0 + root.array() + root.array().square() / 3.0) * decay.array();
  Eigen::MatrixXd noisy = kernel;
  noisy.diagonal().array() += noise;
  const Eigen::LLT<Eigen::MatrixXd> factor(noisy);
  if (factor.info() != Eigen::Success) return std::numeric_limits<double>::infinity();
  const Eigen::VectorXd alpha = factor.solve(targets);
  double value = 0.5 * targets.dot(alpha);
  for (int i = 0; i < n; ++i) value += std::log(factor.matrixLLT()(i, i));
  Eigen::VectorXd slope(layout.dimensions + 2);
  for (int d = 0; d < layout.dimensions; ++d) {
    value += prior_term(hyper.log_length[d], prior.length_mean, prior.length_sd, &slope[d]);
  }
  value += prior_term(hyper.log_variance, prior.variance_mean, prior.variance_sd,
                      &slope[layout.dimensions]);
  value +=
      prior_term(hyper.log_noise, prior.noise_mean, prior.noise_sd, &slope[layout.dimensions + 1]);
  if (gradient == nullptr) return value;
  // d value / d K = (K^-1 - alpha alpha^T) / 2.
  Eigen::MatrixXd inner = Eigen::MatrixXd::Identity(n, n);
  factor.matrixL().solveInPlace(inner);
  Eigen::MatrixXd outer = Eigen::MatrixXd::Zero(n, n);
  outer.selfadjointView<Eigen::Lower>().rankUpdate(inner.transpose());
  outer.triangularView<Eigen::StrictlyUpper>() = outer.transpose();
  outer.noalias() -= alpha * alpha.transpose();
  slope[layout.dimensions] += 0.5 * outer.cwiseProduct(kernel).sum();
  slope[layout.dimensions + 1] += 0.5 * noise * outer.trace();
  // d k / d log length_d = variance 5/3 (1 + sqrt5 r) exp(-sqrt5 r) (delta_d / length_d)^2, and
  // sum_ij m_ij (x_i - x_j)^2 = 2 (sum_i x_i^2 (m 1)_i - x^T m x).
  const Eigen::MatrixXd weighted =
      outer.array() * (variance * 5.0 / 3.0) * (1.0 + root.array()) * decay.array();
  const Eigen::VectorXd sums = weighted.rowwise().sum();
  const Eigen::MatrixXd product = scaled * weighted;  // [columns, n]
  for (int column = 0; column < columns; ++column) {
    const double squares = scaled.row(column).array().square().matrix().dot(sums);
    const double cross = product.row(column).dot(scaled.row(column));
    slope[layout.dimension_of[column]] += squares - cross;
  }
  *gradient = slope;
  return value;
}

GpHyper gp_fit(const GpLayout& layout, const Eigen::MatrixXd& features,
               const Eigen::VectorXd& targets, const GpPrior& prior, const GpHyper& start,
               int evaluations) {
  const int dimensions = layout.dimensions;
  std::vector<double> low(dimensions, kLengthLow), high(dimensions, kLengthHigh);
  low.insert(low.end(), {kVarianceLow, kNoiseLow});
  high.insert(high.end(), {kVarianceHigh, kNoiseHigh});
  std::vector<double> theta(start.log_length.data(), start.log_length.data() + dimensions);
  theta.insert(theta.end(), {start.log_variance, start.log_noise});
  for (size_t i = 0; i < theta.size(); ++i) theta[i] = std::clamp(theta[i], low[i], high[i]);

  // The best point seen is kept here: NLopt forgets it when it stops on an error.
  double best = std::numeric_limits<double>::infinity();
  std::vector<double> best_theta = theta;
  const auto objective = [&](const std::vector<double>& x, std::vector<double>& slope) {
    Eigen::VectorXd gradient;
    double value = gp_map_objective(layout, features, targets, prior, unpack(x.data(), dimensions),
                                    slope.empty() ? nullptr : &gradient);
    if (!std::isfinite(value)) {
      // A wall: L-BFGS turns back.
      std::fill(slope.begin(), slope.end(), 0.0);
      return 1e30;
    }
    if (!slope.empty()) std::copy_n(gradient.data(), gradient.size(), slope.begin());
    if (value < best) {
      best = value;
      best_theta = x;
    }
    return value;
  };
  nlopt::opt optimiser(nlopt::LD_LBFGS, static_cast<unsigned>(theta.size()));
  optimiser.set_lower_bounds(low);
  optimiser.set_upper_bounds(high);
  optimiser.set_min_objective(
      [](const std::vector<double>& x, std::vector<double>& slope, void* data) {
        return (*static_cast<decltype(objective)*>(data))(x, slope);
      },
      const_cast<void*>(static_cast<const void*>(&objective)));
  optimiser.set_maxeval(evaluations);
  optimiser.set_ftol_abs(1e-3);
  try {
    double value = 0.0;
    optimiser.optimize(theta, value);
  } catch (const std::runtime_error&) {
    // Rounding stopped the line search: what was reached stands.
  }
  return unpack(best_theta.data(), dimensions);
}

}  // namespace mase::search
