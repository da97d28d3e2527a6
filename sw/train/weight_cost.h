// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gen/fixed/format.h"
#include "gen/graph/graph.h"

namespace mase::train {

/// kBitops: fewer bits and fewer weights. kLut: fewer signed digits, too.
enum class RegularizerKind { kNone, kBitops, kLut };
/// "none", "bitops", "lut". Errors: UserError T008 with the nearest name.
RegularizerKind parse_regularizer(const std::string& name);
std::string to_string(RegularizerKind kind);

/// Nonzero digits of the canonical signed-digit form of `q`: each is an adder in unrolled hardware.
int signed_digits(int64_t q);

/// The number of at most `digits` signed digits inside the format that is reached from `q` by
/// taking the nearest power of two again and again; of equally near powers the smaller. q itself
/// when it has no more digits than that.
int64_t with_digits(int64_t q, int digits, const fixed::Format& format);

/// Differentiable stand-in for the hardware of a weight of magnitude |w| / lsb = x: log2(1 + x),
/// the bits it takes. Its signed digits are about a third of them.
struct Charge {
  double value = 0, slope = 0;  ///< slope: d value / d x
};
Charge charge(double x);

/// Weights of a quantised linear. Shapes: [out, in].
struct CostedLayer {
  std::string node;
  int64_t out = 0, in = 0;
  std::vector<fixed::Format> rows;  ///< [out] of the weights; width 0: the row is dropped
  std::vector<int> input_bits;  ///< [in] bits that an adder of this input's digits has at least;
                                ///< 0 where the input is dropped
};

/// The quantised linears of a graph, in its order. An input that comes from a ReLU has no sign bit,
/// and no more bits than the ReLU leaves.
std::vector<CostedLayer> costed_layers(const graph::Graph& graph);

/// Weight as the integer that the hardware multiplies by: rounded half to even, clamped; 0 in a
/// dropped row.
int64_t quantised(double weight, const fixed::Format& format);

/// Adder bits of an unrolled layer that shares nothing: every signed digit of every weight is one
/// adder as wide as its input, and the first of each output is none. Shapes: [out * in] row-major.
int64_t adder_bits(const CostedLayer& layer, const double* weight);

}  // namespace mase::train
