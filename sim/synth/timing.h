// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "sim/synth/netlist.h"
#include "sim/synth/target.h"

namespace mase::synth {

/// How long nets are taken to be: the median of routed designs, the slowest tenth, or the best that
/// a good placement gives.
enum class Corner { kMedian, kPessimistic, kOptimistic };

/// One cell on a path and the net behind it.
struct PathStep {
  std::string cell_type, name;  ///< name of the net that it drives, or of the cell where it ends
  double logic_ps = 0;          ///< through the cell; setup in the last step
  double net_ps = 0;            ///< to the next cell
  int64_t fanout = 0;           ///< of that net
};

struct Path {
  double delay_ps = 0;  ///< clock to Q, cells, nets, setup, uncertainty; 0: no path
  std::vector<PathStep> steps;
};

/// The slowest path between registers, ports taken as registers outside. Cells have the delays of
/// the table, a LUT's latest input its fastest pin, nets a delay by their fanout; what shares a
/// slice (LUT and its register, carry chain) has the delay within. Errors: InternalError for a
/// combinational loop or a cell without delays.
Path critical_path(const Netlist& netlist, const Delays& delays, Corner corner);

/// An estimate before place and route.
struct Fmax {
  double mhz = 0, low_mhz = 0, high_mhz = 0;  ///< nets at their median, slowest tenth, best
  std::string limited_by;  ///< "path", or the part whose own limit is lower: "clock buffer", ...
  Path path;               ///< at the median
};

Fmax estimate_fmax(const Netlist& netlist, const Target& target);

/// The path in words, one line a cell: delay through it, delay to the next, type, name.
std::string to_text(const Path& path);

}  // namespace mase::synth
