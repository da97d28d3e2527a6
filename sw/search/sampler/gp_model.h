// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <Eigen/Dense>
#include <vector>

namespace mase::search {

/// Logarithms of a Matern-5/2 kernel's parameters, targets standardised.
struct GpHyper {
  Eigen::VectorXd log_length;  ///< [dimensions], in units of a dimension's whole range
  double log_variance = 0.0;
  double log_noise = 0.0;  ///< variance of the noise
};

/// Normal priors on the logarithms, which with the likelihood make the fit a MAP estimate.
struct GpPrior {
  double length_mean = 0.0, length_sd = 1.0;
  double variance_mean = 0.0, variance_sd = 1.0;
  double noise_mean = -6.0, noise_sd = 2.0;
  /// Wide length scales suit many dimensions: the distance between random points grows with
  /// their root, as in Hvarfner, Hellsten, Nardi, "Vanilla Bayesian optimization performs great in
  /// high dimensions", ICML 2024. typical_length: the prior's median for one dimension.
  static GpPrior for_dimensions(int dimensions, double typical_length = 0.5);
};

/// Where each feature belongs: features[column] of a dimension share one length scale (a nominal
/// parameter is one column per choice, scaled so that two choices are at distance 1).
struct GpLayout {
  std::vector<int> dimension_of;  ///< [columns]
  int dimensions = 0;
};

/// Minus the log posterior of the hyperparameters (up to a constant) and its gradient, in the order
/// lengths, variance, noise. Shapes: features [columns, n], targets [n], gradient
/// [dimensions + 2]; gradient may be null. Infinite where the matrix cannot be factored.
double gp_map_objective(const GpLayout& layout, const Eigen::MatrixXd& features,
                        const Eigen::VectorXd& targets, const GpPrior& prior, const GpHyper& hyper,
                        Eigen::VectorXd* gradient);

/// MAP estimate by NLopt's L-BFGS within bounds, starting at `start`; never worse than it.
/// evaluations: at most so many of the objective.
GpHyper gp_fit(const GpLayout& layout, const Eigen::MatrixXd& features,
               const Eigen::VectorXd& targets, const GpPrior& prior, const GpHyper& start,
               int evaluations);

/// Gaussian process regression with a constant mean. Points are added one by one (the inverse of
/// the Cholesky factor grows by a row); hyperparameters change only in refit().
class GpModel {
 public:
  GpModel(GpLayout layout, GpPrior prior);

  int size() const { return observed_; }
  const GpHyper& hyper() const { return hyper_; }
  /// Value per observation, as given. Shape: [size].
  const std::vector<double>& targets() const { return targets_; }

  /// Adds an observation. features: [columns]. Fantasies must have been dropped.
  void add(const Eigen::VectorXd& features, double target);

  /// Estimates the hyperparameters anew from the present ones, on at most `points` observations
  /// (the newest and an even sample of the others), and factors again.
  void refit(int evaluations, int points);

  void set_hyper(const GpHyper& hyper);

  /// Adds a point whose value is the posterior mean there: the mean stays, the variance shrinks.
  void add_fantasy(const Eigen::VectorXd& features);
  void drop_fantasies();

  /// Posterior of the function without noise. Shapes: features [columns, b]; mean, sd [b].
  void predict(const Eigen::MatrixXd& features, Eigen::VectorXd& mean, Eigen::VectorXd& sd) const;

 private:
  using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  void reserve(int count);
  void append(const Eigen::VectorXd& features);
  void factor();
  void solve();
  GpLayout layout_;
  GpPrior prior_;
  GpHyper hyper_;
  int observed_ = 0, used_ = 0;       ///< used: with the fantasies
  std::vector<double> targets_;       ///< [observed]
  Eigen::VectorXd scale_;             ///< [columns] 1 / length
  Eigen::MatrixXd features_;          ///< [columns, capacity]
  Eigen::MatrixXd scaled_;            ///< [columns, capacity]
  RowMatrix inverse_;                 ///< [capacity, capacity] of the Cholesky factor
  Eigen::VectorXd alpha_;             ///< [observed] K^-1 y
  double offset_ = 0.0, unit_ = 1.0;  ///< of the standardised targets
  double jitter_ = 0.0;
};

}  // namespace mase::search
