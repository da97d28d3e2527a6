// SPDX-License-Identifier: Apache-2.0
// Laws of fixed-point arithmetic over every legal format; RapidCheck shrinks what breaks one.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "gen/arch/hardware_graph.h"
#include "gen/fixed/affine.h"
#include "gen/fixed/quantise.h"
#include "gen/fixed/requantise.h"

namespace mase::test {
namespace {

using fixed::Format;
using fixed::Rounding;
using fixed::Wide;

Format any_format(int max_width = fixed::kMaxOperandWidth) {
  return {*rc::gen::inRange(1, max_width + 1), *rc::gen::inRange(-40, 41),
          *rc::gen::arbitrary<bool>()};
}

Wide any_value(const Format& format) {
  // Ends and neighbours of zero matter more than the middle.
  switch (*rc::gen::inRange(0, 4)) {
    case 0: return format.min();
    case 1: return format.max();
    case 2: return std::clamp<Wide>(*rc::gen::inRange(-3, 4), format.min(), format.max());
    default:
      return *rc::gen::inRange<int64_t>(static_cast<int64_t>(format.min()),
                                        static_cast<int64_t>(format.max()) + 1);
  }
}

RC_GTEST_PROP(FixedLaws, QuantiseUndoesDequantise, ()) {
  const Format format = any_format();
  const Wide q = any_value(format);
  RC_ASSERT(Wide{fixed::quantise(fixed::dequantise(q, format), format)} == q);
}

RC_GTEST_PROP(FixedLaws, RequantiseIsQuantiseOfTheValue, ()) {
  const Format from = any_format(), to = any_format();
  const Wide q = any_value(from);
  RC_ASSERT(fixed::requantise(q, from, to) ==
            Wide{fixed::quantise(fixed::dequantise(q, from), to)});
}

RC_GTEST_PROP(FixedLaws, FloorIsTheFloorOfTheValue, ()) {
  const Format from = any_format(), to = any_format();
  const Wide q = any_value(from);
  const double floored = std::floor(std::ldexp(fixed::dequantise(q, from), to.frac));
  const double clamped =
      std::clamp(floored, static_cast<double>(to.min()), static_cast<double>(to.max()));
  RC_ASSERT(static_cast<double>(fixed::requantise(q, from, to, Rounding::kFloor)) == clamped);
}

RC_GTEST_PROP(FixedLaws, RequantiseKeepsOrder, ()) {
  const Format from = any_format(), to = any_format();
  const Wide a = any_value(from), b = any_value(from);
  const Rounding rounding = *rc::gen::arbitrary<bool>() ? Rounding::kFloor : Rounding::kHalfEven;
  const Wide low = fixed::requantise(std::min(a, b), from, to, rounding);
  RC_ASSERT(low <= fixed::requantise(std::max(a, b), from, to, rounding));
}

RC_GTEST_PROP(FixedLaws, QuantiseAllIsQuantiseOfEach, ()) {
  const Format format = any_format();
  const auto whole =
      *rc::gen::container<std::vector<int64_t>>(rc::gen::inRange<int64_t>(-(1LL << 40), 1LL << 40));
  std::vector<double> values;
  for (const int64_t v : whole) values.push_back(std::ldexp(static_cast<double>(v), -20));
  const auto all = fixed::quantise_all(values, format, "x");
  for (size_t i = 0; i < values.size(); ++i)
    RC_ASSERT(all[i] == fixed::quantise(values[i], format));
}

// Every reachable sum lies inside the accumulator, and its ends are reached: not one bit too many.
RC_GTEST_PROP(FixedLaws, AccumulatorOfConstantWeightsIsTight, ()) {
  const Format data = any_format(8), weight{*rc::gen::inRange(1, 9), 0, true},
               bias{*rc::gen::inRange(1, 9), 0, true};
  const auto n = static_cast<size_t>(*rc::gen::inRange(1, 9));
  std::vector<int64_t> w(n), b{static_cast<int64_t>(any_value(bias))};
  for (auto& v : w) v = static_cast<int64_t>(any_value(weight));
  const auto alignment = fixed::align(data, weight, bias);
  RC_PRE(alignment.product_shift + alignment.bias_shift < 60);
  const Format acc = fixed::linear_accumulator(w, b, 1, data, alignment);
  std::vector<Wide> lowest(n), highest(n);
  for (size_t i = 0; i < n; ++i) {
    lowest[i] = w[i] >= 0 ? data.min() : data.max();
    highest[i] = w[i] >= 0 ? data.max() : data.min();
  }
  const Wide low = fixed::linear(w, b, lowest, alignment)[0],
             high = fixed::linear(w, b, highest, alignment)[0];
  RC_ASSERT(acc.contains(low) && acc.contains(high));
  const Format narrower{acc.width - 1, acc.frac, true};
  RC_ASSERT(acc.width == 1 || !narrower.contains(low) || !narrower.contains(high));
  // Before and after the bias.
  const Wide added = Wide{b[0]} << alignment.bias_shift;
  const int running = fixed::signed_width_for(std::min({Wide{0}, low, low - added}),
                                              std::max({Wide{0}, high, high - added}));
  RC_ASSERT(fixed::running_sum_width(w, b, 1, data, alignment) == running);
  RC_ASSERT(running >= acc.width);
}

RC_GTEST_PROP(ParallelismLaws, ChosenParallelismKeepsTheInterval, ()) {
  const int64_t inputs = *rc::gen::inRange(1, 129), outputs = *rc::gen::inRange(1, 129);
  const int64_t target = *rc::gen::inRange(1, 300);
  const auto p = arch::choose_parallelism(inputs, outputs, target, *rc::gen::inRange(1, 9));
  RC_ASSERT(p.in >= 1 && p.in <= inputs && p.out >= 1 && p.out <= outputs);
  RC_ASSERT(((inputs + p.in - 1) / p.in) * ((outputs + p.out - 1) / p.out) <= target);
}

}  // namespace
}  // namespace mase::test
