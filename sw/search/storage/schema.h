// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sw/search/storage/database.h"

namespace mase::search {

/// Makes the tables of Optuna's relational storage where there are none, and checks that those that
/// are there have the version of Optuna 3.2 to 5. Safe when several processes do it at once.
/// Errors: UserError R005 (what was found, what is needed), R004 for a database of something else.
void prepare_schema(Database& database);

}  // namespace mase::search
