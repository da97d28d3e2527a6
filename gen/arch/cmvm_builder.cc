// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/cmvm_builder.h"

#include <algorithm>

#include "gen/arch/cmvm_digits.h"
#include "gen/base/error.h"

namespace mase::arch::cmvm {

using fixed::Wide;

Builder::Builder(const AdderProblem& problem) : problem_(problem), alike_(!problem.weight.empty()) {
  graph_.inputs = problem.inputs;
  weights_.assign(static_cast<size_t>(problem.inputs) * static_cast<size_t>(problem.inputs), 0);
  for (size_t i = 0; i < problem.input.size(); ++i) {
    AdderWire wire;
    wire.kind = AdderWire::Kind::kInput;
    wire.low = problem.input[i].low;
    wire.high = problem.input[i].high;
    wire.depth = problem.input[i].arrival;
    graph_.wires.push_back(wire);
    weights_[i * problem.input.size() + i] = 1;
    alike_ &= problem.input[i].low == problem.input[0].low &&
              problem.input[i].high == problem.input[0].high;
  }
  // The quick way adds magnitudes in 64 bits.
  for (size_t k = 0; k < problem.weight.size() && alike_; ++k) {
    constexpr int64_t kSmall = int64_t{1} << 32;
    const int64_t w = problem.weight[k];
    alike_ = w < kSmall && w > -kSmall && problem.input[k % problem.input.size()].shift < 8;
  }
}

std::span<const int64_t> Builder::weight(int w) const {
  const size_t in = problem_.input.size();
  return {&weights_[static_cast<size_t>(w) * in], in};
}

void Builder::set_interval(AdderWire& wire, size_t place) const {
  wire.low = wire.high = 0;
  const int64_t* const own = &weights_[place * problem_.input.size()];
  if (alike_) {
    int64_t sum = 0, magnitude = 0;
    for (size_t i = 0; i < problem_.input.size(); ++i) {
      sum += own[i];
      magnitude += own[i] < 0 ? -own[i] : own[i];
    }
    const Wide up = (magnitude + sum) / 2, down = (magnitude - sum) / 2;
    const AdderInput& x = problem_.input.front();
    wire.low = up * x.low - down * x.high;
    wire.high = up * x.high - down * x.low;
    return;
  }
  for (size_t i = 0; i < problem_.input.size(); ++i) {
    if (own[i] == 0) continue;
    const AdderInput& x = problem_.input[i];
    wire.low += Wide{own[i]} * (own[i] > 0 ? x.low : x.high);
    wire.high += Wide{own[i]} * (own[i] > 0 ? x.high : x.low);
  }
}

int Builder::constant(Wide value) {
  for (int w = problem_.inputs; w < wires(); ++w) {
    if (wire(w).kind == AdderWire::Kind::kConstant && wire(w).low == value) return w;
  }
  AdderWire made;
  made.kind = AdderWire::Kind::kConstant;
  made.low = made.high = value;
  graph_.wires.push_back(made);
  weights_.resize(weights_.size() + problem_.input.size(), 0);
  return wires() - 1;
}

int Builder::promise(std::span<const int64_t> weight, int depth) {
  AdderWire made;
  made.depth = depth;
  weights_.insert(weights_.end(), weight.begin(), weight.end());
  set_interval(made, graph_.wires.size());
  graph_.wires.push_back(made);
  return wires() - 1;
}

int Builder::adder(int a, bool negate_a, int b, bool negate_b, int shift) {
  if (shift == 0 && b < a) {
    std::swap(a, b);
    std::swap(negate_a, negate_b);
  }
  const Pair key{(static_cast<uint64_t>(a) << 40) | (static_cast<uint64_t>(b) << 16) |
                 (static_cast<uint64_t>(shift) << 2) | (negate_a ? 2u : 0u) | (negate_b ? 1u : 0u)};
  if (const int known = known_.get(key)) return known - 1;
  AdderWire made;
  made.a = a;
  made.b = b;
  made.shift = shift;
  made.negate_a = negate_a;
  made.negate_b = negate_b;
  made.depth = 1 + std::max(wire(a).depth, wire(b).depth);
  const size_t in = problem_.input.size(), place = graph_.wires.size();
  weights_.resize(weights_.size() + in);
  const int64_t* const x = &weights_[static_cast<size_t>(a) * in];
  const int64_t* const y = &weights_[static_cast<size_t>(b) * in];
  int64_t* const own = &weights_[place * in];
  const int64_t of_x = negate_a ? -1 : 1, of_y = (negate_b ? -1 : 1) * (int64_t{1} << shift);
  for (size_t i = 0; i < in; ++i) own[i] = of_x * x[i] + of_y * y[i];
  set_interval(made, place);
  // Constants lie beside the weights; an adder with one has its operands' interval.
  for (const int operand : {a, b}) {
    const AdderWire& other = wire(operand);
    Wide offset = other.low;
    const std::span<const int64_t> part = weight(operand);
    for (size_t i = 0; i < in; ++i) {
      if (part[i] != 0)
        offset -= Wide{part[i]} * (part[i] > 0 ? problem_.input[i].low : problem_.input[i].high);
    }
    if (offset == 0) continue;
    offset = operand == a ? (negate_a ? -offset : offset)
                          : (negate_b ? -offset : offset) * (Wide{1} << shift);
    made.low += offset;
    made.high += offset;
  }
  graph_.wires.push_back(made);
  known_.add(key, wires());
  return wires() - 1;
}

namespace {

/// The term of lower shift first; between equal shifts the older wire.
void order(Term& x, Term& y) {
  if (y.shift < x.shift || (y.shift == x.shift && y.wire < x.wire)) std::swap(x, y);
}

}  // namespace

Term Builder::sum(Term x, Term y) {
  order(x, y);
  const int w = adder(x.wire, false, y.wire, x.negative != y.negative, y.shift - x.shift);
  return {w, x.shift, x.negative};
}

AdderCost Builder::cost_of_sum(Term x, Term y) const {
  order(x, y);
  const AdderWire &a = wire(x.wire), &b = wire(y.wire);
  AdderWire made;
  made.shift = y.shift - x.shift;
  made.negate_b = x.negative != y.negative;
  const Wide scale = Wide{1} << made.shift;
  made.low = a.low + (made.negate_b ? -b.high : b.low) * scale;
  made.high = a.high + (made.negate_b ? -b.low : b.high) * scale;
  return adder_cost(a, b, made);
}

Term Builder::replay(const Builder& from, int wire, std::vector<std::optional<Term>>& known) {
  std::optional<Term>& term = known[static_cast<size_t>(wire)];
  if (term) return *term;
  const AdderWire& old = from.wire(wire);
  if (old.kind == AdderWire::Kind::kInput) return *(term = Term{wire, 0, false});
  if (old.kind == AdderWire::Kind::kConstant) return *(term = Term{constant(old.low), 0, false});
  if (const auto promise = from.promised_.find(wire); promise != from.promised_.end()) {
    const Term made = promise->second, inner = replay(from, made.wire, known);
    return *(term = Term{inner.wire, inner.shift + made.shift, inner.negative != made.negative});
  }
  MASE_CHECK(old.a >= 0, "wire {} was promised and never made", wire);
  Term a = replay(from, old.a, known), b = replay(from, old.b, known);
  a.negative = a.negative != old.negate_a;
  b.negative = b.negative != old.negate_b;
  b.shift += old.shift;
  return *(term = sum(a, b));
}

std::optional<int> Builder::turned(int w) {
  const AdderWire old = wire(w);
  if (old.kind != AdderWire::Kind::kAdder) return std::nullopt;
  if (old.negate_a || old.negate_b)
    return adder(old.a, !old.negate_a, old.b, !old.negate_b, old.shift);
  if (const auto b = turned(old.b)) return adder(old.a, true, *b, false, old.shift);
  if (const auto a = turned(old.a)) return adder(*a, false, old.b, true, old.shift);
  return std::nullopt;
}

AdderGraph Builder::finish(const std::vector<Row>& outputs) const {
  Builder fresh(problem_);
  std::vector<std::optional<Term>> known(graph_.wires.size());
  std::vector<AdderOutput>& results = fresh.graph_.outputs;
  for (const Row& row : outputs) {
    AdderOutput& y = results.emplace_back();
    if (row.empty()) continue;
    MASE_CHECK(row.size() == 1, "an output still has {} terms", row.size());
    const Term inner = fresh.replay(*this, row[0].wire, known);
    y.wire = inner.wire;
    y.shift = inner.shift + row[0].shift;
    y.negate = inner.negative != row[0].negative;
  }
  for (AdderOutput& y : results) {
    if (y.wire < 0 || !y.negate) continue;
    if (const auto w = fresh.turned(y.wire)) {
      y.wire = *w;
      y.negate = false;
    }
  }
  AdderGraph& graph = fresh.graph_;
  std::vector<int> place(graph.wires.size(), -1);
  for (int i = 0; i < graph.inputs; ++i) place[static_cast<size_t>(i)] = 0;
  for (const AdderOutput& y : results) {
    if (y.wire >= 0) place[static_cast<size_t>(y.wire)] = 0;
  }
  for (size_t w = place.size(); w-- > 0;) {
    const AdderWire& wire = graph.wires[w];
    if (place[w] < 0 || wire.kind != AdderWire::Kind::kAdder) continue;
    place[static_cast<size_t>(wire.a)] = place[static_cast<size_t>(wire.b)] = 0;
  }
  std::vector<AdderWire> kept;
  for (size_t w = 0; w < place.size(); ++w) {
    if (place[w] < 0) continue;
    AdderWire wire = graph.wires[w];
    if (wire.kind == AdderWire::Kind::kAdder) {
      wire.a = place[static_cast<size_t>(wire.a)];
      wire.b = place[static_cast<size_t>(wire.b)];
    }
    place[w] = static_cast<int>(kept.size());
    kept.push_back(wire);
  }
  graph.wires = std::move(kept);
  for (AdderOutput& y : results) {
    if (y.wire < 0) continue;
    y.wire = place[static_cast<size_t>(y.wire)];
    const AdderWire& w = graph.wires[static_cast<size_t>(y.wire)];
    const Wide scale = Wide{1} << y.shift;
    if (w.low == 0 && w.high == 0)
      y = {};
    else {
      y.low = (y.negate ? -w.high : w.low) * scale;
      y.high = (y.negate ? -w.low : w.high) * scale;
    }
  }
  return std::move(graph);
}

int64_t weight_of(const Row& row, const Builder& builder) {
  int64_t weight = 0;
  for (const Term& term : row)
    weight += int64_t{1} << std::min(kMostLevels, builder.wire(term.wire).depth);
  return weight;
}

void simplify(Row& row) {
  std::sort(row.begin(), row.end(), [](const Term& x, const Term& y) {
    return x.wire != y.wire ? x.wire < y.wire : x.shift < y.shift;
  });
  Row simple;
  for (size_t begin = 0; begin < row.size();) {
    size_t end = begin;
    bool twice = false;
    Wide multiple = 0;
    const int least = row[begin].shift;
    while (end < row.size() && row[end].wire == row[begin].wire) {
      twice |= end > begin && row[end].shift == row[end - 1].shift;
      const Wide part = Wide{1} << (row[end].shift - least);
      multiple += row[end].negative ? -part : part;
      ++end;
    }
    const bool narrow = multiple < (Wide{1} << 61) && multiple > -(Wide{1} << 61);
    const std::vector<Digit> digits =
        narrow ? canonical_digits(static_cast<int64_t>(multiple)) : std::vector<Digit>{};
    if (narrow && twice) {
      for (const Digit& digit : digits)
        simple.push_back({row[begin].wire, least + digit.shift, digit.negative});
    } else {
      simple.insert(simple.end(), row.begin() + static_cast<std::ptrdiff_t>(begin),
                    row.begin() + static_cast<std::ptrdiff_t>(end));
    }
    begin = end;
  }
  row = std::move(simple);
}

}  // namespace mase::arch::cmvm
