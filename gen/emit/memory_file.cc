// SPDX-License-Identifier: Apache-2.0
#include "gen/emit/memory_file.h"

#include <algorithm>
#include <vector>

#include "gen/base/error.h"

namespace mase::emit {

namespace {

/// One memory word: dense fields, printed as hexadecimal.
class Word {
 public:
  explicit Word(int64_t width_bits) : nibbles_(static_cast<size_t>((width_bits + 3) / 4), 0) {}

  void put(int64_t lane, int width_bits, int64_t value) {
    for (int b = 0; b < width_bits; ++b) {
      if (((value >> b) & 1) == 0) continue;
      const int64_t at = lane * width_bits + b;
      nibbles_[static_cast<size_t>(at / 4)] |= 1 << (at % 4);
    }
  }

  void print(std::string& text) const {
    for (auto it = nibbles_.rbegin(); it != nibbles_.rend(); ++it)
      text.push_back("0123456789abcdef"[*it]);
    text.push_back('\n');
  }

 private:
  std::vector<int> nibbles_;
};

}  // namespace

std::string weight_memory(const arch::Stage& stage) {
  const int width = stage.weight_format.width;
  const int64_t p_lanes = stage.lanes_in;
  std::string text;
  if (stage.cell == arch::Cell::kBatchNorm1d) {
    for (int64_t beat = 0; beat < stage.beats_in(); ++beat) {
      Word word(stage.rom_width());
      for (int64_t p = 0; p < p_lanes && beat * p_lanes + p < stage.elements_in; ++p) {
        word.put(p, width, stage.weight[static_cast<size_t>(beat * p_lanes + p)]);
      }
      word.print(text);
    }
    return text;
  }
  MASE_CHECK(stage.cell == arch::Cell::kLinear, "{} has no weights", stage.name);
  for (int64_t group = 0; group < stage.beats_out(); ++group) {
    for (int64_t beat = 0; beat < stage.beats_in(); ++beat) {
      Word word(stage.rom_width());
      for (int64_t q = 0; q < stage.lanes_out; ++q) {
        const int64_t o = group * stage.lanes_out + q;
        for (int64_t p = 0; p < p_lanes && o < stage.elements_out; ++p) {
          const int64_t i = beat * p_lanes + p;
          if (i >= stage.elements_in) break;
          word.put(q * p_lanes + p, width,
                   stage.weight[static_cast<size_t>(o * stage.elements_in + i)]);
        }
      }
      word.print(text);
    }
  }
  return text;
}

std::string bias_memory(const arch::Stage& stage) {
  MASE_CHECK(stage.bias_format.has_value(), "{} has no bias", stage.name);
  const int width = stage.bias_format->width;
  std::string text;
  for (int64_t group = 0; group < stage.beats_out(); ++group) {
    Word word(int64_t{stage.lanes_out} * width);
    for (int64_t q = 0; q < stage.lanes_out && group * stage.lanes_out + q < stage.elements_out;
         ++q) {
      word.put(q, width, stage.bias[static_cast<size_t>(group * stage.lanes_out + q)]);
    }
    word.print(text);
  }
  return text;
}

}  // namespace mase::emit
