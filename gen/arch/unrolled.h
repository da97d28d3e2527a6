// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "gen/arch/adder_graph.h"
#include "gen/arch/adder_timing.h"
#include "gen/fixed/format.h"

namespace mase::arch {

struct HardwareGraph;
struct Stage;

/// Values that a lane takes, raw integers in the stream's format; both ends count.
struct Interval {
  fixed::Wide low = 0, high = 0;
  int zeros = 0;  ///< bits that are 0 at the bottom of all values
  bool constant() const { return low == high; }
  friend bool operator==(const Interval&, const Interval&) = default;
};

/// How one output leaves an unrolled cell. With t = value of `wire`:
///     y = clamp(t * 2^-drop rounded down, its last bit cleared where `ties` and nothing was left)
/// Half of the last place is already in t, so that this is rounding half to even without an adder:
/// rounding half up differs from it only at ties, by 1, upwards, and only to odd numbers.
struct UnrolledOutput {
  int wire = -1;             ///< of the adder graph; -1: `constant` or a table's value leaves
  int table = -1;            ///< of Unrolled::tables; -1: none
  fixed::Wide constant = 0;  ///< in the format of the stream out
  fixed::Format format;      ///< of y: of the stream out, or of this channel
  int pad = 0;               ///< zeros below y in the stream out
  int drop = 0;              ///< bits of the wire below the last place; negative: zeros to append
  bool ties = false;
  bool below = false, above = false;  ///< the format's bounds are exceeded for some input
  Interval range;                     ///< what leaves, in the format of the stream out
  /// Of t; the wire's own interval is wider where its operands depend on each other.
  Interval t;

  /// Rounding and clamping are as long a path as an adder.
  bool takes_a_level() const { return ties || above || below || table >= 0; }
  /// False where a constant leaves.
  bool varies() const { return wire >= 0 || table >= 0; }
  friend bool operator==(const UnrolledOutput&, const UnrolledOutput&) = default;
};

/// An output that is looked up by the bits of a few inputs, side by side.
struct LookupTable {
  std::vector<int> inputs;          ///< wires of the graph; the first has the index's lowest bits
  std::vector<fixed::Wide> values;  ///< [2^index bits] in the format of the output
  int width = 0;                    ///< bits of a value
  friend bool operator==(const LookupTable&, const LookupTable&) = default;
};

/// A layer as wires, shifts and adders, cut into segments by registers. Segment 1 reads the stream
/// in; the register behind the last one is the stream out.
struct Unrolled {
  AdderGraph graph;                     ///< without negated outputs: they are adders here
  std::vector<int> zeros;               ///< [elements in] low bits of a lane that no input has
  std::vector<UnrolledOutput> outputs;  ///< [elements out]
  std::vector<LookupTable> tables;      ///< they stand in the last segment
  int registers = 1;                    ///< segments: clock edges from the stream in to the one out
  std::vector<int> segment;             ///< [wire] in which it is computed; inputs: 1
  std::vector<int> last;                ///< [wire] the last one that reads it

  /// A constant is no register's business.
  bool registered(size_t wire) const {
    return graph.wires[wire].kind != AdderWire::Kind::kConstant && last[wire] > segment[wire];
  }
};

struct UnrollOptions {
  int adders_per_stage = 3;                   ///< adder levels between two registers
  std::optional<double> target_mhz;           ///< in their place: what paths must allow
  std::shared_ptr<const AdderDelays> delays;  ///< of the target; never null with target_mhz
  std::optional<int> extra_depth;  ///< adder levels allowed beyond the least that are possible
  bool tables = true;              ///< outputs of few input bits may be looked up
  std::optional<int> depth_limit;  ///< adder levels allowed, where extra_depth says nothing
  std::optional<double> seconds;   ///< as AdderGraphOptions::seconds
  uint64_t seed = 1;               ///< as AdderGraphOptions::seed
  int threads = 0;                 ///< as AdderGraphOptions::threads
};

/// Adder graph, casts and registers of a linear or batch norm whose stream in takes only the values
/// of `inputs`. Graphs that were found before are remembered. Shapes: inputs [elements in].
/// Errors: UserError A012, A013, A016 (target_mhz cannot be reached), A014 (formats whose fractions
/// lie too far apart for constants of 62 bits).
std::shared_ptr<const Unrolled> unroll(const Stage& stage, const std::vector<Interval>& inputs,
                                       const UnrollOptions& options);

/// Unrolls every stage that is to be unrolled, for the values that really reach it.
/// Errors: as unroll.
void unroll_stages(HardwareGraph& hardware);

/// Places adders and registers: every path has at most `adders_per_stage` levels in a segment, the
/// casts of the outputs included, in as few segments as that takes, with few register bits.
/// Fills registers, segment and last.
void place_registers(Unrolled& unrolled, int adders_per_stage);

/// The same with as many adders and casts in a segment as `period_ps` holds by the delays of the
/// target. The period must be least_period() of adder_timing.h or longer.
void place_registers(Unrolled& unrolled, const AdderDelays& delays, double period_ps);

}  // namespace mase::arch
