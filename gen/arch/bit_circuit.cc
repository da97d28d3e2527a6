// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/bit_circuit.h"

namespace mase::arch {

void BitCircuit::pin(Signal s) {
  if (is_constant(s)) return;
  ++pins_[s];
  logic.need(s);
}

Signal BitCircuit::registered(Signal d) {
  if (is_constant(d)) return d;
  const auto [found, is_new] = plain_.try_emplace(d, 0);
  if (is_new) {
    pin(d);
    data_.insert(d);
    found->second = logic.leaf();
  }
  return found->second;
}

void BitCircuit::add_register(Signal d, Signal forced, bool value, Signal enable) {
  if (forced == kFalse) {
    registered(d);
    return;
  }
  if (d == forced || d == inverse(forced)) {
    registered((d == forced) == value ? d : value ? kTrue : kFalse);
    return;
  }
  if (d == (value ? kTrue : kFalse) || !forced_.insert({d, forced, value}).second) return;
  pin(d);
  data_.insert(d);
  logic.need(logic.both(enable, forced));
}

std::vector<Signal> BitCircuit::sum(const std::vector<Signal>& x, const std::vector<Signal>& y,
                                    Signal carry) {
  constexpr size_t kLeastChain = 3;
  std::vector<Signal> bits;
  size_t k = 0;
  for (; k < x.size() && (x[k] == carry || y[k] == carry); ++k)
    bits.push_back(x[k] == carry ? y[k] : x[k]);
  if (x.size() - k < kLeastChain) {
    for (; k < x.size(); ++k) {
      const Signal half = logic.differ(x[k], y[k]);
      bits.push_back(logic.differ(half, carry));
      carry = logic.choose(half, carry, x[k]);
    }
    return bits;
  }
  for (const size_t first = k; k < x.size(); ++k) {
    const Signal half = logic.differ(x[k], y[k]);
    pin(half);
    pin(x[k]);
    bits.push_back(k == first ? logic.differ(half, carry) : logic.leaf());
    if (x[k] != y[k] || !is_constant(x[k])) continue;
    for (const Signal known = x[k++]; k < x.size(); ++k)  // the carry is known again
      bits.push_back(logic.differ(logic.differ(x[k], y[k]), known));
  }
  return bits;
}

int64_t BitCircuit::registers() const {
  return static_cast<int64_t>(plain_.size() + forced_.size());
}

Resources BitCircuit::count() {
  Resources r;
  r.ff = registers();
  r.lut = logic.luts();
  // xilinx_dffopt gives an inverter in front of one register the clock enable, and so makes it a
  // LUT.
  for (const auto& [signal, pins] : pins_)
    r.lut += pins == 1 && (signal & 1) != 0 && !logic.is_gate(signal) && data_.contains(signal);
  return r;
}

}  // namespace mase::arch
