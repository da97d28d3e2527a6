// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>

#include "gen/arch/hardware_graph.h"

namespace mase::arch {

/// Two unrolled cells in a row as one with the product of their constants, where one of them is a
/// batch norm and nothing is rounded or clamped between them: the same integers for every input.
/// None where that does not hold, where the cells are asked to be pipelined differently, or where a
/// constant would need more than kMaxWeightBits.
std::optional<Stage> fused_affine(const Stage& first, const Stage& second);

}  // namespace mase::arch
