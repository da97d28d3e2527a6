// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/adder_graph.h"

#include <algorithm>
#include <bit>
#include <set>

#include "gen/base/error.h"

namespace mase::arch {

using fixed::Wide;

namespace {

/// Bits of the magnitude v >= 0.
int magnitude_bits(Wide v) {
  const auto high = static_cast<uint64_t>(static_cast<unsigned __int128>(v) >> 64);
  return high != 0 ? 64 + static_cast<int>(std::bit_width(high))
                   : static_cast<int>(std::bit_width(static_cast<uint64_t>(v)));
}

int bits_of(Wide low, Wide high) {
  if (low >= 0) return magnitude_bits(high);
  return 1 + std::max(magnitude_bits(~low), high > 0 ? magnitude_bits(high) : 0);
}

}  // namespace

int AdderWire::width() const { return bits_of(low, high); }

int AdderGraph::output_depth(size_t output) const {
  const AdderOutput& y = outputs[output];
  return y.wire < 0 ? 0 : wires[static_cast<size_t>(y.wire)].depth + (y.negate ? 1 : 0);
}

int AdderGraph::depth() const {
  int depth = 0;
  for (size_t o = 0; o < outputs.size(); ++o) depth = std::max(depth, output_depth(o));
  return depth;
}

namespace {

/// Wires that are negated for outputs, each once: shifts are wires.
std::set<int> negated_wires(const AdderGraph& graph) {
  std::set<int> negated;
  for (const AdderOutput& y : graph.outputs) {
    if (y.wire >= 0 && y.negate) negated.insert(y.wire);
  }
  return negated;
}

/// 0 - wire.
AdderWire negation_of(const AdderWire& wire) {
  AdderWire negation;
  negation.negate_b = true;
  negation.low = -wire.high;
  negation.high = -wire.low;
  return negation;
}

}  // namespace

int AdderGraph::adders() const {
  const auto count = std::count_if(wires.begin(), wires.end(), [](const AdderWire& wire) {
    return wire.kind == AdderWire::Kind::kAdder;
  });
  return static_cast<int>(count) + static_cast<int>(negated_wires(*this).size());
}

int64_t AdderGraph::lut_estimate() const {
  int64_t luts = 0;
  for (size_t w = 0; w < wires.size(); ++w) luts += adder_cost(*this, static_cast<int>(w)).luts;
  for (const int w : negated_wires(*this)) {
    const AdderWire& wire = wires[static_cast<size_t>(w)];
    luts += adder_cost(AdderWire{}, wire, negation_of(wire)).luts;
  }
  return luts;
}

AdderCost adder_cost(const AdderGraph& graph, int wire) {
  const AdderWire& adder = graph.wires[static_cast<size_t>(wire)];
  if (adder.kind != AdderWire::Kind::kAdder) return {};
  return adder_cost(graph.wires[static_cast<size_t>(adder.a)],
                    graph.wires[static_cast<size_t>(adder.b)], adder);
}

AdderCost adder_cost(const AdderWire& a, const AdderWire& b, const AdderWire& result) {
  const int end = result.width(), end_a = a.width(), end_b = result.shift + b.width();
  if (end_a == 0 && !result.negate_b) return {};
  if (end_b == result.shift && !result.negate_a) return {};
  const bool positive = !result.negate_a && !result.negate_b;
  if (positive && a.low >= 0 && end_a <= result.shift) return {};
  const int chain = std::max(0, end - (result.negate_a ? 0 : result.shift));
  // A constant operand meets nothing: its bits are folded into the chain.
  if (a.low == a.high || b.low == b.high) return {0, chain};
  const int last_a = a.low < 0 ? end : end_a, last_b = b.low < 0 ? end : end_b;
  const int last = std::min({last_a, last_b, std::max(end_a, end_b), end});
  return {std::max(0, last - result.shift), chain};
}

std::vector<Wide> evaluate(const AdderGraph& graph, std::span<const Wide> q) {
  MASE_CHECK(q.size() == static_cast<size_t>(graph.inputs), "{} inputs instead of {}", q.size(),
             graph.inputs);
  std::vector<Wide> value(graph.wires.size());
  for (size_t w = 0; w < graph.wires.size(); ++w) {
    const AdderWire& wire = graph.wires[w];
    switch (wire.kind) {
      case AdderWire::Kind::kInput: value[w] = q[w]; break;
      case AdderWire::Kind::kConstant: value[w] = wire.low; break;
      case AdderWire::Kind::kAdder: {
        const Wide a = value[static_cast<size_t>(wire.a)];
        const Wide b = value[static_cast<size_t>(wire.b)] * (Wide{1} << wire.shift);
        value[w] = (wire.negate_a ? -a : a) + (wire.negate_b ? -b : b);
      }
    }
  }
  std::vector<Wide> y;
  for (const AdderOutput& output : graph.outputs) {
    const Wide x =
        output.wire < 0 ? 0 : value[static_cast<size_t>(output.wire)] * (Wide{1} << output.shift);
    y.push_back(output.negate ? -x : x);
  }
  return y;
}

AdderMatrix matrix_of(const AdderGraph& graph) {
  // The graph is affine: column i is its value at the unit vector i less that at zero.
  const size_t in = static_cast<size_t>(graph.inputs), out = graph.outputs.size();
  std::vector<Wide> q(in, 0);
  AdderMatrix matrix{std::vector<Wide>(out * in), evaluate(graph, q)};
  for (size_t i = 0; i < in; ++i) {
    q[i] = 1;
    const std::vector<Wide> y = evaluate(graph, q);
    for (size_t o = 0; o < out; ++o) matrix.weight[o * in + i] = y[o] - matrix.bias[o];
    q[i] = 0;
  }
  return matrix;
}

namespace {

void check_wire(const AdderGraph& graph, size_t w, const AdderProblem& problem) {
  const AdderWire& wire = graph.wires[w];
  if (w < static_cast<size_t>(graph.inputs)) {
    const AdderInput& input = problem.input[w];
    MASE_CHECK(wire.kind == AdderWire::Kind::kInput && wire.low == input.low &&
                   wire.high == input.high && wire.depth == input.arrival,
               "wire {} is not input {}", w, w);
    return;
  }
  MASE_CHECK(wire.kind != AdderWire::Kind::kInput, "wire {} is an input too many", w);
  if (wire.kind == AdderWire::Kind::kConstant) {
    MASE_CHECK(wire.low == wire.high && wire.depth == 0, "constant {} varies", w);
    return;
  }
  MASE_CHECK(wire.a >= 0 && wire.b >= 0 && static_cast<size_t>(std::max(wire.a, wire.b)) < w,
             "adder {} reads a later wire", w);
  MASE_CHECK(wire.shift >= 0 && !(wire.negate_a && wire.negate_b), "adder {} is malformed", w);
  const AdderWire& a = graph.wires[static_cast<size_t>(wire.a)];
  const AdderWire& b = graph.wires[static_cast<size_t>(wire.b)];
  MASE_CHECK(wire.depth == 1 + std::max(a.depth, b.depth), "depth of wire {}", w);
}

/// Every wire multiplied out, and its interval from that.
void check_intervals(const AdderGraph& graph) {
  const size_t in = static_cast<size_t>(graph.inputs), stride = in + 1;  // the last is the constant
  std::vector<Wide> part(graph.wires.size() * stride, 0);
  for (size_t w = 0; w < graph.wires.size(); ++w) {
    const AdderWire& wire = graph.wires[w];
    Wide* const own = &part[w * stride];
    if (wire.kind == AdderWire::Kind::kInput) own[w] = 1;
    if (wire.kind == AdderWire::Kind::kConstant) own[in] = wire.low;
    if (wire.kind == AdderWire::Kind::kAdder) {
      const Wide* const a = &part[static_cast<size_t>(wire.a) * stride];
      const Wide* const b = &part[static_cast<size_t>(wire.b) * stride];
      const Wide of_a = wire.negate_a ? -1 : 1;
      const Wide of_b = (wire.negate_b ? -1 : 1) * (Wide{1} << wire.shift);
      for (size_t i = 0; i < stride; ++i) own[i] = of_a * a[i] + of_b * b[i];
    }
    Wide low = own[in], high = own[in];
    for (size_t i = 0; i < in; ++i) {
      const AdderWire& x = graph.wires[i];
      low += own[i] * (own[i] > 0 ? x.low : x.high);
      high += own[i] * (own[i] > 0 ? x.high : x.low);
    }
    MASE_CHECK(wire.low == low && wire.high == high, "interval of wire {}", w);
  }
}

}  // namespace

void check_exact(const AdderGraph& graph, const AdderProblem& problem) {
  const size_t in = static_cast<size_t>(problem.inputs);
  const size_t out = static_cast<size_t>(problem.outputs);
  MASE_CHECK(graph.inputs == problem.inputs && graph.outputs.size() == out, "shapes");
  MASE_CHECK(graph.wires.size() >= in, "inputs are missing");
  for (size_t w = 0; w < graph.wires.size(); ++w) check_wire(graph, w, problem);
  check_intervals(graph);
  for (const AdderOutput& y : graph.outputs) {
    MASE_CHECK(y.wire < static_cast<int>(graph.wires.size()) && y.shift >= 0, "output of no wire");
    if (y.wire < 0) {
      MASE_CHECK(y.low == 0 && y.high == 0, "interval of a zero output");
      continue;
    }
    const AdderWire& wire = graph.wires[static_cast<size_t>(y.wire)];
    const Wide scale = Wide{1} << y.shift;
    MASE_CHECK(y.low == (y.negate ? -wire.high : wire.low) * scale &&
                   y.high == (y.negate ? -wire.low : wire.high) * scale,
               "interval of an output");
  }
  const AdderMatrix matrix = matrix_of(graph);
  for (size_t o = 0; o < out; ++o) {
    MASE_CHECK(matrix.bias[o] == (problem.bias.empty() ? 0 : problem.bias[o]), "bias {}", o);
    for (size_t i = 0; i < in; ++i) {
      const AdderInput& input = problem.input[i];
      const bool gone = input.low == 0 && input.high == 0;
      const Wide want = gone ? 0 : Wide{problem.weight[o * in + i]} * (Wide{1} << input.shift);
      MASE_CHECK(matrix.weight[o * in + i] == want, "weight [{}, {}] is {} instead of {}", o, i,
                 fixed::to_string(matrix.weight[o * in + i]), fixed::to_string(want));
    }
  }
}

void check_problem(const AdderProblem& problem) {
  const auto wrong_shape = [](const std::string& what) {
    throw UserError("A010", "constant matrix: " + what, {},
                    "give outputs * inputs weights, one input record a column, and a bias an "
                    "output or none");
  };
  if (problem.outputs < 1 || problem.inputs < 1)
    wrong_shape(fmt::format("{} x {} elements", problem.outputs, problem.inputs));
  const size_t in = static_cast<size_t>(problem.inputs);
  const size_t out = static_cast<size_t>(problem.outputs);
  if (problem.weight.size() != in * out)
    wrong_shape(fmt::format("{} weights for {} x {}", problem.weight.size(), out, in));
  if (problem.input.size() != in)
    wrong_shape(fmt::format("{} input records for {} columns", problem.input.size(), in));
  if (!problem.bias.empty() && problem.bias.size() != out)
    wrong_shape(fmt::format("{} biases for {} outputs", problem.bias.size(), out));
  for (size_t i = 0; i < in; ++i) {
    const AdderInput& x = problem.input[i];
    constexpr int64_t kLimit = int64_t{1} << fixed::kMaxOperandWidth;
    if (x.low > x.high || x.low < -kLimit || x.high > kLimit || x.shift < 0 || x.arrival < 0 ||
        x.arrival > kMostArrival) {
      throw UserError("A011",
                      fmt::format("constant matrix: input {} is [{}, {}] shifted by {}, arrival {}",
                                  i, x.low, x.high, x.shift, x.arrival),
                      {},
                      fmt::format("intervals go upwards and fit in {} bits, shifts and arrivals "
                                  "are 0 or more, arrivals at most {}",
                                  fixed::kMaxOperandWidth, kMostArrival));
    }
    for (size_t o = 0; o < out; ++o) {
      const int64_t w = problem.weight[o * in + i];
      if (w == 0) continue;
      if (bits_of(std::min<Wide>(w, 0), std::max<Wide>(w, 0)) + x.shift > kMaxWeightBits) {
        throw UserError("A012",
                        fmt::format("constant matrix: weight [{}, {}] = {} shifted by {} is too "
                                    "wide",
                                    o, i, w, x.shift),
                        {}, fmt::format("weights with their shift have {} bits", kMaxWeightBits));
      }
    }
  }
}

}  // namespace mase::arch
