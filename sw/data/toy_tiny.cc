// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <random>

#include "sw/data/dataset.h"

namespace mase::data {

namespace {

constexpr int64_t kRows = 10240;
constexpr int64_t kColumns = 4;

/// RandomState(seed).rand(): 53 bits of two draws of the Mersenne Twister. NumPy seeds small
/// integers with init_genrand, which is what std::mt19937's constructor does.
Split make_part(const std::string& name, uint32_t seed) {
  std::mt19937 twister(seed);
  std::vector<float> features(kRows * kColumns);
  std::vector<int64_t> labels(kRows);
  for (int64_t row = 0; row < kRows; ++row) {
    double sum = 0;
    for (int64_t column = 0; column < kColumns; ++column) {
      const uint32_t high = twister() >> 5;
      const uint32_t low = twister() >> 6;
      const double uniform = (high * 67108864.0 + low) / 9007199254740992.0;
      const double value = (uniform - 0.5) * 2;
      sum += value;  // NumPy adds fewer than eight elements one after the other
      features[row * kColumns + column] = static_cast<float>(value);
    }
    labels[row] = sum > 0 ? 1 : 0;
  }
  return make_split(name, kColumns, std::move(features), std::move(labels));
}

}  // namespace

Dataset toy_tiny() {
  Dataset dataset;
  dataset.name = "toy_tiny";
  dataset.features = kColumns;
  dataset.classes = 2;
  dataset.feature_names = {"x0", "x1", "x2", "x3"};
  dataset.class_names = {"negative", "positive"};
  dataset.source = "generated: NumPy RandomState(0|1|2|3)";
  dataset.train = make_part("train", 0);
  dataset.validation = make_part("validation", 1);
  dataset.test = make_part("test", 2);
  dataset.pred = make_part("pred", 3);
  return dataset;
}

}  // namespace mase::data
