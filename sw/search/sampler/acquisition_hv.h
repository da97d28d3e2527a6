// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <vector>

#include "sw/search/sampler/acquisition.h"

namespace mase::search {

/// Exact expected hypervolume improvement of independent normals for two or three minimised
/// objectives. The region that no point of the front dominates, below the reference point, is cut
/// into disjoint boxes once per front; the expectation over a box is a product of one-dimensional
/// integrals. At most n + 1 boxes for two objectives and 3 n + 1 for three.
/// Source: Yang, Emmerich, Deutz, Baeck, "Efficient computation of expected hypervolume improvement
/// using box decomposition algorithms", J. Glob. Optim. 75, 2019.
class HypervolumeImprovement {
 public:
  /// front: [n][objectives], in any order; dominated points and points not below the reference in
  /// every objective are ignored.
  HypervolumeImprovement(const std::vector<std::vector<double>>& front,
                         const std::vector<double>& reference);

  /// E[hypervolume gained by a point of these beliefs]. Shape: [objectives].
  double expected(const std::vector<Belief>& beliefs) const;

  /// Its logarithm. Where nothing can be gained (to double precision): a value below every
  /// logarithm, which falls with the distance to the region where something can.
  double log_expected(const std::vector<Belief>& beliefs) const;

  int boxes() const { return static_cast<int>(boxes_.size()); }

 private:
  struct Box {
    std::array<int, 3> low, high;  ///< indices into levels_
  };
  void decompose_2d();
  void decompose_3d();

  int objectives_;
  std::vector<double> reference_;
  std::vector<std::vector<double>> front_;     ///< non-dominated, inside the reference
  std::array<std::vector<double>, 3> levels_;  ///< -infinity, coordinates, reference
  std::vector<Box> boxes_;
  mutable std::array<std::vector<double>, 3> shortfall_;  ///< scratch, at every level
};

}  // namespace mase::search
