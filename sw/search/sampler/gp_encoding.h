// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <Eigen/Dense>
#include <vector>

#include "sw/search/sampler/gp_model.h"
#include "sw/search/sampler/problem.h"

namespace mase::search {

/// Points as features of a Gaussian process: ordinal choices as index / (n - 1), real numbers as
/// their place in the range, nominal choices as one column each, scaled so that two different
/// choices are at distance 1 (Hamming). Constants (one choice) are left out.
class GpEncoding {
 public:
  explicit GpEncoding(const Problem& problem);

  const GpLayout& layout() const { return layout_; }
  int columns() const { return static_cast<int>(layout_.dimension_of.size()); }

  /// Writes a point's features. Shape: column [columns].
  void encode(const Point& point, Eigen::Ref<Eigen::VectorXd> column) const;

 private:
  std::vector<Parameter> parameters_;
  GpLayout layout_;
};

}  // namespace mase::search
