// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

namespace mase::search {

/// Sobol's low-discrepancy sequence in [0, 1)^dimensions, 32 bits, in Gray code order.
/// Source: Joe and Kuo 2008, "Constructing Sobol sequences with better two-dimensional
/// projections" (the first 512 dimensions of new-joe-kuo-6). Dimensions beyond are independent
/// uniform numbers when scrambled, and an error of ours when not.
class Sobol {
 public:
  /// The plain sequence; point 0 is the origin.
  explicit Sobol(int dimensions);

  /// Scrambled: a random lower triangular matrix on the digits of each dimension, then a random
  /// digital shift; each point is uniform, the nets stay nets. Source: Matousek 1998.
  Sobol(int dimensions, uint64_t seed);

  /// Point `index` of the sequence, 0 .. 2^32 - 1; [dimensions].
  std::vector<double> at(uint32_t index) const;

  static constexpr int kDimensions = 512;  ///< in the table

 private:
  int dimensions_;
  bool scrambled_ = false;
  uint64_t seed_ = 0;
  std::vector<uint32_t> directions_;  ///< [tabled dimensions][32], the leading digit in bit 31
  std::vector<uint32_t> shifts_;      ///< [tabled dimensions]
};

}  // namespace mase::search
