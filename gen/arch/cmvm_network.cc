// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/cmvm_network.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "gen/base/error.h"

namespace mase::arch::cmvm {

using fixed::Wide;

uint64_t Network::value(Pair pair) const {
  const uint64_t high = value(pair.high_wire()) << pair.shift();
  return value(pair.low_wire()) + (pair.differ() ? 0 - high : high);
}

int Network::wire_with(uint64_t value) { return values_.get({up_to_sign(value)}) - 1; }

void Network::list(int v) {
  Variable& made = variable(v);
  const Pair key{up_to_sign(made.value)};
  if (made.listed || values_.get(key) != 0) return;
  values_.add(key, v + 1);
  made.listed = true;
}

void Network::unlist(int v) {
  Variable& made = variable(v);
  if (made.listed) values_.add({up_to_sign(made.value)}, -(v + 1));
  made.listed = false;
}

int64_t Network::power(int v) const {
  return limit_ ? int64_t{1} << std::min(kMostLevels, wire(v).depth) : 0;
}

int64_t Network::room(int r) const {
  if (!limit_) return 0;
  const int levels = r < outputs_ ? *limit_ : wire(wire_of(r)).depth;
  return (int64_t{1} << std::min(kMostLevels, levels)) - powers_[static_cast<size_t>(r)];
}

const AdderWire& Network::result(int r) const {
  return r < outputs_ ? results_[static_cast<size_t>(r)] : wire(wire_of(r));
}

void Network::add_variable(int v) {
  Variable& made = variable(v);
  const int64_t* const own = &weights_[static_cast<size_t>(v) * in_];
  made.wire.low = made.wire.high = made.offset;
  made.value = keys_[in_] * static_cast<uint64_t>(made.offset);
  for (size_t i = 0; i < in_; ++i) {
    if (own[i] == 0) continue;
    const AdderInput& x = problem_.input[i];
    made.wire.low += Wide{own[i]} * (own[i] > 0 ? x.low : x.high);
    made.wire.high += Wide{own[i]} * (own[i] > 0 ? x.high : x.low);
    made.value += keys_[i] * static_cast<uint64_t>(own[i]);
  }
  made.end = made.wire.width();
  made.alive = true;
}

int Network::make(Pair pair) {
  int v = variables();
  if (free_.empty()) {
    variables_.emplace_back();
    readers_.emplace_back();
    weights_.resize(weights_.size() + in_);
    rows_.emplace_back();
    prices_.push_back(0);
    powers_.push_back(0);
    touched_.push_back(false);
    seen_.push_back(0);
  } else {
    v = free_.back();
    free_.pop_back();
  }
  const int a = pair.low_wire(), b = pair.high_wire();
  const int64_t scale = (pair.differ() ? -1 : 1) * (int64_t{1} << pair.shift());
  for (size_t i = 0; i < in_; ++i) {
    weights_[static_cast<size_t>(v) * in_ + i] = weights_[static_cast<size_t>(a) * in_ + i] +
                                                 scale * weights_[static_cast<size_t>(b) * in_ + i];
  }
  Variable& made = variable(v);
  made.offset = variable(a).offset + scale * variable(b).offset;
  made.wire.depth = 1 + std::max(wire(a).depth, wire(b).depth);
  add_variable(v);
  list(v);
  steps_ += static_cast<int64_t>(in_ / 8);
  changes_.push_back({Change::kMake, v, {}});
  insert(row_of(v), {a, 0, false});
  insert(row_of(v), {b, pair.shift(), pair.differ()});
  return v;
}

void Network::drop(int v) {
  unlist(v);
  variable(v).alive = false;
  dropped_.push_back(v);
  changes_.push_back({Change::kDrop, v, {}});
}

void Network::touch(int r) {
  if (touched_[static_cast<size_t>(r)]) return;
  touched_[static_cast<size_t>(r)] = true;
  dirty_.push_back(r);
}

void Network::attach(int r, Term term, bool note) {
  for (const Term& other : row(r)) counts_.prefetch(pair_of(term, other));
  for (const Term& other : row(r)) {
    const Pair pair = pair_of(term, other);
    const int count = counts_.add(pair, 1);
    if (note && count >= 2) fresh.push_back(pair);
  }
  edit(r).push_back(term);
  readers_[static_cast<size_t>(term.wire)].push_back(r);
  powers_[static_cast<size_t>(r)] += power(term.wire);
}

void Network::detach(int r, size_t index) {
  Row& own = edit(r);
  const Term term = own[index];
  own[index] = own.back();
  own.pop_back();
  for (const Term& other : own) counts_.prefetch(pair_of(term, other));
  for (const Term& other : own) counts_.add(pair_of(term, other), -1);
  std::vector<int>& readers = readers_[static_cast<size_t>(term.wire)];
  const auto place = std::find(readers.rbegin(), readers.rend(), r);
  *place = readers.back();
  readers.pop_back();
  steps_ += static_cast<int64_t>(readers.size() / 32);
  powers_[static_cast<size_t>(r)] -= power(term.wire);
}

void Network::remove(int r, Term term) {
  const Row& own = row(r);
  const auto place = std::find(own.begin(), own.end(), term);
  MASE_CHECK(place != own.end(), "row {} has no such term", r);
  detach(r, static_cast<size_t>(place - own.begin()));
  changes_.push_back({Change::kDetach, r, term});
  touch(r);
  if (is_wire(term.wire)) loose_.push_back(term.wire);
  if (wire_of(r) >= 0) loose_.push_back(wire_of(r));
}

void Network::insert(int r, Term term) {
  const Row& own = row(r);
  for (size_t i = 0; i < own.size(); ++i) {
    const Term other = own[i];
    if (other.wire != term.wire) continue;
    const int distance = other.shift - term.shift;
    const bool opposite = other.negative != term.negative;
    if (distance < -1 || distance > 1 || (distance != 0 && !opposite)) continue;
    remove(r, other);
    if (distance == 0 && opposite) return;
    if (distance == 0) ++term.shift;                    // x + x = 2 x
    if (distance == 1) term.negative = !term.negative;  // x - 2 x = -x
    if (distance == -1) --term.shift;                   // 2 x - x = x
    i = static_cast<size_t>(-1);
  }
  attach(r, term, true);
  changes_.push_back({Change::kAttach, r, term});
  touch(r);
  if (is_wire(term.wire)) loose_.push_back(term.wire);
}

void Network::note_repeated() {
  counts_.for_each([&](Pair pair, int count) {
    if (count >= 2) fresh.push_back(pair);
  });
}

void Network::dissolve(int v) {
  const Row terms = row(row_of(v));
  while (!readers(v).empty()) {
    const int r = readers(v).back();
    const auto place =
        std::find_if(row(r).begin(), row(r).end(), [&](const Term& t) { return t.wire == v; });
    const Term old = *place;
    remove(r, old);
    for (const Term& t : terms)
      insert(r, {t.wire, t.shift + old.shift, t.negative != old.negative});
  }
  for (const Term& t : terms) remove(row_of(v), t);
  drop(v);
}

void Network::tidy() {
  while (!loose_.empty()) {
    const int v = loose_.back();
    loose_.pop_back();
    if (alive(v) && (readers(v).size() < 2 || row(row_of(v)).size() < 2)) dissolve(v);
  }
}

bool Network::needs(int v, int other) {
  stack_.assign(1, v);
  ++visit_;
  while (!stack_.empty()) {
    const int next = stack_.back();
    stack_.pop_back();
    if (next == other) return true;
    if (!is_wire(next) || seen_[static_cast<size_t>(row_of(next))] == visit_) continue;
    seen_[static_cast<size_t>(row_of(next))] = visit_;
    ++steps_;
    for (const Term& t : row(row_of(next))) stack_.push_back(t.wire);
  }
  return false;
}

/// An output that has to be negated in the end, or begins with x - 2 x instead of -x.
bool Network::late(int r) const {
  const Row& own = row(r);
  return r < outputs_ && !own.empty() &&
         std::all_of(own.begin(), own.end(), [](const Term& t) { return t.negative; });
}

int64_t Network::least_power(int r) const {
  int64_t least = std::numeric_limits<int64_t>::max();
  for (const Term& t : row(r)) least = std::min(least, power(t.wire));
  return least;
}

/// Every adder takes the width of the term of higher shift, and sums of sums grow.
int64_t Network::estimate(int r) const {
  const Row& own = row(r);
  if (own.empty()) return 0;
  int64_t widths = 0;
  int lowest = std::numeric_limits<int>::max(), least = 0;
  for (const Term& t : own) {
    widths += end(t.wire);
    if (t.shift < lowest || (t.shift == lowest && end(t.wire) > least)) {
      lowest = t.shift;
      least = end(t.wire);
    }
  }
  const auto size = static_cast<int64_t>(own.size());
  int64_t price = kLutsAnAdder * (size - 1) + widths - least + size - std::bit_width(own.size());
  if (late(r)) price += kLutsAnAdder + result(r).width();
  return price;
}

bool Network::settle() {
  bool fits = true;
  for (const int r : dirty_) {
    touched_[static_cast<size_t>(r)] = false;
    if (limit_ && late(r)) fits &= least_power(r) <= room(r);
    fits &= room(r) >= 0;
    if (!fits) continue;
    const int64_t price = estimate(r);
    int64_t& old = prices_[static_cast<size_t>(r)];
    if (price == old) continue;
    changes_.push_back({Change::kPrice, r, {}, old});
    cost_ += price - old;
    old = price;
  }
  dirty_.clear();
  return fits;
}

void Network::keep() {
  free_.insert(free_.end(), dropped_.begin(), dropped_.end());
  dropped_.clear();
  changes_.clear();
  fresh.clear();
}

void Network::undo() {
  for (const int r : dirty_) touched_[static_cast<size_t>(r)] = false;
  dirty_.clear();
  loose_.clear();
  fresh.clear();
  dropped_.clear();
  for (; !changes_.empty(); changes_.pop_back()) {
    const Change& change = changes_.back();
    switch (change.kind) {
      case Change::kAttach: {
        const Row& own = row(change.place);
        const auto place = std::find(own.rbegin(), own.rend(), change.term);
        detach(change.place, static_cast<size_t>(own.rend() - place) - 1);
        break;
      }
      case Change::kDetach: attach(change.place, change.term, false); break;
      case Change::kMake:
        unlist(change.place);
        variable(change.place).alive = false;
        free_.push_back(change.place);
        break;
      case Change::kDrop:
        variable(change.place).alive = true;
        list(change.place);
        break;
      case Change::kPrice: {
        int64_t& price = prices_[static_cast<size_t>(change.place)];
        cost_ += change.price - price;
        price = change.price;
      }
    }
  }
}

}  // namespace mase::arch::cmvm
