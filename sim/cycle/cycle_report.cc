// SPDX-License-Identifier: Apache-2.0
#include "sim/cycle/cycle_report.h"

#include <nlohmann/json.hpp>

#include "gen/emit/design_json.h"

namespace mase::sim {

namespace {

using nlohmann::ordered_json;

constexpr char kSource[] = "systemc-model";

ordered_json metric(const ordered_json& value, const char* unit, const char* source = kSource) {
  return {{"value", value}, {"unit", unit}, {"source", source}};
}

const char* name_of(Stall stall) {
  return stall == Stall::kNone ? "none" : stall == Stall::kRandom ? "random" : "worst";
}

}  // namespace

std::string cycle_report_json(const arch::HardwareGraph& hardware, const std::string& design,
                              const std::string& top, const CycleResult& timing,
                              const CycleRun& run, const CycleTrace& trace) {
  ordered_json metrics;
  metrics["latency_cycles"] = metric(timing.latency_cycles, "cycles");
  metrics["ii_cycles"] = metric(timing.ii_cycles, "cycles");
  metrics["ii_cycles_predicted"] = metric(hardware.ii_cycles(), "cycles", "model");
  metrics["samples"] = metric(run.samples, "samples");
  metrics["cycles"] = metric(trace.cycles, "cycles");
  ordered_json stages = ordered_json::array();
  for (size_t i = 0; i < hardware.stages.size(); ++i) {
    const arch::Stage& stage = hardware.stages[i];
    stages.push_back({{"name", stage.name},
                      {"module", module_name(stage)},
                      {"nodes", stage.graph_nodes},
                      {"busy_cycles", metric(trace.stages[i].busy_cycles, "cycles")},
                      {"stall_cycles", metric(trace.stages[i].stall_cycles, "cycles")},
                      {"utilisation", metric(timing.utilisation(i), "fraction")},
                      {"cycles_per_sample", metric(stage.cycles(), "cycles", "model")}});
  }
  ordered_json json{{"network", hardware.name},
                    {"design", design},
                    {"top", top},
                    {"good", !trace.timed_out},
                    {"metrics", metrics},
                    {"stages", stages},
                    {"stall", {{"pattern", name_of(run.stall)}, {"seed", run.seed}}}};
  if (!hardware.parts.empty()) json["partition"] = emit::partition_to_json(hardware);
  return json.dump(2) + "\n";
}

}  // namespace mase::sim
