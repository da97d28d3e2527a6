// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/parzen.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace mase::search {
namespace {

double normal_cdf(double x) { return 0.5 * std::erfc(-x * M_SQRT1_2); }

}  // namespace

std::vector<double> age_weights(size_t n) {
  constexpr size_t kNew = 25;
  std::vector<double> weights(n, 1.0);
  if (n <= kNew) return weights;
  const size_t old = n - kNew;
  const double first = 1.0 / static_cast<double>(n);
  for (size_t i = 0; i < old; ++i) {
    weights[i] =
        old == 1 ? first
                 : first + (1.0 - first) * static_cast<double>(i) / static_cast<double>(old - 1);
  }
  return weights;
}

std::vector<double> kernel_widths(const std::vector<double>& sorted, double low, double high,
                                  size_t observations) {
  const size_t n = sorted.size();
  const double range = high - low;
  const double narrowest = range / std::min(100.0, 2.0 + static_cast<double>(observations));
  std::vector<double> widths(n);
  for (size_t i = 0; i < n; ++i) {
    const double left = sorted[i] - (i == 0 ? low : sorted[i - 1]);
    const double right = (i + 1 == n ? high : sorted[i + 1]) - sorted[i];
    double width = std::max(left, right);
    if (n >= 2 && i == 0) width = right;
    if (n >= 2 && i + 1 == n) width = left;
    widths[i] = std::clamp(width, narrowest, range);
  }
  return widths;
}

size_t draw_index(const double* weights, size_t n, double total, RandomStream& random) {
  double left = random.uniform() * total;
  for (size_t i = 0; i + 1 < n; ++i) {
    left -= weights[i];
    if (left < 0.0) return i;
  }
  return n - 1;
}

AxisKernels::AxisKernels(const Parameter& parameter, const std::vector<double>& values,
                         RandomStream& random) {
  if (parameter.kind == Parameter::Kind::kReal) {
    low_ = parameter.low;
    high_ = parameter.high;
    std::vector<size_t> order(values.size());
    std::iota(order.begin(), order.end(), size_t{0});
    random.shuffle(order);
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return values[a] < values[b]; });
    std::vector<double> sorted;
    for (const size_t i : order) sorted.push_back(values[i]);
    const auto widths = kernel_widths(sorted, low_, high_, sorted.size());
    mean_ = values;
    width_.resize(values.size());
    for (size_t k = 0; k < order.size(); ++k) width_[order[k]] = widths[k];
    mean_.push_back(0.5 * (low_ + high_));
    width_.push_back(high_ - low_);
    for (size_t k = 0; k < mean_.size(); ++k) {
      const double inside =
          normal_cdf((high_ - mean_[k]) / width_[k]) - normal_cdf((low_ - mean_[k]) / width_[k]);
      log_norm_.push_back(-std::log(width_[k] * std::sqrt(2 * M_PI) * inside));
    }
    return;
  }
  choices_ = parameter.choices;
  low_ = -0.5;
  high_ = choices_ - 0.5;
  row_.resize(values.size() + 1);
  parameter.kind == Parameter::Kind::kNominal ? nominal(values) : ordinal(values, random);
}

int AxisKernels::gaussian_row(double mean, double width) {
  const int row = static_cast<int>(mass_.size()) / choices_;
  const double first = normal_cdf((low_ - mean) / width);
  const double total = normal_cdf((high_ - mean) / width) - first;
  double before = first;
  for (int c = 0; c < choices_; ++c) {
    const double upto = normal_cdf((c + 0.5 - mean) / width);
    mass_.push_back(std::max((upto - before) / total, 1e-300));
    before = upto;
  }
  return row;
}

void AxisKernels::ordinal(const std::vector<double>& values, RandomStream& random) {
  // Among k equal values all but two have neighbours at no distance: the narrowest kernel. The
  // first and the last of them, drawn at random, look at the next lower and higher value.
  std::vector<size_t> counts(static_cast<size_t>(choices_), 0);
  for (const double value : values) ++counts[static_cast<size_t>(value)];
  std::vector<double> sorted;
  for (size_t c = 0; c < counts.size(); ++c) {
    sorted.insert(sorted.end(), std::min<size_t>(counts[c], 3), static_cast<double>(c));
  }
  const auto widths = kernel_widths(sorted, low_, high_, values.size());
  struct Cell {
    size_t first = 0, last = 0, met = 0;  ///< which members look down and up; how many were met
    int rows[3] = {0, 0, 0};              ///< of the first, of those between, of the last
  };
  std::vector<Cell> cells(counts.size());
  size_t at = 0;
  for (size_t c = 0; c < cells.size(); ++c) {
    const size_t kinds = std::min<size_t>(counts[c], 3);
    if (kinds == 0) continue;
    const auto n = static_cast<int64_t>(counts[c]);
    cells[c].first = cells[c].last = static_cast<size_t>(random.below(n));
    if (n > 1)
      cells[c].last = (cells[c].first + 1 + static_cast<size_t>(random.below(n - 1))) % counts[c];
    for (size_t kind = 0; kind < kinds; ++kind) {
      const int row = gaussian_row(static_cast<double>(c), widths[at + kind]);
      cells[c].rows[kind + 1 == kinds && kind > 0 ? 2 : kind] = row;
    }
    at += kinds;
  }
  for (size_t i = 0; i < values.size(); ++i) {
    Cell& cell = cells[static_cast<size_t>(values[i])];
    const size_t member = cell.met++;
    row_[i] = cell.rows[member == cell.first ? 0 : member == cell.last ? 2 : 1];
  }
  row_.back() = gaussian_row(0.5 * (low_ + high_), high_ - low_);
}

void AxisKernels::nominal(const std::vector<double>& values) {
  const double each = 1.0 / static_cast<double>(values.size() + 1);
  const double total = 1.0 + each * choices_;
  for (int observed = 0; observed <= choices_; ++observed) {  // the last row is the prior's
    for (int c = 0; c < choices_; ++c) {
      mass_.push_back(observed == choices_ ? 1.0 / choices_
                                           : (each + (c == observed ? 1.0 : 0.0)) / total);
    }
  }
  for (size_t i = 0; i < values.size(); ++i) row_[i] = static_cast<int>(values[i]);
  row_.back() = choices_;
}

std::vector<double> AxisKernels::mixture(const std::vector<double>& weights) const {
  const auto choices = static_cast<size_t>(choices_);
  std::vector<double> of_row(mass_.size() / choices, 0.0), result(choices, 0.0);
  for (size_t k = 0; k < row_.size(); ++k) of_row[static_cast<size_t>(row_[k])] += weights[k];
  for (size_t row = 0; row < of_row.size(); ++row) {
    for (size_t c = 0; c < choices; ++c) result[c] += of_row[row] * mass_[row * choices + c];
  }
  return result;
}

double AxisKernels::real_density(size_t k, double x) const {
  const double z = (x - mean_[k]) / width_[k];
  return std::exp(log_norm_[k] - 0.5 * z * z);
}

void AxisKernels::column(double x, std::vector<double>& densities) const {
  densities.resize(size());
  for (size_t k = 0; k < densities.size(); ++k) densities[k] = density(k, x);
}

double AxisKernels::draw(size_t k, RandomStream& random) const {
  if (choices_ > 0) {
    return static_cast<double>(draw_index(masses(k), static_cast<size_t>(choices_), 1.0, random));
  }
  for (;;) {  // the bounds hold at least a third of the mass when the mean is inside
    const double x = mean_[k] + width_[k] * random.normal();
    if (x >= low_ && x <= high_) return x;
  }
}

}  // namespace mase::search
