// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "gen/arch/cmvm_search.h"
#include "gen/base/error.h"

namespace mase::arch::cmvm {

namespace {

class Taken {
 public:
  Taken(const AdderProblem& problem, const AdderGraph& graph, std::optional<int> limit,
        const Rework& how, uint64_t seed)
      : problem_(problem), graph_(graph), limit_(limit), builder_(problem) {
    const size_t wires = graph.wires.size();
    place_.assign(wires, -1);
    choose(how, seed);
    set_depths(how.late);
    multiply_out();
    for (size_t w = 0; w < wires; ++w) {
      const AdderWire& wire = graph.wires[w];
      if (wire.kind == AdderWire::Kind::kInput) place_[w] = static_cast<int>(w);
      if (wire.kind == AdderWire::Kind::kConstant) place_[w] = builder_.constant(wire.low);
      if (!kept_[w]) continue;
      const size_t in = problem.input.size();
      place_[w] = builder_.promise({&weights_[w * in], in}, depth_[w]);
      Row& row = rows_.emplace_back();
      expand_operands(wire, {0, 0, false}, row);
      simplify(row);
      promised_.push_back(place_[w]);
      if (limit_) limits_.push_back(depth_[w]);
    }
    for (const AdderOutput& y : graph.outputs) {
      Row& row = rows_.emplace_back();
      if (y.wire >= 0) expand({y.wire, y.shift, y.negate}, row);
      simplify(row);
      if (limit_) limits_.push_back(*limit_ - (y.negate ? 1 : 0));
    }
  }

  AdderGraph put_together(const Ranking& ranking, int64_t& steps) {
    steps += static_cast<int64_t>(weights_.size() / 16);
    steps += share_pairs(builder_, rows_, limits_, ranking);
    steps += add_up(builder_, rows_, limits_);
    for (size_t p = 0; p < promised_.size(); ++p) {
      MASE_CHECK(rows_[p].size() == 1, "a wire with readers came to nothing");
      builder_.define(promised_[p], rows_[p][0]);
    }
    rows_.erase(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(promised_.size()));
    return builder_.finish(rows_);
  }

 private:
  /// Adders that stay as wires of their own: those of several readers, but for a random few.
  void choose(const Rework& how, uint64_t seed) {
    std::vector<int> readers(graph_.wires.size(), 0);
    for (const AdderWire& wire : graph_.wires) {
      if (wire.kind != AdderWire::Kind::kAdder) continue;
      ++readers[static_cast<size_t>(wire.a)];
      ++readers[static_cast<size_t>(wire.b)];
    }
    for (const AdderOutput& y : graph_.outputs) {
      if (y.wire >= 0) ++readers[static_cast<size_t>(y.wire)];
    }
    std::mt19937_64 random(seed);
    kept_.assign(graph_.wires.size(), false);
    for (size_t w = 0; w < graph_.wires.size(); ++w) {
      if (graph_.wires[w].kind != AdderWire::Kind::kAdder || readers[w] < 2) continue;
      kept_[w] = static_cast<double>(random() >> 11) * 0x1p-53 >= how.drop;
    }
  }

  /// As early as they come, or as late as every reader still allows.
  void set_depths(bool late) {
    const size_t wires = graph_.wires.size();
    depth_.resize(wires);
    for (size_t w = 0; w < wires; ++w) depth_[w] = graph_.wires[w].depth;
    if (!late || !limit_) return;
    std::vector<int> latest(wires, *limit_);
    for (const AdderOutput& y : graph_.outputs) {
      if (y.wire >= 0 && y.negate) latest[static_cast<size_t>(y.wire)] = *limit_ - 1;
    }
    for (size_t w = wires; w-- > 0;) {
      const AdderWire& wire = graph_.wires[w];
      if (wire.kind != AdderWire::Kind::kAdder) continue;
      depth_[w] = latest[w];
      for (const int operand : {wire.a, wire.b}) {
        int& late_operand = latest[static_cast<size_t>(operand)];
        late_operand = std::min(late_operand, latest[w] - 1);
      }
    }
  }

  void multiply_out() {
    const size_t in = problem_.input.size();
    weights_.assign(graph_.wires.size() * in, 0);
    for (size_t w = 0; w < graph_.wires.size(); ++w) {
      const AdderWire& wire = graph_.wires[w];
      int64_t* const own = &weights_[w * in];
      if (wire.kind == AdderWire::Kind::kInput) own[w] = 1;
      if (wire.kind != AdderWire::Kind::kAdder) continue;
      const int64_t* const a = &weights_[static_cast<size_t>(wire.a) * in];
      const int64_t* const b = &weights_[static_cast<size_t>(wire.b) * in];
      const int64_t of_a = wire.negate_a ? -1 : 1;
      const int64_t of_b = (wire.negate_b ? -1 : 1) * (int64_t{1} << wire.shift);
      for (size_t i = 0; i < in; ++i) own[i] = of_a * a[i] + of_b * b[i];
    }
  }

  /// `term` names a wire of the old graph; appends it in terms of the new one.
  void expand(const Term& term, Row& row) const {
    const auto w = static_cast<size_t>(term.wire);
    if (place_[w] >= 0) {
      row.push_back({place_[w], term.shift, term.negative});
      return;
    }
    expand_operands(graph_.wires[w], term, row);
  }

  void expand_operands(const AdderWire& wire, const Term& around, Row& row) const {
    expand({wire.a, around.shift, around.negative != wire.negate_a}, row);
    expand({wire.b, around.shift + wire.shift, around.negative != wire.negate_b}, row);
  }

  const AdderProblem& problem_;
  const AdderGraph& graph_;
  std::optional<int> limit_;
  Builder builder_;
  std::vector<bool> kept_;
  std::vector<int> depth_;
  std::vector<int> place_;  ///< of old wires in the new graph, -1 where they dissolve
  std::vector<int64_t> weights_;
  std::vector<Row> rows_;  ///< of promised wires, then of outputs
  Limits limits_;
  std::vector<int> promised_;
};

}  // namespace

AdderGraph rework(const AdderProblem& problem, const AdderGraph& graph, std::optional<int> limit,
                  const Rework& how, uint64_t seed, int64_t& steps) {
  return Taken(problem, graph, limit, how, seed).put_together(how.ranking, steps);
}

}  // namespace mase::arch::cmvm
