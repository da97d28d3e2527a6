// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "gen/arch/hardware_graph.h"
#include "gen/graph/graph.h"
#include "sim/verilated_model.h"
#include "tests/sim/temporary_folder.h"

namespace mase::sim {

/// A network with the choices that make it hardware.
struct DesignCase {
  uint64_t seed = 0;
  graph::Graph graph;
  arch::HardwareOptions options;
};

/// A random network with random parallelism, storage, multipliers, fusion and target;
/// `unrolled_percent` of its layers are unrolled.
DesignCase random_design(uint64_t seed, int unrolled_percent = 0);

/// The same, cut into some SLRs (2 to 4, drawn by the seed) if it can be.
DesignCase random_cut_design(uint64_t seed, int unrolled_percent = 0);

/// Several designs as the channels of one verilated top: building it costs little more than one of
/// them. Data is random and is not looked at; cycles do not depend on it.
class DesignBench {
 public:
  /// `cache` holds the compiled model.
  DesignBench(const std::vector<DesignCase>& cases, const std::filesystem::path& cache);

  const std::vector<arch::HardwareGraph>& designs() const { return designs_; }
  /// The same stall pattern for all; `samples[i]` of them for design i.
  RunResult run(const std::vector<int64_t>& samples, Stall stall, uint64_t seed) const;

 private:
  TemporaryFolder folder_;
  std::vector<arch::HardwareGraph> designs_;
  ModelSource source_;
  VerilatedModel model_;
};

}  // namespace mase::sim
