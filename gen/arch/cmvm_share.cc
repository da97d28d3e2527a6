// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/cmvm_share.h"

#include <algorithm>
#include <queue>

#include "gen/arch/pair_table.h"
#include "gen/base/error.h"

namespace mase::arch::cmvm {

double worth_of(const Ranking& ranking, Pair pair, double uses, int meeting_bits) {
  double worth = (1.0 - ranking.overlap) * 8.0;
  worth += ranking.overlap * (meeting_bits > 0 ? meeting_bits : 0.25);
  double value = uses * worth;
  if (ranking.noise > 0) {
    uint64_t x = pair.key * 0x9e3779b97f4a7c15ull ^ ranking.seed;
    x = (x ^ (x >> 31)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 29)) * 0x94d049bb133111ebull;
    value *= 1.0 + ranking.noise * static_cast<double>(x >> 40) * 0x1p-24;
  }
  return value;
}

namespace {

class Sharing {
 public:
  Sharing(Builder& builder, std::vector<Row>& rows, const Limits& limits, const Ranking& ranking)
      : builder_(builder), rows_(rows), limit_(!limits.empty()), ranking_(ranking) {
    for (size_t r = 0; r < rows_.size(); ++r) {
      slack_.push_back(limit_ ? (int64_t{1} << limits[r]) - weight_of(rows_[r], builder_) : 0);
      MASE_CHECK(slack_.back() >= 0, "a row is too deep before anything is shared");
    }
    for (int w = 0; w < builder_.wires(); ++w) note_wire(w);
  }

  int64_t run() {
    for (size_t r = 0; r < rows_.size(); ++r) {
      const Row& row = rows_[r];
      for (size_t i = 0; i < row.size(); ++i) {
        holders_[static_cast<size_t>(row[i].wire)].push_back(static_cast<int>(r));
        for (size_t j = 0; j < i; ++j) counts_.add(pair_of(row[i], row[j]), 1);
      }
    }
    for (auto& holders : holders_) unique(holders);
    counts_.for_each([&](Pair pair, int count) {
      if (count >= 2) push(pair, count);
    });
    while (!queue_.empty()) {
      const Entry top = queue_.top();
      queue_.pop();
      const int count = counts_.get(top.pair);
      if (count < 2) continue;
      double now = score(top.pair, count);
      if (now < top.score) {
        queue_.push({now, top.pair});
        continue;
      }
      find(top.pair);
      if (found_.size() < 2) continue;
      now = score(top.pair, static_cast<int>(found_.size()));
      if (now < top.score && !queue_.empty() && now < queue_.top().score) {
        // Overlapping uses and rows without slack do not count; wait for its turn.
        if (now > 0) retry(top.pair, now);
        continue;
      }
      replace();
    }
    return counts_.steps();
  }

 private:
  struct Entry {
    double score;
    Pair pair;
    bool operator<(const Entry& other) const {
      return score != other.score ? score < other.score : pair.key > other.pair.key;
    }
  };
  struct Use {
    int row, first, second;  ///< indices of the terms in their row
  };
  struct Shape {
    int end;  ///< bits from 0 to the top
    bool is_signed;
    int depth;
  };

  static void unique(std::vector<int>& list) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }

  void note_wire(int w) {
    const AdderWire& wire = builder_.wire(w);
    shapes_.push_back({wire.width(), wire.is_signed(), wire.depth});
    holders_.emplace_back();
  }

  /// What the pair is worth. Bits of both operands that meet make narrow sums.
  double score(Pair pair, int count) const {
    const Shape &a = shapes_[static_cast<size_t>(pair.low_wire())],
                &b = shapes_[static_cast<size_t>(pair.high_wire())];
    const int end_b = b.end + pair.shift();
    const int both = std::min(a.end, end_b) - pair.shift();
    const double value = worth_of(ranking_, pair, count - ranking_.first, both);
    if (ranking_.slack == 0 || a.depth == b.depth) return value;
    return value / (1.0 + ranking_.slack * std::abs(a.depth - b.depth));
  }

  void push(Pair pair, int count) { queue_.push({score(pair, count), pair}); }
  void retry(Pair pair, double score) { queue_.push({score, pair}); }

  /// What a row's weight grows by when the two wires are added before the rest.
  int64_t unevenness(int a, int b) const {
    const int64_t x = int64_t{1} << shapes_[static_cast<size_t>(a)].depth;
    const int64_t y = int64_t{1} << shapes_[static_cast<size_t>(b)].depth;
    return 2 * std::max(x, y) - x - y;
  }

  /// Uses of the pair that do not share terms, in rows whose slack allows them.
  void find(Pair pair) {
    found_.clear();
    const int low = pair.low_wire(), high = pair.high_wire();
    const int64_t need = limit_ ? unevenness(low, high) : 0;
    const auto &few = holders_[static_cast<size_t>(low)],
               &other = holders_[static_cast<size_t>(high)];
    for (const int r : few.size() < other.size() ? few : other) {
      const Row& row = rows_[static_cast<size_t>(r)];
      int64_t slack = slack_[static_cast<size_t>(r)];
      if (limit_ && slack < need) continue;
      used_.assign(row.size(), false);
      for (size_t i = 0; i < row.size(); ++i) {
        if (row[i].wire != low || used_[i]) continue;
        if (limit_ && slack < need) break;
        for (size_t j = 0; j < row.size(); ++j) {
          if (j == i || used_[j] || row[j].wire != high) continue;
          if (row[j].shift - row[i].shift != pair.shift() ||
              (row[j].negative != row[i].negative) != pair.differ())
            continue;
          used_[i] = used_[j] = true;
          slack -= need;
          found_.push_back({r, static_cast<int>(i), static_cast<int>(j)});
          break;
        }
      }
    }
  }

  void replace() {
    const Use any = found_.front();
    const Row& row = rows_[static_cast<size_t>(any.row)];
    const Term made =
        builder_.sum(row[static_cast<size_t>(any.first)], row[static_cast<size_t>(any.second)]);
    const bool fresh = made.wire >= static_cast<int>(shapes_.size());
    if (fresh) note_wire(made.wire);
    touched_.clear();
    for (size_t u = 0; u < found_.size();) {
      const int r = found_[u].row;
      size_t end = u;
      while (end < found_.size() && found_[end].row == r) ++end;
      rewrite(r, u, end, made.wire);
      u = end;
    }
    for (const Pair touched : touched_) {
      const int count = counts_.get(touched);
      if (count >= 2) push(touched, count);
    }
  }

  /// Takes the used terms out of row r and puts the new wire in; counts follow.
  void rewrite(int r, size_t begin, size_t end, int wire) {
    Row& row = rows_[static_cast<size_t>(r)];
    used_.assign(row.size(), false);
    fresh_.clear();
    for (size_t u = begin; u < end; ++u) {
      const Term &a = row[static_cast<size_t>(found_[u].first)],
                 &b = row[static_cast<size_t>(found_[u].second)];
      // The sum has the shift of its lower term, and its sign.
      fresh_.push_back({wire, a.shift, a.negative});
      used_[static_cast<size_t>(found_[u].first)] = used_[static_cast<size_t>(found_[u].second)] =
          true;
      if (limit_) {
        slack_[static_cast<size_t>(r)] -= unevenness(a.wire, b.wire);
      }
    }
    for (size_t i = 0; i < row.size(); ++i) {
      if (!used_[i]) continue;
      for (size_t j = 0; j < row.size(); ++j) {
        if (j == i || (used_[j] && j < i)) continue;
        counts_.add(pair_of(row[i], row[j]), -1);
      }
    }
    size_t kept = 0;
    for (size_t i = 0; i < row.size(); ++i) {
      if (!used_[i]) row[kept++] = row[i];
    }
    row.resize(kept);
    for (const Term& term : fresh_) {
      for (const Term& other : row) {
        const Pair p = pair_of(term, other);
        if (counts_.add(p, 1) == 2) touched_.push_back(p);
      }
      row.push_back(term);
    }
    holders_[static_cast<size_t>(wire)].push_back(r);
  }

  Builder& builder_;
  std::vector<Row>& rows_;
  bool limit_;
  const Ranking& ranking_;
  std::vector<int64_t> slack_;             ///< 2^limit less the row's weight
  std::vector<Shape> shapes_;              ///< of every wire
  std::vector<std::vector<int>> holders_;  ///< rows that hold, or once held, the wire
  PairTable counts_;
  std::priority_queue<Entry> queue_;
  std::vector<Use> found_;
  std::vector<bool> used_;
  std::vector<Term> fresh_;
  std::vector<Pair> touched_;
};

}  // namespace

int64_t share_pairs(Builder& builder, std::vector<Row>& rows, const Limits& limits,
                    const Ranking& ranking) {
  return Sharing(builder, rows, limits, ranking).run();
}

}  // namespace mase::arch::cmvm
