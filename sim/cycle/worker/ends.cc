// SPDX-License-Identifier: Apache-2.0
#include "sim/cycle/worker/ends.h"

namespace mase::sim {

void Source::configure(const StallPattern& pattern, bool stalls, int64_t beats,
                       int64_t sample_beats) {
  pattern_ = pattern;
  stalls_ = stalls;
  beats_ = beats;
  sample_beats_ = sample_beats;
}

void Source::reset() {
  offers_ = false;
  sent_ = 0;
  cycles_.clear();
}

void Source::step(int64_t, bool, bool gave) {
  if (gave) {
    cycles_.push_back(cycle() - 1);
    ++sent_;
    offers_ = false;
  }
  const bool may_offer = pattern_.step(false);
  if (!offers_) offers_ = may_offer && sent_ != beats_;
}

void Source::snapshot(Words& state) const {
  state.insert(state.end(), {sent_ % sample_beats_, offers_});
}

void Sink::configure(const StallPattern& pattern, bool stalls, int64_t timeout_cycles) {
  pattern_ = pattern;
  stalls_ = stalls;
  timeout_cycles_ = timeout_cycles;
}

void Sink::reset() {
  ready_ = false;
  cycles_.clear();
}

void Sink::step(int64_t, bool took, bool) {
  if (took) cycles_.push_back(cycle() - 1);
  const bool waiting = in().valid.before(cycle()) && !in().ready.before(cycle());
  ready_ = pattern_.step(waiting);
  const int64_t last = cycles_.empty() ? 0 : cycles_.back();
  if (complete() || cycle() - last > timeout_cycles_) sc_core::sc_pause();
}

}  // namespace mase::sim
