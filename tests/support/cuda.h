// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <string>

#include "gen/base/error.h"
#include "sw/model/network.h"

namespace mase::test {

/// Why there is no CUDA to compute on; empty when there is.
inline std::string no_cuda() {
  try {
    model::parse_accelerator("gpu");
    return {};
  } catch (const UserError& error) {
    return error.message();
  }
}

}  // namespace mase::test

/// Tests of the GPU path run where LibTorch has CUDA and a device is visible; elsewhere they say so
/// and are skipped.
#define MASE_NEED_CUDA()                                                   \
  if (const std::string reason = ::mase::test::no_cuda(); !reason.empty()) \
  GTEST_SKIP() << "needs a CUDA LibTorch and a device: " << reason
