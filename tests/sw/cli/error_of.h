// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <string>

#include "gen/base/error.h"

namespace mase::cli {

/// What the user reads when `body` refuses its input; a test failure when it does not.
template <typename Body>
std::string error_of(Body&& body) {
  try {
    body();
  } catch (const UserError& error) {
    EXPECT_EQ(error.exit_code(), ExitCode::kBadInput);
    return error.what();
  }
  ADD_FAILURE() << "no error was raised";
  return {};
}

}  // namespace mase::cli
