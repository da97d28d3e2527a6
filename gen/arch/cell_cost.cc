// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/cell_cost.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "gen/arch/multiplier_table.h"

namespace mase::arch {

CastCost cast_cost(int64_t in_width, bool in_signed, const fixed::Format& out, int64_t down,
                   bool floor) {
  const int64_t full = in_signed ? in_width : in_width + 1, width = out.width;
  const int64_t up = std::min<int64_t>(std::max<int64_t>(-down, 0), width);
  down = std::max<int64_t>(down, 0);
  CastCost cost;
  if (down >= full) {
    cost.vanishes = !(floor && in_signed && out.is_signed);
    cost.ff = cost.vanishes ? 0 : 1;
    return cost;
  }
  const bool rounds = down > 0 && !floor;
  const int64_t exact = up > 0 ? full + up : full - down + (rounds ? 1 : 0);
  if (exact == 1 && in_signed && !out.is_signed) {  // only a sign is left: 0, or below it
    cost.vanishes = true;
    return cost;
  }
  if (rounds) {
    cost.lut += gate_luts(down + 1) + (exact == 2 ? 1 : 0);  // half and (rest or odd)
  }
  const int64_t bits = in_signed ? exact : exact - 1;  // without the zero on top
  if (out.is_signed) {
    if (exact <= width) {
      cost.ff = bits - up;
    } else {
      const int64_t shared = std::min(up, width - 1);  // low bits that saturate together
      cost.ff = width - shared + (shared > 0 ? 1 : 0);
      const int64_t checked = width == 1 ? 0 : std::min(exact - width + 1, full);
      if (!in_signed)  // only upwards: the registers' set
        cost.lut += gate_luts(checked + 1) + (up > 1 ? 2 : 0);
      else
        cost.lut += (checked <= 2 ? 0 : 2 * gate_luts(checked)) + std::max<int64_t>(cost.ff - 1, 0);
    }
  } else {
    if (in_signed) cost.lut += 1;  // below 0: the register's reset
    if (exact <= width + 1) {
      cost.ff = exact - 1 - up;
    } else {
      cost.ff = width - up + (up > 0 ? 1 : 0);
      const int64_t checked = std::min(exact - 1 - width, full - 1);
      cost.lut += in_signed ? gate_luts(checked) + cost.ff : gate_luts(checked + 1);
    }
  }
  return cost;
}

Resources width_adapter_cost(int64_t elements, int64_t width, int64_t in_lanes, int64_t out_lanes) {
  const int64_t unit = std::gcd(in_lanes, out_lanes), bits = unit * width;
  const int64_t in = in_lanes / unit, out = out_lanes / unit;
  const int64_t in_beats = ceil_div(elements, in_lanes), out_beats = ceil_div(elements, out_lanes);
  const int64_t last_in = out_beats * out - (in_beats - 1) * in;
  const int64_t room = in > out ? ceil_div(out - 1 + in, out) * out : in == 1 ? out : 2 * out;
  const bool counts = last_in != in;  // else the last beat is like the others
  Resources r;
  r.ff = room * bits + clog2(room + 1) + (counts ? clog2(in_beats) : 0);
  // Fitted to 142 adapters; the widths that are not multiples of each other vary by 20 %.
  const double n = static_cast<double>(room), total = n * static_cast<double>(bits);
  const double shift = std::log2(static_cast<double>(in));
  const double landing = static_cast<double>(in * bits);
  const double counter = counts ? static_cast<double>(clog2(in_beats) + 1) : 0;
  double lut = 0;
  if (in == 1) {
    lut = 1.3 + 2.05 * n + 0.8 * counter;
  } else if (out == 1) {
    lut = total - static_cast<double>(bits) + 3.6 + 1.13 * n + 0.93 * counter;
  } else if (in_beats == 1 && std::has_single_bit(static_cast<uint64_t>(out))) {
    lut = 1.25 * total;  // the fill is a multiple of `out`: its low bits are 0, and so their shifts
  } else if (in < out) {
    lut = (0.864 + 0.381 * shift) * total - 0.289 * landing + 3.4 + 2.08 * n;
  } else {
    lut = (0.419 + 0.539 * shift) * total - 0.394 * landing - 7.3 + 4.36 * n;
  }
  r.lut = std::llround(lut);
  return r;
}

// Measured from 1 to 333 bits; RAM32M16 stores 14 bits in eight LUTs.
Resources slr_send_cost(int64_t width) { return {.lut = 9, .ff = width + 8}; }

Resources slr_receive_cost(int64_t width) {
  return {.lut = 15 + 8 * ceil_div(width, 14), .ff = width + 16};
}

Resources replay_cost(int64_t width, int64_t beats, int64_t passes, int samples) {
  Resources r{.ff = clog2(beats) + clog2(passes)};
  r.lut = clog2(beats) + clog2(passes);
  const int64_t address = clog2(beats) + samples - 1;
  if (samples == 2) {
    r.ff += clog2(beats) + 2 + clog2(2 * beats + 1) + 1;
    r.lut += 2 * clog2(beats) + 3 * clog2(2 * beats + 1) - 4;
  } else {
    r.lut += width;  // first pass straight through
  }
  if (address == 0) {
    r.ff += width;
    return r;
  }
  r.ff += address;  // Yosys moves a copy of the address register to the memory
  // RAM32M16 holds 14 bits of 32 words, RAM64M8 7 bits of 64, both 8 LUTs.
  r.lut += address <= 5 ? 8 * ceil_div(width, 14)
                        : 8 * ceil_div(width, 7) * (int64_t{1} << (address - 6));
  return r;
}

void KnownNodes::clear() {
  if (slots_.empty()) slots_.resize(256);
  std::fill(slots_.begin(), slots_.end(), 0);
  used_ = 0;
}

bool KnownNodes::add(uint64_t node) {
  node |= 1;
  if (2 * used_ >= slots_.size()) grow();
  for (size_t i = (node >> 20) & (slots_.size() - 1);; i = (i + 1) & (slots_.size() - 1)) {
    if (slots_[i] == node) return false;
    if (slots_[i] != 0) continue;
    slots_[i] = node;
    ++used_;
    return true;
  }
}

void KnownNodes::grow() {
  std::vector<uint64_t> old(std::max<size_t>(2 * slots_.size(), 256));
  old.swap(slots_);
  used_ = 0;
  for (const uint64_t node : old) {
    if (node != 0) add(node);
  }
}

namespace {

struct Node {
  enum Kind : uint8_t { kZero, kWires, kGates, kSum } kind = kZero;
  uint64_t what = 0;  ///< equal for equal nodes
};

/// LUTs of the tree of adders as it is drawn in mase_multiplier: an adder takes one a bit, and one
/// more where its first operand is not a signal yet but the AND of a bit of b with a.
int64_t drawn_multiplier_luts(int64_t a, const Multiplicand& b, int64_t kept) {
  std::array<Node, 64> nodes;
  for (int64_t k = 0; k < b.width; ++k) {
    const bool one = (b.ones >> k) & 1, zero = (b.zeros >> k) & 1;
    const auto i = static_cast<size_t>(k);
    nodes[i].kind = !one ? Node::kZero : zero ? Node::kGates : Node::kWires;
    const uint64_t column = b.signatures ? b.signatures[k] : static_cast<uint64_t>(k) + 1;
    nodes[i].what = node_of(b.input, column);
  }
  int64_t luts = b.width == 1 && b.ones != 0 ? a : 0;
  int64_t count = b.width;
  for (int64_t size = 1; count > 1; size *= 2) {  // bits of b below each operand
    for (int64_t k = 0; 2 * k < count; ++k) {
      const Node low = nodes[static_cast<size_t>(2 * k)];
      const Node high = 2 * k + 1 < count ? nodes[static_cast<size_t>(2 * k + 1)] : Node{};
      Node& sum = nodes[static_cast<size_t>(k)];
      if (low.kind == Node::kZero || high.kind == Node::kZero) {
        sum = low.kind == Node::kZero ? high : low;
        // Alone in the upper place it is another number than in the lower one.
        if (low.kind == Node::kZero) sum.what = node_of(sum.what, static_cast<uint64_t>(size));
        continue;
      }
      const bool is_sign = (2 * k + 1) * size == b.width - 1;  // subtracts
      sum.kind = Node::kSum;
      sum.what = node_of(node_of(low.what, high.what), static_cast<uint64_t>(2 * size + is_sign));
      if (b.known && !b.known->add(sum.what)) continue;
      const int64_t top =
          std::min(a + std::min(2 * size, b.width - 2 * k * size), kept - 2 * k * size);
      const int64_t bits = std::max<int64_t>(top - size, 0);
      luts += bits;
      if (low.kind == Node::kGates && (!b.known || b.known->add(node_of(low.what, 7))))
        luts += std::max<int64_t>(top, 0);
    }
    count = ceil_div(count, 2);
  }
  return luts + (nodes[0].kind == Node::kGates ? a : 0);
}

}  // namespace

int64_t lut_multiplier_luts(int64_t a, bool a_signed, const Multiplicand& b, int64_t kept) {
  if (b.ones == 0) return 0;
  const int64_t drawn = drawn_multiplier_luts(a, b, kept);
  constexpr int64_t kMost = 16;
  const int64_t width = b.width - std::countr_zero(b.ones);
  if (a > kMost || width > kMost) return drawn;
  // What was measured of the whole, with every bit changing, against what is drawn of it.
  const auto& table = a_signed ? kSignedMultiplier : kUnsignedMultiplier;
  const int64_t measured = table[static_cast<size_t>(width - 1)][static_cast<size_t>(a - 1)];
  const int64_t whole = drawn_multiplier_luts(
      a, {.width = width, .ones = ~uint64_t{0}, .zeros = ~uint64_t{0}}, a + width);
  return (drawn * measured + whole / 2) / std::max<int64_t>(whole, 1);
}

int64_t soft_multiplier_luts(int64_t a, int64_t b, int64_t kept) {
  const int64_t low = std::min(a, b), high = std::max(a, b);
  int64_t products = 0;  // of two bits, that are read
  for (int64_t i = 0; i < low; ++i) products += std::clamp<int64_t>(kept - i, 0, high);
  if (low <= 2) return products;
  const int64_t whole = low == 3 ? (high == 3 ? 8 : high == 4 ? 11 : 16) : 26 * low * high / 16;
  return whole * products / (low * high);
}

int64_t multiplier_dsps(int64_t a, int64_t b, int64_t y) {
  constexpr int64_t kLeastProduct = 9, kMostA = 27, kMostB = 18, kPart = 17;
  if (std::min(a, b) < 2 || y < kLeastProduct) return 0;
  const auto parts = [&](int64_t width, int64_t most) {
    return width <= most ? 1 : 1 + ceil_div(width - most, kPart);
  };
  return parts(std::max(a, b), kMostA) * parts(std::min(a, b), kMostB);
}

double block_rams(int64_t depth, int64_t width) {
  // RAMB18E2 and RAMB36E2: bits a word at 2^log words.
  constexpr std::array<int64_t, 6> kWidths = {36, 18, 9, 4, 2, 1};  // of 512 words and more
  constexpr int64_t kHalfCost = 129, kFullCost = 257;               // Yosys's
  if (width == 0) return 0;
  const auto level = [&](int64_t words) {
    return static_cast<size_t>(std::clamp<int64_t>(clog2(depth) - clog2(words), 0, 5));
  };
  const int64_t half_width = kWidths[level(512)];
  const int64_t full_width = depth <= 512 ? 72 : kWidths[level(1024)];
  const int64_t halves = ceil_div(width, half_width) * ceil_div(depth, 16384);
  const int64_t fulls = ceil_div(width, full_width) * ceil_div(depth, 32768);
  return halves * kHalfCost <= fulls * kFullCost ? 0.5 * static_cast<double>(halves)
                                                 : static_cast<double>(fulls);
}

}  // namespace mase::arch
