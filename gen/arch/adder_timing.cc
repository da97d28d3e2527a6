// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/adder_timing.h"

#include <algorithm>

#include "gen/arch/unrolled.h"
#include "gen/arch/unrolled_tables.h"
#include "gen/base/error.h"

namespace mase::arch {

namespace {

using Kind = AdderWire::Kind;

constexpr int kLutInputs = 6;

int zeros_below(fixed::Wide value) {
  int zeros = 0;
  while (zeros < 126 && ((value >> zeros) & 1) == 0) ++zeros;
  return zeros;
}

/// Levels of LUTs in which `inputs` bits become one.
int reduction_levels(int inputs) {
  int levels = 0;
  for (; inputs > 1; inputs = (inputs + kLutInputs - 1) / kLutInputs) ++levels;
  return levels;
}

}  // namespace

AdderTiming::AdderTiming(const Unrolled& unrolled, const AdderDelays& delays)
    : u_(unrolled), d_(delays) {
  MASE_CHECK(
      d_.carry_s.size() == 20 && d_.carry_ci.size() == 4 && d_.net.size() == d_.fanout.size() + 1,
      "delays of {} and {} numbers", d_.carry_s.size(), d_.net.size());
  count_pins();
}

double AdderTiming::net(int64_t pins) const {
  // A bit that drives less is never slower here: the classes are medians of what was measured.
  double ps = 0;
  for (size_t c = 0; c < d_.net.size(); ++c) {
    ps = std::max(ps, d_.net[c]);
    if (c < d_.fanout.size() && pins <= d_.fanout[c]) break;
  }
  return ps;
}

/// Bits of adder w that are those of its operand a.
int AdderTiming::beside(size_t w) const {
  const AdderWire& wire = u_.graph.wires[w];
  if (wire.negate_a) return 0;
  const AdderWire& b = u_.graph.wires[static_cast<size_t>(wire.b)];
  return wire.shift + (b.kind == Kind::kConstant ? zeros_below(b.low) : 0);
}

/// True where the adder is mere concatenation.
bool AdderTiming::joins(size_t w) const {
  const AdderWire& wire = u_.graph.wires[w];
  const AdderWire& a = u_.graph.wires[static_cast<size_t>(wire.a)];
  return !wire.negate_a && !wire.negate_b && a.kind != Kind::kConstant && !a.is_signed() &&
         a.width() <= wire.shift;
}

void AdderTiming::count_pins() {
  const auto& wires = u_.graph.wires;
  for (const AdderWire& wire : wires)
    pins_.emplace_back(static_cast<size_t>(std::max(1, wire.width())), 1);  // a register
  const auto add = [&](int w, int k, int64_t pins) {
    auto& bits = pins_[static_cast<size_t>(w)];
    if (k < 0) return;
    bits[std::min(static_cast<size_t>(k), bits.size() - 1)] += pins;
  };
  for (const UnrolledOutput& y : u_.outputs) {
    if (y.table >= 0) {
      const LookupTable& table = u_.tables[static_cast<size_t>(y.table)];
      for (const int x : table.inputs) {
        const auto bits = static_cast<int>(pins_[static_cast<size_t>(x)].size());
        for (int k = 0; k < bits; ++k) add(x, k, table.width);
      }
    }
    if (y.wire < 0) continue;
    const auto width = static_cast<int>(pins_[static_cast<size_t>(y.wire)].size());
    for (int k = 0; k < width; ++k) {
      // What is checked for overflow and ties reaches every bit, or the reset of its register.
      const bool top = (y.below || y.above) && k - y.drop >= y.format.width - y.format.is_signed;
      add(y.wire, k, top ? 3 : 1);
    }
  }
  for (size_t w = wires.size(); w-- > 0;) {
    const AdderWire& wire = wires[w];
    if (wire.kind != Kind::kAdder) continue;
    const int low = beside(w);
    for (int k = 0; k < wire.width(); ++k) {
      const int64_t own = pins_[w][static_cast<size_t>(k)];
      if (k < low) {
        add(wire.a, k, own);
      } else if (joins(w)) {
        add(wire.b, k - wire.shift, own);
      } else {
        // The LUT, and the other input of the carry chain.
        add(wire.a, k, 2);
        add(wire.b, k - wire.shift, 2);
      }
    }
  }
}

AdderTiming::Bits AdderTiming::input(size_t w) const {
  return Bits(pins_[w].size(), Bit{d_.clock_to_q, 0});
}

/// Bit k of wire w (its extension, too) as segment `here` sees it.
AdderTiming::Bit AdderTiming::read(size_t w, int k, int here, const std::vector<int>& segment,
                                   const std::vector<Bits>& bits) const {
  const AdderWire& wire = u_.graph.wires[w];
  const bool extended = k >= wire.width();
  if (wire.kind == Kind::kConstant || k < 0 || (extended && !wire.is_signed())) return {0, 0};
  const Bit own = bits[w][static_cast<size_t>(extended ? wire.width() - 1 : k)];
  if (here == segment[w]) return own;
  const int age = own.age + here - segment[w];
  return {age >= kShiftRegister ? d_.shift_clock_to_q : d_.clock_to_q, age};
}

AdderTiming::Bits AdderTiming::adder(size_t w, int here, const std::vector<int>& segment,
                                     const std::vector<Bits>& bits) const {
  const AdderWire& wire = u_.graph.wires[w];
  const auto a = static_cast<size_t>(wire.a), b = static_cast<size_t>(wire.b);
  const int width = wire.width(), low = beside(w);
  Bits result(static_cast<size_t>(std::max(1, width)));
  for (int k = 0; k < std::min(low, width); ++k)
    result[static_cast<size_t>(k)] = read(a, k, here, segment, bits);
  if (joins(w)) {
    for (int k = low; k < width; ++k)
      result[static_cast<size_t>(k)] = read(b, k - wire.shift, here, segment, bits);
    return result;
  }
  const auto pins_of = [&](size_t x, int k) {
    const auto& pins = pins_[x];
    return pins[std::min(static_cast<size_t>(std::max(k, 0)), pins.size() - 1)];
  };
  // Above both operands the pairs are equal: one LUT drives all of them.
  const int top = std::max(u_.graph.wires[a].width(), u_.graph.wires[b].width() + wire.shift) - 1;
  const int64_t shared = std::max(1, width - std::max(top, low));
  double carry = 0;  // into the four bits
  for (int first = low; first < width; first += 4) {
    double leaves = carry == 0 ? 0 : carry + d_.carry_chain;
    for (int k = first; k < std::min(first + 4, width); ++k) {
      const Bit x = read(a, k, here, segment, bits),
                y = read(b, k - wire.shift, here, segment, bits);
      const double xs = x.ps == 0 ? 0 : x.ps + net(pins_of(a, k));
      const double ys = y.ps == 0 ? 0 : y.ps + net(pins_of(b, k - wire.shift));
      double s = std::max(std::min(xs, ys) + d_.lut_second, std::max(xs, ys) + d_.lut_fast);
      const int from = k - first;
      if (k == low) {
        // Without a carry the sum is what the LUT says, and ABC lets the LUT drive its readers,
        // too.
        result[static_cast<size_t>(k)].ps = s;
        s += net(1 + pins_of(w, k));
      } else {
        s += k >= top && shared > 1 ? net(shared) : d_.lut_to_carry;
      }
      for (int to = from; to < 4 && first + to < width; ++to) {
        if (first + to == low) continue;
        double& sum = result[static_cast<size_t>(first + to)].ps;
        sum = std::max(sum, s + d_.carry_s[static_cast<size_t>(from * 5 + to)]);
      }
      leaves = std::max(leaves, s + d_.carry_s[static_cast<size_t>(from * 5 + 4)]);
      if (carry > 0) {
        double& sum = result[static_cast<size_t>(k)].ps;
        sum = std::max(sum, carry + d_.carry_ci[static_cast<size_t>(from)]);
      }
    }
    carry = leaves + d_.carry_cascade;
  }
  return result;
}

double AdderTiming::path(const Bits& bits, bool waits) const {
  double ps = 0;
  for (const Bit& bit : bits) ps = std::max(ps, bit.ps);
  // Whatever reads a bit in this segment has a longer path than the register beside it.
  const double register_ps = d_.carry_to_ff + d_.setup;
  return ps + (waits ? net(1) + d_.shift_setup : register_ps) + d_.uncertainty;
}

/// From the wire's bits to the register of the output.
double AdderTiming::cast(const UnrolledOutput& y, double arrival) const {
  if (!y.takes_a_level()) return arrival + d_.carry_to_ff + d_.setup + d_.uncertainty;
  const AdderWire exact{.low = y.t.low, .high = y.t.high};
  const int rounded = std::max(1, exact.width() - y.drop);
  const int magnitude = y.format.is_signed ? y.format.width - 1 : y.format.width;
  const int checked = y.below || y.above ? std::max(rounded - magnitude, 0) + 1 : 0;
  const int tied = y.ties ? std::min(y.drop, exact.width()) + 1 : 0;
  // All in one LUT where it has inputs enough; else what is gathered goes into one more.
  int levels = 1;
  if (checked + tied + 1 > kLutInputs) levels += reduction_levels(std::max(checked, tied));
  double ps = arrival;
  const double wire = net(d_.fanout.empty() ? 1 : d_.fanout.front() + 1);
  for (int level = 0; level < levels; ++level) ps += wire + d_.lut_slow;
  // The clamp may be the register's set or reset, which all bits share.
  const double data = d_.lut_to_ff + d_.setup;
  const double reset = checked == 0 ? 0 : net(y.format.width) + d_.setup_reset;
  return ps + std::max(data, reset) + d_.uncertainty;
}

double AdderTiming::output_path(const UnrolledOutput& y, int here, const std::vector<int>& segment,
                                const std::vector<Bits>& bits) const {
  double arrival = 0;
  if (y.table >= 0) {
    const LookupTable& table = u_.tables[static_cast<size_t>(y.table)];
    for (const int x : table.inputs) {
      for (int k = 0; k < u_.graph.wires[static_cast<size_t>(x)].width(); ++k) {
        const auto& pins = pins_[static_cast<size_t>(x)];
        arrival = std::max(arrival, read(static_cast<size_t>(x), k, here, segment, bits).ps +
                                        net(pins[static_cast<size_t>(k)]));
      }
    }
    // A multiplexer behind the LUT is quicker than another LUT.
    const int levels = index_bits(u_, table) > kLutInputs ? 2 : 1;
    return arrival + levels * d_.lut_slow + (levels - 1) * net(1) + d_.lut_to_ff + d_.setup +
           d_.uncertainty;
  }
  const auto w = static_cast<size_t>(y.wire);
  for (int k = 0; k < std::max(1, u_.graph.wires[w].width()); ++k)
    arrival = std::max(arrival, read(w, k, here, segment, bits).ps);
  return cast(y, arrival);
}

double AdderTiming::least_period() const {
  const size_t n = u_.graph.wires.size();
  const std::vector<int> before(n, 1);
  std::vector<Bits> late(n);
  for (size_t w = 0; w < n; ++w) late[w] = Bits(pins_[w].size(), Bit{d_.clock_to_q, 0});
  // Any operand may have waited long enough to sit in a shift register.
  const int here = 1 + kShiftRegister;
  // Valid and ready enable all registers.
  double period =
      d_.clock_to_q + net(2) + d_.lut_slow + d_.net.back() + d_.setup_enable + d_.uncertainty;
  for (size_t w = 0; w < n; ++w) {
    if (u_.graph.wires[w].kind == Kind::kAdder)
      period = std::max(period, path(adder(w, here, before, late), true));
  }
  for (const UnrolledOutput& y : u_.outputs) {
    if (y.varies()) period = std::max(period, output_path(y, here, before, late));
  }
  return std::max(period / (1 - kPeriodReserve), 1e6 / d_.clock_mhz);
}

double longest_path(const Unrolled& unrolled, const AdderDelays& delays) {
  const AdderTiming timing(unrolled, delays);
  const auto& wires = unrolled.graph.wires;
  std::vector<AdderTiming::Bits> bits(wires.size());
  double ps = 0;
  for (size_t w = 0; w < wires.size(); ++w) {
    if (wires[w].kind != Kind::kAdder) {
      bits[w] = timing.input(w);
      continue;
    }
    bits[w] = timing.adder(w, unrolled.segment[w], unrolled.segment, bits);
    const int waits = unrolled.last[w] - unrolled.segment[w];
    ps = std::max(ps, timing.path(bits[w], waits >= kShiftRegister));
  }
  for (const UnrolledOutput& y : unrolled.outputs) {
    if (y.varies())
      ps = std::max(ps, timing.output_path(y, unrolled.registers, unrolled.segment, bits));
  }
  return ps;
}

}  // namespace mase::arch
