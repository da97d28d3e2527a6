// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/cmvm_moves.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace mase::arch::cmvm {

namespace {

/// Steps of a move that no table counts.
constexpr int64_t kStepsAMove = 20;

}  // namespace

void Moves::run(int64_t steps, double heat) {
  for (const int64_t end = network_.steps() + steps; network_.steps() < end;) {
    network_.spend(kStepsAMove);
    const int64_t before = network_.cost();
    change();
    share();
    settle(static_cast<double>(before) - heat * std::log(1.0 - unit()));
  }
  // What bans have left.
  const int64_t before = network_.cost();
  banned_.reset();
  network_.note_repeated();
  share();
  settle(static_cast<double>(before));
}

void Moves::settle(double most) {
  if (network_.settle() && static_cast<double>(network_.cost()) <= most)
    network_.keep();
  else
    network_.undo();
}

void Moves::change() {
  vary();
  banned_.reset();
  if (random_() % 8 == 0) respell(static_cast<int>(random_() % network_.rows()));
  const int v = any_wire();
  if (v < 0) return;
  banned_ = up_to_sign(network_.value(v));
  rows_ = network_.readers(v);
  network_.dissolve(v);
  if (random_() % 8 != 0) return;
  for (const int r : rows_) {
    if (random_() % 2 == 0) respell(r);
  }
}

void Moves::vary() {
  static constexpr double kNoises[] = {0.0, 0.05, 0.2, 0.5};
  ranking_.first = unit();
  ranking_.overlap = unit();
  ranking_.noise = kNoises[random_() % std::size(kNoises)];
  ranking_.seed = random_();
}

/// -1 where no wire is found.
int Moves::any_wire() {
  const int wires = network_.variables() - network_.leaves();
  for (int tries = 0; tries < 32 && wires > 0; ++tries) {
    const int v = network_.leaves() + static_cast<int>(random_() % static_cast<uint64_t>(wires));
    if (network_.alive(v)) return v;
  }
  return -1;
}

/// 3 = 4 - 1 = 2 + 1: one such pair of digits in the row the other way.
void Moves::respell(int r) {
  const Row& row = network_.row(r);
  if (row.size() < 2) return;
  const size_t begin = random_() % row.size();
  for (size_t k = 0; k < row.size(); ++k) {
    const Term low = row[(begin + k) % row.size()];
    for (const Term high : row) {
      if (high.wire != low.wire) continue;
      const int distance = high.shift - low.shift;
      const bool opposite = high.negative != low.negative;
      if (!(distance == 2 && opposite) && !(distance == 1 && !opposite)) continue;
      network_.remove(r, low);
      network_.remove(r, high);
      network_.insert(r, {low.wire, low.shift, !low.negative});
      network_.insert(r, {low.wire, low.shift + (distance == 2 ? 1 : 2), high.negative});
      return;
    }
  }
}

/// What the pair is worth. Bits of both operands that meet make narrow sums.
double Moves::score(Pair pair, int count, bool known) const {
  const int end_b = network_.end(pair.high_wire()) + pair.shift();
  const int both = std::min(network_.end(pair.low_wire()), end_b) - pair.shift();
  return worth_of(ranking_, pair, count - (known ? 0.0 : ranking_.first), both);
}

void Moves::push(Candidate candidate) {
  queue_.push_back(candidate);
  std::push_heap(queue_.begin(), queue_.end());
}

/// Shares pairs that occur twice, or that a wire computes, until there are none.
void Moves::share() {
  network_.tidy();
  queue_.clear();
  while (true) {
    for (const Pair pair : network_.fresh) {
      const int count = network_.count(pair);
      if (count > 0)
        push({score(pair, count, network_.wire_with(network_.value(pair)) >= 0), pair});
    }
    network_.fresh.clear();
    if (queue_.empty()) return;
    std::pop_heap(queue_.begin(), queue_.end());
    const Candidate top = queue_.back();
    queue_.pop_back();
    const int count = network_.count(top.pair);
    const uint64_t value = network_.value(top.pair);
    if (count == 0 || up_to_sign(value) == banned_) continue;
    const int known = value == 0 ? -1 : network_.wire_with(value);
    double now = score(top.pair, count, known >= 0);
    if (now >= top.score) {
      if (!find(top.pair, known)) continue;
      now = score(top.pair, static_cast<int>(found_.size()), known >= 0);
    }
    if (now < top.score && !queue_.empty() && now < queue_.front().score) {
      push({now, top.pair});  // its turn comes later
      continue;
    }
    if (!find(top.pair, known)) continue;
    replace(top.pair, known);
    network_.tidy();
  }
}

/// Uses of the pair that do not share terms, in rows that have the room; whether they are enough.
bool Moves::find(Pair pair, int known) {
  found_.clear();
  const int low = pair.low_wire(), high = pair.high_wire();
  const bool limited = network_.limited();
  const int64_t x = network_.power(low), y = network_.power(high);
  const int64_t need = (known >= 0 ? network_.power(known) : 2 * std::max(x, y)) - x - y;
  const bool fewer = network_.readers(low).size() < network_.readers(high).size();
  rows_ = network_.readers(fewer ? low : high);
  std::sort(rows_.begin(), rows_.end());
  rows_.erase(std::unique(rows_.begin(), rows_.end()), rows_.end());
  network_.spend(static_cast<int64_t>(rows_.size()));
  for (const int r : rows_) {
    const Row& row = network_.row(r);
    int64_t room = network_.room(r);
    if (limited && room < need) continue;
    const size_t before = found_.size();
    network_.spend(static_cast<int64_t>(row.size() / 4));
    used_.assign(row.size(), false);
    for (size_t i = 0; i < row.size(); ++i) {
      if (row[i].wire != low || used_[i] || (limited && room < need)) continue;
      for (size_t j = 0; j < row.size(); ++j) {
        if (j == i || used_[j] || row[j].wire != high ||
            row[j].shift - row[i].shift != pair.shift() ||
            (row[j].negative != row[i].negative) != pair.differ())
          continue;
        used_[i] = used_[j] = true;
        room -= need;
        found_.push_back({r, row[i], row[j]});
        break;
      }
    }
    // No wire may come to need itself.
    const int reader = network_.wire_of(r);
    if (known >= 0 && reader >= 0 && found_.size() > before && network_.needs(known, reader))
      found_.resize(before);
  }
  return found_.size() >= (known >= 0 || network_.value(pair) == 0 ? 1 : 2);
}

void Moves::replace(Pair pair, int known) {
  const uint64_t value = network_.value(pair);
  const bool nothing = value == 0;
  const int v = known >= 0 || nothing ? known : network_.make(pair);
  const bool turned = !nothing && network_.value(v) != value;
  for (const Use& use : found_) {
    // Where v is one of the pair, its terms may have joined.
    const Row& row = network_.row(use.row);
    if (std::find(row.begin(), row.end(), use.low) == row.end() ||
        std::find(row.begin(), row.end(), use.high) == row.end())
      continue;
    network_.remove(use.row, use.low);
    network_.remove(use.row, use.high);
    if (!nothing) network_.insert(use.row, {v, use.low.shift, use.low.negative != turned});
  }
}

}  // namespace mase::arch::cmvm
