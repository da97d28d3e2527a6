// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "gen/arch/hardware_graph.h"
#include "gen/arch/resources.h"

namespace mase::arch {

/// estimate() for a search, whose designs share most of their cells: a cell with weights is looked
/// at once. Cells are known by their settings and by which constants they hold, so that this pays
/// where designs share those (pass::LowerCache). Thread-safe; memory is bounded.
class CostMemo {
 public:
  /// As estimate(hardware).
  Resources estimate(const HardwareGraph& hardware);

 private:
  using Key = std::array<uint64_t, 8>;
  struct Hash {
    size_t operator()(const Key& key) const;
  };
  struct Known {
    Resources resources;
    fixed::Constants weight, bias;  ///< kept alive, so that no others come to stand at their places
  };
  static Key key_of(const Stage& stage);

  std::mutex mutex_;
  std::unordered_map<Key, Known, Hash> known_;
};

}  // namespace mase::arch
