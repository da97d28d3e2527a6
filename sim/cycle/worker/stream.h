// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace mase::sim {

class Cell;

/// A wire that knows what it was in the cycle before, so that the processes of one cycle may run in
/// any order: what happened at a clock edge is read from `before`, what holds after it from `now`.
class Level {
 public:
  bool now() const { return now_; }
  bool before(int64_t cycle) const { return changed_ == cycle ? before_ : now_; }
  bool set(bool value, int64_t cycle) {
    if (value == now_) return false;
    if (changed_ != cycle) {
      before_ = now_;
      changed_ = cycle;
    }
    now_ = value;
    return true;
  }
  void reset(bool value) {
    now_ = before_ = value;
    changed_ = -1;
  }

 private:
  bool now_ = false, before_ = false;
  int64_t changed_ = -1;
};

/// valid and ready between two cells. A beat moves at the end of each cycle in which both are 1.
struct Stream {
  Level valid, ready;
  Cell* producer = nullptr;
  Cell* consumer = nullptr;

  bool moving() const { return valid.now() && ready.now(); }
  /// At the edge that begins `cycle`.
  bool moved(int64_t cycle) const { return valid.before(cycle) && ready.before(cycle); }
};

}  // namespace mase::sim
