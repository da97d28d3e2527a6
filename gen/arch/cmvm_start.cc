// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>

#include "gen/arch/cmvm_digits.h"
#include "gen/arch/cmvm_search.h"
#include "gen/base/error.h"

namespace mase::arch::cmvm {

std::vector<int64_t> effective_weights(const AdderProblem& problem) {
  std::vector<int64_t> weight = problem.weight;
  const size_t in = problem.input.size();
  for (size_t k = 0; k < weight.size(); ++k) {
    const AdderInput& x = problem.input[k % in];
    weight[k] = x.low == 0 && x.high == 0 ? 0 : weight[k] * (int64_t{1} << x.shift);
  }
  return weight;
}

namespace {

void append_digits(Row& row, int wire, int64_t weight) {
  for (const Digit& digit : canonical_digits(weight))
    row.push_back({wire, digit.shift, digit.negative});
}

/// For one column the constant of at most `digits` digits whose removal leaves the fewest; 0 where
/// none helps.
int64_t common_weight(const std::vector<int64_t>& weight, size_t in, size_t column, int digits) {
  std::vector<int64_t> values, tries;
  for (size_t k = column; k < weight.size(); k += in) values.push_back(weight[k]);
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  if (*high - *low < 1024) {
    for (int64_t c = *low - 128; c <= *high + 128; ++c) tries.push_back(c);
  } else {
    // Too many to try: the values with fewer and fewer of their top digits.
    for (const int64_t value : values) {
      int64_t rest = 0;
      const std::vector<Digit> own = canonical_digits(value);
      for (size_t d = own.size(); d-- > 0;) {
        rest += (own[d].negative ? -1 : 1) * (int64_t{1} << own[d].shift);
        tries.push_back(rest);
      }
    }
    std::sort(tries.begin(), tries.end());
    tries.erase(std::unique(tries.begin(), tries.end()), tries.end());
  }
  int64_t best = 0;
  int fewest = 0;
  for (const int64_t value : values) fewest += digit_count(value);
  for (const int64_t c : tries) {
    int count = digit_count(c);
    if (count > digits) continue;
    for (size_t k = 0; k < values.size() && count < fewest; ++k)
      count += digit_count(values[k] - c);
    if (count < fewest) {
      fewest = count;
      best = c;
    }
  }
  return best;
}

/// Rows of an all-negative output get one positive digit where a negation would come too late.
void avoid_late_negation(Row& row, const Builder& builder, int limit, int& own_limit) {
  const bool negative =
      !row.empty() && std::all_of(row.begin(), row.end(), [](const Term& t) { return t.negative; });
  if (!negative) return;
  if (2 * weight_of(row, builder) <= int64_t{1} << limit) {
    own_limit = limit - 1;
    return;
  }
  const auto earliest = std::min_element(row.begin(), row.end(), [&](const Term& x, const Term& y) {
    return builder.wire(x.wire).depth < builder.wire(y.wire).depth;
  });
  earliest->negative = false;
  row.push_back({earliest->wire, earliest->shift + 1, true});
}

/// Rows of weights that may be made of each other: a spanning tree with zero as its root. Node
/// `out` is what all rows have in common, where there is such a thing.
struct Tree {
  struct Node {
    std::vector<int64_t> weight;
    int parent = -1;        ///< -1: made of inputs alone
    bool negative = false;  ///< it begins with its parent's negative
    bool has_children = false;
    int cap = 0;    ///< levels it may take
    int depth = 0;  ///< at least, with everything balanced
    Row rest;       ///< its weights less the parent's
  };
  std::vector<Node> nodes;
  std::vector<size_t> order;  ///< parents before children

  /// The digits that node r needs beside node p, which may be turned round.
  Row difference(const Node& r, const Node& p, bool negative) const {
    Row row;
    for (size_t i = 0; i < r.weight.size(); ++i)
      append_digits(row, static_cast<int>(i),
                    negative ? r.weight[i] + p.weight[i] : r.weight[i] - p.weight[i]);
    return row;
  }
  static int64_t terms(const Node& r, const Node& p, bool negative) {
    int64_t count = 1;
    for (size_t i = 0; i < r.weight.size(); ++i)
      count += digit_count(negative ? r.weight[i] + p.weight[i] : r.weight[i] - p.weight[i]);
    return count;
  }
  static int levels(int64_t sum) {
    return static_cast<int>(std::bit_width(static_cast<uint64_t>(std::max<int64_t>(sum, 1)) - 1));
  }

  /// Prim's algorithm; `common` is the node that every row may hang on, or none.
  void grow(const Builder& builder, bool limited, std::optional<size_t> common, bool any_parent) {
    std::vector<int64_t> fewest(nodes.size());
    std::vector<bool> done(nodes.size(), false);
    for (size_t r = 0; r < nodes.size(); ++r) {
      for (size_t i = 0; i < nodes[r].weight.size(); ++i)
        append_digits(nodes[r].rest, static_cast<int>(i), nodes[r].weight[i]);
      fewest[r] = static_cast<int64_t>(nodes[r].rest.size());
    }
    for (size_t count = 0; count < nodes.size(); ++count) {
      size_t next = nodes.size();
      for (size_t r = 0; r < nodes.size(); ++r) {
        if (!done[r] && (next == nodes.size() || fewest[r] < fewest[next])) next = r;
      }
      if (count == 0 && common) next = *common;
      done[next] = true;
      order.push_back(next);
      Node& made = nodes[next];
      int64_t sum = weight_of(made.rest, builder);
      if (made.parent >= 0) {
        nodes[static_cast<size_t>(made.parent)].has_children = true;
        sum += int64_t{1} << nodes[static_cast<size_t>(made.parent)].depth;
      }
      made.depth = levels(sum);
      if (made.rest.empty() || (!any_parent && next != common.value_or(nodes.size()))) continue;
      for (size_t r = 0; r < nodes.size(); ++r) {
        if (!done[r]) offer(r, next, fewest[r], builder, limited);
      }
    }
  }

  /// Node p as a parent of node r, where that leaves fewer terms and fits.
  void offer(size_t r, size_t p, int64_t& fewest, const Builder& builder, bool limited) {
    for (const bool negative : {false, true}) {
      const int64_t count = terms(nodes[r], nodes[p], negative);
      if (count >= fewest) continue;
      Row rest = difference(nodes[r], nodes[p], negative);
      const int64_t sum = weight_of(rest, builder) + (int64_t{1} << nodes[p].depth);
      if (limited && (levels(sum) > nodes[r].cap || nodes[p].depth > nodes[p].cap)) continue;
      fewest = count;
      nodes[r].parent = static_cast<int>(p);
      nodes[r].negative = negative;
      nodes[r].rest = std::move(rest);
    }
  }

  /// Parents may come as late as their children allow: room for sharing.
  void relax(const Builder& builder) {
    for (Node& node : nodes) node.depth = node.cap;
    for (size_t k = order.size(); k-- > 0;) {
      const Node& child = nodes[order[k]];
      if (child.parent < 0) continue;
      const int64_t left = (int64_t{1} << child.depth) - weight_of(child.rest, builder);
      int& depth = nodes[static_cast<size_t>(child.parent)].depth;
      depth = std::min(depth, static_cast<int>(std::bit_width(static_cast<uint64_t>(left))) - 1);
    }
  }
};

/// The rows to begin with: of outputs, then of nodes that others begin with.
struct Beginning {
  Builder builder;
  std::vector<Row> rows;
  Limits limits;
  std::vector<int> promised;

  Beginning(const AdderProblem& problem, std::optional<int> limit, const Start& start)
      : builder(problem) {
    const std::vector<int64_t> weight = effective_weights(problem);
    const size_t in = problem.input.size(), out = static_cast<size_t>(problem.outputs);
    const auto biased = [&](size_t o) { return !problem.bias.empty() && problem.bias[o] != 0; };
    Tree tree;
    for (size_t o = 0; o < out; ++o) {
      const auto begin = weight.begin() + static_cast<std::ptrdiff_t>(o * in);
      Tree::Node& node = tree.nodes.emplace_back();
      node.weight.assign(begin, begin + static_cast<std::ptrdiff_t>(in));
      const bool late = biased(o) || std::all_of(node.weight.begin(), node.weight.end(),
                                                 [](int64_t w) { return w <= 0; });
      node.cap = limit.value_or(0) - (late ? 1 : 0);
    }
    std::optional<size_t> common;
    if (start.common_digits > 0) {
      Tree::Node node;
      int64_t digits = 0;
      for (size_t i = 0; i < in; ++i) {
        node.weight.push_back(common_weight(weight, in, i, start.common_digits));
        digits += digit_count(node.weight.back());
      }
      node.cap = limit.value_or(0);
      if (digits > 1) {
        common = tree.nodes.size();
        tree.nodes.push_back(std::move(node));
      }
    }
    tree.grow(builder, limit.has_value(), common, start.tree);
    if (limit) tree.relax(builder);
    std::vector<int> wire(tree.nodes.size(), -1);
    for (const size_t n : tree.order) {
      const Tree::Node& node = tree.nodes[n];
      if (node.has_children) wire[n] = builder.promise(node.weight, node.depth);
    }
    const auto row_of = [&](const Tree::Node& node) {
      Row row = node.rest;
      if (node.parent >= 0)
        row.push_back({wire[static_cast<size_t>(node.parent)], 0, node.negative});
      return row;
    };
    for (size_t o = 0; o < out; ++o) {
      const Tree::Node& node = tree.nodes[o];
      Row& row = rows.emplace_back(wire[o] >= 0 ? Row{{wire[o], 0, false}} : row_of(node));
      if (biased(o)) row.push_back({builder.constant(problem.bias[o]), 0, false});
      if (!limit) continue;
      int own_limit =
          wire[o] >= 0 || node.parent >= 0 ? std::min(*limit, node.cap + biased(o)) : *limit;
      if (wire[o] < 0 && node.parent < 0) avoid_late_negation(row, builder, *limit, own_limit);
      limits.push_back(own_limit);
    }
    for (const size_t n : tree.order) {
      if (wire[n] < 0) continue;
      promised.push_back(wire[n]);
      rows.push_back(row_of(tree.nodes[n]));
      if (limit) limits.push_back(tree.nodes[n].depth);
    }
  }
};

}  // namespace

int64_t terms_of(const AdderProblem& problem, std::optional<int> limit, const Start& start) {
  int64_t terms = 0;
  for (const Row& row : Beginning(problem, limit, start).rows)
    terms += static_cast<int64_t>(row.size());
  return terms;
}

AdderGraph first_graph(const AdderProblem& problem, std::optional<int> limit, const Start& start,
                       int64_t& steps) {
  Beginning begin(problem, limit, start);
  steps += share_pairs(begin.builder, begin.rows, begin.limits, start.ranking);
  steps += add_up(begin.builder, begin.rows, begin.limits);
  const size_t out = begin.rows.size() - begin.promised.size();
  for (size_t p = 0; p < begin.promised.size(); ++p) {
    MASE_CHECK(begin.rows[out + p].size() == 1, "a row that others begin with came to nothing");
    begin.builder.define(begin.promised[p], begin.rows[out + p][0]);
  }
  begin.rows.resize(out);
  return begin.builder.finish(begin.rows);
}

}  // namespace mase::arch::cmvm
