// SPDX-License-Identifier: Apache-2.0
#include "sim/synth/synthesise.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <mutex>
#include <thread>

#include "embedded/netlist_cells.h"
#include "gen/base/error.h"
#include "gen/base/file.h"
#include "gen/emit/emit.h"
#include "sim/synth/netlist.h"
#include "sim/synth/yosys.h"

namespace mase::synth {

namespace fs = std::filesystem;

namespace {

constexpr char kStamp[] = "Synthesised by mase-gen.";
constexpr char kCellTop[] = "mase_synth_cell";
constexpr char kFlatTop[] = "mase_synth_design";
constexpr int64_t kProcessMegabytes = 1500;  // what a large cell takes

/// A design of this cell alone, under a name that does not depend on its node, so that equal cells
/// are one synthesis.
SynthesisJob job_of(const arch::Stage& stage) {
  arch::HardwareGraph alone;
  alone.name = "cell";
  alone.input = stage.in;
  alone.output = stage.out;
  alone.features_in = stage.elements_in;
  alone.features_out = stage.elements_out;
  alone.lanes_in = stage.lanes_in;
  alone.lanes_out = stage.lanes_out;
  alone.stages = {stage};
  alone.stages[0].name = "cell";
  return {kCellTop, emit::hardware_files(alone, kCellTop, kStamp)};
}

SynthesisJob job_of(const arch::HardwareGraph& hardware) {
  arch::HardwareGraph unnamed = hardware;
  unnamed.name = "design";
  return {kFlatTop, emit::hardware_files(unnamed, kFlatTop, kStamp)};
}

int64_t available_megabytes() {
  std::ifstream meminfo("/proc/meminfo");
  std::string key;
  for (int64_t kilobytes = 0; meminfo >> key;) {
    if (key == "MemAvailable:" && meminfo >> kilobytes) return kilobytes / 1024;
  }
  return kProcessMegabytes;  // unknown: one process
}

int worker_count(int wanted, size_t jobs) {
  int64_t workers = wanted;
  if (wanted <= 0) {
    const int64_t processors = std::max(1u, std::thread::hardware_concurrency());
    workers = std::min(processors, available_megabytes() / kProcessMegabytes);
  }
  return static_cast<int>(std::clamp<int64_t>(workers, 1, static_cast<int64_t>(jobs)));
}

/// Runs all jobs; the first error, in the order of the jobs, is thrown after the others have ended.
std::vector<Synthesis> run_all(const Yosys& yosys, const std::vector<SynthesisJob>& jobs,
                               const std::vector<std::string>& names, const SynthOptions& options) {
  const fs::path cache = options.cache.empty() ? cache_directory() : options.cache;
  std::vector<Synthesis> results(jobs.size());
  std::vector<std::exception_ptr> errors(jobs.size());
  std::atomic<size_t> next{0};
  std::atomic<bool> failed{false};
  std::mutex telling;
  int64_t done = 0;
  const auto work = [&] {
    for (size_t i = next++; i < jobs.size() && !failed; i = next++) {
      try {
        results[i] = run_yosys(yosys, jobs[i], cache);
        const std::lock_guard lock(telling);
        ++done;
        if (options.progress) options.progress(done, static_cast<int64_t>(jobs.size()), names[i]);
      } catch (...) {
        errors[i] = std::current_exception();
        failed = true;
      }
    }
  };
  {
    std::vector<std::jthread> workers;
    for (int i = 1; i < worker_count(options.jobs, jobs.size()); ++i) workers.emplace_back(work);
    work();
  }
  for (const auto& error : errors) {
    if (error) std::rethrow_exception(error);
  }
  return results;
}

Netlist load(const Synthesis& synthesis, const std::string& top) {
  return read_netlist(read_file(synthesis.folder / "netlist.json"), top);
}

/// Names without the instance of the wrapper around a cell that was synthesised alone.
Netlist unwrapped(Netlist netlist) {
  constexpr std::string_view kInstance = "u_cell.";
  const auto strip = [&](std::string& name) {
    if (name.starts_with(kInstance)) name.erase(0, kInstance.size());
  };
  for (auto& cell : netlist.cells) strip(cell.name);
  for (auto& [net, name] : netlist.names) strip(name);
  return netlist;
}

Fmax chain_fmax(const std::vector<Synthesis>& cells, const std::vector<std::string>& names,
                const Target& target) {
  std::vector<Netlist> netlists;
  for (size_t i = 0; i < names.size(); ++i) netlists.push_back(unwrapped(load(cells[i], kCellTop)));
  std::vector<const Netlist*> chain;
  for (const auto& netlist : netlists) chain.push_back(&netlist);
  return estimate_fmax(join_chain(chain, names), target);
}

void add(std::map<std::string, int64_t>& sum, const std::map<std::string, int64_t>& cells) {
  for (const auto& [type, number] : cells) sum[type] += number;
}

}  // namespace

std::string yosys_version() { return find_yosys().version; }

SynthReport synthesise(const arch::HardwareGraph& hardware, const SynthOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const Yosys& yosys = find_yosys();
  SynthReport report;
  report.yosys_version = yosys.version;
  report.flat = options.flat || !options.per_node;

  // The whole design first: it takes longest.
  std::vector<SynthesisJob> jobs;
  std::vector<std::string> names;
  if (report.flat) {
    jobs.push_back(job_of(hardware));
    names.emplace_back("whole design");
  }
  std::vector<std::string> stage_names;
  if (options.per_node) {
    for (const auto& stage : hardware.stages) {
      jobs.push_back(job_of(stage));
      names.push_back(stage.name);
      stage_names.push_back(stage.name);
    }
  }
  auto results = run_all(yosys, jobs, names, options);
  report.runs = static_cast<int64_t>(results.size());
  for (const auto& result : results) report.from_cache += result.from_cache;

  std::optional<Synthesis> whole;
  if (report.flat) {
    whole = results.front();
    results.erase(results.begin());
  }
  arch::Resources sum;
  std::map<std::string, int64_t> cells;
  for (size_t i = 0; i < stage_names.size(); ++i) {
    const auto& stage = hardware.stages[i];
    StageReport s{stage.name, module_name(stage), stage.graph_nodes};
    s.cells = results[i].cells;
    s.resources = resources_of(s.cells);
    s.carry8 = carry8_of(s.cells);
    s.from_cache = results[i].from_cache;
    sum += s.resources;
    add(cells, s.cells);
    report.carry8 += s.carry8;
    report.stages.push_back(std::move(s));
  }
  if (options.per_node) report.sum = sum;
  if (whole) {
    cells = whole->cells;
    report.carry8 = carry8_of(cells);
  }
  report.cells = cells;
  report.total = resources_of(cells);
  if (options.timing) {
    report.fmax = whole ? estimate_fmax(load(*whole, kFlatTop), options.target)
                        : chain_fmax(results, stage_names, options.target);
  }
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

SimulationNetlist simulation_netlist(const arch::HardwareGraph& hardware,
                                     const std::string& top_name, const fs::path& directory,
                                     const fs::path& cache) {
  const Yosys& yosys = find_yosys();
  SimulationNetlist netlist;
  netlist.files = {directory / "cells_sim.v", directory / "netlist.v"};
  // Yosys's models, but for the carry chain, of which ours is used.
  std::string library = read_file(library_cells(yosys, "xilinx"));
  const std::string carry = "module CARRY4(";
  const size_t carry_at = library.find(carry);
  MASE_CHECK(carry_at != std::string::npos, "cells_sim.v has no module CARRY4");
  write_file(netlist.files[0], library.replace(carry_at, carry.size(), "module CARRY4_of_yosys("));
  const auto synthesis =
      run_yosys(yosys, job_of(hardware), cache.empty() ? cache_directory() : cache);
  // The one that `synthesise` counts, under the design's name.
  std::string verilog = read_file(synthesis.folder / "netlist.v");
  const std::string head = fmt::format("module {}(", kFlatTop);
  const size_t at = verilog.find(head);
  MASE_CHECK(at != std::string::npos, "the netlist has no module {}", kFlatTop);
  write_file(netlist.files[1],
             verilog.replace(at, head.size(), fmt::format("module {}(", top_name)));
  for (const auto& file : embedded::netlist_cells()) {
    netlist.files.push_back(directory / std::string(file.name));
    write_file(netlist.files.back(), file.content);
  }
  netlist.resources = resources_of(synthesis.cells);
  netlist.from_cache = synthesis.from_cache;
  netlist.yosys_version = yosys.version;
  return netlist;
}

}  // namespace mase::synth
