// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <vector>

#include "gen/arch/cell_cost.h"
#include "gen/arch/unrolled_tables.h"

namespace mase::arch {

namespace {

using fixed::Wide;
using Kind = AdderWire::Kind;

int zeros_below(Wide value) {
  int zeros = 0;
  while (zeros < 126 && ((value >> zeros) & 1) == 0) ++zeros;
  return zeros;
}

/// Registers bit by bit: what an adder passes beside its carry chain is its operand's bit, and one
/// register holds it for both.
class Registers {
 public:
  explicit Registers(const Unrolled& unrolled) : u_(unrolled), wires_(unrolled.graph.wires) {}

  Resources count() {
    for (size_t w = 0; w < wires_.size(); ++w) name_bits(w);
    for (size_t w = 0; w < wires_.size(); ++w) {
      if (!u_.registered(w)) continue;
      for (const int bit : bits_[w]) {
        for (int q = u_.segment[w]; q < u_.last[w]; ++q) hold(bit, q);
      }
    }
    for (const UnrolledOutput& y : u_.outputs) {
      if (y.varies()) hold_output(y);
    }
    Resources r;
    for (const std::set<int>& registers : held_) r.ff += static_cast<int64_t>(registers.size());
    return r;
  }

 private:
  int fresh() {
    held_.emplace_back();
    return static_cast<int>(held_.size()) - 1;
  }
  void hold(int bit, int segment) {
    if (bit >= 0) held_[static_cast<size_t>(bit)].insert(segment);
  }

  /// Bit k of a wire as its extension shows it; -1: constant.
  int bit(size_t w, int k) const {
    const auto& bits = bits_[w];
    if (k < static_cast<int>(bits.size())) return bits[static_cast<size_t>(k)];
    return wires_[w].is_signed() && !bits.empty() ? bits.back() : -1;
  }

  void name_bits(size_t w) {
    const AdderWire& wire = wires_[w];
    auto& bits = bits_.emplace_back();
    if (wire.kind == Kind::kConstant) return;
    const int width = wire.width();
    if (wire.kind == Kind::kInput) {
      for (int k = 0; k < width; ++k) bits.push_back(fresh());
      return;
    }
    const auto a = static_cast<size_t>(wire.a), b = static_cast<size_t>(wire.b);
    int beside = wire.negate_a ? 0 : wire.shift;
    if (wires_[b].kind == Kind::kConstant && !wire.negate_a)
      beside = wire.shift + zeros_below(wires_[b].low);
    const bool joins = !wire.negate_a && !wire.negate_b && wires_[a].kind != Kind::kConstant &&
                       !wires_[a].is_signed() && wires_[a].width() <= wire.shift;
    for (int k = 0; k < width; ++k) {
      if (k < beside)
        bits.push_back(bit(a, k));
      else
        bits.push_back(joins ? bit(b, k - wire.shift) : fresh());
    }
  }

  void hold_output(const UnrolledOutput& y) {
    if (!y.takes_a_level()) {
      const auto w = static_cast<size_t>(y.wire);
      for (int k = std::max(y.drop, 0); k < y.format.width + y.drop; ++k)
        hold(bit(w, k), u_.registers);
      return;
    }
    if (std::find(made_.begin(), made_.end(), y) != made_.end()) return;
    made_.push_back(y);
    const Wide unit = Wide{1} << y.pad;
    const AdderWire range{.low = y.range.low / unit, .high = y.range.high / unit};
    for (int k = 0; k < range.width(); ++k) hold(fresh(), u_.registers);
  }

  const Unrolled& u_;
  const std::vector<AdderWire>& wires_;
  std::vector<std::vector<int>> bits_;
  std::vector<std::set<int>> held_;  ///< [bit] behind which segments it is held
  std::vector<UnrolledOutput> made_;
};

}  // namespace

int64_t cast_luts(const UnrolledOutput& y) {
  const fixed::Format& out = y.format;
  const AdderWire exact{.low = y.t.low, .high = y.t.high};
  const int width = std::max(1, exact.width() - y.drop);  // rounded
  int64_t luts = 0;
  if (y.ties) luts += gate_luts(std::min(y.drop, exact.width()) + 1);
  const int magnitude = out.is_signed ? out.width - 1 : out.width;
  const int64_t checked = std::max(width - magnitude, 0);
  if (!out.is_signed) {
    if (y.below) luts += 1;  // the register's reset
    if (y.above) luts += y.below ? gate_luts(checked - 1) + out.width : gate_luts(checked + 1);
    return luts;
  }
  if (y.above && y.below) {
    luts += (checked <= 2 ? 0 : 2 * gate_luts(checked)) + std::max(out.width - 1, 1);
  } else if (y.above || y.below) {
    luts += gate_luts(checked + 1);
  }
  return luts;
}

Resources unrolled_cost(const Unrolled& unrolled) {
  Resources r = Registers(unrolled).count();
  r.lut += unrolled.graph.lut_estimate();
  std::vector<UnrolledOutput> made;
  for (const UnrolledOutput& y : unrolled.outputs) {
    if (y.wire < 0 || std::find(made.begin(), made.end(), y) != made.end()) continue;
    made.push_back(y);
    r.lut += cast_luts(y);
  }
  r.lut += table_luts(unrolled);
  r.lut += 1;                  // advance
  r.ff += unrolled.registers;  // valid
  return r;
}

}  // namespace mase::arch
