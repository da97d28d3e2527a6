// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

#include "gen/arch/hardware_graph.h"
#include "sim/harness/stall.h"

namespace mase::sim {

struct CycleOptions {
  std::filesystem::path worker;  ///< the worker program; empty: found as worker_program() says
  bool memoise = true;           ///< a design whose cycles are known is not simulated again
};

/// What one cell does for a sample in steady state, or in a whole run.
struct StageCycles {
  int64_t busy_cycles = 0;   ///< cycles in which an operand entered it
  int64_t stall_cycles = 0;  ///< cycles in which its result waited for the next cell
};

/// Latency and interval as numerics.md defines them, equal to Verilator's.
struct CycleResult {
  int64_t latency_cycles = 0;
  int64_t ii_cycles = 0;
  std::vector<StageCycles> stages;  ///< of a sample in steady state, in the design's order

  /// Share of the time in which a stage works when samples follow each other without a gap.
  double utilisation(size_t stage) const {
    return static_cast<double>(stages[stage].busy_cycles) / static_cast<double>(ii_cycles);
  }
};

/// Simulates the design's cells in SystemC: no data, no compilation, no emitted files. Any number
/// of threads may call it; each call that has to simulate has a worker process of its own, which is
/// kept for the next one. Errors: UserError S040 (exit 4) when the worker program is missing or
/// does not start, S041 when it dies twice over one design.
CycleResult measure_cycles(const arch::HardwareGraph& hardware, const CycleOptions& options = {});

/// One run with stalls: the same source and sink, stall for stall, as sim::run_model's.
struct CycleRun {
  int64_t samples = 1;
  Stall stall = Stall::kNone;
  uint64_t seed = 0;
  int channel = 0;  ///< of a verilated top with several
};

struct CycleTrace {
  std::vector<int64_t> in_cycles, out_cycles;  ///< edge of every transfer, from the end of reset
  int64_t cycles = 0;                          ///< up to the last transfer
  bool timed_out = false;           ///< no transfer for a million cycles: the design stands still
  std::vector<StageCycles> stages;  ///< of the whole run
};

/// Errors: as measure_cycles.
CycleTrace run_cycles(const arch::HardwareGraph& hardware, const CycleRun& run,
                      const CycleOptions& options = {});

/// `option`, else $MASE_CYCLE_WORKER, else mase-cycle-worker in the folder of this program or in
/// one of the three above it (build folders). Errors: UserError S040 that names what was looked at.
std::filesystem::path worker_program(const std::filesystem::path& option = {});

}  // namespace mase::sim
