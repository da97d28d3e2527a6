// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "gen/graph/graph.h"

namespace mase::cli {

/// node_meta_param.toml: one table a node with its operator, inputs, features, formats and hardware
/// choices.
std::string node_meta_toml(const graph::Graph& graph);

}  // namespace mase::cli
