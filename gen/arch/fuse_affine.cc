// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/fuse_affine.h"

#include <vector>

namespace mase::arch {

namespace {

using fixed::Wide;

bool same_pipeline(const UnrollOptions& a, const UnrollOptions& b) {
  return a.adders_per_stage == b.adders_per_stage && a.target_mhz == b.target_mhz &&
         a.extra_depth == b.extra_depth && a.tables == b.tables && a.seconds == b.seconds;
}

constexpr Wide kLimit = Wide{1} << (kMaxWeightBits - 1);
bool fits(Wide value) { return value < kLimit && value > -kLimit; }

/// value * 2^shift; kLimit where that is too wide.
Wide shifted(Wide value, int shift) {
  if (value == 0) return 0;
  if (shift >= kMaxWeightBits || !fits(value)) return kLimit;
  value *= Wide{1} << shift;
  return fits(value) ? value : kLimit;
}

}  // namespace

std::optional<Stage> fused_affine(const Stage& first, const Stage& second) {
  if (first.cell != Cell::kUnrolled || second.cell != Cell::kUnrolled) return std::nullopt;
  if (!first.diagonal && !second.diagonal) return std::nullopt;
  const bool exact = first.out == first.cast_from && first.out_channels.empty() &&
                     second.in == first.out && second.elements_in == first.elements_out;
  if (!exact || !same_pipeline(first.unroll, second.unroll)) return std::nullopt;
  Stage both = second;
  both.name = first.name;
  both.graph_nodes = first.graph_nodes;
  both.graph_nodes.insert(both.graph_nodes.end(), second.graph_nodes.begin(),
                          second.graph_nodes.end());
  both.in = first.in;
  both.elements_in = first.elements_in;
  both.lanes_in = first.lanes_in;
  both.diagonal = first.diagonal && second.diagonal;
  both.alignment.product_shift = first.alignment.product_shift + second.alignment.product_shift;
  both.alignment.bias_shift = 0;
  both.unrolled = nullptr;
  const auto in = static_cast<size_t>(first.elements_in);
  const auto middle = static_cast<size_t>(first.elements_out);
  const auto out = static_cast<size_t>(second.elements_out);
  std::vector<int64_t> weight, bias;
  const auto push = [](std::vector<int64_t>& values, Wide value) {
    values.push_back(static_cast<int64_t>(value));
    return fits(value);
  };
  bool good = true;
  for (size_t o = 0; o < out; ++o) {
    Wide sum = 0;
    if (!second.bias.empty()) sum = shifted(second.bias[o], second.alignment.bias_shift);
    good = good && fits(sum);
    for (size_t m = second.diagonal ? o : 0; m < (second.diagonal ? o + 1 : middle); ++m) {
      const Wide scale = second.weight[second.diagonal ? o : o * middle + m];
      if (!first.bias.empty()) {
        const Wide part = shifted(first.bias[m], first.alignment.bias_shift);
        // Both have fewer than 62 bits.
        good = good && fits(part);
        if (good) sum += shifted(part * scale, second.alignment.product_shift);
        good = good && fits(sum);
      }
      const size_t row = first.diagonal ? 1 : in;
      for (size_t i = 0; i < row; ++i)
        good = push(weight, scale * first.weight[first.diagonal ? m : m * in + i]) && good;
    }
    good = push(bias, sum) && good;
  }
  if (!good) return std::nullopt;
  both.weight = std::move(weight);
  both.bias = std::move(bias);
  return both;
}

}  // namespace mase::arch
