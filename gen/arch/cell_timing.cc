// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/cell_timing.h"

#include <bit>
#include <numeric>

#include "gen/base/error.h"

namespace mase::arch {

namespace {

int clog2(int64_t n) { return n <= 1 ? 0 : std::bit_width(static_cast<uint64_t>(n - 1)); }

}  // namespace

int64_t pipeline_depth(const Stage& stage) {
  const int word = stage.block_ram ? 1 : 0;
  switch (stage.cell) {
    // products, adder tree (a register after every two levels), running sum, cast
    case Cell::kLinear: return word + 1 + (clog2(stage.lanes_in) + 1) / 2 + 2;
    case Cell::kBatchNorm1d: return word + 3;  // product, sum, cast
    case Cell::kCast:
    case Cell::kRelu:
    case Cell::kSkidBuffer: return 1;
    case Cell::kUnrolled: return stage.unrolled->registers;
    case Cell::kWidthAdapter:
    case Cell::kSlrCrossing: break;
  }
  MASE_CHECK(false, "{} ({}) is no pipeline", stage.name, module_name(stage));
}

bool stores_two_samples(const Stage& stage) {
  return stage.cell == Cell::kLinear && stage.beats_out() > 1 && stage.replay_samples == 2;
}

Queue queue(const Stage& stage) {
  if (stage.cell == Cell::kSkidBuffer) return {.depth = 2};
  MASE_CHECK(stage.cell == Cell::kSlrCrossing, "{} is no queue", stage.name);
  return {.depth = 6, .forward = 3, .back = 3};
}

Gearbox gearbox(const Stage& stage) {
  const int64_t unit = std::gcd(stage.lanes_in, stage.lanes_out);
  Gearbox g;
  g.in = stage.lanes_in / unit;
  g.out = stage.lanes_out / unit;
  g.beats_in = stage.beats_in();
  g.beats_out = stage.beats_out();
  g.last_in = g.beats_out * g.out - (g.beats_in - 1) * g.in;
  g.room = g.in > g.out ? (g.out - 1 + g.in + g.out - 1) / g.out * g.out
                        : (g.in == 1 ? g.out : 2 * g.out);
  return g;
}

}  // namespace mase::arch
