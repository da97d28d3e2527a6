// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <random>
#include <vector>

#include "gen/fixed/format.h"
#include "tests/rtl/cell_bench.h"

namespace mase::rtl_test {

using Random = std::mt19937_64;

/// Uniform in [low, high].
inline int draw(Random& random, int low, int high) {
  return low + static_cast<int>(random() % static_cast<uint64_t>(high - low + 1));
}

/// Any number of the format; ends, zero and -1 come up often.
Wide draw_number(Random& random, const fixed::Format& format);

/// A linear layer or a batch norm with its data, in raw integers.
struct Affine {
  bool is_linear = true;  ///< false: batch norm, outputs = inputs = channels, weight [channels]
  int inputs = 1, outputs = 1;
  int parallelism_in = 1, parallelism_out = 1;  ///< batch norm uses parallelism_in
  fixed::Format data, weight{.width = 8, .frac = 4};
  std::optional<fixed::Format> bias_format;  ///< batch norm always has one
  std::optional<fixed::Format> out;          ///< nullopt: exact
  fixed::Rounding rounding = fixed::Rounding::kHalfEven;
  int replay_samples = 2;
  bool block_ram = false;
  int multiplier = 0;
  std::vector<int64_t> w, b;
  std::vector<std::vector<Wide>> x;  ///< samples
};

/// Draws weights, biases and `samples` inputs of the formats already chosen.
void draw_data(Random& random, Affine& affine, int samples);

/// An affine node with formats, shapes and options drawn from everything that is legal up to the
/// limits given.
Affine draw_affine(Random& random, bool is_linear, int max_features, int max_width);

/// The bench case: memory words, padded lanes (garbage in, 0 out), expected beats from gen/fixed,
/// predicted cycles.
CellCase cell_case(const Affine& affine, Random& random);

/// `count` cases of draw_affine with eight samples each.
std::vector<CellCase> random_affines(uint64_t seed, bool is_linear, int count, int max_features,
                                     int max_width);

}  // namespace mase::rtl_test
