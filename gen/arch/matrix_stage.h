// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "gen/arch/hardware_graph.h"

namespace mase::arch {

/// A constant matrix-vector product by itself.
struct MatrixProduct {
  std::string name;  ///< of the matrix, for messages and comments
  int64_t outputs = 0, inputs = 0;
  std::vector<int64_t> weight;  ///< [out * in] row-major
  fixed::Format input{8, 0, true};
};

/// y = weight x as one unrolled stage whose outputs are exact. All outputs have the format that the
/// widest of them needs, unsigned where none is ever negative; each one's interval is in
/// unrolled->outputs. Errors: as unroll, F001 (input width), A013 (depth limit).
Stage matrix_stage(const MatrixProduct& product, const UnrollOptions& options);

}  // namespace mase::arch
