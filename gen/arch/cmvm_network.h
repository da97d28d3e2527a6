// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "gen/arch/adder_graph.h"
#include "gen/arch/cmvm_search.h"
#include "gen/arch/pair_table.h"

namespace mase::arch::cmvm {

/// Of a hash that is linear: the same for a value and its negative.
inline uint64_t up_to_sign(uint64_t value) { return std::min(value, 0 - value); }

/// A product as rows of terms over inputs, constants and the wires that are read more than once:
/// a row an output, a row a wire. It is changed in place; every change can be taken back, and how
/// often each pair of terms occurs is known at any time.
class Network {
 public:
  /// `late`: under a limit wires may come as late as their readers allow, else as early as now.
  Network(const AdderProblem& problem, const AdderGraph& graph, std::optional<int> limit,
          bool late);

  AdderGraph graph() const;  ///< with the rows added up
  int64_t cost() const { return cost_; }
  void spend(int64_t steps) { steps_ += steps; }
  int64_t steps() const { return steps_ + counts_.steps() + values_.steps(); }

  // Variables: inputs and constants first (the leaves), then wires, which come and go.
  int leaves() const { return leaves_; }
  int variables() const { return static_cast<int>(variables_.size()); }
  bool alive(int v) const { return variable(v).alive; }
  bool is_wire(int v) const { return v >= leaves_; }
  const AdderWire& wire(int v) const { return variable(v).wire; }  ///< interval and depth
  int end(int v) const { return variable(v).end; }                 ///< its width
  int rows() const { return static_cast<int>(rows_.size()); }
  int row_of(int wire) const { return outputs_ + wire - leaves_; }
  int wire_of(int row) const { return row < outputs_ ? -1 : row - outputs_ + leaves_; }
  const Row& row(int r) const { return rows_[static_cast<size_t>(r)]; }
  /// Rows that read the variable, each as often as it does.
  const std::vector<int>& readers(int v) const { return readers_[static_cast<size_t>(v)]; }
  int count(Pair pair) { return counts_.get(pair); }
  /// Whether wire v needs wire `other`, over any number of wires.
  bool needs(int v, int other);

  bool limited() const { return limit_.has_value(); }
  /// 2^depth of a wire, and how much more of that its row may hold; 0 where nothing is limited.
  int64_t power(int v) const;
  int64_t room(int r) const;

  /// Hashes of what wires compute: linear, so that those of sums are known.
  uint64_t value(int v) const { return variable(v).value; }
  uint64_t value(Pair pair) const;
  int wire_with(uint64_t value);  ///< or its negative; -1 where there is none

  /// A wire for the sum of a pair; nobody reads it yet.
  int make(Pair pair);
  /// Puts a term into a row, where it may join others of its wire; pairs that now occur twice, or
  /// are some wire's value, are noted in `fresh`.
  void insert(int r, Term term);
  void remove(int r, Term term);
  /// Puts the wire's terms in its place and removes it.
  void dissolve(int v);
  /// Dissolves wires that are read once, and what is no sum.
  void tidy();

  std::vector<Pair> fresh;
  void note_repeated();  ///< all pairs that occur twice

  /// Prices the rows that changed. False where a row has become too deep.
  bool settle();
  void keep();  ///< all changes since the last keep or undo
  void undo();  ///< the same

 private:
  struct Variable {
    AdderWire wire;
    fixed::Wide offset = 0;  ///< the constant in its value
    uint64_t value = 0;
    int end = 0;
    bool alive = false, listed = false;
  };
  struct Change {
    enum Kind { kAttach, kDetach, kMake, kDrop, kPrice } kind;
    int place;  ///< row or variable
    Term term;
    int64_t price = 0;
  };

  Variable& variable(int v) { return variables_[static_cast<size_t>(v)]; }
  const Variable& variable(int v) const { return variables_[static_cast<size_t>(v)]; }
  Row& edit(int r) { return rows_[static_cast<size_t>(r)]; }
  void add_variable(int v);  ///< its interval and value from its weights and offset
  void list(int v);
  void unlist(int v);
  void attach(int r, Term term, bool note);
  void detach(int r, size_t index);
  void drop(int v);
  void touch(int r);
  void read(const AdderGraph& graph, const std::vector<int>& depths);
  const AdderWire& result(int r) const;
  bool late(int r) const;
  int64_t least_power(int r) const;
  int64_t estimate(int r) const;

  const AdderProblem& problem_;
  std::optional<int> limit_;
  size_t in_;
  int outputs_, leaves_ = 0;
  std::vector<Variable> variables_;
  std::vector<int64_t> weights_;  ///< [variables * in]
  std::vector<Row> rows_;
  std::vector<AdderWire> results_;  ///< [outputs]
  std::vector<int64_t> prices_, powers_;
  std::vector<bool> touched_;
  std::vector<std::vector<int>> readers_;
  std::vector<int> free_, dropped_, dirty_, loose_, stack_;
  std::vector<int64_t> seen_;
  int64_t visit_ = 0;
  std::vector<Change> changes_;
  std::vector<uint64_t> keys_;  ///< [in + 1] of the hash
  PairTable counts_, values_;
  int64_t cost_ = 0, steps_ = 0;
};

}  // namespace mase::arch::cmvm
