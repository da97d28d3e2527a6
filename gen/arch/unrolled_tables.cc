// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/unrolled_tables.h"

#include <algorithm>
#include <set>
#include <utility>

#include "gen/arch/cell_cost.h"
#include "gen/arch/hardware_graph.h"
#include "gen/base/error.h"
#include "gen/fixed/requantise.h"

namespace mase::arch {

namespace {

using fixed::Wide;
using Kind = AdderWire::Kind;

/// One bit of a table without the index bits that do not matter.
struct Function {
  std::vector<std::pair<int, int>> support;  ///< wire and bit
  std::vector<bool> truth;                   ///< [2^support]
  friend auto operator<=>(const Function&, const Function&) = default;

  bool passes_on() const { return support.size() == 1 && !truth[0]; }
  int64_t luts() const {
    constexpr size_t kLutInputs = 6;
    if (support.empty() || passes_on()) return 0;
    return support.size() <= kLutInputs ? 1 : int64_t{1} << (support.size() - kLutInputs);
  }
};

Function function_of(const Unrolled& u, const LookupTable& table, int bit) {
  Function f;
  for (const int w : table.inputs) {
    for (int k = 0; k < u.graph.wires[static_cast<size_t>(w)].width(); ++k)
      f.support.emplace_back(w, k);
  }
  for (const Wide value : table.values) f.truth.push_back(((value >> bit) & 1) != 0);
  for (size_t j = f.support.size(); j-- > 0;) {
    const size_t half = size_t{1} << j;
    std::vector<bool> without, with;
    for (size_t i = 0; i < f.truth.size(); ++i)
      ((i & half) != 0 ? with : without).push_back(f.truth[i]);
    if (with != without) continue;
    f.support.erase(f.support.begin() + static_cast<ptrdiff_t>(j));
    f.truth = std::move(without);
  }
  return f;
}

int64_t luts_of(const Unrolled& u, const std::vector<LookupTable>& tables) {
  std::set<Function> known;
  int64_t luts = 0;
  for (const LookupTable& table : tables) {
    for (int bit = 0; bit < table.width; ++bit) {
      Function f = function_of(u, table, bit);
      const int64_t own = f.luts();
      if (own > 0 && known.insert(std::move(f)).second) luts += own;
    }
  }
  return luts;
}

/// Weighs outputs as tables against outputs as sums.
class Chooser {
 public:
  Chooser(const Unrolled& u, const Stage& stage, const std::vector<Interval>& inputs)
      : u_(u), stage_(stage), inputs_(inputs) {
    for (size_t o = 0; o < u.outputs.size(); ++o) {
      const UnrolledOutput& y = u.outputs[o];
      if (y.wire < 0) continue;
      const auto same = std::find_if(distinct_.begin(), distinct_.end(),
                                     [&](size_t other) { return u.outputs[other] == y; });
      if (same != distinct_.end()) continue;
      distinct_.push_back(o);
      LookupTable table = table_of(o);
      if (!table.values.empty()) candidates_.push_back({distinct_.size() - 1, std::move(table)});
    }
  }

  /// Which candidates become tables.
  std::vector<bool> choose() const {
    std::vector<bool> best(candidates_.size(), false);
    int64_t least = luts(best);
    std::vector<bool> all(candidates_.size(), true);
    for (std::vector<bool> choice : {best, all}) {
      int64_t now = luts(choice);
      for (bool moved = true; moved;) {
        moved = false;
        for (size_t c = 0; c < choice.size(); ++c) {
          choice[c] = !choice[c];
          if (const int64_t other = luts(choice); other < now) {
            now = other;
            moved = true;
          } else {
            choice[c] = !choice[c];
          }
        }
      }
      if (now < least) {
        least = now;
        best = choice;
      }
    }
    return best;
  }

  size_t size() const { return candidates_.size(); }
  size_t output(size_t candidate) const { return distinct_[candidates_[candidate].output]; }
  const LookupTable& table(size_t candidate) const { return candidates_[candidate].table; }

 private:
  struct Candidate {
    size_t output;  ///< place in distinct_
    LookupTable table;
  };

  int64_t weight(size_t o, size_t i) const {
    if (stage_.diagonal) return i == o ? stage_.weight[o] : 0;
    return stage_.weight[o * static_cast<size_t>(stage_.elements_in) + i];
  }

  /// Without values where it would be too large.
  LookupTable table_of(size_t o) const {
    const fixed::Format& format = u_.outputs[o].format;
    LookupTable table{.width = format.width};
    Wide sum = 0;
    if (!stage_.bias.empty()) sum = Wide{stage_.bias[o]} << stage_.alignment.bias_shift;
    const auto product = [&](size_t i) {
      return Wide{weight(o, i)} * (Wide{1} << stage_.alignment.product_shift);
    };
    int bits = 0;
    for (size_t i = 0; i < inputs_.size(); ++i) {
      if (inputs_[i].constant()) {
        sum += product(i) * inputs_[i].low;
      } else if (weight(o, i) != 0) {
        table.inputs.push_back(static_cast<int>(i));
        bits += u_.graph.wires[i].width();
        if (bits > kMostTableBits) return table;
      }
    }
    for (int index = 0; index < 1 << bits; ++index) {
      Wide t = sum;
      int at = 0;
      for (const int i : table.inputs) {
        const AdderWire& wire = u_.graph.wires[static_cast<size_t>(i)];
        const int width = wire.width();
        Wide q = (index >> at) & ((1 << width) - 1);
        if (wire.is_signed() && (q >> (width - 1)) != 0) q -= Wide{1} << width;
        // What the input never is may give anything.
        q = std::clamp(q, wire.low, wire.high);
        t += product(static_cast<size_t>(i)) * q * (Wide{1} << u_.zeros[static_cast<size_t>(i)]);
        at += width;
      }
      table.values.push_back(fixed::requantise(t, stage_.cast_from, format, stage_.rounding));
    }
    return table;
  }

  int64_t luts(const std::vector<bool>& choice) const {
    std::vector<bool> is_table(distinct_.size(), false);
    std::vector<LookupTable> tables;
    for (size_t c = 0; c < choice.size(); ++c) {
      if (!choice[c]) continue;
      is_table[candidates_[c].output] = true;
      tables.push_back(candidates_[c].table);
    }
    int64_t sum = luts_of(u_, tables);
    std::vector<bool> needed(u_.graph.wires.size(), false);
    for (size_t d = 0; d < distinct_.size(); ++d) {
      if (is_table[d]) continue;
      const UnrolledOutput& y = u_.outputs[distinct_[d]];
      needed[static_cast<size_t>(y.wire)] = true;
      sum += cast_luts(y);
    }
    for (size_t w = needed.size(); w-- > 0;) {
      const AdderWire& wire = u_.graph.wires[w];
      if (!needed[w] || wire.kind != Kind::kAdder) continue;
      needed[static_cast<size_t>(wire.a)] = needed[static_cast<size_t>(wire.b)] = true;
      sum += adder_cost(u_.graph, static_cast<int>(w)).luts;
    }
    return sum;
  }

  const Unrolled& u_;
  const Stage& stage_;
  const std::vector<Interval>& inputs_;
  std::vector<size_t> distinct_;  ///< outputs, equal ones once
  std::vector<Candidate> candidates_;
};

/// Drops the adders and constants that no output needs.
void drop_unused(Unrolled& u) {
  auto& wires = u.graph.wires;
  std::vector<bool> needed(wires.size(), false);
  for (const UnrolledOutput& y : u.outputs) {
    if (y.wire >= 0) needed[static_cast<size_t>(y.wire)] = true;
  }
  for (size_t w = wires.size(); w-- > 0;) {
    if (!needed[w] || wires[w].kind != Kind::kAdder) continue;
    needed[static_cast<size_t>(wires[w].a)] = needed[static_cast<size_t>(wires[w].b)] = true;
  }
  std::vector<int> now(wires.size(), -1);
  std::vector<AdderWire> kept;
  for (size_t w = 0; w < wires.size(); ++w) {
    if (!needed[w] && wires[w].kind != Kind::kInput) continue;
    now[w] = static_cast<int>(kept.size());
    AdderWire wire = wires[w];
    if (wire.kind == Kind::kAdder) {
      wire.a = now[static_cast<size_t>(wire.a)];
      wire.b = now[static_cast<size_t>(wire.b)];
    }
    kept.push_back(wire);
  }
  wires = std::move(kept);
  for (UnrolledOutput& y : u.outputs) {
    if (y.wire >= 0) y.wire = now[static_cast<size_t>(y.wire)];
  }
  for (AdderOutput& end : u.graph.outputs) {
    if (end.wire >= 0) end.wire = now[static_cast<size_t>(end.wire)];
  }
}

}  // namespace

int index_bits(const Unrolled& unrolled, const LookupTable& table) {
  int bits = 0;
  for (const int w : table.inputs) bits += unrolled.graph.wires[static_cast<size_t>(w)].width();
  return bits;
}

int64_t table_luts(const Unrolled& unrolled) { return luts_of(unrolled, unrolled.tables); }

bool use_tables(Unrolled& unrolled, const Stage& stage, const std::vector<Interval>& inputs) {
  const Chooser chooser(unrolled, stage, inputs);
  if (chooser.size() == 0) return false;
  const std::vector<bool> choice = chooser.choose();
  const std::vector<UnrolledOutput> before = unrolled.outputs;
  for (size_t c = 0; c < choice.size(); ++c) {
    if (!choice[c]) continue;
    const UnrolledOutput& chosen = before[chooser.output(c)];
    const auto known = std::find(unrolled.tables.begin(), unrolled.tables.end(), chooser.table(c));
    const auto table = static_cast<int>(known - unrolled.tables.begin());
    if (known == unrolled.tables.end()) unrolled.tables.push_back(chooser.table(c));
    for (size_t o = 0; o < before.size(); ++o) {
      if (before[o].wire < 0 || !(before[o] == chosen)) continue;
      UnrolledOutput& y = unrolled.outputs[o];
      y = {.table = table, .format = chosen.format, .pad = chosen.pad, .range = chosen.range};
      unrolled.graph.outputs[o] = {};
    }
  }
  if (unrolled.tables.empty()) return false;
  drop_unused(unrolled);
  return true;
}

}  // namespace mase::arch
