// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "gen/arch/hardware_graph.h"

namespace mase::emit {

/// $readmemh text of a stage's weights (batch norm: scales): one word a line, lane q*P+p in bits
/// [(q*P+p)*W +: W], word index group*beats + beat; surplus lanes are 0. Every width packs densely,
/// not only multiples of four bits.
std::string weight_memory(const arch::Stage& stage);

/// $readmemh text of the biases: one word an output group (batch norm: a beat), lane q in bits [q*W
/// +: W].
std::string bias_memory(const arch::Stage& stage);

}  // namespace mase::emit
