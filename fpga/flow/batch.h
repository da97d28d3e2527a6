// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>

#include "fpga/kernel/kernel.h"
#include "gen/emit/emit.h"

namespace mase::fpga {

/// samples.bin: `batch` random samples over the whole range of the input format, and expected.bin:
/// the integer reference's results, both in the core's layouts. Errors: B003.
void write_batch(const emit::EmittedFolder& design, const Core& core,
                 const std::filesystem::path& folder, int64_t batch);

}  // namespace mase::fpga
