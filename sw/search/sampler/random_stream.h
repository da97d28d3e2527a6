// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace mase::search {

/// Bijective mixer of 64 bits. Source: finaliser of SplitMix64 (Steele, Lea, Flood 2014).
constexpr uint64_t mix64(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// Random numbers of one trial: draw i is a function of (seed, stream, i), where the stream is the
/// trial's number (or any other name, such as -1 for what is fixed for the whole study). Two
/// streams are independent, so that the order in which trials are asked for does not matter.
class RandomStream {
 public:
  RandomStream(uint64_t seed, int64_t stream)
      : key_(mix64(mix64(seed + 0x9e3779b97f4a7c15ULL) ^
                   mix64(static_cast<uint64_t>(stream) * 0xd1b54a32d192ed03ULL + 1))) {}

  /// 64 random bits.
  uint64_t next() { return mix64(key_ + ++counter_ * 0x9e3779b97f4a7c15ULL); }

  /// Uniform in [0, 1), 53 bits.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

  /// Uniform in 0 .. n-1; n > 0. Multiply-and-shift: the bias is below n / 2^64.
  int64_t below(int64_t n) {
    return static_cast<int64_t>(
        (static_cast<unsigned __int128>(next()) * static_cast<uint64_t>(n)) >> 64);
  }

  /// Standard normal. Source: Box and Muller 1958.
  double normal() {
    const double radius = std::sqrt(-2.0 * std::log1p(-uniform()));
    return radius * std::cos(2.0 * M_PI * uniform());
  }

  /// Fisher-Yates.
  template <typename T>
  void shuffle(std::vector<T>& values) {
    for (size_t i = values.size(); i > 1; --i) {
      std::swap(values[i - 1], values[static_cast<size_t>(below(static_cast<int64_t>(i)))]);
    }
  }

 private:
  uint64_t key_;
  uint64_t counter_ = 0;
};

}  // namespace mase::search
