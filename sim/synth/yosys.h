// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace mase::synth {

/// How every cell and design is synthesised. No shift registers: Yosys drops the clock enable of
/// those that it makes of registers (its issue 6058, mended in 2026).
inline constexpr char kSynthXilinx[] = "synth_xilinx -family xcup -flatten -abc9 -nosrl";

/// Goes before synthesis with -abc9: its own script for ABC without the last step, &mfs, with which
/// netlists of whole designs came out wrong (carry chains read in several places; Yosys's pull
/// requests 1974 and 3780 tell of it).
inline constexpr char kAbcScript[] =
    "scratchpad -set abc9.script \"+&scorr;&sweep;&dc2;&dch,-f;&ps;&if,{C},{W},{D},{R},-v\"";

/// The program and its own library.
struct Yosys {
  std::filesystem::path program;
  std::string id;       ///< the whole line of -V
  std::string version;  ///< "0.23"
};

/// Yosys from PATH, asked once per PATH and process. Errors: UserError Y001, exit 4.
const Yosys& find_yosys();

/// cells_sim.v of one of Yosys's libraries: "xilinx", "ice40". Errors: UserError Y003, exit 4.
std::filesystem::path library_cells(const Yosys& yosys, const std::string& library);

/// Files that synthesis needs in its working folder, by name, and the commands that take it from
/// the sources it has read to a netlist of `top`. With `tables`, memories that are only read and
/// have more than 16 words become LUT6, MUXF7 and MUXF8 before ABC sees them: what ABC makes of
/// their multiplexers takes one to four times as many LUTs, by what stands in front of the address.
const std::vector<std::pair<std::string, std::string>>& synthesis_files();
std::string synthesis_commands(const std::string& top, bool tables);

/// One synthesis: sources by relative path, and the top module among them.
struct SynthesisJob {
  std::string top;
  std::vector<std::pair<std::string, std::string>> files;
};

/// A synthesis in the cache: folder with counts.json, netlist.json and netlist.v.
struct Synthesis {
  std::filesystem::path folder;
  std::map<std::string, int64_t> cells;
  bool from_cache = false;
};

/// Runs Yosys unless the cache has the result. Errors: UserError Y002 with Yosys's own message,
/// S005.
Synthesis run_yosys(const Yosys& yosys, const SynthesisJob& job,
                    const std::filesystem::path& cache);

}  // namespace mase::synth
