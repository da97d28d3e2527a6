// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/unrolled.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "gen/arch/cell_cost.h"
#include "gen/arch/fuse_affine.h"
#include "gen/arch/hardware_graph.h"
#include "gen/arch/unrolled_tables.h"
#include "gen/base/error.h"
#include "gen/base/file.h"
#include "gen/fixed/channels.h"
#include "gen/fixed/requantise.h"

namespace mase::arch {

namespace {

using fixed::Wide;

[[noreturn]] void too_far_apart(const Stage& stage) {
  throw UserError(
      "A014",
      fmt::format("{}: its constants need more than {} bits when they are wired in", stage.name,
                  kMaxWeightBits),
      {},
      "bring the fraction widths of data_in, weight, bias and data_out closer together, "
      "or give the node style = \"folded\"");
}

/// What an output adds up, and how it leaves.
struct Row {
  std::vector<int64_t> weight;
  int64_t bias = 0;
  UnrolledOutput output;
};

/// Settles the rows of a problem: constants, rounding and what the format cuts off.
class Rows {
 public:
  Rows(const Stage& stage, const std::vector<Interval>& inputs)
      : stage_(stage), inputs_(inputs), product_shift_(stage.alignment.product_shift) {
    if (product_shift_ > kMaxWeightBits || stage.alignment.bias_shift > kMaxWeightBits)
      too_far_apart(stage);
  }

  Row row(size_t output) const {
    Row row;
    UnrolledOutput& out = row.output;
    out.format = stage_.out_channels.empty() ? stage_.out : stage_.out_channels[output];
    if (fixed::dropped(out.format)) {
      row.weight.assign(inputs_.size(), 0);
      return row;
    }
    out.pad = fixed::zeros_below(out.format, stage_.out);
    if (down_of(out) < -kMaxWeightBits) too_far_apart(stage_);
    row.weight = weights_of(output);
    Wide bias = 0;
    if (!stage_.bias.empty()) bias = Wide{stage_.bias[output]} << stage_.alignment.bias_shift;
    for (size_t i = 0; i < row.weight.size(); ++i) {
      if (!inputs_[i].constant()) continue;
      bias += (Wide{row.weight[i]} << product_shift_) * inputs_[i].low;
      row.weight[i] = 0;
    }
    Wide low = bias, high = bias;
    int zeros = kMaxWeightBits;  // at the bottom of all products
    for (size_t i = 0; i < row.weight.size(); ++i) {
      const Wide weight = Wide{row.weight[i]} << product_shift_;
      if (weight == 0) continue;
      low += weight * (weight > 0 ? inputs_[i].low : inputs_[i].high);
      high += weight * (weight > 0 ? inputs_[i].high : inputs_[i].low);
      zeros = std::min(zeros, std::countr_zero(static_cast<uint64_t>(row.weight[i])) +
                                  product_shift_ + inputs_[i].zeros);
    }
    const auto leaving = [&](Wide sum) {
      return fixed::requantise_channel(sum, stage_.cast_from, out.format, stage_.out,
                                       stage_.rounding);
    };
    out.range = {leaving(low), leaving(high)};
    if (out.range.constant()) {
      out.constant = out.range.low;
      row.weight.assign(row.weight.size(), 0);
      return row;
    }
    out.wire = 0;  // known later
    const Wide half = add_rounding(row, bias, zeros);
    out.below = is_below(low + half, out);
    out.above = is_above(high + half, out);
    out.t = {low - bias + row.bias, high - bias + row.bias};
    return row;
  }

 private:
  std::vector<int64_t> weights_of(size_t output) const {
    const auto in = static_cast<size_t>(stage_.elements_in);
    std::vector<int64_t> weight(in, 0);
    if (stage_.diagonal) {
      weight[output] = stage_.weight[output];
    } else {
      std::copy_n(stage_.weight.begin() + static_cast<ptrdiff_t>(output * in), in, weight.begin());
    }
    return weight;
  }

  /// Half of the last place goes into the bias; bits of the sum that are the same for every input
  /// then say whether there can be a tie, and need not be added. Returns the half.
  Wide add_rounding(Row& row, Wide bias, int zeros) const {
    const int down = std::max(down_of(row.output), 0);
    const bool rounds = down > 0 && stage_.rounding == fixed::Rounding::kHalfEven;
    if (down > kMaxWeightBits) too_far_apart(stage_);
    const Wide half = rounds ? Wide{1} << (down - 1) : 0;
    const Wide sum = bias + half;
    const Wide fixed_bits = sum & ((Wide{1} << std::min(zeros, down)) - 1);
    row.output.ties = rounds && fixed_bits == 0;
    const Wide kept = sum - fixed_bits;
    const Wide limit = Wide{1} << kMaxWeightBits;
    if (kept >= limit || kept <= -limit) too_far_apart(stage_);
    row.bias = static_cast<int64_t>(kept);
    return half;
  }

  int down_of(const UnrolledOutput& y) const { return stage_.cast_from.frac - y.format.frac; }

  /// `sum` without what is dropped, rounded as the output will be.
  Wide kept(Wide sum, const UnrolledOutput& y) const {
    const int down = down_of(y);
    const Wide rounded = sum >> down;
    return y.ties && rounded * (Wide{1} << down) == sum ? rounded - (rounded & 1) : rounded;
  }

  // The bounds are shifted left, not the sum, which may be long already.
  bool is_above(Wide sum, const UnrolledOutput& y) const {
    const int down = down_of(y);
    return down >= 0 ? kept(sum, y) > y.format.max() : sum > (y.format.max() >> -down);
  }
  bool is_below(Wide sum, const UnrolledOutput& y) const {
    const int down = down_of(y);
    return down >= 0 ? kept(sum, y) < y.format.min() : sum < -(-y.format.min() >> -down);
  }

  const Stage& stage_;
  const std::vector<Interval>& inputs_;
  const int product_shift_;
};

/// The graph in which a negated output is an adder like any other.
void add_negations(AdderGraph& graph) {
  std::map<int, int> negated;
  int zero = -1;
  for (AdderOutput& output : graph.outputs) {
    if (output.wire < 0 || !output.negate) continue;
    const auto [found, is_new] = negated.try_emplace(output.wire, 0);
    if (is_new) {
      if (zero < 0) {
        zero = static_cast<int>(graph.wires.size());
        graph.wires.push_back({.kind = AdderWire::Kind::kConstant});
      }
      const AdderWire& wire = graph.wires[static_cast<size_t>(output.wire)];
      AdderWire adder{.a = zero, .b = output.wire, .negate_b = true};
      adder.low = -wire.high;
      adder.high = -wire.low;
      adder.depth = wire.depth + 1;
      found->second = static_cast<int>(graph.wires.size());
      graph.wires.push_back(adder);
    }
    output.wire = found->second;
    output.negate = false;
  }
}

void place_for_clock(Unrolled& unrolled, const Stage& stage, const UnrollOptions& options) {
  MASE_CHECK(options.delays != nullptr, "{}: target_mhz without delays", stage.name);
  const double least = AdderTiming(unrolled, *options.delays).least_period();
  const double period = 1e6 / *options.target_mhz;
  if (period < least) {
    throw UserError(
        "A016",
        fmt::format("{}: target_mhz is {:g}, but one adder or cast of it between two registers "
                    "allows {:.0f} MHz by the target's delays",
                    stage.name, *options.target_mhz, std::floor(1e6 / least)),
        {}, "ask for less, or make the layer's numbers narrower");
  }
  place_registers(unrolled, *options.delays, period);
}

/// Graphs that were found before: a search meets the same layer many times, and whoever reads a
/// design builds it again.
class Memory {
 public:
  static Memory& shared() {
    static Memory memory;
    return memory;
  }

  std::shared_ptr<const AdderGraph> graph(const AdderProblem& problem,
                                          const AdderGraphOptions& options) {
    const std::string key = key_of(problem, options);
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = known_.find(key); found != known_.end()) return found->second;
    }
    auto graph = std::make_shared<AdderGraph>(optimise_adders(problem, options));
    add_negations(*graph);
    constexpr size_t kMostWires = 4'000'000;  // 100 bytes each
    const std::lock_guard lock(mutex_);
    wires_ += graph->wires.size();
    if (wires_ > kMostWires) {
      known_.clear();
      wires_ = graph->wires.size();
    }
    return known_.try_emplace(key, std::move(graph)).first->second;
  }

 private:
  static std::string key_of(const AdderProblem& p, const AdderGraphOptions& options) {
    std::vector<int64_t> words{p.outputs, p.inputs, options.depth_limit.value_or(-1),
                               std::bit_cast<int64_t>(options.seconds.value_or(-1.0)),
                               static_cast<int64_t>(options.seed)};
    words.insert(words.end(), p.weight.begin(), p.weight.end());
    words.insert(words.end(), p.bias.begin(), p.bias.end());
    for (const AdderInput& x : p.input) words.insert(words.end(), {x.low, x.high, x.shift});
    return content_hash({reinterpret_cast<const char*>(words.data()), words.size() * 8});
  }

  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const AdderGraph>> known_;
  size_t wires_ = 0;
};

}  // namespace

std::shared_ptr<const Unrolled> unroll(const Stage& stage, const std::vector<Interval>& inputs,
                                       const UnrollOptions& options) {
  MASE_CHECK(static_cast<int64_t>(inputs.size()) == stage.elements_in, "{} intervals for {} lanes",
             inputs.size(), stage.elements_in);
  const Rows rows(stage, inputs);
  const auto out = static_cast<size_t>(stage.elements_out);
  Unrolled result;
  AdderProblem problem;
  problem.inputs = static_cast<int>(stage.elements_in);
  for (const Interval& x : inputs) {
    const Interval used = x.constant() ? Interval{} : x;  // a constant is in the bias
    const Wide unit = Wide{1} << used.zeros;
    problem.input.push_back({static_cast<int64_t>(used.low / unit),
                             static_cast<int64_t>(used.high / unit),
                             stage.alignment.product_shift + used.zeros});
    result.zeros.push_back(used.zeros);
  }
  // Equal rows are one.
  std::map<std::pair<std::vector<int64_t>, int64_t>, size_t> seen;
  std::vector<size_t> row_of(out);
  for (size_t o = 0; o < out; ++o) {
    Row row = rows.row(o);
    const auto [found, is_new] =
        seen.try_emplace({row.weight, row.bias}, static_cast<size_t>(problem.outputs));
    row_of[o] = found->second;
    result.outputs.push_back(row.output);
    if (!is_new) continue;
    ++problem.outputs;
    problem.weight.insert(problem.weight.end(), row.weight.begin(), row.weight.end());
    problem.bias.push_back(row.bias);
  }
  AdderGraphOptions search{.depth_limit = options.depth_limit,
                           .seconds = options.seconds,
                           .seed = options.seed,
                           .threads = options.threads};
  if (options.extra_depth) search.depth_limit = minimum_depth(problem) + *options.extra_depth;
  result.graph = *Memory::shared().graph(problem, search);

  std::vector<AdderOutput> ends;
  for (size_t o = 0; o < out; ++o) {
    UnrolledOutput& output = result.outputs[o];
    ends.push_back(result.graph.outputs[row_of[o]]);
    if (output.wire < 0) {
      ends.back() = {};
      continue;
    }
    output.wire = ends.back().wire;
    MASE_CHECK(output.wire >= 0, "{}: output {} is zero but not constant", stage.name, o);
    output.drop = stage.cast_from.frac - output.format.frac - ends.back().shift;
    const Wide scale = Wide{1} << ends.back().shift;
    output.t = {output.t.low / scale, output.t.high / scale};
    if (output.drop < 0) output.ties = false;  // zeros are appended: even
    const bool clamps = output.above || output.below;
    output.range.zeros = output.pad + (clamps ? 0 : std::max(-output.drop, 0));
  }
  result.graph.outputs = std::move(ends);
  const auto place = [&](Unrolled& unrolled) {
    if (options.target_mhz)
      place_for_clock(unrolled, stage, options);
    else
      place_registers(unrolled, options.adders_per_stage);
  };
  Unrolled looked_up = result;
  place(result);
  if (options.tables && use_tables(looked_up, stage, inputs)) {
    place(looked_up);
    // Registers in front of the tables count, too.
    if (unrolled_cost(looked_up).lut < unrolled_cost(result).lut) result = std::move(looked_up);
  }
  return std::make_shared<const Unrolled>(std::move(result));
}

namespace {

/// What lanes become in a cast.
Interval cast(const Interval& x, const Stage& stage) {
  Interval y{fixed::requantise(x.low, stage.in, stage.out, stage.rounding),
             fixed::requantise(x.high, stage.in, stage.out, stage.rounding)};
  const int zeros = x.zeros + stage.out.frac - stage.in.frac;
  if (zeros <= 0 || zeros > kMaxWeightBits) return y;
  // Nothing was rounded; a bound that clamps has other bits, but 0.
  const Wide unit = Wide{1} << zeros;
  if (y.low % unit == 0 && y.high == (x.high >> x.zeros) * unit) y.zeros = zeros;
  return y;
}

std::vector<Interval> all_of(const fixed::Format& common,
                             const std::vector<fixed::Format>& channels, int64_t lanes) {
  std::vector<Interval> result(static_cast<size_t>(lanes), {common.min(), common.max()});
  for (size_t c = 0; c < channels.size(); ++c) {
    result[c] = {fixed::channel_min(channels[c], common), fixed::channel_max(channels[c], common),
                 fixed::zeros_below(channels[c], common)};
  }
  return result;
}

}  // namespace

namespace {

/// Cell and its predecessor as one, where that costs less. `lanes`: into the predecessor.
void fuse_last(std::vector<Stage>& stages, const std::vector<Interval>& lanes) {
  if (stages.size() < 2) return;
  const Stage &first = stages[stages.size() - 2], &second = stages.back();
  auto both = fused_affine(first, second);
  if (!both) return;
  try {
    both->unrolled = unroll(*both, lanes, both->unroll);
  } catch (const UserError&) {
    return;  // the product is too wide, or one adder of it too slow: each alone was not
  }
  const Resources one = unrolled_cost(*both->unrolled);
  const Resources two = unrolled_cost(*first.unrolled) + unrolled_cost(*second.unrolled);
  if (std::pair(one.lut, one.ff) >= std::pair(two.lut, two.ff)) return;
  stages.pop_back();
  stages.back() = std::move(*both);
}

}  // namespace

void unroll_stages(HardwareGraph& hardware) {
  auto lanes = all_of(hardware.input, hardware.input_channels, hardware.features_in);
  std::vector<Interval> before = lanes;  // into the last cell
  std::vector<Stage> stages;
  for (Stage& next : hardware.stages) {
    stages.push_back(std::move(next));
    Stage& stage = stages.back();
    std::vector<Interval> out = lanes;
    switch (stage.cell) {
      case Cell::kUnrolled: {
        stage.unrolled = unroll(stage, lanes, stage.unroll);
        const size_t count = stages.size();
        fuse_last(stages, before);
        if (stages.size() < count) lanes = before;
        out.clear();
        for (const UnrolledOutput& y : stages.back().unrolled->outputs) out.push_back(y.range);
        break;
      }
      case Cell::kLinear:
      case Cell::kBatchNorm1d: out = all_of(stage.out, {}, stage.elements_out); break;
      case Cell::kCast:
      case Cell::kRelu:
        for (Interval& x : out) x = cast(x, stage);
        break;
      case Cell::kWidthAdapter:
      case Cell::kSkidBuffer:
      case Cell::kSlrCrossing: break;
    }
    before = std::exchange(lanes, std::move(out));
  }
  hardware.stages = std::move(stages);
}

}  // namespace mase::arch
