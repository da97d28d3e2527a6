// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "gen/fixed/constants.h"
#include "gen/fixed/format.h"

namespace mase::fixed {

/// Fraction alignment of acc = sum(w * x) + b: both terms are shifted left to the finer of the two
/// fractions.
struct Alignment {
  int acc_frac = 0;       ///< max(F_x + F_w, F_b)
  int product_shift = 0;  ///< bits the products move left
  int bias_shift = 0;     ///< bits the bias moves left
};
Alignment align(const Format& data, const Format& weight, const std::optional<Format>& bias);

/// acc[o] = sum_i w[o][i] * x[i] + b[o], exact; the result's fraction is alignment.acc_frac.
/// Shapes: weight [out * in] row-major, bias [out] or empty, x [in] -> [out]. Units: raw integers.
/// Mirrored by rtl/mase_linear.sv.
std::vector<Wide> linear(std::span<const int64_t> weight, std::span<const int64_t> bias,
                         std::span<const Wide> x, const Alignment& alignment);

/// y[c] = a[c] * x[c] + b[c], exact. Shapes: [c]. Mirrored by rtl/mase_batch_norm1d.sv.
std::vector<Wide> batch_norm1d(std::span<const int64_t> scale, std::span<const int64_t> bias,
                               std::span<const Wide> x, const Alignment& alignment);

/// a = gamma / sqrt(running_var + eps), b = beta - running_mean * a, in float64.
struct AffineParameters {
  std::vector<double> scale, bias;
};
AffineParameters batch_norm1d_parameters(std::span<const double> gamma,
                                         std::span<const double> beta,
                                         std::span<const double> running_mean,
                                         std::span<const double> running_var, double eps);

/// The exact signed accumulator format for constant weights: narrowest width that holds every
/// output's worst case over all inputs of `data`. `rows` = out, weight row-major [rows * columns].
Format linear_accumulator(std::span<const int64_t> weight, std::span<const int64_t> bias,
                          size_t rows, const Format& data, const Alignment& alignment);
Format batch_norm1d_accumulator(std::span<const int64_t> scale, std::span<const int64_t> bias,
                                const Format& data, const Alignment& alignment);

/// The exact signed accumulator format for run-time weights: worst case from the formats alone.
Format linear_accumulator_of_formats(size_t terms, const Format& data, const Format& weight,
                                     const std::optional<Format>& bias);

/// Width of the running sum inside the cell: holds every partial sum with and without the bias,
/// at least the accumulator's own width.
int running_sum_width(std::span<const int64_t> weight, std::span<const int64_t> bias, size_t rows,
                      const Format& data, const Alignment& alignment);

/// What the worst cases depend on: of every row the sum of its positive weights and that of its
/// negative ones. Shapes: weight [rows * columns], both [rows].
struct RowSums {
  Constants positive, negative;
};
RowSums row_sums(std::span<const int64_t> weight, size_t rows);
int running_sum_width(const RowSums& weight, std::span<const int64_t> bias, const Format& data,
                      const Alignment& alignment);

}  // namespace mase::fixed
