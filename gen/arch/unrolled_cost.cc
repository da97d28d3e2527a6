// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "gen/arch/bit_circuit.h"
#include "gen/arch/cell_cost.h"
#include "gen/arch/unrolled_tables.h"

namespace mase::arch {

namespace {

using fixed::Wide;
using Kind = AdderWire::Kind;

/// The layer as single bits, as the module draws it.
class Bits {
 public:
  explicit Bits(const Unrolled& unrolled) : u_(unrolled), wires_(unrolled.graph.wires) {
    bits_.resize(wires_.size());
    for (size_t w = 0; w < wires_.size(); ++w) {
      const AdderWire& wire = wires_[w];
      if (wire.kind == Kind::kInput) {
        for (int k = 0; k < wire.width(); ++k) bits_[w].push_back(luts_.leaf());
      } else if (wire.kind == Kind::kAdder) {
        add(w);
      }
    }
    advance_ = luts_.either(luts_.leaf(), luts_.leaf());  // out_ready_i or not out_valid_o
    luts_.need(advance_);
    for (const UnrolledOutput& y : u_.outputs) {
      if (y.wire >= 0) add_output(y);
      if (y.table >= 0) add_table(u_.tables[static_cast<size_t>(y.table)]);
    }
  }

  Resources count() { return circuit_.count(); }

 private:
  /// Bit k of wire w, extended, in a segment.
  Signal read(int w, int k, int segment) {
    const auto i = static_cast<size_t>(w);
    const AdderWire& wire = wires_[i];
    if (k < 0) return kFalse;
    if (wire.kind == Kind::kConstant)
      return static_cast<Signal>((wire.low >> std::min(k, 126)) & 1);
    const auto& bits = bits_[i];
    if (k >= static_cast<int>(bits.size())) {
      if (!wire.is_signed() || bits.empty()) return kFalse;
      k = static_cast<int>(bits.size()) - 1;
    }
    Signal s = bits[static_cast<size_t>(k)];
    for (int at = u_.segment[i]; at < segment; ++at) s = circuit_.registered(s);
    return s;
  }

  void add(size_t w) {
    const AdderWire& wire = wires_[w];
    std::vector<Signal> a, b;
    for (int k = 0; k < wire.width(); ++k) {
      a.push_back(read(wire.a, k, u_.segment[w]) ^ (wire.negate_a ? 1 : 0));
      b.push_back(read(wire.b, k - wire.shift, u_.segment[w]) ^ (wire.negate_b ? 1 : 0));
    }
    const bool subtracts = wire.negate_a || wire.negate_b;
    bits_[w] =
        wire.negate_a ? circuit_.sum(b, a, kTrue) : circuit_.sum(a, b, subtracts ? kTrue : kFalse);
  }

  void add_output(const UnrolledOutput& y) {
    const AdderWire exact{.low = y.t.low, .high = y.t.high};
    const bool is_signed = exact.is_signed();
    const int width = exact.width(), kept = std::max(1, width - y.drop);
    const int bottom = std::clamp(y.drop, 0, width - 1), dropped = std::clamp(y.drop, 0, width);
    const auto t = [&](int k) { return read(y.wire, k, u_.registers); };
    std::vector<Signal> full;
    for (int k = 0; k < kept; ++k)
      full.push_back(y.drop < 0 ? (k < -y.drop ? kFalse : t(k + y.drop)) : t(bottom + k));
    if (y.ties) {
      std::vector<Signal> below;
      for (int k = 0; k < dropped; ++k) below.push_back(t(k));
      full[0] = luts_.both(full[0], luts_.any(below));
    }
    const Signal sign = is_signed ? full.back() : kFalse;
    const int magnitude = y.format.is_signed ? y.format.width - 1 : y.format.width;
    std::vector<Signal> high, low;
    for (int k = magnitude; k < kept - is_signed; ++k) {
      high.push_back(full[static_cast<size_t>(k)]);
      low.push_back(inverse(full[static_cast<size_t>(k)]));
    }
    const Signal above = y.above ? luts_.both(inverse(sign), luts_.any(high)) : kFalse;
    const Signal below = !y.below             ? kFalse
                         : y.format.is_signed ? luts_.both(sign, luts_.any(low))
                                              : sign;
    for (int k = 0; k < y.format.width; ++k) {
      const Signal bit = k < kept ? full[static_cast<size_t>(k)] : sign;
      const bool most = ((y.format.max() >> k) & 1) != 0, least = ((y.format.min() >> k) & 1) != 0;
      // The outer of the two multiplexers becomes the register's set or reset.
      if (y.above)
        circuit_.add_register(luts_.choose(below, least ? kTrue : kFalse, bit), above, most,
                              advance_);
      else
        circuit_.add_register(bit, below, least, advance_);
    }
  }

  void add_table(const LookupTable& table) {
    std::vector<Signal> index;
    for (const int x : table.inputs) {
      for (int k = 0; k < wires_[static_cast<size_t>(x)].width(); ++k)
        index.push_back(read(x, k, u_.registers));
    }
    for (int bit = 0; bit < table.width; ++bit) {
      std::vector<Signal> level;
      for (const Wide value : table.values)
        level.push_back(static_cast<Signal>((value >> bit) & 1));
      for (const Signal which : index) {
        for (size_t i = 0; 2 * i < level.size(); ++i)
          level[i] = luts_.choose(which, level[2 * i + 1], level[2 * i]);
        level.resize(level.size() / 2);
      }
      circuit_.registered(level.front());
    }
  }

  const Unrolled& u_;
  const std::vector<AdderWire>& wires_;
  BitCircuit circuit_;
  LutNetwork& luts_ = circuit_.logic;
  std::vector<std::vector<Signal>> bits_;  ///< [wire] in its own segment
  Signal advance_ = kFalse;
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
  Resources r = Bits(unrolled).count();
  r.ff += unrolled.registers;  // valid
  return r;
}

}  // namespace mase::arch
