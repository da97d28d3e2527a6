// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <Eigen/Dense>
#include <cmath>

#include "sw/search/sampler/gp_model.h"

namespace mase::search {

/// 1 / length of every feature. Shape: [columns].
inline Eigen::VectorXd gp_scale(const GpLayout& layout, const GpHyper& hyper) {
  Eigen::VectorXd scale(static_cast<Eigen::Index>(layout.dimension_of.size()));
  for (Eigen::Index column = 0; column < scale.size(); ++column) {
    scale[column] = std::exp(-hyper.log_length[layout.dimension_of[column]]);
  }
  return scale;
}

/// sqrt(5) times the distances of scaled features, by one matrix product.
/// Shapes: a [columns, n], b [columns, m] -> [n, m].
inline Eigen::MatrixXd gp_root_distance(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  Eigen::MatrixXd squares(a.cols(), b.cols());
  squares.noalias() = (-2.0 * a.transpose()) * b;
  squares.colwise() += a.colwise().squaredNorm().transpose().eval();
  squares.rowwise() += b.colwise().squaredNorm().eval();
  return (5.0 * squares.array().max(0.0)).sqrt();
}

/// variance (1 + u + u^2 / 3) exp(-u), u = sqrt(5) r: Matern with smoothness 5/2.
/// Source: Rasmussen, Williams, "Gaussian processes for machine learning", 2006, eq. 4.17.
inline Eigen::MatrixXd gp_matern(const Eigen::MatrixXd& root, double variance) {
  return variance * (1.0 + root.array() + root.array().square() / 3.0) * (-root.array()).exp();
}

}  // namespace mase::search
