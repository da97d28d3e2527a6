// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "fpga/kernel/kernel.h"
#include "gen/graph/graph.h"
#include "tests/fpga/kernel_bench.h"

namespace mase::fpga {

using Values = std::vector<int64_t>;  ///< raw integers, sample after sample

/// A core with its sources and what it computes of whole samples.
struct CoreCase {
  Core core;
  std::vector<std::pair<std::string, std::string>> files;
  std::function<Values(const Values&)> reference;
};

/// One register: y = x + 1, one bit wider than x; as many lanes out as in.
CoreCase tiny_core(int width_bits, bool is_signed, int64_t elements, int lanes);

/// The emitted hardware of a quantised graph.
CoreCase network_core(const graph::Graph& graph, const arch::HardwareOptions& options = {});

/// A design as it was emitted: hardware and graph of an EmittedFolder.
CoreCase design_core(const arch::HardwareGraph& hardware, const graph::Graph& graph,
                     const std::string& top_name);

/// Memory bytes of samples.
std::vector<uint8_t> to_bytes(const Values& values, const SampleLayout& layout);

Values random_values(const SampleLayout& layout, int64_t samples, uint64_t seed);

/// A run of a kernel, its memory around it, and what came of it.
struct KernelRun {
  MemoryBehaviour memory;
  uint32_t in_addr = 0, out_addr = 0x8000;
  uint32_t samples = 1;
  uint64_t seed = 1;  ///< of the samples
  uint64_t at_most_cycles = 2'000'000;

  // answers
  bool over = false;
  uint32_t status = 0, read_errors = 0, write_errors = 0;
  uint64_t cycles = 0;                         ///< of the register
  uint64_t seen_cycles = 0;                    ///< from the host's write of CTRL to the interrupt
  uint64_t read_bursts = 0, write_bursts = 0;  ///< since reset
  bool exact = false;      ///< results equal the reference, the bytes around them are untouched
  std::string difference;  ///< the first bytes that are not what they should be
};

/// All runs in one simulation, one after the other. Fired assertions and beats that never came are
/// test failures unless `expect_assertions`; gives the assertions.
std::vector<std::string> run_kernel(const KernelBench& bench, const CoreCase& core,
                                    std::vector<KernelRun>& runs, uint64_t seed,
                                    bool expect_assertions = false);

/// Every run came to its end without an error, its results exact.
void expect_good(const std::vector<KernelRun>& runs);

/// 10,000 samples: exact, within 2 % of the core's interval, from odd places of a memory that
/// answers after 60 to 123 cycles and withholds valid and ready `gap` times of 256.
void expect_rate(const CoreCase& core, const KernelOptions& options, int gap, uint64_t seed);

}  // namespace mase::fpga
