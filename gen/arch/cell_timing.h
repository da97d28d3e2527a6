// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "gen/arch/hardware_graph.h"

namespace mase::arch {

/// Clock edges from taking the beat that completes a result to the first cycle in which the result
/// is offered, when nothing stalls: 1 for a plain register. Not of width adapters, whose beats
/// wait for each other, nor of crossings. Source: rtl/README.md; mirrored by
/// rtl/mase_linear_array.sv and rtl/mase_batch_norm1d.sv.
int64_t pipeline_depth(const Stage& stage);

/// Whether a linear takes the next sample while it replays this one (mase_replay, Samples = 2).
/// Without it the first pass flows straight through and nothing is taken during the others.
bool stores_two_samples(const Stage& stage);

/// A cell that keeps beats in order and changes nothing: a skid buffer, a crossing between SLRs.
struct Queue {
  int64_t depth = 2;    ///< beats
  int64_t forward = 1;  ///< edges from taking a beat to offering it
  int64_t back = 1;     ///< edges from giving a beat to the cycle in which another may come for it
};
Queue queue(const Stage& stage);

/// The buffer of mase_width_adapter, in units of gcd(lanes_in, lanes_out) elements.
struct Gearbox {
  int64_t in = 1, out = 1;              ///< units a beat
  int64_t beats_in = 1, beats_out = 1;  ///< a sample
  int64_t last_in = 1;  ///< units that the last beat of a sample counts for: it fills its beat out
  int64_t room = 1;     ///< units it holds
  /// Most units that may be held when a beat comes in.
  int64_t most_held(bool last) const { return last ? (out == 1 ? 0 : room - last_in) : room - in; }
};
Gearbox gearbox(const Stage& stage);

}  // namespace mase::arch
