// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "gen/arch/adder_graph.h"
#include "gen/arch/cmvm_term.h"
#include "gen/arch/pair_table.h"

namespace mase::arch::cmvm {

/// Grows an adder graph wire by wire; an adder asked for twice is made once.
class Builder {
 public:
  explicit Builder(const AdderProblem& problem);

  /// The wire of two terms' sum, as a term: the lower shift is taken out, and the sign is such that
  /// the unshifted operand is not negated (its low bits would not pass beside the adder).
  Term sum(Term x, Term y);
  AdderCost cost_of_sum(Term x, Term y) const;  ///< without building; operands' intervals only
  int constant(fixed::Wide value);

  /// A wire that is known by what it will be: its weights [in] and at most its depth. Adders may
  /// read it before `define` says how it is made.
  int promise(std::span<const int64_t> weight, int depth);
  void define(int wire, Term made) { promised_[wire] = made; }

  const AdderWire& wire(int w) const { return graph_.wires[static_cast<size_t>(w)]; }
  int wires() const { return static_cast<int>(graph_.wires.size()); }
  std::span<const int64_t> weight(int w) const;  ///< [in] of the wire, constants apart

  /// The graph of these outputs: promises replaced by what they became, nothing that is not needed.
  /// Rows of at most one term. No output is negated where turning subtractions round helps.
  AdderGraph finish(const std::vector<Row>& outputs) const;

 private:
  int adder(int a, bool negate_a, int b, bool negate_b, int shift);
  void set_interval(AdderWire& wire, size_t place) const;
  Term replay(const Builder& from, int wire, std::vector<std::optional<Term>>& known);
  std::optional<int> turned(int wire);

  const AdderProblem& problem_;
  AdderGraph graph_;
  std::vector<int64_t> weights_;  ///< [wires * in]
  PairTable known_;               ///< adders by operands, shift and signs: their wire plus 1
  bool alike_;  ///< all inputs have the first's interval: intervals are quick to find
  std::unordered_map<int, Term> promised_;
};

/// Sum of 2^depth over a row: a row fits into `limit` levels exactly when it is at most 2^limit.
int64_t weight_of(const Row& row, const Builder& builder);

/// Adds equal terms and lets opposite ones go.
void simplify(Row& row);

}  // namespace mase::arch::cmvm
