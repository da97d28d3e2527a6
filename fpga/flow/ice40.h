// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "fpga/flow/small_board.h"
#include "gen/emit/emit.h"
#include "sim/simulate.h"
#include "sim/synth/figures.h"

namespace mase::fpga {

struct Ice40Options {
  std::optional<double> freq_mhz;  ///< to place for; never below the board's clock
  int64_t seed = 1;                ///< of nextpnr
  sim::Samples samples;            ///< that the bitstream is simulated with; no rows: drawn
  int64_t random_samples = 50;     ///< drawn over the whole range of the input format
  bool dry_run = false;            ///< write and lint the sources, and stop there
  std::filesystem::path cache;     ///< of the simulator; default: cache_directory()
  std::function<void(const std::string&)> progress;  ///< what it is doing now; may be empty
};

struct Ice40Result {
  std::filesystem::path bitstream;  ///< empty after a dry run
  int64_t logic_cells = 0, bram4k = 0, pins = 0, global_buffers = 0;
  double fmax_mhz = 0, wanted_mhz = 0;
  std::string yosys_version, nextpnr_version;
  sim::SimulateResult simulation;  ///< of the bitstream's own netlist, through the pins

  synth::Figures figures(const SmallBoard& board) const;  ///< for hardware/report.json
};

/// Takes an emitted design to a bitstream in `folder`: Yosys (synth_ice40 -abc9), nextpnr-ice40,
/// icepack; then turns the bitstream back into a netlist (iceunpack, icebox_vlog) and simulates
/// that against the integer reference, bytes in and out over the serial line. Only a bitstream that
/// is exact and fast enough gets the name <top>.bin. Errors: UserError V110, exit 4 (a tool is
/// missing); exit 1: V111 (does not fit, with the figures), V112 (slower than wanted), V113 (the
/// netlist of the bitstream is wrong); V114 (a tool fails; its message).
Ice40Result build_ice40(const emit::EmittedFolder& design, const SmallBoard& board,
                        const std::filesystem::path& folder, const Ice40Options& options = {});

/// nextpnr's --report. Errors: UserError V115 naming `file`.
struct NextpnrReport {
  int64_t logic_cells = 0, bram4k = 0, pins = 0, global_buffers = 0;
  double fmax_mhz = 0;  ///< of the slowest clock
};
NextpnrReport parse_nextpnr_report(const std::string& json, const std::string& file);

/// What the device has too few of, from nextpnr's log: "ICESTORM_LC: 9000 of 7680"; empty: nothing.
std::string lacking_in(const std::string& nextpnr_log);

}  // namespace mase::fpga
