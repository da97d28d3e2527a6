// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gen/emit/emit.h"
#include "sim/samples.h"
#include "sim/verilated_model.h"

namespace mase::sim {

/// What stands around the verilated design.
enum class Backend {
  kVerilator,  ///< the C++ clock loop: the quickest
  kSystemC     ///< a SystemC bench with DMA engines on a clock of their own
};

struct SimulateOptions {
  Backend backend = Backend::kVerilator;
  HostOptions host;  ///< of the SystemC bench
  Stall stall = Stall::kNone;
  uint64_t seed = 0;                 ///< of the stall pattern and of the padding lanes
  std::filesystem::path trace_file;  ///< FST of the checked run; empty: none
  std::filesystem::path cache;       ///< default: cache_directory()
  std::vector<int64_t> labels;       ///< [samples] for accuracy; may be empty
  /// Verilog that takes the place of the design's own, under the same top name and ports: a netlist
  /// and its cells. Its insides have other names, so that no activity is counted. Empty: the RTL.
  std::vector<std::filesystem::path> netlist;
  std::function<void(const std::string&)>
      progress;  ///< what it is doing now, for a terminal; may be empty
};

/// One output element that differs from the integer reference.
struct Mismatch {
  int64_t sample = 0, element = 0;
  std::string node;           ///< graph node whose value leaves the design there
  std::string expected, got;  ///< raw integers and natural values, as text
  int64_t cycle = 0;          ///< clock edge of the transfer
};

/// What one cell did in the checked run.
struct StageActivity {
  std::string name, module;
  std::vector<std::string> nodes;
  int64_t busy_cycles = 0;        ///< cycles in which it worked on a beat
  int64_t stall_cycles = 0;       ///< cycles in which its result waited for the next cell
  int64_t cycles_per_sample = 0;  ///< predicted: ceil(I/P) * ceil(O/Q)
};

struct SimulateResult {
  int64_t samples = 0;
  int64_t outputs = 0;  ///< elements compared
  int64_t mismatches = 0;
  std::vector<Mismatch> first_mismatches;  ///< at most ten
  int64_t latency_cycles = 0;              ///< numerics.md: idle pipeline, sink always ready
  double ii_cycles = 0;  ///< numerics.md: steady state; an integer for every design of ours
  int64_t predicted_ii_cycles = 0;
  int64_t cycles = 0;              ///< of the checked run, stalls included
  std::optional<double> accuracy;  ///< of the simulated hardware, argmax against labels
  std::optional<double> reference_accuracy;
  std::vector<StageActivity> stages;
  std::vector<std::string> failures;  ///< fired assertions, missing or surplus beats
  std::vector<fixed::Wide>
      raw_outputs;  ///< [samples * output_columns], raw integers in output_format
  fixed::Format output_format;
  int64_t output_columns = 0;
  bool model_from_cache = false;
  double build_seconds = 0, loop_seconds = 0, total_seconds = 0;
  std::string verilator_version;
  Stall stall = Stall::kNone;
  uint64_t seed = 0;
  Backend backend = Backend::kVerilator;
  HostOptions host_options;
  std::optional<HostResult> host;        ///< of the checked run
  std::optional<HostResult> host_first;  ///< one sample alone, from memory to memory

  bool good() const { return mismatches == 0 && failures.empty(); }
};

/// Quantises `inputs` (natural units) to the design's input format, drives them through the
/// verilated design, compares every output with the integer reference, and measures latency and
/// initiation interval in runs of their own without stalls. With the SystemC backend the checked
/// run goes through the host's DMA engines, the timing runs do not. Errors: S024 (host options out
/// of range), UserError S020 (columns differ from the design's inputs), S021 (no rows), F003 (NaN
/// in the inputs), and those of build_model (exit 4 without Verilator).
SimulateResult simulate(const emit::EmittedFolder& design, const Samples& inputs,
                        const SimulateOptions& options);

/// Builds or finds the simulator that `simulate` would run, and stops there. Errors: those of
/// build_model.
VerilatedModel build_simulator(const emit::EmittedFolder& design, const SimulateOptions& options);

/// hardware/report.json: every metric as {"value", "unit", "source"}, tool versions and seeds.
std::string report_json(const emit::EmittedFolder& design, const SimulateResult& result);

/// Writes the simulated outputs in natural units, one row a sample: CSV with exact decimals, or NPY
/// (float64) by extension. Errors: UserError S022 when a value does not fit float64 exactly (NPY
/// only), S023 for another extension, B003.
void write_outputs(const SimulateResult& result, const std::filesystem::path& path);

/// "none", "random", "worst".
std::string to_string(Stall stall);
std::optional<Stall> parse_stall(const std::string& name);

}  // namespace mase::sim
