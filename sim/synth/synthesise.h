// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gen/arch/hardware_graph.h"
#include "gen/arch/resources.h"
#include "sim/synth/target.h"
#include "sim/synth/timing.h"

namespace mase::synth {

struct SynthOptions {
  Target target = load_target("xcu250");
  bool per_node = true;  ///< every cell by itself; cells that were seen before cost nothing
  bool flat = false;     ///< the whole design at once, too; per_node = false means this alone
  bool timing = true;    ///< estimate fmax
  int jobs = 0;          ///< Yosys processes at once; 0: as many as processors and memory allow
  std::filesystem::path cache;  ///< default: cache_directory()
  /// Told after each synthesis, one call at a time: done, total, what was done; may be empty.
  std::function<void(int64_t, int64_t, const std::string&)> progress;
};

/// What Yosys makes of one cell of the design.
struct StageReport {
  std::string name, module;
  std::vector<std::string> nodes;
  arch::Resources resources;
  int64_t carry8 = 0;
  std::map<std::string, int64_t> cells;  ///< primitives by type
  bool from_cache = false;
};

/// Counts and timing before place and route.
struct SynthReport {
  std::vector<StageReport> stages;  ///< empty without per_node
  arch::Resources total;            ///< of the flat netlist where there is one, else the sum
  int64_t carry8 = 0;
  std::map<std::string, int64_t> cells;
  std::optional<arch::Resources> sum;  ///< of the stages
  bool flat = false;                   ///< what `total` and `fmax` were found from
  std::optional<Fmax> fmax;            ///< absent without timing
  std::string yosys_version;
  int64_t runs = 0, from_cache = 0;  ///< syntheses asked for, and those already in the cache
  double seconds = 0;
};

/// `synth_xilinx -family xcup -flatten -abc9 -nosrl` of the design's cells, each with its parameters and
/// memory contents, in parallel; results are cached by the content of the sources and the version
/// of Yosys. Fmax comes from our own analysis of the netlists (timing.h), those of the cells joined
/// into a chain where there is no flat one. Errors: UserError Y001, exit 4 (no Yosys), Y002 (Yosys
/// fails; its message), S005 (cache cannot be written).
SynthReport synthesise(const arch::HardwareGraph& hardware, const SynthOptions& options = {});

/// Yosys's version, "0.23". Errors: UserError Y001, exit 4. Asked for before work starts.
std::string yosys_version();

/// The netlist of the whole design as Verilog and what it takes to simulate it.
struct SimulationNetlist {
  std::vector<std::filesystem::path> files;  ///< Yosys's cells, the netlist, models of ours
  arch::Resources resources;                 ///< of this netlist
  bool from_cache = false;
  std::string yosys_version;
};

/// The netlist that `synthesise` counts for the whole design, as module `top_name`, with the cells
/// of Yosys's own library and models for those it has none of, written to `directory`. Errors:
/// those of synthesise; Y003, exit 4 (Yosys without cells_sim.v).
SimulationNetlist simulation_netlist(const arch::HardwareGraph& hardware,
                                     const std::string& top_name,
                                     const std::filesystem::path& directory,
                                     const std::filesystem::path& cache = {});

/// hardware/synth/report.json: counts of every cell and in total, utilisation, fmax and its path;
/// each figure as {"value", "unit", "source"}.
std::string report_json(const SynthReport& report, const SynthOptions& options);

/// The report of the design with this synthesis merged into its metrics; `report` is the text of an
/// existing report.json, or empty. `hash`: of the design.
std::string merge_report(const std::string& report, const std::string& hash,
                         const SynthReport& synth, const SynthOptions& options);

/// `report`, a simulation's, with the figures of a synthesis or implementation (Yosys, nextpnr,
/// Vivado) of the same design that stand in `earlier`, the report.json it takes the place of;
/// `earlier` may be empty or not ours.
std::string keep_synthesis(const std::string& report, const std::string& earlier);

}  // namespace mase::synth
