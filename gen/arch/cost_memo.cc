// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/cost_memo.h"

#include "gen/arch/cost.h"

namespace mase::arch {

namespace {

constexpr size_t kMost = 1 << 16;  // some 12 MB

/// Two numbers of 32 bits.
uint64_t pack(uint64_t low, uint64_t high) { return (low & 0xFFFFFFFF) | high << 32; }

uint64_t pack(const fixed::Format& format) {
  return static_cast<uint64_t>(format.width & 0xFFF) |
         static_cast<uint64_t>(static_cast<uint16_t>(format.frac)) << 12 |
         static_cast<uint64_t>(format.is_signed) << 28;
}

uint64_t address(const fixed::Constants& constants) {
  return reinterpret_cast<uintptr_t>(constants.identity());
}

}  // namespace

CostMemo::Key CostMemo::key_of(const Stage& s) {
  const auto number = [](int64_t value) { return static_cast<uint64_t>(value); };
  const uint64_t multiplier = s.multiplier == "auto" ? 0 : s.multiplier == "dsp" ? 1 : 2;
  const uint64_t flags = static_cast<uint64_t>(s.cell) |
                         static_cast<uint64_t>(s.rounding == fixed::Rounding::kFloor) << 4 |
                         static_cast<uint64_t>(s.block_ram) << 5 | multiplier << 6 |
                         static_cast<uint64_t>(s.bias_format.has_value()) << 8 |
                         number(s.replay_samples) << 9;
  return {address(s.weight),
          address(s.bias),
          pack(number(s.elements_in), number(s.elements_out)),
          pack(number(s.lanes_in), number(s.lanes_out)),
          pack(pack(s.in), pack(s.out)),
          pack(pack(s.cast_from), pack(s.weight_format)),
          pack(s.bias_format ? pack(*s.bias_format) : 0, flags),
          pack(number(s.running_width),
               number(s.alignment.product_shift) << 16 ^ number(s.alignment.bias_shift))};
}

size_t CostMemo::Hash::operator()(const Key& key) const {
  uint64_t hash = 0;
  for (const uint64_t word : key) {
    hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
    hash ^= hash >> 29;
  }
  return hash;
}

Resources CostMemo::estimate(const HardwareGraph& hardware) {
  const auto is_kept = [](const Stage& stage) {
    return stage.cell == Cell::kLinear || stage.cell == Cell::kBatchNorm1d;
  };
  Resources total;
  for (const Stage& stage : hardware.stages) {
    if (!is_kept(stage)) total += arch::estimate(stage);
  }
  const std::lock_guard lock(mutex_);
  for (const Stage& stage : hardware.stages) {
    if (!is_kept(stage)) continue;
    const Key key = key_of(stage);
    const auto found = known_.find(key);
    if (found != known_.end()) {
      total += found->second.resources;
      continue;
    }
    const Resources resources = arch::estimate(stage);
    if (known_.size() >= kMost) known_.clear();
    known_.emplace(key, Known{resources, stage.weight, stage.bias});
    total += resources;
  }
  return total;
}

}  // namespace mase::arch
