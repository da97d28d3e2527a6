// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "gen/base/error.h"
#include "sw/cli/configuration.h"

namespace mase::cli {

/// Wall time of the steps of an action, for --profile.
class Profile {
 public:
  /// Runs `body` as the step `name`; gives what it gives.
  template <typename Body>
  auto step(std::string name, Body&& body) {
    const Timer timer{this, std::move(name), std::chrono::steady_clock::now()};
    return body();
  }
  /// "| Step | Seconds |", the steps in the order in which they ended.
  std::string table() const;

 private:
  struct Timer {
    Profile* profile;
    std::string name;
    std::chrono::steady_clock::time_point start;
    ~Timer();
  };
  std::vector<std::pair<std::string, double>> steps_;
};

/// What an action is given.
struct Run {
  const Configuration& config;
  Profile profile;
};

/// One of train, test, transform, search, emit, simulate, synth, bitstream, adder-graph. Results
/// go to stdout, messages to the log.
class Action {
 public:
  virtual ~Action() = default;
  /// kGood, or kCheckFailed when the run found a mismatch. Errors: UserError for bad input.
  virtual ExitCode run(Run& run) const = 0;
};

}  // namespace mase::cli
