// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "gen/base/error.h"

namespace mase::test {

/// Runs `action`, expects a UserError with this code whose whole text holds every one of `parts`.
template <typename Action>
void expect_user_error(Action action, const std::string& code,
                       const std::vector<std::string>& parts) {
  try {
    action();
    ADD_FAILURE() << "nothing was thrown; wanted " << code;
  } catch (const UserError& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    for (const auto& part : parts) EXPECT_THAT(error.what(), ::testing::HasSubstr(part));
  }
}

}  // namespace mase::test
