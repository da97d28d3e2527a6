// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/gp_model.h"

#include <algorithm>
#include <cmath>

#include "gen/base/error.h"
#include "sw/search/sampler/gp_block.h"
#include "sw/search/sampler/gp_kernel.h"

namespace mase::search {

GpModel::GpModel(GpLayout layout, GpPrior prior) : layout_(std::move(layout)), prior_(prior) {
  hyper_.log_length = Eigen::VectorXd::Constant(layout_.dimensions, prior_.length_mean);
  hyper_.log_variance = prior_.variance_mean;
  hyper_.log_noise = prior_.noise_mean;
  scale_ = gp_scale(layout_, hyper_);
}

void GpModel::reserve(int count) {
  if (count <= inverse_.cols()) return;
  const Eigen::Index capacity = std::max<Eigen::Index>(64, 2 * count);
  const auto columns = static_cast<Eigen::Index>(layout_.dimension_of.size());
  features_.conservativeResize(columns, capacity);
  scaled_.conservativeResize(columns, capacity);
  RowMatrix larger = RowMatrix::Zero(capacity, capacity);
  larger.topLeftCorner(used_, used_) = inverse_.topLeftCorner(used_, used_);
  inverse_ = std::move(larger);
}

void GpModel::append(const Eigen::VectorXd& features) {
  reserve(used_ + 1);
  features_.col(used_) = features;
  scaled_.col(used_) = scale_.cwiseProduct(features);
  const double variance = std::exp(hyper_.log_variance);
  const double own = variance + std::exp(hyper_.log_noise) + jitter_;
  const auto inverse = inverse_.topLeftCorner(used_, used_).triangularView<Eigen::Lower>();
  // Row of the factor, then of its inverse: [l, d] -> [-l inverse / d, 1 / d].
  const Eigen::VectorXd row =
      inverse *
      gp_matern(gp_root_distance(scaled_.leftCols(used_), scaled_.col(used_)), variance).col(0);
  const double diagonal = std::sqrt(std::max(own - row.squaredNorm(), 1e-10 * own));
  inverse_.row(used_).head(used_) = (inverse.transpose() * row).transpose() / -diagonal;
  inverse_(used_, used_) = 1.0 / diagonal;
  ++used_;
}

void GpModel::add(const Eigen::VectorXd& features, double target) {
  MASE_CHECK(used_ == observed_, "fantasies are still there");
  append(features);
  targets_.push_back(target);
  ++observed_;
  solve();
}

void GpModel::refit(int evaluations, int points) {
  MASE_CHECK(used_ == observed_, "fantasies are still there");
  if (observed_ < 2) return;
  const int count = std::min(points, observed_);
  Eigen::MatrixXd features(features_.rows(), count);
  Eigen::VectorXd targets(count);
  // The newest half of the sample as it is, the others at even distances among the older ones.
  const int newest = count == observed_ ? count : count / 2;
  for (int i = 0; i < count; ++i) {
    const int from_end = count - 1 - i;
    const int index =
        from_end < newest
            ? observed_ - 1 - from_end
            : static_cast<int>(static_cast<int64_t>(i) * (observed_ - newest) / (count - newest));
    features.col(i) = features_.col(index);
    targets[i] = (targets_[index] - offset_) / unit_;
  }
  set_hyper(gp_fit(layout_, features, targets, prior_, hyper_, evaluations));
}

void GpModel::set_hyper(const GpHyper& hyper) {
  MASE_CHECK(used_ == observed_, "fantasies are still there");
  hyper_ = hyper;
  scale_ = gp_scale(layout_, hyper_);
  factor();
  solve();
}

void GpModel::factor() {
  if (observed_ == 0) return;
  scaled_.leftCols(observed_) = scale_.asDiagonal() * features_.leftCols(observed_);
  const double variance = std::exp(hyper_.log_variance);
  Eigen::MatrixXd root = gp_root_distance(scaled_.leftCols(observed_), scaled_.leftCols(observed_));
  root.diagonal().setZero();
  const Eigen::MatrixXd kernel = gp_matern(root, variance);
  jitter_ = 0.0;
  while (true) {
    Eigen::MatrixXd noisy = kernel;
    noisy.diagonal().array() += std::exp(hyper_.log_noise) + jitter_;
    const Eigen::LLT<Eigen::MatrixXd> factor(noisy);
    if (factor.info() == Eigen::Success) {
      Eigen::MatrixXd inverse = Eigen::MatrixXd::Identity(observed_, observed_);
      factor.matrixL().solveInPlace(inverse);
      inverse_.topLeftCorner(observed_, observed_) = inverse;
      return;
    }
    jitter_ = std::max(1e-8 * variance, 10.0 * jitter_);
    MASE_CHECK(jitter_ <= 100.0 * variance, "covariance of {} points", observed_);
  }
}

void GpModel::solve() {
  if (observed_ == 0) return;
  // Standardised targets: a constant function has no scale of its own.
  const Eigen::Map<const Eigen::VectorXd> targets(targets_.data(), observed_);
  offset_ = targets.mean();
  const Eigen::VectorXd centred = targets.array() - offset_;
  unit_ = std::sqrt(centred.squaredNorm() / observed_);
  if (!(unit_ > 1e-12 * (1.0 + std::abs(offset_)))) unit_ = 1.0;
  const auto inverse = inverse_.topLeftCorner(observed_, observed_).triangularView<Eigen::Lower>();
  const Eigen::VectorXd white = inverse * (centred / unit_);
  alpha_ = inverse.transpose() * white;
}

void GpModel::add_fantasy(const Eigen::VectorXd& features) { append(features); }

void GpModel::drop_fantasies() {
  // Zeros above the triangle, also in rows to come.
  inverse_.middleRows(observed_, used_ - observed_).setZero();
  used_ = observed_;
}

void GpModel::predict(const Eigen::MatrixXd& features, Eigen::VectorXd& mean,
                      Eigen::VectorXd& sd) const {
  const Eigen::Index count = features.cols(), columns = features.rows();
  mean.resize(count);
  sd.resize(count);
  GpArrays arrays;
  arrays.columns = static_cast<int>(columns);
  arrays.used = used_;
  arrays.observed = observed_;
  arrays.points = scaled_.data();
  arrays.alpha = alpha_.data();
  arrays.inverse = inverse_.data();
  arrays.stride = inverse_.cols();
  arrays.variance = std::exp(hyper_.log_variance);
  std::vector<double> scratch(static_cast<size_t>(used_) * kGpLanes);
  RowMatrix lanes = RowMatrix::Zero(columns, kGpLanes);
  double means[kGpLanes], explained[kGpLanes];
  for (Eigen::Index first = 0; first < count; first += kGpLanes) {
    const Eigen::Index here = std::min<Eigen::Index>(kGpLanes, count - first);
    lanes.leftCols(here) = scale_.asDiagonal() * features.middleCols(first, here);
    gp_predict_block(arrays, lanes.data(), scratch.data(), means, explained);
    for (Eigen::Index lane = 0; lane < here; ++lane) {
      mean[first + lane] = offset_ + unit_ * means[lane];
      // Rounding may take a variance below what the noise leaves; never to zero.
      sd[first + lane] =
          unit_ * std::sqrt(std::max(arrays.variance - explained[lane], 1e-9 * arrays.variance));
    }
  }
}

}  // namespace mase::search
