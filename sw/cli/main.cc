// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "gen/base/error.h"
#include "sw/cli/actions.h"

/// The one place that catches; mase::ExitCode is the process's exit status.
int main(int argc, char** argv) {
  using mase::cli::run_program;
  try {
    return static_cast<int>(run_program(mase::cli::make_program(), {argv + 1, argv + argc}));
  } catch (const mase::UserError& error) {
    std::fflush(stdout);
    fmt::print(stderr, "{}\n", error.what());
    return static_cast<int>(error.exit_code());
  } catch (const std::exception& error) {
    std::fflush(stdout);
    fmt::print(
        stderr,
        "{}\nThis is a bug of mase-gen; please report it with the command and all of its output.\n",
        error.what());
    return static_cast<int>(mase::ExitCode::kBug);
  }
}
