// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "gen/base/error.h"
#include "sim/synth/figures.h"
#include "sim/synth/synthesise.h"
#include "sim/synth/yosys.h"

namespace mase::synth {

namespace {

using nlohmann::ordered_json;

constexpr char kEstimate[] = "yosys netlist, estimate before place and route";

ordered_json metric(const ordered_json& value, const char* unit, const char* source = "yosys") {
  return {{"value", value}, {"unit", unit}, {"source", source}};
}

ordered_json counts(const arch::Resources& r, int64_t carry8) {
  return {{"lut", metric(r.lut, "LUT")},
          {"ff", metric(r.ff, "FF")},
          {"dsp", metric(r.dsp, "DSP48E2")},
          {"bram36", metric(r.bram36, "RAMB36E2")},
          {"carry8", metric(carry8, "CARRY8")}};
}

ordered_json utilisation(const arch::Resources& used, int64_t carry8, const Capacity& of) {
  const auto part = [](double number, double capacity) {
    return metric(number / capacity, "fraction");
  };
  const auto& r = of.resources;
  return {{"lut", part(static_cast<double>(used.lut), static_cast<double>(r.lut))},
          {"ff", part(static_cast<double>(used.ff), static_cast<double>(r.ff))},
          {"dsp", part(static_cast<double>(used.dsp), static_cast<double>(r.dsp))},
          {"bram36", part(used.bram36, r.bram36)},
          {"carry8", part(static_cast<double>(carry8), static_cast<double>(of.carry8))}};
}

ordered_json path_json(const Path& path) {
  ordered_json steps = ordered_json::array();
  for (const auto& s : path.steps) {
    steps.push_back({{"cell", s.cell_type},
                     {"name", s.name},
                     {"logic", metric(s.logic_ps, "ps", kEstimate)},
                     {"net", metric(s.net_ps, "ps", kEstimate)},
                     {"fanout", s.fanout}});
  }
  return {{"delay", metric(path.delay_ps, "ps", kEstimate)}, {"steps", steps}};
}

ordered_json fmax_json(const Fmax& fmax) {
  return {{"mhz", metric(fmax.mhz, "MHz", kEstimate)},
          {"low_mhz", metric(fmax.low_mhz, "MHz", kEstimate)},
          {"high_mhz", metric(fmax.high_mhz, "MHz", kEstimate)},
          {"limited_by", fmax.limited_by},
          {"critical_path", path_json(fmax.path)}};
}

ordered_json tools(const SynthReport& report) { return {{"yosys", report.yosys_version}}; }

}  // namespace

std::string report_json(const SynthReport& report, const SynthOptions& options) {
  const Target& target = options.target;
  ordered_json stages = ordered_json::array();
  for (const auto& s : report.stages) {
    ordered_json stage{{"name", s.name}, {"module", s.module}, {"nodes", s.nodes}};
    stage.update(counts(s.resources, s.carry8));
    stage["cells"] = s.cells;
    stages.push_back(stage);
  }
  ordered_json json{{"script", synthesis_commands("top", true)},
                    {"lut_counts", "LUT1 to LUT6, and the LUTs of distributed RAM"},
                    {"total_from", report.flat ? "the whole design" : "the sum of its cells"},
                    {"total", counts(report.total, report.carry8)},
                    {"cells", report.cells}};
  if (report.flat && report.sum) {
    const auto& sum = *report.sum;
    const auto& total = report.total;
    json["sum_of_cells_minus_total"] = {{"lut", metric(sum.lut - total.lut, "LUT")},
                                        {"ff", metric(sum.ff - total.ff, "FF")},
                                        {"dsp", metric(sum.dsp - total.dsp, "DSP48E2")},
                                        {"bram36", metric(sum.bram36 - total.bram36, "RAMB36E2")}};
  }
  json["target"] = target.part;
  json["utilisation"] = {{"device", utilisation(report.total, report.carry8, target.device)},
                         {"slr", utilisation(report.total, report.carry8, target.slr)}};
  if (report.fmax) json["fmax"] = fmax_json(*report.fmax);
  json["stages"] = stages;
  json["tools"] = tools(report);
  return json.dump(2) + "\n";
}

std::string merge_report(const std::string& report, const std::string& hash,
                         const SynthReport& synth, const SynthOptions& options) {
  const arch::Resources& r = synth.total;
  Figures figures{.target = options.target.part, .tools = {{"yosys", synth.yosys_version}}};
  const auto add = [&](const char* name, double value, const char* unit, const char* source) {
    figures.metrics.push_back({name, value, unit, source});
  };
  add("lut", static_cast<double>(r.lut), "LUT", "yosys");
  add("ff", static_cast<double>(r.ff), "FF", "yosys");
  add("dsp", static_cast<double>(r.dsp), "DSP48E2", "yosys");
  add("bram36", r.bram36, "RAMB36E2", "yosys");
  add("carry8", static_cast<double>(synth.carry8), "CARRY8", "yosys");
  if (synth.fmax) {
    add("fmax_mhz", synth.fmax->mhz, "MHz", kEstimate);
    add("fmax_low_mhz", synth.fmax->low_mhz, "MHz", kEstimate);
    add("fmax_high_mhz", synth.fmax->high_mhz, "MHz", kEstimate);
  }
  return merge_figures(report, hash, figures);
}

std::string keep_synthesis(const std::string& report, const std::string& earlier) {
  auto json = ordered_json::parse(report);
  const auto old = ordered_json::parse(earlier, nullptr, false);
  if (!old.is_object() || !old.contains("design") || old["design"] != json.at("design") ||
      !old.contains("metrics") || !old["metrics"].is_object())
    return report;
  bool kept = false;
  for (const auto& [name, metric] : old["metrics"].items()) {
    if (!metric.is_object() || !metric.contains("source") || !metric["source"].is_string() ||
        !is_of_implementation(metric["source"].get<std::string>()))
      continue;
    json["metrics"][name] = metric;
    kept = true;
  }
  if (!kept) return report;
  if (old.contains("target")) json["target"] = old["target"];
  for (const char* tool : {"yosys", "nextpnr", "vivado"}) {
    if (old.contains("tools") && old["tools"].is_object() && old["tools"].contains(tool))
      json["tools"][tool] = old["tools"][tool];
  }
  return json.dump(2) + "\n";
}

}  // namespace mase::synth
