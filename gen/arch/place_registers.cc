// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "gen/arch/unrolled.h"
#include "gen/base/error.h"

namespace mase::arch {

namespace {

using Kind = AdderWire::Kind;

/// Adders at levels 1, 2, ...; k levels are a segment. Moves adders between the earliest and the
/// latest level they may have, one at a time, while that saves register bits.
class Placer {
 public:
  Placer(Unrolled& unrolled, int levels_a_segment)
      : u_(unrolled), wires_(unrolled.graph.wires), k_(levels_a_segment) {
    MASE_CHECK(k_ >= 1, "{} adder levels between registers", k_);
    const size_t n = wires_.size();
    readers_.resize(n);
    ceiling_.assign(n, 0);
    level_.assign(n, 0);
    width_.resize(n);
    for (size_t w = 0; w < n; ++w) {
      width_[w] = wires_[w].kind == Kind::kConstant ? 0 : wires_[w].width();
      if (wires_[w].kind != Kind::kAdder) continue;
      for (const size_t x : operands(w)) {
        readers_[x].push_back(w);
        level_[w] = std::max(level_[w], level_[x] + 1);
      }
    }
    int levels = 1;
    for (const UnrolledOutput& y : u_.outputs) {
      if (y.wire >= 0)
        levels = std::max(levels, level_[static_cast<size_t>(y.wire)] + y.takes_a_level());
    }
    u_.registers = (levels + k_ - 1) / k_;
    for (const UnrolledOutput& y : u_.outputs) {
      if (y.wire < 0) continue;
      int& ceiling = ceiling_[static_cast<size_t>(y.wire)];
      const int latest = u_.registers * k_ - y.takes_a_level();
      ceiling = ceiling == 0 ? latest : std::min(ceiling, latest);
    }
  }

  void run() {
    improve();
    const std::vector<int> early = level_;
    const int64_t early_bits = bits();
    for (size_t w = wires_.size(); w-- > 0;) {
      if (movable(w)) level_[w] = latest(w);
    }
    improve();
    if (early_bits <= bits()) level_ = early;
    u_.segment.resize(wires_.size());
    u_.last.resize(wires_.size());
    for (size_t w = 0; w < wires_.size(); ++w) {
      u_.segment[w] = segment(level_[w]);
      u_.last[w] = std::max(u_.segment[w], last_reader(w, wires_.size()));
    }
  }

 private:
  int segment(int level) const { return level == 0 ? 1 : (level + k_ - 1) / k_; }
  bool movable(size_t w) const {
    return wires_[w].kind == Kind::kAdder && (ceiling_[w] > 0 || !readers_[w].empty());
  }

  std::vector<size_t> operands(size_t w) const {
    std::vector<size_t> result;
    for (const int x : {wires_[w].a, wires_[w].b}) result.push_back(static_cast<size_t>(x));
    if (result[0] == result[1]) result.pop_back();
    return result;
  }

  int earliest(size_t w) const {
    int level = 1;
    for (const size_t x : operands(w)) level = std::max(level, level_[x] + 1);
    return level;
  }
  int latest(size_t w) const {
    int level = ceiling_[w] > 0 ? ceiling_[w] : u_.registers * k_;
    for (const size_t r : readers_[w]) level = std::min(level, level_[r] - 1);
    return level;
  }

  /// The last segment that reads wire w, `without` apart; 0: nobody else does.
  int last_reader(size_t w, size_t without) const {
    int last = ceiling_[w] > 0 ? u_.registers : 0;
    for (const size_t r : readers_[w]) {
      if (r != without) last = std::max(last, segment(level_[r]));
    }
    return last;
  }

  int64_t bits() const {
    int64_t sum = 0;
    for (size_t w = 0; w < wires_.size(); ++w) {
      const int from = segment(level_[w]);
      sum += int64_t{width_[w]} * std::max(0, last_reader(w, wires_.size()) - from);
    }
    return sum;
  }

  bool improve_one(size_t w) {
    const int low = earliest(w), high = latest(w);
    if (segment(low) == segment(high)) return false;
    const int own_last = last_reader(w, wires_.size());
    struct Operand {
      int width, from, last;
    };
    std::vector<Operand> read;
    for (const size_t x : operands(w))
      read.push_back({width_[x], segment(level_[x]), last_reader(x, w)});
    const auto cost = [&](int level) {
      const int here = segment(level);
      int64_t sum = int64_t{width_[w]} * std::max(0, own_last - here);
      for (const Operand& x : read)
        sum += int64_t{x.width} * std::max(0, std::max(here, x.last) - x.from);
      return sum;
    };
    int best = level_[w];
    int64_t best_cost = cost(best);
    for (int level = low; level <= high; ++level) {
      if (const int64_t c = cost(level); c < best_cost) {
        best = level;
        best_cost = c;
      }
    }
    const bool moved = best != level_[w];
    level_[w] = best;
    return moved;
  }

  void improve() {
    constexpr int kMostSweeps = 12;
    for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
      bool moved = false;
      for (size_t i = 0; i < wires_.size(); ++i) {
        const size_t w = sweep % 2 == 0 ? wires_.size() - 1 - i : i;
        if (movable(w)) moved = improve_one(w) || moved;
      }
      if (!moved) return;
    }
  }

  Unrolled& u_;
  const std::vector<AdderWire>& wires_;
  const int k_;
  std::vector<std::vector<size_t>> readers_;  ///< adders that read a wire
  std::vector<int> ceiling_;                  ///< latest level that the outputs allow; 0: no output
  std::vector<int> level_, width_;
};

}  // namespace

void place_registers(Unrolled& unrolled, int adders_per_stage) {
  Placer(unrolled, adders_per_stage).run();
}

}  // namespace mase::arch
