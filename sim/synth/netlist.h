// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gen/arch/resources.h"

namespace mase::synth {

/// A net is a number; constants and unconnected pins are kNone.
using Net = int32_t;
inline constexpr Net kNone = -1;

/// One pin group of a cell or of the netlist itself, LSB first.
struct Pins {
  std::string name;
  std::vector<Net> bits;
};

struct NetlistCell {
  std::string name, type;
  std::vector<Pins> pins;
  const std::vector<Net>& at(std::string_view pin) const;  ///< empty when there is none
};

struct NetlistPort : Pins {
  bool is_input = false;
};

/// A flat netlist of primitives, as Yosys's write_json gives it.
struct Netlist {
  std::vector<NetlistCell> cells;
  std::vector<NetlistPort> ports;
  int32_t nets = 0;                  ///< nets are 0 to nets - 1
  std::map<Net, std::string> names;  ///< of nets that have one, or of what Yosys made them from

  const std::vector<Net>& port(std::string_view name) const;  ///< InternalError when there is none
  std::map<std::string, int64_t> count() const;               ///< cells of each type
};

/// Reads module `top` of write_json's text. Errors: InternalError when it is none.
Netlist read_netlist(const std::string& json, const std::string& top);

/// The netlists of a chain of stream cells as one: valid, ready and data of neighbours joined,
/// clock and reset shared. `names` prefix the cells.
Netlist join_chain(const std::vector<const Netlist*>& chain, const std::vector<std::string>& names);

/// LUT1 to LUT6, the LUTs that distributed RAM and shift registers take, FD*, DSP48E2, RAMB36E2 and
/// half of each RAMB18E2. INV is no LUT here: it goes into the LUT or register that it feeds.
/// Errors: InternalError for a memory cell that nobody counts.
arch::Resources resources_of(const std::map<std::string, int64_t>& cells);

/// Yosys makes CARRY4; two of them share a CARRY8.
int64_t carry8_of(const std::map<std::string, int64_t>& cells);

}  // namespace mase::synth
