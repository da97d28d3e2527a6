// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "gen/arch/bit_circuit.h"
#include "gen/arch/cell_cost.h"

namespace mase::arch {

namespace {

/// mase_cast_lane, drawn as it is there, and its registers.
class CastLane {
 public:
  explicit CastLane(BitCircuit& circuit) : c_(circuit) {}

  void run(const fixed::Format& in, const fixed::Format& out, bool floor) {
    // Sets and resets are mapped for speed: each works the enable out by itself.
    fire_ = c_.logic.both(c_.logic.leaf(), c_.logic.either(c_.logic.leaf(), c_.logic.leaf()));
    std::vector<Signal> full;
    for (int k = 0; k < in.width; ++k) full.push_back(c_.logic.leaf());
    if (!in.is_signed) full.push_back(kFalse);
    const auto exact = rounded(full, in.frac - out.frac, out.width, floor);
    if (out.is_signed)
      add_signed(exact, out.width);
    else
      add_unsigned(exact, out.width, in.is_signed);
  }

 private:
  using Signals = std::vector<Signal>;

  Signals rounded(const Signals& full, int shift, int out, bool floor) {
    const auto width = static_cast<int>(full.size());
    if (shift <= 0) {
      Signals exact(static_cast<size_t>(std::min(-shift, out)), kFalse);
      exact.insert(exact.end(), full.begin(), full.end());
      return exact;
    }
    if (shift >= width) return {floor ? full.back() : kFalse};
    Signals kept(full.begin() + shift, full.end());
    if (floor) return kept;
    const Signals below(full.begin(), full.begin() + shift - 1);
    const Signal sticky = c_.logic.any(below);
    const Signal carry =
        c_.logic.both(full[static_cast<size_t>(shift) - 1], c_.logic.either(sticky, kept.front()));
    kept.push_back(kept.back());
    Signals one(kept.size(), kFalse);
    one.front() = carry;
    return c_.sum(kept, one, kFalse);
  }

  void add_signed(const Signals& exact, int out) {
    const auto width = static_cast<int>(exact.size());
    const Signal sign = exact.back();
    if (width <= out) {
      for (int k = 0; k < out; ++k) c_.registered(k < width ? exact[static_cast<size_t>(k)] : sign);
      return;
    }
    Signals top(exact.begin() + out - 1, exact.end()), inverted;
    for (const Signal s : top) inverted.push_back(inverse(s));
    const Signal fits =
        c_.logic.either(inverse(c_.logic.any(inverted)), inverse(c_.logic.any(top)));
    const bool known = is_constant(sign);
    for (int k = 0; k + 1 < out + known; ++k) {
      const Signal bound = k + 1 < out ? inverse(sign) : sign, bit = exact[static_cast<size_t>(k)];
      if (is_constant(bound))  // what is constant becomes the register's set or reset
        c_.add_register(bit, inverse(fits), bound == kTrue, fire_);
      else if (bit == kFalse)
        c_.add_register(bound, fits, false, fire_);
      else
        c_.registered(c_.logic.choose(fits, bit, bound));
    }
    if (!known) c_.registered(sign);
  }

  void add_unsigned(const Signals& exact, int out, bool in_signed) {
    const auto width = static_cast<int>(exact.size());
    const Signal negative = in_signed ? exact.back() : kFalse;
    if (width <= out + 1) {
      for (int k = 0; k < out; ++k) {
        const Signal bit = k < width ? exact[static_cast<size_t>(k)] : negative;
        c_.add_register(bit == negative ? kFalse : bit, negative, false, fire_);
      }
      return;
    }
    const Signal above = c_.logic.any({exact.begin() + out, exact.end() - 1});
    for (int k = 0; k < out; ++k) {
      const Signal bit = exact[static_cast<size_t>(k)];
      if (in_signed)
        c_.add_register(c_.logic.either(above, bit), negative, false, fire_);
      else
        c_.add_register(bit, above, true, fire_);
    }
  }

  BitCircuit& c_;
  Signal fire_ = kFalse;
};

Resources cast_cell(const fixed::Format& in, const fixed::Format& out, bool floor, int lanes) {
  BitCircuit circuit;
  const Signal in_valid = circuit.logic.leaf(), out_ready = circuit.logic.leaf();
  const Signal valid = circuit.logic.leaf();
  const Signal ready = circuit.logic.either(out_ready, inverse(valid));
  circuit.logic.need(ready);
  const Signal fire = circuit.logic.both(in_valid, ready);
  CastLane lane(circuit);
  for (int l = 0; l < lanes; ++l) lane.run(in, out, floor);
  if (circuit.registers() > 0) circuit.logic.need(fire);
  return circuit.count() + Resources{.ff = 1};
}

}  // namespace

Resources cast_cell_cost(const fixed::Format& in, const fixed::Format& out, bool floor,
                         int64_t lanes) {
  using Key = std::tuple<int, bool, int, bool, int, bool>;
  struct Costs {
    Resources one, two;  // lanes; any further costs as much as the second
  };
  static thread_local std::map<Key, Costs> known;
  const Key key{in.width, in.is_signed, out.width, out.is_signed, in.frac - out.frac, floor};
  auto found = known.find(key);
  if (found == known.end()) {
    const Costs costs{cast_cell(in, out, floor, 1), cast_cell(in, out, floor, 2)};
    found = known.emplace(key, costs).first;
  }
  const Costs& costs = found->second;
  Resources r = costs.one;
  r.lut += (lanes - 1) * (costs.two.lut - costs.one.lut);
  r.ff += (lanes - 1) * (costs.two.ff - costs.one.ff);
  return r;
}

}  // namespace mase::arch
