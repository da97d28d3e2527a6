// SPDX-License-Identifier: Apache-2.0
// Networks from graphs and graphs from networks.
#include <algorithm>

#include "gen/arch/cmvm_builder.h"
#include "gen/arch/cmvm_network.h"
#include "gen/arch/cmvm_share.h"
#include "gen/base/error.h"

namespace mase::arch::cmvm {

using fixed::Wide;

namespace {

/// Readers of every wire, outputs included.
std::vector<int> readers_of(const AdderGraph& graph) {
  std::vector<int> readers(graph.wires.size(), 0);
  for (const AdderWire& wire : graph.wires) {
    if (wire.kind != AdderWire::Kind::kAdder) continue;
    ++readers[static_cast<size_t>(wire.a)];
    ++readers[static_cast<size_t>(wire.b)];
  }
  for (const AdderOutput& y : graph.outputs) {
    if (y.wire >= 0) ++readers[static_cast<size_t>(y.wire)];
  }
  return readers;
}

/// As late as every reader still allows.
std::vector<int> latest_depths(const AdderGraph& graph, int limit) {
  std::vector<int> latest(graph.wires.size(), limit);
  for (const AdderOutput& y : graph.outputs) {
    if (y.wire >= 0 && y.negate) latest[static_cast<size_t>(y.wire)] = limit - 1;
  }
  for (size_t w = graph.wires.size(); w-- > 0;) {
    const AdderWire& wire = graph.wires[w];
    if (wire.kind != AdderWire::Kind::kAdder) continue;
    for (const int operand : {wire.a, wire.b}) {
      int& late = latest[static_cast<size_t>(operand)];
      late = std::min(late, latest[w] - 1);
    }
  }
  return latest;
}

/// Terms of a wire, or of a sum around it, over the wires that have a place.
struct Expansion {
  const AdderGraph& graph;
  const std::vector<int>& place;  ///< -1: dissolved
  Row row;

  void expand(Term term) {
    const auto w = static_cast<size_t>(term.wire);
    if (place[w] < 0) return operands(term);
    row.push_back({place[w], term.shift, term.negative});
  }
  void operands(Term around) {
    const AdderWire& wire = graph.wires[static_cast<size_t>(around.wire)];
    expand({wire.a, around.shift, around.negative != wire.negate_a});
    expand({wire.b, around.shift + wire.shift, around.negative != wire.negate_b});
  }
};

}  // namespace

Network::Network(const AdderProblem& problem, const AdderGraph& graph, std::optional<int> limit,
                 bool late)
    : problem_(problem), limit_(limit), in_(problem.input.size()), outputs_(problem.outputs) {
  std::mt19937_64 random(1);
  for (size_t i = 0; i <= in_; ++i) keys_.push_back(random());
  std::vector<int> depths;
  for (const AdderWire& wire : graph.wires) depths.push_back(wire.depth);
  if (late && limit) depths = latest_depths(graph, *limit);
  read(graph, depths);
  tidy();
  settle();
  keep();
}

void Network::read(const AdderGraph& graph, const std::vector<int>& depths) {
  const std::vector<int> readers = readers_of(graph);
  const size_t wires = graph.wires.size();
  std::vector<int> place(wires, -1), kept;
  for (size_t w = 0; w < wires; ++w) {
    const AdderWire& wire = graph.wires[w];
    if (wire.kind != AdderWire::Kind::kAdder || readers[w] >= 2) {
      place[w] = static_cast<int>(kept.size());
      kept.push_back(static_cast<int>(w));
      leaves_ += wire.kind != AdderWire::Kind::kAdder;
    }
  }
  // Leaves first.
  std::stable_partition(kept.begin(), kept.end(), [&](int w) {
    return graph.wires[static_cast<size_t>(w)].kind != AdderWire::Kind::kAdder;
  });
  for (size_t v = 0; v < kept.size(); ++v)
    place[static_cast<size_t>(kept[v])] = static_cast<int>(v);

  const size_t rows = static_cast<size_t>(outputs_) + kept.size() - static_cast<size_t>(leaves_);
  variables_.resize(kept.size());
  readers_.resize(kept.size());
  weights_.assign(kept.size() * in_, 0);
  rows_.resize(rows);
  prices_.assign(rows, 0);
  powers_.assign(rows, 0);
  touched_.assign(rows, false);
  seen_.assign(rows, 0);
  const auto read_row = [&](int r, Term term, bool output) {
    Expansion expansion{graph, place, {}};
    if (output)
      expansion.expand(term);
    else
      expansion.operands(term);
    for (const Term& t : expansion.row) insert(r, t);
  };
  for (size_t v = 0; v < kept.size(); ++v) {
    const AdderWire& wire = graph.wires[static_cast<size_t>(kept[v])];
    Variable& made = variables_[v];
    made.wire.depth = depths[static_cast<size_t>(kept[v])];
    int64_t* const own = &weights_[v * in_];
    if (wire.kind == AdderWire::Kind::kInput) {
      own[kept[v]] = 1;
      made.wire.depth = wire.depth;
    }
    if (wire.kind == AdderWire::Kind::kConstant) {
      made.offset = wire.low;
      made.wire.depth = 0;
    }
    if (wire.kind == AdderWire::Kind::kAdder) {
      const int r = row_of(static_cast<int>(v));
      read_row(r, {kept[v], 0, false}, false);
      for (const Term& t : row(r)) {
        const int64_t scale = (t.negative ? -1 : 1) * (int64_t{1} << t.shift);
        made.offset += scale * variable(t.wire).offset;
        for (size_t i = 0; i < in_; ++i)
          own[i] += scale * weights_[static_cast<size_t>(t.wire) * in_ + i];
      }
    }
    add_variable(static_cast<int>(v));
    if (wire.kind == AdderWire::Kind::kAdder) list(static_cast<int>(v));
  }
  for (size_t o = 0; o < graph.outputs.size(); ++o) {
    const AdderOutput& y = graph.outputs[o];
    AdderWire& result = results_.emplace_back();
    result.low = y.low;
    result.high = y.high;
    if (y.wire >= 0) read_row(static_cast<int>(o), {y.wire, y.shift, y.negate}, true);
  }
}

AdderGraph Network::graph() const {
  Builder builder(problem_);
  std::vector<int> place(variables_.size(), -1);
  std::vector<Row> rows(rows_.begin(), rows_.begin() + outputs_);
  Limits limits;
  if (limit_) {
    for (int r = 0; r < outputs_; ++r) {
      int& own = limits.emplace_back(*limit_);
      if (!late(r)) continue;
      if (2 * powers_[static_cast<size_t>(r)] <= int64_t{1} << std::min(kMostLevels, *limit_)) {
        --own;
        continue;
      }
      Row& row = rows[static_cast<size_t>(r)];
      const auto earliest = std::min_element(row.begin(), row.end(), [&](Term x, Term y) {
        return wire(x.wire).depth < wire(y.wire).depth;
      });
      earliest->negative = false;
      row.push_back({earliest->wire, earliest->shift + 1, true});
    }
  }
  std::vector<int> promised;
  for (int v = 0; v < variables(); ++v) {
    const Variable& old = variable(v);
    if (!old.alive) continue;
    int& own = place[static_cast<size_t>(v)];
    if (v < problem_.inputs) {
      own = v;
    } else if (!is_wire(v)) {
      own = builder.constant(old.offset);
    } else {
      own = builder.promise({&weights_[static_cast<size_t>(v) * in_], in_}, old.wire.depth);
      promised.push_back(own);
      rows.push_back(row(row_of(v)));
      if (limit_) limits.push_back(old.wire.depth);
    }
  }
  for (Row& row : rows) {
    for (Term& t : row) t.wire = place[static_cast<size_t>(t.wire)];
  }
  add_up(builder, rows, limits);
  const auto out = static_cast<size_t>(outputs_);
  for (size_t p = 0; p < promised.size(); ++p) {
    MASE_CHECK(rows[out + p].size() == 1, "a wire with readers came to nothing");
    builder.define(promised[p], rows[out + p][0]);
  }
  rows.resize(out);
  return builder.finish(rows);
}

}  // namespace mase::arch::cmvm
