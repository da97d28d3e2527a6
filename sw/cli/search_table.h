// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sw/cli/toml_section.h"
#include "sw/search/options.h"

namespace mase::cli {

/// [search.search_space] and [search.strategy] as they stand in the file. Tables, keys and types
/// are checked here; names of spaces, runners and metrics, their own keys and ranges by who makes
/// them (sw/search), with the places that are kept here. Keys of [search.strategy.setup] that are
/// options of the program are left to the option table.
/// Errors: UserError K011 (unknown key, with the nearest), K012 (wrong type or value), with
/// file:line.
search::SearchOptions read_search(Section search);

}  // namespace mase::cli
