// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "gen/arch/lut_network.h"
#include "gen/arch/resources.h"

namespace mase::arch {

/// Registers, carry chains and the logic between them, bit by bit as Yosys's synth_xilinx maps
/// them: equal registers are one, what is constant or passes beside a chain costs nothing.
class BitCircuit {
 public:
  LutNetwork logic;

  /// A signal that registers and chains read beside the LUTs.
  void pin(Signal s);

  /// The output of a register that is loaded whenever the others are.
  Signal registered(Signal d);
  /// The same, set or cleared instead where `forced` says so; `enable`: that it may change at all.
  void add_register(Signal d, Signal forced, bool value, Signal enable);

  /// x + y + carry, as wide as both. Bits that pass, the first of a chain and chains of two bits
  /// are made of LUTs.
  std::vector<Signal> sum(const std::vector<Signal>& x, const std::vector<Signal>& y, Signal carry);

  int64_t registers() const;
  Resources count();

 private:
  std::unordered_map<Signal, Signal> plain_;  ///< what goes in and what comes out
  std::set<std::tuple<Signal, Signal, bool>> forced_;
  std::unordered_map<Signal, int> pins_;  ///< that read a signal
  std::unordered_set<Signal> data_;       ///< what registers load
};

}  // namespace mase::arch
