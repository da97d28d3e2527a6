// SPDX-License-Identifier: Apache-2.0
#include "sim/cycle/worker/cell.h"

namespace mase::sim {

Cell::Cell(const sc_core::sc_module_name& name, Clock& clock)
    : sc_core::sc_module(name), clock_(clock) {
  SC_METHOD(edge);
  sensitive << wake_;
  dont_initialize();
}

void Cell::connect(Stream* in, Stream* out) {
  in_ = in;
  out_ = out;
  if (in) in->consumer = this;
  if (out) out->producer = this;
}

void Cell::disconnect() {
  wake_.cancel();
  in_ = out_ = nullptr;
}

void Cell::start() {
  at_ = -1;
  count_ = {};
  reset();
  if (out_) out_->valid.reset(false);
  if (in_) in_->ready.reset(in_ready());
}

void Cell::wake_both(const Stream& stream) {
  stream.producer->wake(1);
  stream.consumer->wake(1);
}

void Cell::edge() {
  const int64_t cycle = clock_.cycle();
  const int64_t passed = cycle - at_;
  at_ = cycle;
  step(passed, in_ && in_->moved(cycle), out_ && out_->moved(cycle));
  if (out_) {
    out_->valid.set(out_valid(), cycle);
    if (out_->moving()) wake_both(*out_);
  }
  if (in_) {
    set_in_ready(cycle);
    if (in_->moving()) wake_both(*in_);
  }
  if (const int64_t cycles = next_wake(); cycles > 0) wake(cycles);
}

void Cell::set_in_ready(int64_t cycle) {
  if (!in_->ready.set(in_ready(), cycle)) return;
  in_->producer->output_ready_changed(cycle);
  if (in_->moving()) wake_both(*in_);
}

// The cell's own edge may come later in this cycle, and then decides anew.
void Cell::output_ready_changed(int64_t cycle) {
  if (in_) set_in_ready(cycle);
}

void Cell::settle(int64_t cycle) {
  if (at_ == cycle) return;
  const int64_t passed = cycle - at_;
  at_ = cycle;
  step(passed, false, false);
}

}  // namespace mase::sim
