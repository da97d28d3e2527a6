// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <optional>

#include "gen/arch/cmvm_share.h"
#include "gen/base/error.h"

namespace mase::arch::cmvm {

namespace {

/// One row: joins the two terms whose adder is cheapest, as long as what is left still fits.
class RowSum {
 public:
  RowSum(Builder& builder, Row& row, std::optional<int> limit)
      : builder_(builder), row_(row), limit_(limit) {
    simplify(row_);
    restart();
  }

  int64_t run() {
    while (row_.size() > 1) join();
    return steps_;
  }

 private:
  void restart() {
    slack_ = limit_ ? (int64_t{1} << *limit_) - weight_of(row_, builder_) : 0;
    const size_t n = row_.size();
    stride_ = n;
    cost_.assign(n * n, 0.0f);
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = 0; j < i; ++j) price(i, j);
    }
  }

  int64_t power(size_t i) const { return int64_t{1} << builder_.wire(row_[i].wire).depth; }
  int64_t need(size_t i, size_t j) const {
    const int64_t x = power(i), y = power(j);
    return 2 * std::max(x, y) - x - y;
  }

  /// What joining terms i > j costs: LUTs, then chain, then depth.
  void price(size_t i, size_t j) {
    ++steps_;
    const AdderCost cost = builder_.cost_of_sum(row_[i], row_[j]);
    const int depth =
        std::max(builder_.wire(row_[i].wire).depth, builder_.wire(row_[j].wire).depth);
    cost_[i * stride_ + j] = static_cast<float>(cost.luts) +
                             0.125f * static_cast<float>(cost.carry) +
                             0.01f * static_cast<float>(depth);
  }

  void join() {
    size_t best_i = 0, best_j = 0;
    float best = std::numeric_limits<float>::infinity();
    for (size_t i = 0; i < row_.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (cost_[i * stride_ + j] >= best || (limit_ && need(i, j) > slack_)) continue;
        best = cost_[i * stride_ + j];
        best_i = i;
        best_j = j;
      }
    }
    MASE_CHECK(best_i != best_j, "a row of {} terms cannot be added in time", row_.size());
    if (limit_) slack_ -= need(best_i, best_j);
    const Term made = builder_.sum(row_[best_i], row_[best_j]);
    // The sum takes j's place, the last term i's.
    const size_t last = row_.size() - 1;
    row_[best_j] = made;
    row_[best_i] = row_[last];
    row_.pop_back();
    const auto same = [&](const Term& t) { return t.wire == made.wire; };
    if (std::count_if(row_.begin(), row_.end(), same) > 1) {
      simplify(row_);
      restart();
      return;
    }
    for (size_t k = 0; k < row_.size() && best_i != last; ++k) {
      if (k != best_i)
        cost_[std::max(k, best_i) * stride_ + std::min(k, best_i)] = cost_[last * stride_ + k];
    }
    for (size_t k = 0; k < row_.size(); ++k) {
      if (k != best_j) price(std::max(k, best_j), std::min(k, best_j));
    }
  }

  Builder& builder_;
  Row& row_;
  std::optional<int> limit_;
  int64_t slack_ = 0, steps_ = 0;
  size_t stride_ = 0;
  std::vector<float> cost_;  ///< of terms i > j at i * stride_ + j
};

}  // namespace

int64_t add_up(Builder& builder, std::vector<Row>& rows, const Limits& limits) {
  int64_t steps = 0;
  for (size_t r = 0; r < rows.size(); ++r) {
    const std::optional<int> limit = limits.empty() ? std::nullopt : std::optional(limits[r]);
    if (rows[r].size() > 1) steps += RowSum(builder, rows[r], limit).run();
  }
  return steps;
}

}  // namespace mase::arch::cmvm
