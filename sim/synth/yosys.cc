// SPDX-License-Identifier: Apache-2.0
#include "sim/synth/yosys.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <nlohmann/json.hpp>

#include "embedded/rom_tables.h"
#include "gen/base/error.h"
#include "gen/base/file.h"
#include "gen/base/process.h"
#include "sim/cache_entry.h"
#include "sim/synth/netlist.h"

namespace mase::synth {

namespace fs = std::filesystem;

namespace {

// Nets are split into bits for Verilator, which settles vectors that seem to loop, as carries do,
// too early behind input ports. Pads and clock buffers are left out: the design is a part of a
// larger one. `check -assert` stops on loops and on nets with several drivers. What no word of a
// memory says gets random bits: Verilator takes no X in a parameter, and a design that reads such a
// word is found out.
constexpr char kScript[] =
    "{1}; check -assert; setundef -params -random 1 {0}; "
    "json -o netlist.json {0}; splitnets; write_verilog -noattr netlist.v";

// After memories were mapped to block RAM and distributed RAM, before the others become logic. As
// $lut, equal tables are merged; as LUT6 and MUXF they stay as they are.
constexpr char kTables[] =
    "memory_libmap -lib rom_tables.txt t:$mem_v2 r:WR_PORTS=0 %i r:ABITS>=5 %i; "
    "techmap -map rom_tables_map.v t:$__MASE_TABLE_; opt_merge t:$lut; "
    "techmap -map +/xilinx/lut_map.v -D LUT_WIDTH=6 t:$lut";

bool has_memories(const SynthesisJob& job) {
  return std::any_of(job.files.begin(), job.files.end(),
                     [](const auto& file) { return file.first.ends_with(".mem"); });
}

std::string synthesis_script(const SynthesisJob& job) {
  std::string script = "read_verilog -sv -Irtl";
  for (const auto& [path, bytes] : job.files) {
    if (path.ends_with(".sv")) script += " " + path;
  }
  // Hierarchy is kept for the vendor's placer (rtl/mase_slr_crossing.sv); here all is one netlist.
  const bool kept = std::any_of(job.files.begin(), job.files.end(), [](const auto& file) {
    return file.second.find("keep_hierarchy") != std::string::npos;
  });
  if (kept)
    script += fmt::format("; hierarchy -check -top {}; setattr -unset keep_hierarchy", job.top);
  return script + "; " +
         fmt::format(kScript, job.top, synthesis_commands(job.top, has_memories(job)));
}

/// The lines that say what is wrong; the whole output where there are none.
std::string errors_of(const std::string& output) {
  const size_t at = output.find("ERROR");
  return at == std::string::npos ? output : output.substr(at);
}

void synthesise(const Yosys& yosys, const SynthesisJob& job, const fs::path& folder) {
  for (const auto& [path, bytes] : job.files) write_file(folder / path, bytes);
  if (has_memories(job)) {
    for (const auto& [name, bytes] : synthesis_files()) write_file(folder / name, bytes);
  }
  const auto result =
      run_process({yosys.program.string(), "-q", "-p", synthesis_script(job)}, folder);
  write_file(folder / "build.log", result.output);
  if (result.exit_code != 0) {
    throw UserError("Y002",
                    fmt::format("Yosys {} fails on module {} (exit status {}):\n{}", yosys.version,
                                job.top, result.exit_code, errors_of(result.output)),
                    {},
                    "the emitted cells are known to pass Yosys 0.23; a process that was killed "
                    "may have lacked memory");
  }
  const Netlist netlist = read_netlist(read_file(folder / "netlist.json"), job.top);
  write_file(folder / "counts.json", nlohmann::json(netlist.count()).dump());
}

}  // namespace

const std::vector<std::pair<std::string, std::string>>& synthesis_files() {
  static const auto files = [] {
    std::vector<std::pair<std::string, std::string>> named;
    for (const auto& file : embedded::rom_tables()) named.emplace_back(file.name, file.content);
    return named;
  }();
  return files;
}

std::string synthesis_commands(const std::string& top, bool tables) {
  const std::string synth = fmt::format("{} -noiopad -noclkbuf -top {}", kSynthXilinx, top);
  if (!tables) return fmt::format("{}; {}", kAbcScript, synth);
  return fmt::format("{0}; {1} -run begin:map_ffram; {2}; {1} -run map_ffram:", kAbcScript, synth,
                     kTables);
}

const Yosys& find_yosys() {
  static std::mutex mutex;
  static std::map<std::string, Yosys> known;
  const std::lock_guard lock(mutex);
  const char* path = std::getenv("PATH");
  const std::string key = path ? path : "";
  if (const auto it = known.find(key); it != known.end()) return it->second;
  Yosys yosys;
  yosys.program = find_program("yosys");
  const char* help = "install it, for example with `apt install yosys`";
  if (yosys.program.empty()) {
    throw UserError("Y001", "yosys is not in PATH; it synthesises the design", {}, help,
                    ExitCode::kToolMissing);
  }
  const auto result = run_process({yosys.program.string(), "-V"});
  yosys.id = result.output.substr(0, result.output.find('\n'));
  if (result.exit_code != 0 || !yosys.id.starts_with("Yosys ")) {
    throw UserError("Y001", fmt::format("`{} -V` fails: {}", yosys.program.string(), yosys.id), {},
                    help, ExitCode::kToolMissing);
  }
  yosys.version = yosys.id.substr(6, yosys.id.find(' ', 6) - 6);
  return known.emplace(key, yosys).first->second;
}

fs::path library_cells(const Yosys& yosys, const std::string& library) {
  std::error_code ignored;
  const fs::path program = fs::canonical(yosys.program, ignored);
  for (const fs::path& binary : {yosys.program, program}) {
    const fs::path cells =
        binary.parent_path().parent_path() / "share/yosys" / library / "cells_sim.v";
    if (fs::exists(cells)) return cells;
  }
  throw UserError("Y003",
                  fmt::format("cells_sim.v of Yosys is not in share/yosys/{} beside {}", library,
                              yosys.program.string()),
                  {}, "reinstall Yosys: its library belongs to it", ExitCode::kToolMissing);
}

Synthesis run_yosys(const Yosys& yosys, const SynthesisJob& job, const fs::path& cache) {
  std::string identity = fmt::format("{}\n{}\n", yosys.id, synthesis_script(job));
  for (const auto& [path, bytes] : job.files)
    identity += fmt::format("{} {}\n{}", path, bytes.size(), bytes);
  if (has_memories(job)) {
    for (const auto& [name, bytes] : synthesis_files()) identity += bytes;
  }
  const sim::CacheEntry entry(cache / "yosys", content_hash(identity), "counts.json");
  Synthesis result;
  result.from_cache =
      !entry.ensure([&](const fs::path& folder) { synthesise(yosys, job, folder); });
  result.folder = entry.folder();
  result.cells = nlohmann::json::parse(read_file(entry.product()));
  return result;
}

}  // namespace mase::synth
