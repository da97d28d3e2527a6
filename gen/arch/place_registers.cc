// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "gen/arch/adder_timing.h"
#include "gen/arch/unrolled.h"
#include "gen/base/error.h"

namespace mase::arch {

namespace {

using Kind = AdderWire::Kind;

/// Moves adders between the earliest and the latest segment they may be in, one at a time, while
/// that saves register bits.
class Placer {
 public:
  explicit Placer(Unrolled& unrolled) : u_(unrolled), wires_(unrolled.graph.wires) {
    const size_t n = wires_.size();
    readers_.resize(n);
    ends_.assign(n, false);
    segment_.assign(n, 1);
    width_.resize(n);
    for (size_t w = 0; w < n; ++w) {
      width_[w] = wires_[w].kind == Kind::kConstant ? 0 : wires_[w].width();
      if (wires_[w].kind != Kind::kAdder) continue;
      for (const size_t x : operands(w)) readers_[x].push_back(w);
    }
    for (const UnrolledOutput& y : u_.outputs) {
      if (y.wire >= 0) ends_[static_cast<size_t>(y.wire)] = true;
      if (y.table < 0) continue;
      for (const int x : u_.tables[static_cast<size_t>(y.table)].inputs)
        ends_[static_cast<size_t>(x)] = true;
    }
  }
  virtual ~Placer() = default;
  Placer(const Placer&) = delete;
  Placer& operator=(const Placer&) = delete;

 protected:
  struct Range {
    int first, last;  ///< segments
  };
  /// Segments that adder w may move to while all others stay.
  virtual Range range(size_t w) const = 0;
  /// Moves it; false where that cannot be, and nothing has changed.
  virtual bool place(size_t w, int segment) = 0;

  bool movable(size_t w) const {
    return wires_[w].kind == Kind::kAdder && (ends_[w] || !readers_[w].empty());
  }

  std::vector<size_t> operands(size_t w) const {
    std::vector<size_t> result;
    for (const int x : {wires_[w].a, wires_[w].b}) result.push_back(static_cast<size_t>(x));
    if (result[0] == result[1]) result.pop_back();
    return result;
  }

  /// The last segment that reads wire w, `without` apart; 0: nobody else does.
  int last_reader(size_t w, size_t without) const {
    int last = ends_[w] ? u_.registers : 0;
    for (const size_t r : readers_[w]) {
      if (r != without) last = std::max(last, segment_[r]);
    }
    return last;
  }
  int last_reader(size_t w) const { return last_reader(w, wires_.size()); }

  int64_t bits() const {
    int64_t sum = 0;
    for (size_t w = 0; w < wires_.size(); ++w)
      sum += int64_t{width_[w]} * std::max(0, last_reader(w) - segment_[w]);
    return sum;
  }

  bool improve_one(size_t w) {
    const Range to = range(w);
    if (to.first == to.last) return false;
    const int own_last = last_reader(w);
    struct Operand {
      int width, from, last;
    };
    std::vector<Operand> read;
    for (const size_t x : operands(w)) read.push_back({width_[x], segment_[x], last_reader(x, w)});
    const auto cost = [&](int here) {
      int64_t sum = int64_t{width_[w]} * std::max(0, own_last - here);
      for (const Operand& x : read)
        sum += int64_t{x.width} * std::max(0, std::max(here, x.last) - x.from);
      return sum;
    };
    std::vector<std::pair<int64_t, int>> better;
    const int64_t now = cost(segment_[w]);
    for (int here = to.first; here <= to.last; ++here) {
      if (const int64_t c = cost(here); c < now) better.emplace_back(c, here);
    }
    std::sort(better.begin(), better.end());
    return std::any_of(better.begin(), better.end(),
                       [&](const auto& choice) { return place(w, choice.second); });
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

  void finish() {
    u_.segment = segment_;
    u_.last.resize(wires_.size());
    for (size_t w = 0; w < wires_.size(); ++w) u_.last[w] = std::max(segment_[w], last_reader(w));
  }

  Unrolled& u_;
  const std::vector<AdderWire>& wires_;
  std::vector<std::vector<size_t>> readers_;  ///< adders that read a wire
  std::vector<bool> ends_;                    ///< an output reads it
  std::vector<int> segment_, width_;
};

/// Adders at levels 1, 2, ...; k levels are a segment.
class LevelPlacer final : public Placer {
 public:
  LevelPlacer(Unrolled& unrolled, int levels_a_segment) : Placer(unrolled), k_(levels_a_segment) {
    MASE_CHECK(k_ >= 1, "{} adder levels between registers", k_);
    const size_t n = wires_.size();
    ceiling_.assign(n, 0);
    level_.assign(n, 0);
    int levels = 1;
    for (size_t w = 0; w < n; ++w) {
      if (wires_[w].kind == Kind::kAdder) set_level(w, earliest(w));
    }
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
      if (movable(w)) set_level(w, latest(w));
    }
    improve();
    if (early_bits <= bits()) {
      for (size_t w = 0; w < wires_.size(); ++w) set_level(w, early[w]);
    }
    finish();
  }

 private:
  int segment_of(int level) const { return level == 0 ? 1 : (level + k_ - 1) / k_; }
  void set_level(size_t w, int level) {
    level_[w] = level;
    segment_[w] = segment_of(level);
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

  Range range(size_t w) const override { return {segment_of(earliest(w)), segment_of(latest(w))}; }
  bool place(size_t w, int segment) override {
    set_level(w, std::max(earliest(w), (segment - 1) * k_ + 1));
    return true;
  }

  const int k_;
  std::vector<int> ceiling_;  ///< latest level that the outputs allow; 0: no output
  std::vector<int> level_;
};

/// As many adders in a segment as fit into a clock period.
class TimedPlacer final : public Placer {
 public:
  TimedPlacer(Unrolled& unrolled, const AdderDelays& delays, double period_ps)
      : Placer(unrolled), timing_(unrolled, delays), period_(period_ps) {
    bits_.resize(wires_.size());
    waits_.assign(wires_.size(), false);
    for (size_t w = 0; w < wires_.size(); ++w) {
      if (wires_[w].kind != Kind::kAdder) bits_[w] = timing_.input(w);
    }
  }

  void run() {
    // What has to wait long behind its register has a longer path into it; which wires those are
    // is known when all are placed.
    do {
      place_early();
    } while (find_waiting());
    improve();
    const std::vector<int> early = segment_;
    const int64_t early_bits = bits();
    for (size_t w = wires_.size(); w-- > 0;) {
      if (!movable(w)) continue;
      for (int here = range(w).last; here > segment_[w] && !place(w, here);) --here;
    }
    improve();
    if (early_bits <= bits()) segment_ = early;
    finish();
  }

 private:
  void place_early() {
    u_.registers = 1;
    for (size_t w = 0; w < wires_.size(); ++w) {
      if (wires_[w].kind != Kind::kAdder) continue;
      int& here = segment_[w];
      here = 1;
      for (const size_t x : operands(w)) here = std::max(here, segment_[x]);
      bits_[w] = timing_.adder(w, here, segment_, bits_);
      if (timing_.path(bits_[w], waits_[w]) > period_)
        bits_[w] = timing_.adder(w, ++here, segment_, bits_);
      u_.registers = std::max(u_.registers, here);
    }
    for (const UnrolledOutput& y : u_.outputs) {
      if (!y.varies()) continue;
      const int here = y.wire < 0 ? 1 : segment_[static_cast<size_t>(y.wire)];
      if (here == u_.registers && timing_.output_path(y, here, segment_, bits_) > period_)
        ++u_.registers;
    }
  }

  bool find_waiting() {
    bool found = false;
    for (size_t w = 0; w < wires_.size(); ++w) {
      if (waits_[w] || fits(w)) continue;
      waits_[w] = found = true;
    }
    return found;
  }

  bool fits(size_t w) const {
    if (wires_[w].kind != Kind::kAdder) return true;
    const bool waits = last_reader(w) - segment_[w] >= kShiftRegister;
    return timing_.path(bits_[w], waits || waits_[w]) <= period_;
  }

  Range range(size_t w) const override {
    Range to{1, u_.registers};
    for (const size_t x : operands(w)) to.first = std::max(to.first, segment_[x]);
    for (const size_t r : readers_[w]) to.last = std::min(to.last, segment_[r]);
    return to;
  }

  bool place(size_t w, int here) override {
    const int before = segment_[w];
    std::map<size_t, AdderTiming::Bits> changed;  // what was
    segment_[w] = here;
    std::set<size_t> open{w};
    bool good = true;
    for (const size_t x : operands(w)) good = good && fits(x);
    while (good && !open.empty()) {
      const size_t x = *open.begin();
      open.erase(open.begin());
      auto bits = timing_.adder(x, segment_[x], segment_, bits_);
      if (x == w || bits != bits_[x]) open.insert(readers_[x].begin(), readers_[x].end());
      changed.emplace(x, std::exchange(bits_[x], std::move(bits)));
      good = fits(x);
    }
    for (const UnrolledOutput& y : u_.outputs) {
      if (!good) break;
      if (y.wire >= 0 && changed.contains(static_cast<size_t>(y.wire)))
        good = timing_.output_path(y, u_.registers, segment_, bits_) <= period_;
    }
    if (good) return true;
    segment_[w] = before;
    for (auto& [x, bits] : changed) bits_[x] = std::move(bits);
    return false;
  }

  const AdderTiming timing_;
  const double period_;
  std::vector<AdderTiming::Bits> bits_;
  std::vector<bool> waits_;  ///< held to the path of a shift register
};

}  // namespace

void place_registers(Unrolled& unrolled, int adders_per_stage) {
  LevelPlacer(unrolled, adders_per_stage).run();
}

void place_registers(Unrolled& unrolled, const AdderDelays& delays, double period_ps) {
  MASE_CHECK(AdderTiming(unrolled, delays).least_period() <= period_ps,
             "a period of {} ps is too short", period_ps);
  const double usable = period_ps * (1 - kPeriodReserve);
  TimedPlacer(unrolled, delays, usable).run();
  MASE_CHECK(longest_path(unrolled, delays) <= usable, "a path exceeds {} ps", usable);
}

}  // namespace mase::arch
