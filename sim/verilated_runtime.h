// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "sim/toolchain.h"

namespace mase::sim {

/// Static library of Verilator's own C++ sources, compiled once per Verilator, compiler, flags and
/// `units` (stems such as "verilated" and "verilated_threads", which Verilator lists for each
/// model). Errors: UserError S001 when a source or header of it is missing; S005; InternalError
/// with the log's path.
std::filesystem::path verilated_runtime(const Toolchain& tools,
                                        const std::vector<std::string>& units,
                                        const CompileMode& mode,
                                        const std::filesystem::path& cache);

/// Runs the commands, one a processor at a time, and appends their output to `log`. Returns "" or
/// the output of the first that failed.
std::string run_all(const std::vector<std::vector<std::string>>& commands,
                    const std::filesystem::path& working_directory,
                    const std::filesystem::path& log);

}  // namespace mase::sim
