// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/casts.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "gen/fixed/channels.h"
#include "gen/fixed/requantise.h"

namespace mase::test {
namespace {

using arch::CastStep;
using fixed::Format;
using fixed::Wide;

Wide apply(Wide q, Format from, const std::vector<CastStep>& steps, Format& end) {
  for (const auto& step : steps) {
    q = fixed::requantise(q, from, step.to, step.rounding);
    from = step.to;
  }
  end = from;
  return q;
}

// Every value of every drawn chain, so that a wrong merge cannot hide.
TEST(SimplifyCasts, KeepsEveryValueOfRandomChains) {
  std::mt19937_64 rng(7);
  const auto draw = [&](int low, int high) {
    return low + static_cast<int>(rng() % static_cast<uint64_t>(high - low + 1));
  };
  size_t shorter = 0;
  for (int round = 0; round < 3000; ++round) {
    const Format from{draw(1, 9), draw(-2, 8), draw(0, 1) == 1};
    std::vector<CastStep> steps(static_cast<size_t>(draw(1, 4)));
    const int shared_frac = draw(-2, 6);
    for (auto& step : steps) {
      step.to = {draw(1, 8), draw(0, 2) ? shared_frac : draw(-3, 7), draw(0, 1) == 1};
      step.rounding = draw(0, 3) ? fixed::Rounding::kHalfEven : fixed::Rounding::kFloor;
    }
    const auto simple = arch::simplify_casts(from, steps);
    ASSERT_LE(simple.size(), steps.size());
    shorter += simple.size() < steps.size();
    for (Wide q = from.min(); q <= from.max(); ++q) {
      Format end_a, end_b;
      const Wide a = apply(q, from, steps, end_a), b = apply(q, from, simple, end_b);
      // Same value: a * 2^-Fa == b * 2^-Fb.
      const int shift = end_a.frac - end_b.frac;
      ASSERT_TRUE(shift >= 0 ? a == b << shift : a << -shift == b)
          << to_string(from) << " round " << round;
    }
  }
  EXPECT_GT(shorter, 500u);
}

// The same where channels have formats of their own, dropped ones among them.
TEST(SimplifyCasts, KeepsEveryValueOfEveryChannel) {
  std::mt19937_64 rng(8);
  const auto draw = [&](int low, int high) {
    return low + static_cast<int>(rng() % static_cast<uint64_t>(high - low + 1));
  };
  constexpr size_t kChannels = 2;
  const auto format_of = [](const CastStep& step, size_t c) {
    return step.channels.empty() ? step.to : step.channels[c];
  };
  const auto run = [&](Wide q, Format from, const std::vector<CastStep>& steps, size_t c) {
    for (const auto& step : steps) {
      const Format to = format_of(step, c);
      q = fixed::requantise_channel(q, from, to, step.to, step.rounding);
      from = step.to;
    }
    return std::pair(q, from.frac);
  };
  size_t shorter = 0;
  for (int round = 0; round < 3000; ++round) {
    const int shared_frac = draw(-2, 6);
    const Format from{draw(1, 9), draw(0, 1) ? shared_frac : draw(-2, 8), draw(0, 1) == 1};
    std::vector<CastStep> steps(static_cast<size_t>(draw(1, 4)));
    for (auto& step : steps) {
      const bool is_signed = draw(0, 1) == 1;
      step.to = {draw(1, 8), draw(0, 2) ? shared_frac : draw(-3, 7), is_signed};
      step.rounding = draw(0, 3) ? fixed::Rounding::kHalfEven : fixed::Rounding::kFloor;
      if (draw(0, 2) == 0) continue;
      for (size_t c = 0; c < kChannels; ++c)
        step.channels.push_back({draw(0, 6), draw(0, 1) ? shared_frac : draw(-3, 7), is_signed});
      step.to = fixed::common_format(step.channels);
    }
    const auto simple = arch::simplify_casts(from, steps);
    ASSERT_LE(simple.size(), steps.size());
    shorter += simple.size() < steps.size();
    for (size_t c = 0; c < kChannels; ++c) {
      for (Wide q = from.min(); q <= from.max(); ++q) {
        const auto [a, a_frac] = run(q, from, steps, c);
        const auto [b, b_frac] = run(q, from, simple, c);
        ASSERT_EQ(std::ldexp(static_cast<double>(a), -a_frac),
                  std::ldexp(static_cast<double>(b), -b_frac))
            << to_string(from) << " round " << round << ", channel " << c;
      }
    }
  }
  EXPECT_GT(shorter, 500u);
}

TEST(SimplifyCasts, ReluBeforeFormatsOfChannelsBecomesOneStep) {
  const auto steps = arch::simplify_casts(
      {20, 8, true},
      {{{19, 8, false}}, {.to = {9, 4, true}, .channels = {{8, 3, true}, {9, 4, true}}}});
  ASSERT_EQ(steps.size(), 1u);
  EXPECT_EQ(steps[0].channels, (std::vector<Format>{{7, 3, false}, {8, 4, false}}));
}

TEST(SimplifyCasts, ReluIntoSignedInputBecomesOneUnsignedStep) {
  const auto steps = arch::simplify_casts({20, 8, true}, {{{8, 4, false}}, {{8, 4, true}}});
  ASSERT_EQ(steps.size(), 1u);
  EXPECT_EQ(steps[0].to, (Format{7, 4, false}));
}

TEST(SimplifyCasts, ReluAtFullPrecisionJoinsTheRoundingBehindIt) {
  const auto steps = arch::simplify_casts({17, 10, true}, {{{16, 10, false}}, {{8, 4, true}}});
  ASSERT_EQ(steps.size(), 1u);
  EXPECT_EQ(steps[0].to, (Format{7, 4, false}));
}

TEST(SimplifyCasts, StepsThatStandAloneStay) {
  const auto steps =
      arch::simplify_casts({8, 4, true}, {{.to = {8, 4, true}, .stands_alone = true}});
  EXPECT_EQ(steps.size(), 1u);
}

}  // namespace
}  // namespace mase::test
