// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/cost.h"

#include <algorithm>
#include <bit>

namespace mase::arch {

namespace {

int64_t clog2(int64_t n) { return n <= 1 ? 0 : std::bit_width(static_cast<uint64_t>(n - 1)); }
int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

Resources affine(const Stage& s) {
  Resources r;
  const int64_t in = s.in.width, weight = s.weight_format.width, lanes = s.lanes_in;
  const bool linear = s.cell == Cell::kLinear;
  const int64_t rows = linear ? s.lanes_out : s.lanes_in;
  const int64_t terms = linear ? lanes : 1;
  const int64_t products = rows * terms;
  const bool dsp = s.multiplier == "dsp" || (s.multiplier == "auto" && in + weight >= 10);
  if (dsp)
    r.dsp += products * ceil_div(weight, 18);
  else
    r.lut += products * in * weight, r.ff += products * (in + weight);
  for (int64_t level = 1, nodes = terms; nodes > 1; ++level) {
    r.lut += rows * (nodes / 2) * (in + weight + level);
    nodes = ceil_div(nodes, 2);
    if (level % 2 == 0 || nodes == 1) r.ff += rows * nodes * (in + weight + level);
  }
  r.lut += rows * (s.running_width + 2 * s.out.width);
  r.ff += rows * (s.running_width + s.out.width) + 3 * clog2(s.rom_depth()) + 4;
  if (s.block_ram)
    r.bram36 += static_cast<double>(ceil_div(s.rom_width(), 72) * ceil_div(s.rom_depth(), 512));
  else
    r.lut += s.rom_width() * ceil_div(s.rom_depth(), 64);
  return r;
}

}  // namespace

Resources estimate(const Stage& stage) {
  const int64_t in_bits = int64_t{stage.lanes_in} * stage.in.width;
  const int64_t out_bits = int64_t{stage.lanes_out} * stage.out.width;
  switch (stage.cell) {
    case Cell::kLinear:
    case Cell::kBatchNorm1d: return affine(stage);
    case Cell::kCast: return {.lut = 2 * out_bits, .ff = out_bits + 1};
    case Cell::kRelu: return {.lut = out_bits, .ff = out_bits + 1};
    case Cell::kWidthAdapter:
      return {.lut = 2 * std::max(in_bits, out_bits), .ff = 2 * std::max(in_bits, out_bits)};
    case Cell::kSkidBuffer: return {.lut = in_bits + 4, .ff = 2 * in_bits + 2};
  }
  return {};
}

std::vector<Resources> estimate_stages(const HardwareGraph& hardware) {
  std::vector<Resources> result;
  result.reserve(hardware.stages.size());
  for (const Stage& stage : hardware.stages) result.push_back(estimate(stage));
  return result;
}

Resources estimate(const HardwareGraph& hardware) {
  Resources total;
  for (const Stage& stage : hardware.stages) total += estimate(stage);
  return total;
}

}  // namespace mase::arch
