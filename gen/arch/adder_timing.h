// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "gen/fixed/format.h"

namespace mase::arch {

struct Unrolled;
struct UnrolledOutput;

/// Delays of a target in ps as far as paths of adders depend on them. They stand in the target's
/// file (configs/targets/*.toml, sources there); sim/synth reads it, so that this room knows no
/// device.
struct AdderDelays {
  double clock_to_q = 0, setup = 0, setup_reset = 0;        ///< of a register
  double setup_enable = 0;                                  ///< the slowest enable
  double shift_clock_to_q = 0, shift_setup = 0;             ///< of a shift register in LUTs
  double lut_slow = 0, lut_second = 0, lut_fast = 0;        ///< by input: worst, two fastest
  double lut_to_carry = 0, lut_to_ff = 0, carry_to_ff = 0;  ///< within a slice
  std::vector<double> carry_s;   ///< [4 * 5] from bit to sum bit 0..3 and carry out of four bits
  std::vector<double> carry_ci;  ///< [4] carry in to sum bit
  double carry_chain = 0, carry_cascade = 0;  ///< through four bits, to the next four
  double uncertainty = 0;
  std::vector<int64_t> fanout;  ///< upper ends of the classes of nets
  std::vector<double> net;      ///< delay of a class; one more than `fanout`
  double clock_mhz = 0;         ///< no register is clocked faster

  friend bool operator==(const AdderDelays&, const AdderDelays&) = default;
};

/// A vendor's tool may make this many registers in a row a shift register of LUTs, which is slower;
/// Yosys could, but is told not to (sim/README.md).
inline constexpr int kShiftRegister = 3;

/// Part of the period that registers are not placed into: netlists were up to 1.5 % slower than the
/// model (tests/sim/target_clock_test.cc).
inline constexpr double kPeriodReserve = 0.03;

/// When the bits of an unrolled layer's wires settle, in ps after the clock edge that begins the
/// segment in which they are computed. The same rules as the static timing of netlists
/// (sim/synth/timing.h) on what Yosys makes of an adder: a LUT and a carry chain, four bits at a
/// time, nets by the fan-out of each bit.
class AdderTiming {
 public:
  struct Bit {
    double ps = 0;
    int age = 0;  ///< registers in a row that it went through before this segment
    friend bool operator==(const Bit&, const Bit&) = default;
  };
  using Bits = std::vector<Bit>;

  /// Both must outlive this.
  AdderTiming(const Unrolled& unrolled, const AdderDelays& delays);

  /// Bits of adder w in a segment. `segment`: of each wire before w; `bits`: theirs.
  Bits adder(size_t w, int here, const std::vector<int>& segment,
             const std::vector<Bits>& bits) const;
  /// An input's bits in segment 1.
  Bits input(size_t w) const;

  /// From the edge to the register behind an adder, its setup included.
  /// `waits`: kShiftRegister registers follow one another.
  double path(const Bits& bits, bool waits) const;
  /// The same through rounding and clamping of y to the register of the output in segment `here`.
  double output_path(const UnrolledOutput& y, int here, const std::vector<int>& segment,
                     const std::vector<Bits>& bits) const;

  /// The shortest period that can be asked for: one adder, or the cast of one output, between
  /// registers, and the reserve.
  double least_period() const;

 private:
  Bit read(size_t w, int k, int here, const std::vector<int>& segment,
           const std::vector<Bits>& bits) const;
  double net(int64_t pins) const;
  double cast(const UnrolledOutput& y, double arrival) const;
  void count_pins();
  int beside(size_t w) const;
  bool joins(size_t w) const;

  const Unrolled& u_;
  const AdderDelays& d_;
  std::vector<std::vector<int64_t>> pins_;  ///< [wire][bit] inputs that the bit drives
};

/// The longest path between registers of a placed layer. Units: ps.
double longest_path(const Unrolled& unrolled, const AdderDelays& delays);

}  // namespace mase::arch
