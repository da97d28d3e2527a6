// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>

#include "sw/cli/action.h"
#include "sw/cli/program.h"

namespace mase::cli {

std::unique_ptr<Action> make_train();
std::unique_ptr<Action> make_test();
std::unique_ptr<Action> make_transform();
std::unique_ptr<Action> make_search();
std::unique_ptr<Action> make_emit();
std::unique_ptr<Action> make_simulate();
std::unique_ptr<Action> make_synth();
std::unique_ptr<Action> make_bitstream();
std::unique_ptr<Action> make_adder_graph();

/// --info: tables of models and datasets. `topic`: all, model, dataset.
std::string info_text(const std::string& topic);
/// --version: mase-gen and the tools it uses.
std::string version_text();

/// mase-gen as it is shipped.
Program make_program();

}  // namespace mase::cli
