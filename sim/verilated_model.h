// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/harness/host.h"
#include "sim/harness/stall.h"

namespace mase::sim {

/// One independent pair of streams of a top module. The top's ports are `clk_i`, `rst_ni`,
/// `in_valid_i`, `in_ready_o`, `in_data_i`, `out_valid_o`, `out_ready_i`, `out_data_o`; with N
/// channels the handshake ports are N bits wide (bit c = channel c) and the data ports are the
/// channels' data concatenated, channel 0 in the LSBs. A design has one channel; a cell bench packs
/// many parameterisations into one verilated top.
struct Channel {
  int in_bits = 0;   ///< bits of one input beat
  int out_bits = 0;  ///< bits of one output beat
};

/// An internal signal counted every cycle: hierarchical instance below the top ("u_seq_blocks_2";
/// "" = the top itself) and 1-bit signal name. `module` is the module that declares it (before
/// parameters specialise it).
struct Probe {
  std::string module, instance, signal;
};

/// What is to be verilated. The cache key is the name and content of all files, the channels,
/// probes, `trace` and the tools' versions, not the folders they lie in; memory files are read at
/// run time, so that new weights of the same shape cost no compilation. Modules come from `files`
/// alone; `include_dirs` are searched for `include files (.svh, .vh) only.
struct ModelSource {
  std::string top = "top";
  std::vector<std::filesystem::path> files;  ///< in compile order (packages first)
  std::vector<std::filesystem::path> include_dirs;
  std::vector<std::filesystem::path> lint_configs;  ///< .vlt waivers
  std::vector<Channel> channels;
  std::vector<Probe> probes;
  bool trace = false;    ///< compiled with FST tracing
  bool systemc = false;  ///< a SystemC module in a SystemC bench; one channel
};

/// A compiled model: an executable in the cache.
struct VerilatedModel {
  std::filesystem::path executable;
  bool from_cache = false;
  double build_seconds = 0;
  std::string verilator_version;
};

/// Builds or finds the model. Compiles the verilated runtime once per Verilator version and
/// compiler (cached), the model once per content. Safe when several processes build the same model
/// at once (file lock, atomic rename). `cache` defaults to cache_directory(). Progress and the
/// tools' own messages go to a log file beside the model. Errors: UserError S001 exit 4 when
/// verilator or the C++ compiler is missing (says what to install), or SystemC when it is asked
/// for; S002 when Verilator rejects the design (its message is shown; exit 2); S005 when the cache
/// cannot be written. A probe that names no signal of the design is an InternalError.
VerilatedModel build_model(const ModelSource& source, const std::filesystem::path& cache = {});

/// Beats of one channel. Words are 32 bits, ceil(bits/32) a beat, LSB word first, unused upper bits
/// 0.
struct ChannelInput {
  std::vector<uint32_t> words;
  int64_t in_beats = 0;
  int64_t out_beats = 0;  ///< beats to wait for
};

struct RunRequest {
  std::vector<ChannelInput> channels;
  Stall stall = Stall::kNone;  ///< random: source valid and sink ready drop at random in bursts;
                               ///< worst: sink ready one cycle in several, source starved in turn,
                               ///< phases that differ from the design's period
  uint64_t seed = 0;
  std::filesystem::path working_directory;  ///< where $readmemh paths start: the design's folder
  std::filesystem::path trace_file;         ///< FST; needs a model built with trace
  int64_t timeout_cycles = 1'000'000;  ///< cycles without any transfer before the run is given up
  /// SystemC only: DMA engines feed and drain the streams, and stalls come on top of theirs.
  std::optional<HostOptions> host;
};

/// What the host of a SystemC bench saw.
struct HostResult {
  int64_t total_ps = 0;        ///< from the first request to the acknowledgement of the last write
  int64_t starved_cycles = 0;  ///< cycles in which the design could take a beat that had not come
  int64_t blocked_cycles = 0;  ///< cycles in which a result waited for the way out
};

struct ChannelResult {
  std::vector<uint32_t> words;  ///< received beats, as in ChannelInput
  std::vector<int64_t>
      in_cycles;  ///< clock edge of each input transfer, counted from the release of reset
  std::vector<int64_t> out_cycles;  ///< clock edge of each output transfer
};

struct RunResult {
  std::vector<ChannelResult> channels;
  std::vector<int64_t> probe_counts;  ///< cycles in which each probe was 1
  int64_t cycles = 0;
  double loop_seconds = 0;  ///< wall time of the clock loop alone
  bool timed_out = false;   ///< a beat that never came: outputs are what arrived
  std::vector<std::string>
      assertions;  ///< messages of fired assertions; a run with any of them has failed
  std::optional<HostResult> host;  ///< of a request with one
};

/// Runs the model in a process of its own.
/// Errors: UserError S003 (trace file cannot be written; memory file missing or unreadable, named);
/// InternalError when the request does not fit the model or the model crashes (names a log beside
/// the model).
RunResult run_model(const VerilatedModel& model, const ModelSource& source,
                    const RunRequest& request);

}  // namespace mase::sim
