// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sw/cli/action.h"

namespace mase::cli {

/// The parts that a program is made of; main.cc gives the real ones, tests give their own.
struct Program {
  std::map<std::string, std::unique_ptr<Action>> actions;
  std::function<std::string(const std::string& topic)> info;  ///< topic: all, model, dataset
  std::function<std::string()> version;
};

/// Parses, answers --help, --version and --info, else prints the effective configuration and runs
/// the action. `arguments` without the program's name. Errors: UserError as the parts throw them.
ExitCode run_program(const Program& program, const std::vector<std::string>& arguments);

}  // namespace mase::cli
