// SPDX-License-Identifier: Apache-2.0
// Compiled twice: into mase-gen and, as embedded text, into every verilated model. It therefore
// uses nothing but the standard library.
#pragma once
#include <cstdint>

namespace mase::sim {

enum class Stall { kNone, kRandom, kWorst };

/// splitmix64: 64 bits of state, every seed good, the same numbers on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// 0 .. bound - 1
  uint32_t below(uint32_t bound) { return static_cast<uint32_t>((next() >> 32) * bound >> 32); }

 private:
  uint64_t state_;
};

/// When one side of one stream may move. A source that may not move offers no new beat (one that is
/// offered stays); a sink that may not move is not ready. Each side of each channel has its own.
class StallPattern {
 public:
  enum class Side { kSource, kSink };

  StallPattern(Stall kind, Side side, uint64_t seed, int channel)
      : kind_(kind),
        side_(side),
        random_(seed * 0x2545f4914f6cdd1du + static_cast<uint64_t>(channel) * 2 +
                (side == Side::kSink ? 1 : 0)) {
    // Both sides of a channel walk through the same phases of the worst pattern, so they start
    // alike.
    Random start(seed ^ (static_cast<uint64_t>(channel) << 32));
    phase_ = static_cast<int>(start.below(kPhases));
    time_ = start.below(kPhaseCycles[phase_]);
  }

  /// One clock cycle. `waiting`: in the last cycle the other side offered and this one did not
  /// move.
  bool step(bool waiting) {
    switch (kind_) {
      case Stall::kNone: return true;
      case Stall::kRandom: return step_random();
      case Stall::kWorst: return step_worst(waiting);
    }
    return true;
  }

 private:
  // Bursts of uniform length; every 32 bursts the balance changes, so that queues run both full and
  // empty.
  bool step_random() {
    if (remaining_ == 0) {
      if (bursts_++ % 32 == 0) balance_ = static_cast<int>(random_.below(3));
      static constexpr uint32_t kOn[] = {16, 4, 2}, kOff[] = {2, 4, 8};
      on_ = !on_;
      remaining_ = 1 + random_.below(on_ ? kOn[balance_] : kOff[balance_]);
    }
    --remaining_;
    return on_;
  }

  // Six phases of prime length, so that no phase keeps step with a design's own period.
  bool step_worst(bool waiting) {
    if (time_ >= kPhaseCycles[phase_]) {
      time_ = 0;
      phase_ = (phase_ + 1) % kPhases;
    }
    const uint32_t t = time_++;
    const bool source = side_ == Side::kSource;
    switch (phase_) {
      case 0: return source || t % 5 == 0;              // slow sink: everything fills up
      case 1: return !source || t % 7 == 0;             // starved source: everything runs dry
      case 2: return source ? t % 3 == 0 : t % 4 == 1;  // both slow, out of step
      case 3: return source || waiting;                 // ready only after valid was seen waiting
      case 4: return source;                            // sink shut: every buffer full
      default: return !source;                          // source shut: every buffer drained
    }
  }

  static constexpr int kPhases = 6;
  static constexpr uint32_t kPhaseCycles[kPhases] = {61, 83, 47, 71, 37, 41};

  Stall kind_;
  Side side_;
  Random random_;
  bool on_ = false;
  uint32_t remaining_ = 0, bursts_ = 0, time_ = 0;
  int balance_ = 0, phase_ = 0;
};

}  // namespace mase::sim
