// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gen/fixed/format.h"

namespace mase::arch {

/// Weights times their input's 2^shift stay below 2^60, so that every sum of digits fits in 64
/// bits.
inline constexpr int kMaxWeightBits = 60;

/// Adder levels that may lie before an input.
inline constexpr int kMostArrival = 32;

/// An input of a constant matrix-vector product: an integer q in [low, high] that stands for
/// q * 2^shift. low = high = 0 is a channel that is not there.
struct AdderInput {
  int64_t low = -128, high = 127;
  int shift = 0;    ///< >= 0
  int arrival = 0;  ///< adder levels that already lie before it
};

/// y[o] = sum_i weight[o][i] * (q[i] << input[i].shift) + bias[o], all integers.
struct AdderProblem {
  int outputs = 0, inputs = 0;
  std::vector<int64_t> weight;    ///< [out * in] row-major
  std::vector<int64_t> bias;      ///< [out], or empty: none
  std::vector<AdderInput> input;  ///< [in]

  int64_t at(int output, int in) const {
    return weight[static_cast<size_t>(output) * static_cast<size_t>(inputs) +
                  static_cast<size_t>(in)];
  }
};

/// One integer of the graph with the exact interval of its values for independent inputs: narrower
/// than its operands' intervals tell where they share an input, so an adder may drop top bits of
/// its operands (modulo 2^width is exact). A wire is an input q[i], a constant, or a two-operand
/// adder
///     value = (negate_a ? -a : a) + (negate_b ? -b : b) * 2^shift
/// in which at most one operand is negated.
struct AdderWire {
  enum class Kind { kInput, kConstant, kAdder };
  Kind kind = Kind::kAdder;
  int a = -1, b = -1;  ///< wires before this one; -1 unless kAdder
  int shift = 0;       ///< of b; >= 0
  bool negate_a = false, negate_b = false;
  fixed::Wide low = 0, high = 0;  ///< a constant has low = high = its value
  int depth = 0;                  ///< adder levels from the inputs, their arrival included

  bool is_signed() const { return low < 0; }
  int width() const;  ///< bits of the narrowest (un)signed number that holds [low, high]; 0 for {0}
};

/// y[o] = (negate ? -1 : 1) * wire * 2^shift, or 0 where wire = -1. A negated output costs an adder
/// unless its reader subtracts; it is counted as one.
struct AdderOutput {
  int wire = -1;
  int shift = 0;  ///< >= 0
  bool negate = false;
  fixed::Wide low = 0, high = 0;  ///< interval of y[o]
};

/// Two-operand shift-adds that compute a constant matrix-vector product.
/// Wires are in topological order: input i is wire i, then constants and adders.
struct AdderGraph {
  int inputs = 0;
  std::vector<AdderWire> wires;
  std::vector<AdderOutput> outputs;  ///< [out]; several may name one wire

  int adders() const;            ///< adders and negated outputs
  int depth() const;             ///< adder levels of the deepest output
  int64_t lut_estimate() const;  ///< sum of adder_cost().luts, negations included
  int output_depth(size_t output) const;
};

/// What one adder takes of the target as Yosys maps it (measured: tests/bench/adder_graph.cc).
/// `luts`: a LUT for every bit of the carry chain in which two bits of the operands meet; equal
/// pairs (sign extensions) share one. `carry`: bits of the chain. Bits below the shift pass beside
/// it unless a is negated; an unsigned a that ends below b is a concatenation and free.
struct AdderCost {
  int luts = 0, carry = 0;
};
/// Cost of the adder `result` that reads a and b.
AdderCost adder_cost(const AdderWire& a, const AdderWire& b, const AdderWire& result);
/// Cost of wire `wire`; zero for inputs and constants.
AdderCost adder_cost(const AdderGraph& graph, int wire);

/// Outputs for raw inputs q. Shapes: q [in] -> [out].
std::vector<fixed::Wide> evaluate(const AdderGraph& graph, std::span<const fixed::Wide> q);

/// The graph multiplied out: y = M q + c, exactly.
struct AdderMatrix {
  std::vector<fixed::Wide> weight;  ///< [out * in] row-major; input shifts are in it
  std::vector<fixed::Wide> bias;    ///< [out]
};
AdderMatrix matrix_of(const AdderGraph& graph);

/// Demands that the graph is well formed, computes the problem exactly, and that every interval and
/// depth is right. A failure is a bug of ours (MASE_CHECK).
void check_exact(const AdderGraph& graph, const AdderProblem& problem);

/// Errors: UserError A010 (shapes), A011 (interval, shift or arrival of an input), A012 (a weight
/// with its input's shift beyond kMaxWeightBits).
void check_problem(const AdderProblem& problem);

/// Adder levels below which no graph of two-operand adders on canonical signed digits gets.
int minimum_depth(const AdderProblem& problem);

struct AdderGraphOptions {
  /// Adder levels that no output may exceed, arrival included. minimum_depth(problem) + dc is the
  /// limit other tools call "dc". None: only LUTs count.
  std::optional<int> depth_limit;
  /// Time to search, in seconds of two nominal cores: steps are counted, not timed, so that equal
  /// options give equal graphs on every machine and any number of threads. At least one candidate
  /// is always finished. None: half a millisecond a signed digit, 0.25 to 4 s.
  std::optional<double> seconds;
  uint64_t seed = 1;
  int threads = 0;  ///< 0: as many as the machine has
};

/// The cheapest graph found, LUTs and adders weighed, then least depth. Checked exact.
/// Errors: those of check_problem; A013 where depth_limit is below minimum_depth.
AdderGraph optimise_adders(const AdderProblem& problem, const AdderGraphOptions& options = {});

}  // namespace mase::arch
