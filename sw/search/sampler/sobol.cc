// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/sobol.h"

#include <algorithm>
#include <bit>

#include "gen/base/error.h"
#include "sw/search/sampler/random_stream.h"
#include "sw/search/sampler/sobol_table.h"

namespace mase::search {
namespace {

constexpr int kBits = 32;

/// Direction numbers of the tabled dimensions, by the recurrence of their polynomials.
std::vector<uint32_t> direction_numbers(int dimensions) {
  std::vector<uint32_t> directions(static_cast<size_t>(dimensions * kBits));
  const uint16_t* initial = sobol_initial_numbers();
  for (int d = 0; d < dimensions; ++d) {
    uint32_t* v = &directions[static_cast<size_t>(d * kBits)];
    const uint32_t polynomial = sobol_polynomials()[d];
    const int degree = std::bit_width(polynomial) - 1;
    if (d == 0) {  // van der Corput
      for (int j = 0; j < kBits; ++j) v[j] = uint32_t{1} << (31 - j);
      continue;
    }
    for (int j = 0; j < degree; ++j) v[j] = static_cast<uint32_t>(*initial++) << (31 - j);
    for (int j = degree; j < kBits; ++j) {
      v[j] = v[j - degree] ^ (v[j - degree] >> degree);
      for (int k = 1; k < degree; ++k) {
        if (polynomial >> (degree - k) & 1) v[j] ^= v[j - k];
      }
    }
  }
  return directions;
}

}  // namespace

Sobol::Sobol(int dimensions) : dimensions_(dimensions) {
  MASE_CHECK(dimensions <= kDimensions, "{} plain Sobol dimensions", dimensions);
  directions_ = direction_numbers(dimensions);
  shifts_.assign(static_cast<size_t>(dimensions), 0);
}

Sobol::Sobol(int dimensions, uint64_t seed)
    : dimensions_(dimensions), scrambled_(true), seed_(seed) {
  const int tabled = std::min(dimensions, kDimensions);
  directions_ = direction_numbers(tabled);
  RandomStream random(seed, -3);
  for (int d = 0; d < tabled; ++d) {
    uint32_t rows[kBits];  // row i: which digits go into digit i; itself and any before
    for (int i = 0; i < kBits; ++i) {
      const uint32_t itself = uint32_t{1} << (31 - i);
      const uint32_t before = i == 0 ? 0 : ~uint32_t{0} << (32 - i);
      rows[i] = itself | (static_cast<uint32_t>(random.next() >> 32) & before);
    }
    for (int j = 0; j < kBits; ++j) {
      uint32_t& v = directions_[static_cast<size_t>(d * kBits + j)];
      uint32_t mixed = 0;
      for (int i = 0; i < kBits; ++i) {
        mixed |= static_cast<uint32_t>(std::popcount(rows[i] & v) & 1) << (31 - i);
      }
      v = mixed;
    }
    shifts_.push_back(static_cast<uint32_t>(random.next() >> 32));
  }
}

std::vector<double> Sobol::at(uint32_t index) const {
  std::vector<double> point(static_cast<size_t>(dimensions_));
  const uint32_t gray = index ^ (index >> 1);
  for (size_t d = 0; d < shifts_.size(); ++d) {
    uint32_t x = shifts_[d];
    for (uint32_t left = gray; left != 0; left &= left - 1) {
      x ^= directions_[d * kBits + static_cast<size_t>(std::countr_zero(left))];
    }
    point[d] = x * 0x1.0p-32;
  }
  RandomStream random(mix64(seed_), static_cast<int64_t>(index));
  for (size_t d = shifts_.size(); d < point.size(); ++d) point[d] = random.uniform();
  return point;
}

}  // namespace mase::search
