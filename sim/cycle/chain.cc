// SPDX-License-Identifier: Apache-2.0
#include "sim/cycle/chain.h"

#include <algorithm>
#include <array>

#include "gen/arch/cell_timing.h"
#include "gen/base/error.h"

namespace mase::sim {

namespace {

using arch::Cell;
using arch::Stage;

CellKind kind_of(Cell cell) {
  switch (cell) {
    case Cell::kLinear: return CellKind::kLinear;
    case Cell::kBatchNorm1d: return CellKind::kBatchNorm1d;
    case Cell::kCast: return CellKind::kCast;
    case Cell::kRelu: return CellKind::kRelu;
    case Cell::kWidthAdapter: return CellKind::kWidthAdapter;
    case Cell::kSkidBuffer: return CellKind::kSkidBuffer;
    case Cell::kUnrolled: return CellKind::kUnrolled;
    case Cell::kSlrCrossing: return CellKind::kSlrCrossing;
  }
  MASE_CHECK(false, "cell {}", static_cast<int>(cell));
}

CellSpec cell_of(const Stage& stage) {
  CellSpec spec;
  spec.kind = kind_of(stage.cell);
  switch (stage.cell) {
    case Cell::kLinear:
      spec.beats = stage.beats_in();
      spec.passes = stage.beats_out();
      spec.stores = arch::stores_two_samples(stage);
      spec.depth = arch::pipeline_depth(stage);
      break;
    case Cell::kWidthAdapter: {
      MASE_CHECK(stage.lanes_in != stage.lanes_out, "{} adapts nothing", stage.name);
      const arch::Gearbox g = arch::gearbox(stage);
      spec.in = g.in;
      spec.out = g.out;
      spec.beats_in = g.beats_in;
      spec.last_in = g.last_in;
      spec.most_held = g.most_held(false);
      spec.most_held_last = g.most_held(true);
      break;
    }
    case Cell::kSkidBuffer:
    case Cell::kSlrCrossing: {
      const arch::Queue q = arch::queue(stage);
      spec.depth = q.depth;
      spec.forward = q.forward;
      spec.back = q.back;
      break;
    }
    default: spec.depth = arch::pipeline_depth(stage);
  }
  return spec;
}

}  // namespace

ChainSpec chain_of(const arch::HardwareGraph& hardware) {
  ChainSpec chain{hardware.beats_in(), hardware.beats_out(), {}};
  for (const Stage& stage : hardware.stages) chain.cells.push_back(cell_of(stage));
  return chain;
}

int64_t most_of_a_kind(const ChainSpec& chain) {
  std::array<int64_t, kCellKinds> counts{};
  for (const CellSpec& cell : chain.cells) ++counts[static_cast<size_t>(cell.kind)];
  return *std::max_element(counts.begin(), counts.end());
}

}  // namespace mase::sim
