// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

#include "fpga/flow/vivado_flow.h"
#include "gen/emit/emit.h"

namespace mase::fpga {

/// What the out-of-context flow finds out about a design. Where the same scripts and sources went
/// through the same version of Vivado before, its reports come from the cache; a build that failed
/// is never kept. A design that misses its clock is a result, too: ask failure().
/// Errors: those of write_ooc and run_vivado (V136, V159 name the log that stays), of the parsers,
/// V137, S005 (cache cannot be written).
VivadoResult implement(const emit::Design& design, const VivadoTarget& target,
                       const VivadoOptions& options, const Vivado& vivado,
                       const std::filesystem::path& cache = {}, const ToolRun& how = {});

}  // namespace mase::fpga
