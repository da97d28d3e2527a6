// SPDX-License-Identifier: Apache-2.0
// LibTorch against the integer reference where channels have formats of their own.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "gen/base/error.h"
#include "gen/fixed/quantise.h"
#include "gen/pass/evaluate_batch.h"
#include "gen/pass/lower.h"
#include "sw/model/network.h"
#include "tests/support/networks.h"

namespace mase::model {
namespace {

using fixed::Wide;

/// Floats from inside and far outside of every channel's range; equal bits, or too far apart.
TEST(Network, EqualsTheIntegerReferenceWithFormatsOfChannels) {
  std::map<Arithmetic, int> seen;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    test::RandomNetworkOptions options;
    options.max_width = seed % 4 == 0 ? 32 : seed % 2 == 0 ? 16 : 6;
    options.parallelism = false;
    options.channel_percent = 60;
    options.plain_percent = 30;
    const auto graph = test::random_network(seed, options);
    pass::IntegerNetwork reference;
    try {
      reference = pass::lower(graph);
    } catch (const UserError& error) {
      ASSERT_TRUE(options.max_width == 32 && (error.code() == "P003" || error.code() == "P004"))
          << error.what();
      continue;
    }
    const Network network(graph, {.precision = Precision::k64});
    std::mt19937_64 random(seed);
    std::vector<double> x(static_cast<size_t>(8 * network.features_in())), want;
    for (double& value : x) {
      value = std::ldexp(std::normal_distribution<double>()(random),
                         static_cast<int>(random() % 12) - 5);
      if (random() % 40 == 0) value = std::numeric_limits<double>::infinity();
    }
    const auto q = pass::quantise_inputs(reference, x, "x");
    for (const Wide value : pass::evaluate_batch(reference, q))
      want.push_back(fixed::dequantise(value, reference.output()));
    EXPECT_EQ(network.outputs(std::span<const double>(x), 3).values, want);
    ++seen[network.arithmetic()];
    if (HasFailure()) break;
  }
  EXPECT_GT(seen[Arithmetic::kExactFloat32], 20);
  EXPECT_GT(seen[Arithmetic::kExactFloat64], 20);
  EXPECT_GT(seen[Arithmetic::kInteger], 10);
}

}  // namespace
}  // namespace mase::model
