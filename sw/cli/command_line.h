// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sw/cli/option.h"

namespace mase::cli {

/// What the user typed.
struct CommandLine {
  std::string action;  ///< empty only with help, version or info
  std::string config;  ///< --config; empty when absent
  bool help = false, version = false;
  std::optional<std::string> info;  ///< "all", "model", "dataset"
  std::map<std::string, Value>
      overrides;  ///< Option::key -> value, for every option that was given
};

/// "train", "test", ...: in the order of the help.
const std::vector<std::string>& action_names();
unsigned use_of(const std::string& action);

/// `arguments` without the program's name. Options are not abbreviated, may stand anywhere, as
/// `--flag value` or
/// `--flag=value`; of a repeated one the last counts.
/// Errors: UserError K001 (unknown option or surplus argument, with the nearest known), K002 (no or
/// unknown action, value missing), K003, K004 (bad value).
CommandLine parse_command_line(const std::vector<std::string>& arguments);

/// The text of --help, `columns` wide.
std::string help_text(size_t columns = 110);

}  // namespace mase::cli
