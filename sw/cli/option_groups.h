// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "sw/cli/option.h"

namespace mase::cli {

/// The parts of the table that options() joins, one a group of the help.
std::vector<Option> main_options();
std::vector<Option> general_options();
std::vector<Option> trainer_options();
std::vector<Option> runtime_options();
std::vector<Option> hardware_options();
std::vector<Option> language_options();
std::vector<Option> project_options();
std::vector<Option> information_options();

}  // namespace mase::cli
