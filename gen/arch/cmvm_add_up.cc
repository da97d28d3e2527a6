// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "gen/arch/cmvm_share.h"
#include "gen/base/error.h"

namespace mase::arch::cmvm {

namespace {

int64_t power(const Builder& builder, const Term& term) {
  return int64_t{1} << std::min(40, builder.wire(term.wire).depth);
}

/// One row: joins the two terms whose adder is cheapest for the bits it leaves, as long as what is
/// left still fits.
int64_t add_up_row(Builder& builder, Row& row, std::optional<int> limit) {
  int64_t slack = limit ? (int64_t{1} << *limit) - weight_of(row, builder) : 0;
  int64_t steps = 0;
  simplify(row);
  while (row.size() > 1) {
    size_t best_i = 0, best_j = 0;
    double best = 1e300;
    for (size_t i = 0; i < row.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        ++steps;
        const int64_t x = power(builder, row[i]), y = power(builder, row[j]);
        const int64_t need = 2 * std::max(x, y) - x - y;
        if (limit && need > slack) continue;
        const AdderCost cost = builder.cost_of_sum(row[i], row[j]);
        const int depth =
            std::max(builder.wire(row[i].wire).depth, builder.wire(row[j].wire).depth);
        const double value = cost.luts + 0.125 * cost.carry + 0.01 * depth;
        if (value < best) {
          best = value;
          best_i = i;
          best_j = j;
        }
      }
    }
    MASE_CHECK(best_i != best_j, "a row of {} terms cannot be added in time", row.size());
    const int64_t x = power(builder, row[best_i]), y = power(builder, row[best_j]);
    slack -= 2 * std::max(x, y) - x - y;
    const Term made = builder.sum(row[best_i], row[best_j]);
    row.erase(row.begin() + static_cast<std::ptrdiff_t>(best_i));  // best_j < best_i
    row[best_j] = made;
    const auto same = [&](const Term& t) { return t.wire == made.wire; };
    if (std::count_if(row.begin(), row.end(), same) > 1) simplify(row);
  }
  return steps;
}

}  // namespace

int64_t add_up(Builder& builder, std::vector<Row>& rows, const Limits& limits) {
  int64_t steps = 0;
  for (size_t r = 0; r < rows.size(); ++r) {
    const std::optional<int> limit = limits.empty() ? std::nullopt : std::optional(limits[r]);
    steps += add_up_row(builder, rows[r], limit);
  }
  return steps;
}

}  // namespace mase::arch::cmvm
