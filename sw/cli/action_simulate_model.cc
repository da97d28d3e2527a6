// SPDX-License-Identifier: Apache-2.0
// simulate --backend model: cycles without data and without a compiler.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "gen/base/file.h"
#include "sim/cycle/cycle_model.h"
#include "sim/cycle/cycle_report.h"
#include "sim/samples.h"
#include "sim/simulate.h"
#include "sw/cli/action_design.h"
#include "sw/report/table.h"

namespace mase::cli {

namespace {

/// What asks for data, which the cycle model does not have.
void refuse_data_options(const Configuration& config) {
  for (const char* key : {"outputs", "trace"}) {
    if (!config.optional_text(key)) continue;
    throw UserError("K018",
                    fmt::format("--{} with --backend model, which knows when beats move but not "
                                "what they carry",
                                key),
                    config.setting(key).where, "use --backend verilator for outputs and waveforms");
  }
  if (config.text("level") == "netlist") {
    throw UserError("K018", "--level netlist with --backend model, which models cells, not gates",
                    config.setting("level").where,
                    "use --backend verilator or systemc for the netlist");
  }
}

std::string with_time(const std::string& report, const sim::CycleResult& timing,
                      std::optional<double> clock_mhz) {
  auto json = nlohmann::ordered_json::parse(report);
  const auto add = [&](const char* name, double value, const char* unit, const char* source) {
    json["metrics"][name] = {{"value", value}, {"unit", unit}, {"source", source}};
  };
  if (clock_mhz) {
    add("clock_mhz", *clock_mhz, "MHz", "requested");
    add("latency_ns", static_cast<double>(timing.latency_cycles) * 1e3 / *clock_mhz, "ns",
        "systemc-model, requested clock");
    add("throughput_sps", *clock_mhz * 1e6 / static_cast<double>(timing.ii_cycles), "samples/s",
        "systemc-model, requested clock");
  }
  json["backend"] = "model";
  json["level"] = "cells";
  json["tools"]["mase-gen"] = MASE_VERSION;
  return json.dump(2) + "\n";
}

}  // namespace

ExitCode simulate_design_model(Run& run, const std::filesystem::path& folder) {
  const Configuration& config = run.config;
  refuse_data_options(config);
  const emit::EmittedFolder design =
      run.profile.step("read design", [&] { return emit::read_design(folder); });
  const arch::HardwareGraph& h = design.hardware;
  sim::CycleRun request;
  request.samples = config.integer("num_samples");
  if (const auto inputs = config.optional_text("inputs")) {
    const int64_t rows = sim::read_samples(*inputs).rows;
    request.samples = config.given("num_samples") ? std::min(rows, request.samples) : rows;
  }
  request.stall = sim::parse_stall(config.text("stall")).value();
  request.seed = static_cast<uint64_t>(config.integer("stall_seed"));
  spdlog::info("Cycle model: {} samples, stall {}, seed {}...", request.samples,
               config.text("stall"), request.seed);
  const auto timing = run.profile.step("measure", [&] { return sim::measure_cycles(h); });
  const auto trace = run.profile.step("simulate", [&] { return sim::run_cycles(h, request); });

  const auto clock_mhz = config.file().hardware.clock_mhz;
  write_report(folder, with_time(sim::cycle_report_json(h, design.hash, design.top_name, timing,
                                                        request, trace),
                                 timing, clock_mhz));
  const auto time = [&](int64_t cycles) {
    if (!clock_mhz) return std::string();
    return fmt::format(" ({:.1f} ns at {:g} MHz)", static_cast<double>(cycles) * 1e3 / *clock_mhz,
                       *clock_mhz);
  };
  report::Table activity(
      {"Instance", "Module", "Busy cycles", "Stall cycles", "Cycles a sample", "Utilisation"});
  for (size_t i = 0; i < h.stages.size(); ++i) {
    activity.add_row(
        {h.stages[i].name, arch::module_name(h.stages[i]),
         std::to_string(trace.stages[i].busy_cycles), std::to_string(trace.stages[i].stall_cycles),
         std::to_string(h.stages[i].cycles()), fmt::format("{:.3f}", timing.utilisation(i))});
  }
  report::Table closing({"Result", "Value"});
  closing.add_row({"latency", fmt::format("{} cycles{} (systemc-model)", timing.latency_cycles,
                                          time(timing.latency_cycles))});
  closing.add_row({"initiation interval", fmt::format("{} cycles{} (systemc-model)",
                                                      timing.ii_cycles, time(timing.ii_cycles))});
  closing.add_row({"cycles", fmt::format("{} ({} samples)", trace.cycles, request.samples)});
  closing.add_row({"design", (folder / (design.top_name + ".sv")).string()});
  closing.add_row({"report", (folder / "report.json").string()});
  fmt::print("{}\n{}", activity.pipes(), closing.pipes());
  std::fflush(stdout);
  if (trace.timed_out) spdlog::error("the design stands still after {} cycles", trace.cycles);
  return trace.timed_out ? ExitCode::kCheckFailed : ExitCode::kGood;
}

}  // namespace mase::cli
