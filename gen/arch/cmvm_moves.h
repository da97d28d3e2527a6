// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "gen/arch/cmvm_network.h"
#include "gen/arch/cmvm_share.h"

namespace mase::arch::cmvm {

/// Random changes of a network, one wire each: it is dissolved into its readers, digits there may
/// be spelt another way, and pairs are shared anew, but not those that would bring it back.
class Moves {
 public:
  Moves(Network& network, uint64_t seed) : network_(network), random_(seed) {}

  /// For about so many steps. A change stays where it costs no more than something random around
  /// `heat`.
  void run(int64_t steps, double heat);

 private:
  struct Candidate {
    double score;
    Pair pair;
    bool operator<(const Candidate& other) const {
      return score != other.score ? score < other.score : pair.key > other.pair.key;
    }
  };
  struct Use {
    int row;
    Term low, high;
  };

  void change();
  void settle(double most);  ///< keeps the change where it costs no more
  void vary();
  int any_wire();
  void respell(int r);
  void share();
  void push(Candidate candidate);
  double score(Pair pair, int count, bool known) const;
  bool find(Pair pair, int known);
  void replace(Pair pair, int known);
  double unit() { return static_cast<double>(random_() >> 11) * 0x1p-53; }

  Network& network_;
  std::mt19937_64 random_;
  Ranking ranking_;
  std::vector<Candidate> queue_;    ///< a heap
  std::optional<uint64_t> banned_;  ///< value of the wire just dissolved, up to its sign
  std::vector<Use> found_;
  std::vector<int> rows_;
  std::vector<bool> used_;
};

}  // namespace mase::arch::cmvm
