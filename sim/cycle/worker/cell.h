// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <systemc>

#include "sim/cycle/cell_spec.h"
#include "sim/cycle/worker/stream.h"

namespace mase::sim {

/// Counts the edges of the run in progress; one SystemC time step is one clock cycle.
class Clock {
 public:
  /// Cycle 0 is the next time step.
  void restart() { base_ = sc_core::sc_time_stamp().value() + 1; }
  int64_t cycle() const { return static_cast<int64_t>(sc_core::sc_time_stamp().value() - base_); }

 private:
  sc_core::sc_time::value_type base_ = 0;
};

/// A module with at most one stream in and one out, and one process, which runs at the clock edges
/// that matter to the cell: after a transfer on either stream, and when `next_wake` asked for it.
/// Between them it sleeps; `step` then catches up. What is connected to what is settled run by run.
class Cell : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(Cell);
  Cell(const sc_core::sc_module_name& name, Clock& clock);

  void connect(Stream* in, Stream* out);
  void disconnect();
  /// Idle, just out of reset; cycle 0 has not begun.
  void start();
  void wake(int64_t cycles) {
    wake_.notify(sc_core::sc_time::from_value(static_cast<uint64_t>(cycles)));
  }
  /// ready of the stream out has changed; ready of the stream in may depend on it.
  void output_ready_changed(int64_t cycle);
  /// Brings a sleeping cell's state and counts to the beginning of this cycle.
  void settle(int64_t cycle);
  const CellCount& count() const { return count_; }

  /// Everything that decides what happens from here on, relative to now.
  virtual void snapshot(Words& state) const = 0;

 protected:
  virtual void reset() = 0;
  /// `cycles` have passed; `took` and `gave`: a beat moved in or out in the last of them. Nothing
  /// moved in the others.
  virtual void step(int64_t cycles, bool took, bool gave) = 0;
  virtual bool out_valid() const = 0;
  /// Of the stream in; may look at `out_ready`.
  virtual bool in_ready() const = 0;
  /// Cycles until something changes although no beat moves; 0: nothing does.
  virtual int64_t next_wake() const { return 0; }

  bool out_ready() const { return out_->ready.now(); }
  const Stream& in() const { return *in_; }
  /// The cycle that begins with this step.
  int64_t cycle() const { return at_; }

  CellCount count_;

 private:
  void edge();
  void set_in_ready(int64_t cycle);
  static void wake_both(const Stream& stream);

  Clock& clock_;
  sc_core::sc_event wake_;
  Stream* in_ = nullptr;
  Stream* out_ = nullptr;
  int64_t at_ = -1;
};

}  // namespace mase::sim
