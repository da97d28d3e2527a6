// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace mase::emit {

/// True for a SystemVerilog keyword (IEEE 1800-2017, table B.1).
bool is_keyword(const std::string& name);

/// Errors: UserError E001 when `name` is no simple identifier, is a keyword, or begins with "mase_"
/// (the cells' prefix).
void check_module_name(const std::string& name);

}  // namespace mase::emit
