// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/cost.h"

#include <algorithm>

#include "gen/arch/cell_cost.h"
#include "gen/arch/rom_statistics.h"

namespace mase::arch {

namespace {

/// mase_linear and mase_batch_norm1d, part by part.
class AffineCost {
 public:
  explicit AffineCost(const Stage& stage)
      : s_(stage),
        linear_(stage.cell == Cell::kLinear),
        terms_(linear_ ? stage.lanes_in : 1),
        rows_(linear_ ? stage.lanes_out : stage.lanes_in),
        beats_(stage.beats_in()),
        groups_(linear_ ? stage.beats_out() : 1),
        steps_(beats_ * groups_),
        feedback_(linear_ && beats_ > 1),
        acc_(stage.running_width),
        product_shift_(stage.alignment.product_shift) {
    const int64_t full = s_.in.width + s_.weight_format.width;
    const int64_t kept = std::max<int64_t>(acc_ - product_shift_, 1);
    sum_width_ = std::min(full + clog2(terms_), kept);
    product_width_ = std::min(full, sum_width_);
    dsps_ = s_.multiplier == "lut" ? 0
                                   : multiplier_dsps(s_.in.width + (s_.in.is_signed ? 0 : 1),
                                                     s_.weight_format.width, product_width_);
    cast_ = cast_cost(acc_, true, s_.out, s_.cast_from.frac - s_.out.frac,
                      s_.rounding == fixed::Rounding::kFloor);
  }

  Resources run() {
    add_control();
    if (linear_ && groups_ > 1)
      r_ += replay_cost(int64_t{s_.lanes_in} * s_.in.width, beats_, groups_, s_.replay_samples);
    if (cast_.vanishes) return r_;
    weight_statistics(s_, weights());
    bias_statistics(s_, biases());
    known_.clear();
    add_memories();
    for (int64_t q = 0; q < rows_; ++q) add_row(q);
    r_.ff += std::min(copies_, biases().distinct_columns);
    r_.ff += std::min(copies_out_, biases().distinct_columns);
    return r_;
  }

 private:
  static RomStatistics& weights() {
    static thread_local RomStatistics statistics;
    return statistics;
  }
  static RomStatistics& biases() {
    static thread_local RomStatistics statistics;
    return statistics;
  }

  /// A number on its way through the adder tree.
  struct Term {
    uint64_t what = 0;  ///< equal for equal numbers; 0: it is 0
    int64_t width = 0;  ///< bits
    int64_t low = 0;    ///< bits at the bottom that are always 0
  };

  static KnownNodes& known_nodes() {
    static thread_local KnownNodes nodes;
    return nodes;
  }
  static std::vector<Term>& row_terms() {
    static thread_local std::vector<Term> terms;
    return terms;
  }

  void add_control() {
    const int64_t stages = linear_ ? 1 + (clog2(terms_) + 1) / 2 : 1;
    const int64_t counters =
        linear_ ? clog2(steps_) + clog2(beats_) + clog2(groups_) : 2 * clog2(beats_);
    r_.ff += counters + stages + 2;
    // Fitted to 47 linears without multipliers in LUTs, as the terms of replay_cost are.
    r_.lut += linear_ ? clog2(beats_) + 2 * clog2(groups_) + 4 : counters * 3 / 2 + 5;
    if (s_.block_ram) r_.ff += int64_t{s_.lanes_in} * s_.in.width + 1;
  }

  void add_memories() {
    if (s_.block_ram) {
      r_.bram36 += block_rams(steps_, weights().changing_columns);
    } else if (steps_ > 1) {
      add_lut_rom(weights());
    }
    if (beats_out() > 1) add_lut_rom(biases());
  }

  int64_t beats_out() const { return s_.beats_out(); }

  /// Yosys moves the address register behind the table: a register for every column.
  void add_lut_rom(const RomStatistics& rom) {
    r_.ff += rom.distinct_columns;
    const int64_t address = clog2(rom.depth);
    r_.lut += rom.distinct_columns * ceil_div(rom.depth, 64) + address;
  }

  /// One output lane: products, adder tree, accumulator, cast.
  void add_row(int64_t q) {
    unread_ = unread(q);
    row_.clear();
    for (int64_t p = 0; p < terms_; ++p) row_.push_back(add_product(q * terms_ + p));
    add_tree();
    add_accumulator(q, row_[0].what == 0 ? sum_width_ : row_[0].low);
  }

  /// Bits at the bottom of the products that change nothing: dropped later, and no bias below
  /// them that could carry.
  int64_t unread(int64_t q) const {
    const LaneBits& bias = biases().lanes[static_cast<size_t>(q)];
    const int64_t quiet =
        bias.ones == 0 ? acc_ : s_.alignment.bias_shift + std::countr_zero(bias.ones);
    return std::max<int64_t>(std::min(dropped(), quiet) - product_shift_, 0);
  }

  Term add_product(int64_t index) {
    Term term{static_cast<uint64_t>(2 * index + 1), product_width_, unread_};
    if (dsps_ > 0) {  // taken before Yosys looks into the memory: a weight that is always 0 has one
      r_.dsp += dsps_;
      r_.ff += std::max<int64_t>(product_width_ - unread_, 0);
      return term;
    }
    const LaneBits& bits = weights().lanes[static_cast<size_t>(index)];
    if (bits.ones == 0) return {};
    term.low = std::max<int64_t>(std::countr_zero(bits.ones), unread_);
    const int width = s_.weight_format.width;
    const auto input = static_cast<uint64_t>(index % terms_) + 1;
    // Words of a block RAM are signals of their own; equal columns of other memories are one.
    const uint32_t* columns = s_.block_ram ? nullptr : signatures(index);
    bool is_new = true;
    if (columns) {
      uint64_t product = input;
      for (int k = 0; k < width; ++k) product = node_of(product, columns[k]);
      is_new = known_.add(product);
      // Sums of drawn adders are found equal early, with their registers; what Yosys builds of
      // gates late, without.
      if (s_.multiplier == "lut" && width > 1) {
        term.what = product;
        if (!is_new) return term;
      }
    }
    r_.ff += std::max<int64_t>(product_width_ - term.low, 0);
    if (!is_new) return term;
    if (s_.multiplier == "lut") {
      const Multiplicand weight{width,   bits.ones, bits.zeros,
                                columns, input,     columns ? &known_ : nullptr};
      r_.lut += lut_multiplier_luts(s_.in.width, s_.in.is_signed, weight, product_width_);
    } else {
      r_.lut +=
          soft_multiplier_luts(s_.in.width, std::popcount(bits.changing() | 1), product_width_);
    }
    return term;
  }

  const uint32_t* signatures(int64_t index) const {
    return weights().signatures.data() + index * s_.weight_format.width;
  }

  /// Adds up `row_`, in pairs as mase_adder_tree does, and leaves the sum in front.
  void add_tree() {
    size_t nodes = row_.size();
    for (int64_t level = 1; nodes > 1; ++level) {
      const int64_t declared = std::min(product_width_ + level, sum_width_);
      const size_t half = (nodes + 1) / 2;
      const bool registers = level % 2 == 0 || half == 1;
      for (size_t k = 0; k < half; ++k) {
        const Term a = row_[2 * k], b = 2 * k + 1 < nodes ? row_[2 * k + 1] : Term{};
        Term& sum = row_[k];
        bool is_new = true;
        if (a.what == 0 || b.what == 0) {
          sum = a.what == 0 ? b : a;
        } else {
          sum.what = node_of(a.what, b.what);
          sum.width = std::min(std::max(a.width, b.width) + 1, declared);
          sum.low = std::min(a.low, b.low);
          is_new = known_.add(sum.what);
          // The bit that an adder gains adds the same two signs as the one below: one LUT for
          // both. Where one operand is always 0 there is nothing to add.
          if (is_new)
            r_.lut += std::max<int64_t>(
                std::min(std::max(a.width, b.width), declared) - std::max(a.low, b.low), 0);
        }
        if (registers && sum.what != 0) {
          sum.what = node_of(sum.what, 3);
          if (known_.add(sum.what)) r_.ff += std::max<int64_t>(sum.width - sum.low, 0);
        }
      }
      nodes = half;
    }
  }

  void add_accumulator(int64_t q, int64_t low) {
    const LaneBits& bias = biases().lanes[static_cast<size_t>(q)];
    const int64_t bias_shift = s_.alignment.bias_shift;
    const int64_t below = std::min(low + product_shift_, acc_);  // bits that the sum leaves alone
    // Of the bias alone: a copy of its memory's register, or a constant.
    const int64_t copied =
        below > bias_shift ? std::popcount(bias.changing() & mask(below - bias_shift)) : 0;
    copies_ += copied;
    int64_t width = acc_ - below;
    if (feedback_) {
      r_.lut += width;  // the choice of bias or accumulator is in the LUT that adds the sum
    } else if (bias.ones == 0) {
      width = std::min(width, sum_width_ + product_shift_ - below);
    } else {
      // A constant bias bit inverts, at no cost, what it meets.
      const int64_t from = std::max<int64_t>(below - bias_shift, 0);
      int64_t changing = std::popcount(bias.changing() & ~mask(from));
      // Above the bias its sign is added, and above both the same two signs again.
      const int64_t top = std::min(sum_width_ + product_shift_, acc_);
      if ((bias.changing() >> (s_.bias_format->width - 1)) & 1)
        changing += std::max<int64_t>(top - bias_shift - s_.bias_format->width, 0);
      r_.lut += std::min(changing, width);
      const int64_t unread = std::min(dropped(), acc_);
      if (unread > below) width -= unread - below;
    }
    r_.ff += std::max<int64_t>(width, 0);
    // Where nothing is shifted or clamped the copies go out as they are.
    const int64_t up = s_.out.frac - s_.cast_from.frac;
    if (up >= 0 && acc_ + up <= s_.out.width) {
      r_.ff += cast_.ff - below;
      copies_out_ += copied;
    } else {
      r_.ff += cast_.ff;
    }
    r_.lut += cast_.lut;
  }

  /// Bits at the bottom of a sum that nobody reads: floor, without an accumulator's carries.
  int64_t dropped() const {
    const int64_t down = s_.cast_from.frac - s_.out.frac;
    return !feedback_ && s_.rounding == fixed::Rounding::kFloor ? std::max<int64_t>(down, 0) : 0;
  }

  static uint64_t mask(int64_t bits) {
    return bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
  }

  const Stage& s_;
  const bool linear_;
  const int64_t terms_, rows_, beats_, groups_, steps_;
  const bool feedback_;  ///< sums add up over beats
  const int64_t acc_, product_shift_;
  KnownNodes& known_ = known_nodes();
  std::vector<Term>& row_ = row_terms();
  int64_t sum_width_ = 0, product_width_ = 0, dsps_ = 0, unread_ = 0;
  int64_t copies_ = 0, copies_out_ = 0;  ///< registers that hold bits of the bias
  CastCost cast_;
  Resources r_;
};

}  // namespace

Resources estimate(const Stage& s) {
  switch (s.cell) {
    case Cell::kLinear:
    case Cell::kBatchNorm1d: return AffineCost(s).run();
    case Cell::kCast:
      return cast_cell_cost(s.in, s.out, s.rounding == fixed::Rounding::kFloor, s.lanes_in);
    case Cell::kRelu: return {.lut = 2 + s.lanes_in, .ff = 1 + int64_t{s.lanes_in} * s.out.width};
    case Cell::kUnrolled: return unrolled_cost(*s.unrolled);
    case Cell::kWidthAdapter:
      return width_adapter_cost(s.elements_in, s.in.width, s.lanes_in, s.lanes_out);
    case Cell::kSkidBuffer: {
      const int64_t bits = int64_t{s.lanes_in} * s.in.width;
      return {.lut = bits + 3, .ff = 2 * bits + 2};
    }
    case Cell::kSlrCrossing: {
      const int64_t bits = int64_t{s.lanes_in} * s.in.width;
      return slr_send_cost(bits) + slr_receive_cost(bits);
    }
  }
  return {};
}

std::vector<Resources> estimate_stages(const HardwareGraph& hardware) {
  std::vector<Resources> result;
  result.reserve(hardware.stages.size());
  for (const Stage& stage : hardware.stages) result.push_back(estimate(stage));
  return result;
}

Resources estimate(const HardwareGraph& hardware) {
  Resources total;
  for (const Stage& stage : hardware.stages) total += estimate(stage);
  return total;
}

}  // namespace mase::arch
