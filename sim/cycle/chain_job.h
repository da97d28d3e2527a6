// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sim/cycle/cell_spec.h"
#include "sim/cycle/cycle_model.h"

namespace mase::sim {

/// Has a worker do a job on any chain of cells, those that no hardware graph holds included.
/// Errors: as measure_cycles; InternalError for a chain that makes no sense.
JobResult do_job(const ChainSpec& chain, const JobSpec& job, const CycleOptions& options = {});

}  // namespace mase::sim
