// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "sw/cli/option.h"

namespace mase::cli {

/// The parts of the table that options() joins, one a group of the help.
std::vector<Option> main_options();
std::vector<Option> general_options();
std::vector<Option> trainer_options();
std::vector<Option> runtime_options();
std::vector<Option> hardware_options();
std::vector<Option> bitstream_options();
std::vector<Option> adder_graph_options();
std::vector<Option> search_options();
std::vector<Option> language_options();
std::vector<Option> project_options();
std::vector<Option> information_options();

/// Keys of [train.regularizer], each with that of its option.
const std::vector<std::pair<std::string, std::string>>& regularizer_keys();

/// Keys of the options that may stand in [search.strategy.setup].
const std::vector<std::string>& search_setup_options();

}  // namespace mase::cli
