// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>

#include "gen/arch/cmvm_digits.h"
#include "gen/arch/cmvm_search.h"

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

/// For one column the constant whose removal leaves the fewest digits; 0 where none helps.
int64_t common_weight(const std::vector<int64_t>& weight, size_t in, size_t column) {
  std::vector<int64_t> values, tries;
  for (size_t k = column; k < weight.size(); k += in) values.push_back(weight[k]);
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  if (*high - *low < 1024) {
    for (int64_t c = *low; c <= *high; ++c) tries.push_back(c);
  } else {
    // Too many to try: the values with fewer and fewer of their top digits.
    for (const int64_t value : values) {
      int64_t rest = 0;
      const std::vector<Digit> digits = canonical_digits(value);
      for (size_t d = digits.size(); d-- > 0;) {
        rest += (digits[d].negative ? -1 : 1) * (int64_t{1} << digits[d].shift);
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

}  // namespace

AdderGraph first_graph(const AdderProblem& problem, std::optional<int> limit, const Start& start,
                       int64_t& steps) {
  Builder builder(problem);
  const std::vector<int64_t> weight = effective_weights(problem);
  const size_t in = problem.input.size(), out = static_cast<size_t>(problem.outputs);
  std::vector<int64_t> common(in, 0);
  Row shared;
  int shared_wire = -1, shared_depth = 0;
  if (start.common) {
    for (size_t i = 0; i < in; ++i) {
      common[i] = common_weight(weight, in, i);
      append_digits(shared, static_cast<int>(i), common[i]);
    }
    steps += static_cast<int64_t>(weight.size());
    if (shared.size() > 1) {
      const auto sum = static_cast<uint64_t>(weight_of(shared, builder));
      shared_depth = static_cast<int>(std::bit_width(sum - 1));
      shared_wire = builder.promise(common, shared_depth);
    }
  }
  std::vector<Row> rows;
  Limits limits;
  for (size_t o = 0; o < out; ++o) {
    Row plain, rest;
    for (size_t i = 0; i < in; ++i) {
      append_digits(plain, static_cast<int>(i), weight[o * in + i]);
      append_digits(rest, static_cast<int>(i), weight[o * in + i] - common[i]);
    }
    if (shared_wire >= 0) rest.push_back({shared_wire, 0, false});
    const bool biased = !problem.bias.empty() && problem.bias[o] != 0;
    const int64_t room = limit ? (int64_t{1} << *limit) - (biased ? 1 : 0) : 0;
    const bool fits = shared_wire >= 0 && (!limit || weight_of(rest, builder) <= room);
    Row& row = rows.emplace_back(fits && rest.size() < plain.size() ? rest : plain);
    if (biased) row.push_back({builder.constant(problem.bias[o]), 0, false});
    int own_limit = limit.value_or(0);
    if (limit) {
      avoid_late_negation(row, builder, *limit, own_limit);
      limits.push_back(own_limit);
    }
  }
  if (shared_wire >= 0) {
    rows.push_back(shared);
    if (limit) limits.push_back(shared_depth);
  }
  steps += share_pairs(builder, rows, limits, start.ranking);
  steps += add_up(builder, rows, limits);
  if (shared_wire >= 0) {
    builder.define(shared_wire, rows.back()[0]);
    rows.pop_back();
  }
  return builder.finish(rows);
}

}  // namespace mase::arch::cmvm
