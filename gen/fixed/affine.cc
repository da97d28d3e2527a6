// SPDX-License-Identifier: Apache-2.0
#include "gen/fixed/affine.h"

#include <algorithm>
#include <cmath>

#include "gen/base/error.h"

namespace mase::fixed {

namespace {

struct Range {
  Wide low = 0, high = 0;
  void add(Wide a, Wide b) {
    low += std::min(a, b);
    high += std::max(a, b);
  }
};

/// Worst case of one output without its bias.
Range products_range(std::span<const int64_t> row, const Format& data, int shift) {
  Range range;
  for (const int64_t w : row) range.add((w * data.min()) << shift, (w * data.max()) << shift);
  return range;
}

Wide bias_of(std::span<const int64_t> bias, size_t o, int shift) {
  return bias.empty() ? Wide{0} : Wide{bias[o]} << shift;
}

}  // namespace

Alignment align(const Format& data, const Format& weight, const std::optional<Format>& bias) {
  Alignment a;
  const int product_frac = data.frac + weight.frac;
  a.acc_frac = bias ? std::max(product_frac, bias->frac) : product_frac;
  a.product_shift = a.acc_frac - product_frac;
  a.bias_shift = bias ? a.acc_frac - bias->frac : 0;
  return a;
}

std::vector<Wide> linear(std::span<const int64_t> weight, std::span<const int64_t> bias,
                         std::span<const Wide> x, const Alignment& alignment) {
  const size_t columns = x.size();
  MASE_CHECK(columns > 0 && weight.size() % columns == 0, "linear: weight [{}] for {} inputs",
             weight.size(), columns);
  const size_t rows = weight.size() / columns;
  std::vector<Wide> acc(rows);
  for (size_t o = 0; o < rows; ++o) {
    Wide sum = 0;
    for (size_t i = 0; i < columns; ++i) sum += weight[o * columns + i] * x[i];
    acc[o] = (sum << alignment.product_shift) + bias_of(bias, o, alignment.bias_shift);
  }
  return acc;
}

std::vector<Wide> batch_norm1d(std::span<const int64_t> scale, std::span<const int64_t> bias,
                               std::span<const Wide> x, const Alignment& alignment) {
  MASE_CHECK(scale.size() == x.size() && bias.size() == x.size(),
             "batch_norm1d: {} channels, {} inputs", scale.size(), x.size());
  std::vector<Wide> y(x.size());
  for (size_t c = 0; c < x.size(); ++c) {
    y[c] = ((scale[c] * x[c]) << alignment.product_shift) + bias_of(bias, c, alignment.bias_shift);
  }
  return y;
}

AffineParameters batch_norm1d_parameters(std::span<const double> gamma,
                                         std::span<const double> beta,
                                         std::span<const double> running_mean,
                                         std::span<const double> running_var, double eps) {
  AffineParameters p;
  p.scale.resize(gamma.size());
  p.bias.resize(gamma.size());
  for (size_t c = 0; c < gamma.size(); ++c) {
    p.scale[c] = gamma[c] / std::sqrt(running_var[c] + eps);
    p.bias[c] = beta[c] - running_mean[c] * p.scale[c];
  }
  return p;
}

Format linear_accumulator(std::span<const int64_t> weight, std::span<const int64_t> bias,
                          size_t rows, const Format& data, const Alignment& alignment) {
  MASE_CHECK(rows > 0 && weight.size() % rows == 0, "linear_accumulator: {} weights, {} rows",
             weight.size(), rows);
  const size_t columns = weight.size() / rows;
  Wide low = 0, high = 0;
  for (size_t o = 0; o < rows; ++o) {
    const Range range =
        products_range(weight.subspan(o * columns, columns), data, alignment.product_shift);
    const Wide b = bias_of(bias, o, alignment.bias_shift);
    low = std::min(low, range.low + b);
    high = std::max(high, range.high + b);
  }
  return {signed_width_for(low, high), alignment.acc_frac, true};
}

Format batch_norm1d_accumulator(std::span<const int64_t> scale, std::span<const int64_t> bias,
                                const Format& data, const Alignment& alignment) {
  return linear_accumulator(scale, bias, scale.size(), data, alignment);
}

Format linear_accumulator_of_formats(size_t terms, const Format& data, const Format& weight,
                                     const std::optional<Format>& bias) {
  const Alignment alignment = align(data, weight, bias);
  Range range;
  Range product;
  product.low = std::min({data.min() * weight.min(), data.min() * weight.max(),
                          data.max() * weight.min(), data.max() * weight.max()});
  product.high = std::max({data.min() * weight.min(), data.min() * weight.max(),
                           data.max() * weight.min(), data.max() * weight.max()});
  range.low = (product.low * static_cast<Wide>(terms)) << alignment.product_shift;
  range.high = (product.high * static_cast<Wide>(terms)) << alignment.product_shift;
  if (bias) range.add(bias->min() << alignment.bias_shift, bias->max() << alignment.bias_shift);
  return {signed_width_for(range.low, range.high), alignment.acc_frac, true};
}

int running_sum_width(std::span<const int64_t> weight, std::span<const int64_t> bias, size_t rows,
                      const Format& data, const Alignment& alignment) {
  return running_sum_width(row_sums(weight, rows), bias, data, alignment);
}

RowSums row_sums(std::span<const int64_t> weight, size_t rows) {
  const size_t columns = weight.size() / rows;
  std::vector<int64_t> positive(rows), negative(rows);
  for (size_t o = 0; o < rows; ++o) {
    for (const int64_t w : weight.subspan(o * columns, columns))
      (w > 0 ? positive : negative)[o] += w;
  }
  return {std::move(positive), std::move(negative)};
}

int running_sum_width(const RowSums& weight, std::span<const int64_t> bias, const Format& data,
                      const Alignment& alignment) {
  const Wide least = data.min(), most = data.max();  // 0 lies between them
  const int shift = alignment.product_shift;
  Wide low = 0, high = 0;
  for (size_t o = 0; o < weight.positive.size(); ++o) {
    const Wide positive = weight.positive[o], negative = weight.negative[o];
    const Wide row_low = (positive * least + negative * most) << shift;
    const Wide row_high = (positive * most + negative * least) << shift;
    const Wide b = bias_of(bias, o, alignment.bias_shift);
    low = std::min({low, row_low, row_low + b});
    high = std::max({high, row_high, row_high + b});
  }
  return signed_width_for(low, high);
}

}  // namespace mase::fixed
