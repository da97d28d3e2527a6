// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sw/cli/toml_section.h"

namespace mase::cli {

/// Checks every key of [search.*] as MASE writes it; what it means belongs to the search action.
/// Errors: UserError K011 (unknown key), K012 (wrong type or value), with file:line.
void check_search(Section search);

}  // namespace mase::cli
