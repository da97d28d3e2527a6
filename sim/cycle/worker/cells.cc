// SPDX-License-Identifier: Apache-2.0
#include "sim/cycle/worker/cells.h"

#include <algorithm>
#include <stdexcept>

namespace mase::sim {

namespace {

constexpr size_t kForgotten = 1024;  // results that have left, before their memory is used again

}  // namespace

void Pipeline::reset() {
  moves_ = 0;
  offers_ = false;
  results_.clear();
  first_ = 0;
}

void Pipeline::step(int64_t cycles, bool took, bool gave) {
  if (offers_) count_.offered += cycles;
  // A result that waits holds everything; it can have been taken only in the last of the cycles.
  const int64_t moves = offers_ ? (gave ? 1 : 0) : cycles;
  if (gave) ++first_;
  feed(moves, took);
  if (first_ > kForgotten) {
    results_.erase(results_.begin(), results_.begin() + static_cast<ptrdiff_t>(first_));
    first_ = 0;
  }
  if (first_ == results_.size()) {
    results_.clear();
    first_ = 0;
  } else if (results_[first_] < moves_) {
    throw std::logic_error(std::string(name()) + " slept past a result");
  }
  offers_ = first_ < results_.size() && results_[first_] == moves_;
}

void Pipeline::feed(int64_t moves, bool took) {
  moves_ += moves;
  if (!took) return;
  ++count_.busy;
  push_result();
}

int64_t Pipeline::next_wake() const {
  if (offers_) return 0;  // until it is taken nothing moves
  const int64_t result = first_ < results_.size() ? results_[first_] - moves_ : next_result();
  const int64_t room = next_room();
  return result == 0 || room == 0 ? std::max(result, room) : std::min(result, room);
}

void Pipeline::snapshot(Words& state) const {
  state.push_back(offers_);
  state.push_back(static_cast<int64_t>(results_.size() - first_));
  for (size_t i = first_; i < results_.size(); ++i) state.push_back(results_[i] - moves_);
}

void Linear::reset() {
  Pipeline::reset();
  beat_ = pass_ = stored_ = 0;
}

void Linear::fire(int64_t operands) {
  moves_ += operands;
  beat_ += operands;
  count_.busy += operands;
  if (spec_.stores && pass_ == spec_.passes - 1) stored_ -= operands;
  if (beat_ < spec_.beats) return;
  push_result();
  beat_ = 0;
  pass_ = pass_ + 1 == spec_.passes ? 0 : pass_ + 1;
}

void Linear::feed(int64_t moves, bool took) {
  const bool through = took && !spec_.stores;  // then the last move is this beat's
  int64_t left = through ? moves - 1 : moves;
  while (left > 0) {
    int64_t operands = spec_.beats - beat_;
    if (pass_ == 0) operands = spec_.stores ? std::min(stored_ - beat_, operands) : 0;
    operands = std::min(operands, left);
    if (operands == 0) break;
    fire(operands);
    left -= operands;
  }
  moves_ += left;
  if (through) {
    fire(1);
  } else if (took) {
    ++stored_;
  }
}

bool Linear::in_ready() const {
  if (spec_.stores) return !full();
  return pass_ == 0 && Pipeline::in_ready();
}

int64_t Linear::next_result() const {
  return runs_alone() ? spec_.beats - beat_ - 1 + spec_.depth : 0;
}

int64_t Linear::next_room() const {
  if (spec_.stores) {
    if (!full()) return 0;
    const int64_t last = spec_.passes - 1;
    const int64_t before =
        pass_ == last ? 0 : spec_.beats - beat_ + (last - 1 - pass_) * spec_.beats;
    return before + 1;
  }
  if (pass_ == 0) return 0;
  return spec_.beats - beat_ + (spec_.passes - 1 - pass_) * spec_.beats;
}

void Linear::snapshot(Words& state) const {
  Pipeline::snapshot(state);
  state.insert(state.end(), {beat_, pass_, stored_});
}

void WidthAdapter::reset() { fill_ = beat_ = 0; }

void WidthAdapter::step(int64_t cycles, bool took, bool gave) {
  if (out_valid()) count_.offered += cycles;
  if (gave) fill_ -= spec_.out;
  if (!took) return;
  ++count_.busy;
  const bool last = beat_ == spec_.beats_in - 1;
  fill_ += last ? spec_.last_in : spec_.in;
  beat_ = last ? 0 : beat_ + 1;
}

bool WidthAdapter::in_ready() const {
  const int64_t held = out_valid() && out_ready() ? fill_ - spec_.out : fill_;
  return held <= (beat_ == spec_.beats_in - 1 ? spec_.most_held_last : spec_.most_held);
}

void WidthAdapter::snapshot(Words& state) const { state.insert(state.end(), {fill_, beat_}); }

void Queue::step(int64_t cycles, bool took, bool gave) {
  if (held_ > 0) count_.offered += cycles;
  if (took) ++count_.busy;
  held_ += (took ? 1 : 0) - (gave ? 1 : 0);
}

bool Queue::in_ready() const {
  if (spec_.depth == 1) return held_ == 0 || out_ready();
  return held_ < spec_.depth;
}

void SlrCrossing::reset() {
  held_ = used_ = 0;
  beats_.clear();
  room_.clear();
}

void SlrCrossing::step(int64_t cycles, bool took, bool gave) {
  if (held_ > 0) count_.offered += cycles;  // what arrived in between would have woken it
  if (gave) {
    --held_;
    room_.push_back(cycle() - 1 + spec_.back);
  }
  if (took) {
    ++count_.busy;
    ++used_;
    beats_.push_back(cycle() - 1 + spec_.forward);
  }
  for (; !beats_.empty() && beats_.front() <= cycle(); beats_.pop_front()) ++held_;
  for (; !room_.empty() && room_.front() <= cycle(); room_.pop_front()) --used_;
}

int64_t SlrCrossing::next_wake() const {
  int64_t wake = 0;
  for (const auto* way : {&beats_, &room_}) {
    if (way->empty()) continue;
    const int64_t cycles = way->front() - cycle();
    wake = wake == 0 ? cycles : std::min(wake, cycles);
  }
  return wake;
}

void SlrCrossing::snapshot(Words& state) const {
  state.insert(state.end(), {held_, used_, static_cast<int64_t>(beats_.size())});
  for (const auto* way : {&beats_, &room_}) {
    for (const int64_t arrival : *way) state.push_back(arrival - cycle());
  }
}

}  // namespace mase::sim
