// SPDX-License-Identifier: Apache-2.0
#include "gen/emit/design_json.h"

#include <nlohmann/json.hpp>

#include "gen/graph/node_json.h"

namespace mase::emit {

using nlohmann::ordered_json;

ordered_json to_json(const fixed::Format& format) {
  return {{"width", format.width}, {"frac", format.frac}, {"signed", format.is_signed}};
}

ordered_json stages_to_json(const arch::HardwareGraph& hardware) {
  ordered_json stages = ordered_json::array();
  for (const auto& stage : hardware.stages) {
    ordered_json json{{"name", stage.name},
                      {"module", module_name(stage)},
                      {"nodes", stage.graph_nodes},
                      {"elements_in", stage.elements_in},
                      {"elements_out", stage.elements_out},
                      {"lanes_in", stage.lanes_in},
                      {"lanes_out", stage.lanes_out},
                      {"in", to_json(stage.in)},
                      {"out", to_json(stage.out)},
                      {"cycles", stage.cycles()}};
    if (stage.rom_depth() > 0) {
      json["accumulator_width"] = stage.running_width;
      json["rom_depth"] = stage.rom_depth();
      json["rom_width"] = stage.rom_width();
      json["weight_storage"] = stage.block_ram ? "bram" : "lut";
      json["multiplier"] = stage.multiplier;
    }
    if (stage.unrolled) {
      json["registers"] = stage.unrolled->registers;
      json["adders_per_stage"] = stage.unroll.adders_per_stage;
      json["adders"] = stage.unrolled->graph.adders();
      json["adder_depth"] = stage.unrolled->graph.depth();
    }
    stages.push_back(std::move(json));
  }
  return stages;
}

ordered_json options_to_json(const arch::HardwareOptions& options) {
  ordered_json nodes = ordered_json::object();
  for (const auto& [name, hardware] : options.nodes)
    nodes[name] = graph::hardware_to_json(hardware);
  ordered_json json = ordered_json::object();
  if (options.target_ii) json["target_ii"] = *options.target_ii;
  json["weight_storage"] = options.weight_storage;
  json["multiplier"] = options.multiplier;
  json["fuse"] = options.fuse;
  json["style"] = options.style;
  if (options.adders_per_stage) json["adders_per_stage"] = *options.adders_per_stage;
  if (options.extra_adder_depth) json["extra_adder_depth"] = *options.extra_adder_depth;
  if (options.adder_seconds) json["adder_seconds"] = *options.adder_seconds;
  json["nodes"] = std::move(nodes);
  return json;
}

arch::HardwareOptions options_from_json(const ordered_json& json, const std::string& where) {
  arch::HardwareOptions options;
  if (json.contains("target_ii")) options.target_ii = json.at("target_ii").get<int64_t>();
  options.weight_storage = json.at("weight_storage").get<std::string>();
  options.multiplier = json.at("multiplier").get<std::string>();
  options.fuse = json.at("fuse").get<bool>();
  options.style = json.at("style").get<std::string>();
  if (json.contains("adders_per_stage"))
    options.adders_per_stage = json.at("adders_per_stage").get<int>();
  if (json.contains("extra_adder_depth"))
    options.extra_adder_depth = json.at("extra_adder_depth").get<int>();
  if (json.contains("adder_seconds"))
    options.adder_seconds = json.at("adder_seconds").get<double>();
  for (const auto& [name, node] : json.at("nodes").items()) {
    options.nodes[name] = graph::hardware_from_json(node, "hardware.nodes." + name, where);
  }
  return options;
}

}  // namespace mase::emit
