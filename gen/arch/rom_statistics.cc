// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/rom_statistics.h"

#include <algorithm>
#include <bit>

namespace mase::arch {

namespace {

/// Longest memory whose columns are compared with each other: beyond, equal ones are rare except
/// for copies of the sign, which every lane finds itself.
constexpr int64_t kComparedDepth = 32;

/// Collects the words of one lane after the other.
class Collector {
 public:
  Collector(RomStatistics& statistics, int width, int64_t depth)
      : statistics_(statistics), width_(width), mask_((uint64_t{1} << width) - 1) {
    statistics.lanes.clear();
    statistics.signatures.clear();
    statistics.depth = depth;
    statistics.changing_columns = statistics.distinct_columns = 0;
    columns_.clear();
  }

  void begin_lane() {
    lane_ = {};
    differing_ = 0;
    word_ = 0;
    std::fill_n(bits_, width_, 0u);
  }
  void add(int64_t value) {
    const auto q = static_cast<uint64_t>(value) & mask_;
    lane_.ones |= q;
    lane_.zeros |= ~q & mask_;
    differing_ |= q ^ (q << 1);
    // A bit a word; beyond 32 words a number a word, whose sums differ for nearly all columns.
    const uint32_t mark =
        statistics_.depth <= kComparedDepth
            ? uint32_t{1} << word_
            : static_cast<uint32_t>((static_cast<uint64_t>(word_) * 0x9E3779B97F4A7C15u) >> 32) | 1;
    for (uint64_t rest = q; rest != 0; rest &= rest - 1) bits_[std::countr_zero(rest)] ^= mark;
    ++word_;
  }
  void end_lane() {
    const uint64_t changing = lane_.changing();
    lane_.distinct_bits = std::popcount(changing & (differing_ | 1));
    statistics_.changing_columns += std::popcount(changing);
    statistics_.distinct_columns += lane_.distinct_bits;
    if (statistics_.depth <= kComparedDepth) {
      for (uint64_t rest = changing; rest != 0; rest &= rest - 1)
        columns_.push_back(bits_[std::countr_zero(rest)]);
    }
    statistics_.lanes.push_back(lane_);
    statistics_.signatures.insert(statistics_.signatures.end(), bits_, bits_ + width_);
  }
  void finish() {
    if (statistics_.depth > kComparedDepth) return;
    std::sort(columns_.begin(), columns_.end());
    statistics_.distinct_columns = std::unique(columns_.begin(), columns_.end()) - columns_.begin();
  }

 private:
  RomStatistics& statistics_;
  int width_;
  uint64_t mask_;
  LaneBits lane_;
  uint64_t differing_ = 0;
  int64_t word_ = 0;
  uint32_t bits_[64] = {};
  static thread_local std::vector<uint32_t> columns_;
};

thread_local std::vector<uint32_t> Collector::columns_;

}  // namespace

void weight_statistics(const Stage& s, RomStatistics& statistics) {
  const bool linear = s.cell == Cell::kLinear;
  const int64_t beats = s.beats_in(), groups = linear ? s.beats_out() : 1;
  const int rows = linear ? s.lanes_out : 1;
  const int64_t outputs = linear ? s.elements_out : 1;
  Collector collector(statistics, s.weight_format.width, beats * groups);
  for (int q = 0; q < rows; ++q) {
    for (int p = 0; p < s.lanes_in; ++p) {
      collector.begin_lane();
      for (int64_t g = 0; g < groups; ++g) {
        const int64_t o = g * rows + q;
        for (int64_t b = 0; b < beats; ++b) {
          const int64_t i = b * s.lanes_in + p;
          const bool used = o < outputs && i < s.elements_in;
          collector.add(used ? s.weight[static_cast<size_t>(o * s.elements_in + i)] : 0);
        }
      }
      collector.end_lane();
    }
  }
  collector.finish();
}

void bias_statistics(const Stage& s, RomStatistics& statistics) {
  const int64_t words = s.beats_out();
  Collector collector(statistics, s.bias_format ? s.bias_format->width : 1, words);
  for (int q = 0; q < s.lanes_out; ++q) {
    collector.begin_lane();
    for (int64_t g = 0; g < words; ++g) {
      const int64_t o = g * s.lanes_out + q;
      const bool used = s.bias_format && o < s.elements_out;
      collector.add(used ? s.bias[static_cast<size_t>(o)] : 0);
    }
    collector.end_lane();
  }
  collector.finish();
}

}  // namespace mase::arch
