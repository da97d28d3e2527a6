// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <bit>
#include <cstdint>
#include <vector>

#include "gen/arch/resources.h"
#include "gen/arch/unrolled.h"
#include "gen/fixed/format.h"

namespace mase::arch {

inline int64_t clog2(int64_t n) {
  return n <= 1 ? 0 : std::bit_width(static_cast<uint64_t>(n - 1));
}
inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// LUTs of a function of n inputs that is an AND or OR, or a chain of such.
inline int64_t gate_luts(int64_t n) { return n <= 1 ? 0 : n <= 6 ? 1 : 1 + ceil_div(n - 6, 5); }

/// mase_cast_lane and its output register, one lane.
struct CastCost {
  int64_t ff = 0, lut = 0;
  bool vanishes = false;  ///< always 0: what feeds it goes, too
};
CastCost cast_cost(int64_t in_width, bool in_signed, const fixed::Format& out, int64_t down,
                   bool floor);

/// mase_cast.
Resources cast_cell_cost(const fixed::Format& in, const fixed::Format& out, bool floor,
                         int64_t lanes);

/// mase_width_adapter of `elements` numbers of `width` bits.
Resources width_adapter_cost(int64_t elements, int64_t width, int64_t in_lanes, int64_t out_lanes);

/// mase_replay with more than one pass: beats of `width` bits.
Resources replay_cost(int64_t width, int64_t beats, int64_t passes, int samples);

/// The halves of mase_slr_crossing, beats of `width` bits.
Resources slr_send_cost(int64_t width);
Resources slr_receive_cost(int64_t width);

/// Functions of a cell's inputs that exist already: Yosys makes equal ones one.
class KnownNodes {
 public:
  void clear();
  /// False when it was added before.
  bool add(uint64_t node);

 private:
  void grow();
  std::vector<uint64_t> slots_;
  size_t used_ = 0;
};

/// The number of a node, from those of its operands.
inline uint64_t node_of(uint64_t low, uint64_t high) {
  const uint64_t mixed = (low ^ (high << 31 | high >> 33)) * 0x9E3779B97F4A7C15u + high;
  return (mixed ^ (mixed >> 29)) | 1;
}

/// Rounding and clamping of one output of an unrolled layer, its register's set and reset included.
int64_t cast_luts(const UnrolledOutput& y);

/// An unrolled layer: adders, casts, registers and their valid bits.
Resources unrolled_cost(const Unrolled& unrolled);

/// The second operand of a multiplier: a number of a memory's word.
struct Multiplicand {
  int64_t width = 1;
  uint64_t ones = 0, zeros = 0;  ///< bits that are 1 (0) in some word
  /// Equal columns of the memory, which Yosys makes one signal; nullptr: none are.
  const uint32_t* signatures = nullptr;
  uint64_t input = 0;           ///< which first operand
  KnownNodes* known = nullptr;  ///< adders of the cell's other multipliers
};

/// LUTs of mase_multiplier with Style 2 where `kept` bits of the product are read. A bit of b that
/// never changes costs nothing, nor does an adder with one operand left, or one that adds the same
/// as another.
int64_t lut_multiplier_luts(int64_t a, bool a_signed, const Multiplicand& b, int64_t kept);

/// LUTs of a multiplier that Yosys builds itself because it is too small for a DSP, where `kept`
/// bits of the product are read.
int64_t soft_multiplier_luts(int64_t a, int64_t b, int64_t kept);

/// DSP48E2 of an a x b product of which y bits are kept; 0 where Yosys prefers LUTs.
int64_t multiplier_dsps(int64_t a, int64_t b, int64_t y);

/// Block RAMs of a read-only memory; half blocks count 0.5.
double block_rams(int64_t depth, int64_t width);

}  // namespace mase::arch
