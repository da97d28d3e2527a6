// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "gen/arch/cmvm_term.h"

namespace mase::arch::cmvm {

/// Two terms up to a common shift and sign: low + (differ ? -1 : 1) * high * 2^shift, shift >= 0;
/// between equal shifts the older wire is the low one. 24 bits a wire, so 16 million wires.
struct Pair {
  uint64_t key = 0;

  int low_wire() const { return static_cast<int>(key >> 40); }
  int high_wire() const { return static_cast<int>((key >> 16) & 0xffffff); }
  int shift() const { return static_cast<int>((key >> 1) & 0x7fff); }
  bool differ() const { return (key & 1) != 0; }
};

inline Pair pair_of(const Term& x, const Term& y) {
  const bool swap = y.shift < x.shift || (y.shift == x.shift && y.wire < x.wire);
  const Term &low = swap ? y : x, &high = swap ? x : y;
  return {(static_cast<uint64_t>(low.wire) << 40) | (static_cast<uint64_t>(high.wire) << 16) |
          (static_cast<uint64_t>(high.shift - low.shift) << 1) |
          static_cast<uint64_t>(low.negative != high.negative)};
}

/// Counts of pairs: open addressing; counts of 0 leave when it grows. Counts the steps it makes.
class PairTable {
 public:
  PairTable() : slots_(1 << 10) {}

  /// Adds to the pair's count and returns the new one.
  int add(Pair pair, int change) {
    ++steps_;
    Slot& slot = find(pair.key + 1);
    if (slot.key == 0) {
      slot.key = pair.key + 1;
      slot.count = change;
      if (2 * ++filled_ > slots_.size()) rebuild();
      return change;
    }
    return slot.count += change;
  }

  void prefetch(Pair pair) const { __builtin_prefetch(&slots_[place(pair.key + 1)]); }

  int get(Pair pair) {
    ++steps_;
    return find(pair.key + 1).count;
  }

  template <typename Visitor>
  void for_each(Visitor visit) const {
    for (const Slot& slot : slots_) {
      if (slot.key != 0) visit(Pair{slot.key - 1}, slot.count);
    }
  }

  int64_t steps() const { return steps_; }

 private:
  struct Slot {
    uint64_t key = 0;  ///< of the pair, plus 1; 0 is an empty slot
    int count = 0;
  };

  size_t place(uint64_t key) const {
    return (key * 0x9e3779b97f4a7c15ull) >> 20 & (slots_.size() - 1);
  }

  Slot& find(uint64_t key) {
    size_t at = place(key);
    while (slots_[at].key != 0 && slots_[at].key != key) at = (at + 1) & (slots_.size() - 1);
    return slots_[at];
  }

  void rebuild() {
    const auto used = static_cast<size_t>(std::count_if(
        slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.count != 0; }));
    std::vector<Slot> old(std::bit_ceil(std::max<size_t>(3 * used, 1 << 10)));
    old.swap(slots_);
    filled_ = used;
    for (const Slot& slot : old) {
      if (slot.count != 0) find(slot.key) = slot;
    }
  }

  std::vector<Slot> slots_;
  size_t filled_ = 0;
  int64_t steps_ = 0;
};

}  // namespace mase::arch::cmvm
