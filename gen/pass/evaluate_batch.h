// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "gen/pass/lower.h"

namespace mase::pass {

/// evaluate() for many samples without an allocation each, in 64-bit arithmetic where every value
/// of the network fits it and in 128-bit arithmetic elsewhere. Same bits as evaluate(). Shapes: x
/// [samples * features_in] -> [samples * features_out]. Units: raw integers.
std::vector<fixed::Wide> evaluate_batch(const IntegerNetwork& network, std::span<const int64_t> x);

}  // namespace mase::pass
