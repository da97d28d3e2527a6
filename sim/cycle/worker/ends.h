// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sim/cycle/worker/cell.h"
#include "sim/harness/stall.h"

namespace mase::sim {

/// Offers beats as the harness of the verilated models does, stall for stall.
class Source final : public Cell {
 public:
  using Cell::Cell;
  /// `beats` in all; -1: without end. `sample_beats` of them are a sample.
  void configure(const StallPattern& pattern, bool stalls, int64_t beats, int64_t sample_beats);
  void snapshot(Words& state) const override;
  const std::vector<int64_t>& cycles() const { return cycles_; }

 protected:
  void reset() override;
  void step(int64_t cycles, bool took, bool gave) override;
  bool out_valid() const override { return offers_; }
  bool in_ready() const override { return false; }
  int64_t next_wake() const override { return stalls_ ? 1 : 0; }

 private:
  StallPattern pattern_{Stall::kNone, StallPattern::Side::kSource, 0, 0};
  bool stalls_ = false, offers_ = false;
  int64_t beats_ = 0, sample_beats_ = 1, sent_ = 0;
  std::vector<int64_t> cycles_;
};

/// Takes beats, and pauses the simulation when it has those it waits for.
class Sink final : public Cell {
 public:
  using Cell::Cell;
  void configure(const StallPattern& pattern, bool stalls, int64_t timeout_cycles);
  /// The simulation pauses once this many beats have come.
  void wait_for(int64_t beats) { wanted_ = beats; }
  bool complete() const { return static_cast<int64_t>(cycles_.size()) >= wanted_; }
  void snapshot(Words&) const override {}
  const std::vector<int64_t>& cycles() const { return cycles_; }
  /// Of the last edge it saw.
  int64_t cycle() const { return Cell::cycle(); }

 protected:
  void reset() override;
  void step(int64_t cycles, bool took, bool gave) override;
  bool out_valid() const override { return false; }
  bool in_ready() const override { return ready_; }
  int64_t next_wake() const override { return stalls_ ? 1 : 0; }

 private:
  StallPattern pattern_{Stall::kNone, StallPattern::Side::kSink, 0, 0};
  bool stalls_ = false, ready_ = false;
  int64_t wanted_ = 0, timeout_cycles_ = 0;
  std::vector<int64_t> cycles_;
};

}  // namespace mase::sim
