// SPDX-License-Identifier: Apache-2.0
// The random suites of the compute cells once more, over more and larger draws.
#include <gtest/gtest.h>

#include "tests/rtl/affine_cases.h"
#include "tests/rtl/cell_bench.h"

namespace mase::rtl_test {
namespace {

class AffineDrawsSlow : public testing::TestWithParam<int> {};

TEST_P(AffineDrawsSlow, LinearAgreesWithTheModel) {
  const int seed = GetParam();
  run_cases(random_affines(0x510 + seed, true, 40, seed % 2 == 0 ? 9 : 20, seed % 2 == 0 ? 32 : 10),
            seed);
}

TEST_P(AffineDrawsSlow, BatchNorm1dAgreesWithTheModel) {
  const int seed = GetParam();
  run_cases(
      random_affines(0x510 + seed, false, 40, seed % 2 == 0 ? 9 : 30, seed % 2 == 0 ? 32 : 10),
      seed);
}

INSTANTIATE_TEST_SUITE_P(Seeds, AffineDrawsSlow, testing::Range(1, 7));

}  // namespace
}  // namespace mase::rtl_test
