// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace mase::arch {

/// A bit of a netlist or its inverse: twice a node, plus 1 where it is inverted.
using Signal = int;
inline constexpr Signal kFalse = 0, kTrue = 1;
inline Signal inverse(Signal s) { return s ^ 1; }
inline bool is_constant(Signal s) { return s <= kTrue; }

/// Logic of single bits between leaves (inputs, registers, carry chains), equal gates being one,
/// and the LUT6 it takes.
class LutNetwork {
 public:
  LutNetwork();

  Signal leaf();
  Signal both(Signal a, Signal b);
  Signal either(Signal a, Signal b) { return inverse(both(inverse(a), inverse(b))); }
  Signal differ(Signal a, Signal b);
  Signal choose(Signal which, Signal high, Signal low);
  Signal any(const std::vector<Signal>& signals);

  bool is_gate(Signal s) const { return nodes_[node_of(s)].kind != Kind::kLeaf; }

  /// Says that something that is no LUT reads the signal. An inverted leaf costs nothing here.
  void need(Signal s);

  /// LUTs that give every needed signal; one that is needed inverted, too, has two.
  /// A cover of cuts of six leaves (Cong and Ding 1994), chosen by area flow and then by exact area
  /// (Mishchenko, Chatterjee and Brayton 2007).
  int64_t luts();

 private:
  static constexpr int kInputs = 6;
  static constexpr size_t kCuts = 10;

  enum class Kind : uint8_t { kLeaf, kBoth, kDiffer, kChoose };
  struct Node {
    Kind kind = Kind::kLeaf;
    std::array<Signal, 3> in = {};
  };
  struct Cut {
    int size = 0;
    std::array<int, kInputs> leaves = {};  ///< nodes, upwards
    double flow = 0;
    friend bool operator==(const Cut& a, const Cut& b) {
      return a.size == b.size && a.leaves == b.leaves;
    }
  };

  static size_t node_of(Signal s) { return static_cast<size_t>(s >> 1); }
  Signal gate(Kind kind, Signal a, Signal b, Signal c);
  int inputs_of(const Node& node) const { return node.kind == Kind::kChoose ? 3 : 2; }

  void find_cuts(size_t node);
  static bool merge(const Cut& a, const Cut& b, Cut& both);
  int64_t take(size_t node);     ///< LUTs that its cut's cone newly needs
  int64_t release(size_t node);  ///< LUTs that nobody needs any more
  void improve();

  std::vector<Node> nodes_;
  std::unordered_map<uint64_t, std::vector<int>> known_;
  std::vector<Signal> needed_;
  std::vector<std::vector<Cut>> cuts_;  ///< [node] the chosen one first
  std::vector<double> flow_, fanout_;
  std::vector<int> readers_;  ///< [node] LUTs and pins that read it in the cover
};

}  // namespace mase::arch
