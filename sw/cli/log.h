// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace mase::cli {

/// Sends spdlog's default logger to stderr in MASE's form, "INFO     Initialising model 'toy'...".
/// `level`: debug, info, warning, error or critical. `warnings` false drops messages of that level
/// only.
void start_logging(const std::string& level, bool warnings);

}  // namespace mase::cli
