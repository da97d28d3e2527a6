// SPDX-License-Identifier: Apache-2.0
#include "sim/synth/figures.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace mase::synth {

namespace {

using nlohmann::ordered_json;

ordered_json number(double value) {
  if (std::abs(value) < 1e15 && value == std::floor(value)) return static_cast<int64_t>(value);
  return value;
}

}  // namespace

bool is_of_implementation(const std::string& source) {
  for (const char* tool : {"yosys", "nextpnr", "vivado"}) {
    if (source.starts_with(tool)) return true;
  }
  return false;
}

std::string merge_figures(const std::string& report, const std::string& hash,
                          const Figures& figures) {
  ordered_json json = ordered_json::parse(report, nullptr, false);
  if (!json.is_object() || !json.contains("design") || json["design"] != hash)
    json = ordered_json::object();
  for (const char* key : {"metrics", "tools"}) {
    if (!json[key].is_object()) json[key] = ordered_json::object();
  }
  json["design"] = hash;
  ordered_json& metrics = json["metrics"];
  if (json.contains("target") && json["target"] != figures.target) {
    ordered_json kept = ordered_json::object();
    for (const auto& [name, metric] : metrics.items()) {
      const bool other = metric.is_object() && metric.contains("source") &&
                         metric["source"].is_string() &&
                         is_of_implementation(metric["source"].get<std::string>());
      if (!other) kept[name] = metric;
    }
    metrics = kept;
  }
  for (const auto& f : figures.metrics)
    metrics[f.name] = {{"value", number(f.value)}, {"unit", f.unit}, {"source", f.source}};
  json["target"] = figures.target;
  for (const auto& [name, version] : figures.tools) json["tools"][name] = version;
  return json.dump(2) + "\n";
}

}  // namespace mase::synth
