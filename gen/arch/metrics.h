// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "gen/graph/graph.h"

namespace mase::arch {

/// Figures of one sample's inference that follow from the graph alone. A linear layer I -> O has
/// I*O multiplies and, per output, I-1 adds and one more with a bias; a batch norm has a multiply
/// and an add per channel; other nodes have none. What is not quantised counts as 32 bits wide.
/// The graph must be verified.

/// Multiplies plus adds.
int64_t flops(const graph::Graph& graph);

/// Sum over the multiplies of data_in_width * weight_width.
int64_t bitops(const graph::Graph& graph);

/// Bits of all parameters in the widths of their formats. A batch norm has two numbers per channel:
/// its scale in the weight format and its offset in the bias format.
int64_t model_size_bits(const graph::Graph& graph);

/// Over the weights of quantised linear nodes only: sum of elements * weight_width / sum of
/// elements; 32 when no linear is quantised.
double average_bitwidth(const graph::Graph& graph);

/// compare_to / average_bitwidth.
double memory_density(const graph::Graph& graph, double compare_to = 32);

}  // namespace mase::arch
