// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "gen/arch/hardware_graph.h"
#include "gen/base/error.h"

namespace mase::arch {

std::string module_name(Cell cell) {
  switch (cell) {
    case Cell::kLinear: return "mase_linear";
    case Cell::kBatchNorm1d: return "mase_batch_norm1d";
    case Cell::kCast: return "mase_cast";
    case Cell::kRelu: return "mase_relu";
    case Cell::kWidthAdapter: return "mase_width_adapter";
    case Cell::kSkidBuffer: return "mase_skid_buffer";
    case Cell::kUnrolled: return "mase_unrolled";
    case Cell::kSlrCrossing: return "mase_slr_crossing";
  }
  MASE_CHECK(false, "cell {}", static_cast<int>(cell));
}

std::string module_name(const Stage& stage) {
  return stage.cell == Cell::kUnrolled ? stage.name + "_unrolled" : module_name(stage.cell);
}

int64_t Stage::cycles() const {
  if (cell == Cell::kLinear) return beats_in() * beats_out();
  return std::max(beats_in(), beats_out());
}

int64_t Stage::rom_depth() const {
  if (cell == Cell::kLinear) return beats_in() * beats_out();
  return cell == Cell::kBatchNorm1d ? beats_in() : 0;
}

int64_t Stage::rom_width() const {
  if (cell == Cell::kLinear) return int64_t{lanes_in} * lanes_out * weight_format.width;
  return cell == Cell::kBatchNorm1d ? int64_t{lanes_in} * weight_format.width : 0;
}

const Stage& HardwareGraph::bottleneck() const {
  // Among equals a cell of the network is named, not an adapter beside it.
  return *std::max_element(stages.begin(), stages.end(), [](const Stage& a, const Stage& b) {
    return std::pair(a.cycles(), !a.graph_nodes.empty()) <
           std::pair(b.cycles(), !b.graph_nodes.empty());
  });
}

int64_t HardwareGraph::ii_cycles() const { return bottleneck().cycles(); }

}  // namespace mase::arch
