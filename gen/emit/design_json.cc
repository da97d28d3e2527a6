// SPDX-License-Identifier: Apache-2.0
#include "gen/emit/design_json.h"

#include <nlohmann/json.hpp>

#include "gen/arch/partition.h"
#include "gen/graph/node_json.h"

namespace mase::emit {

using nlohmann::ordered_json;

ordered_json to_json(const fixed::Format& format) {
  return {{"width", format.width}, {"frac", format.frac}, {"signed", format.is_signed}};
}

ordered_json to_json(const std::vector<fixed::Format>& channels) {
  ordered_json list = ordered_json::array();
  for (const auto& channel : channels) list.push_back(to_json(channel));
  return list;
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
    if (!stage.out_channels.empty()) json["out_channels"] = to_json(stage.out_channels);
    if (stage.unrolled) {
      json["registers"] = stage.unrolled->registers;
      if (stage.unroll.target_mhz)
        json["target_mhz"] = *stage.unroll.target_mhz;
      else
        json["adders_per_stage"] = stage.unroll.adders_per_stage;
      json["adders"] = stage.unrolled->graph.adders();
      json["adder_depth"] = stage.unrolled->graph.depth();
      if (!stage.unrolled->tables.empty()) json["tables"] = stage.unrolled->tables.size();
    }
    stages.push_back(std::move(json));
  }
  return stages;
}

namespace {

/// Every delay by its name, in ps.
template <typename Delays, typename Visit>
void each_delay(Delays& d, Visit&& visit) {
  visit("clock_to_q", d.clock_to_q);
  visit("setup", d.setup);
  visit("setup_reset", d.setup_reset);
  visit("setup_enable", d.setup_enable);
  visit("shift_clock_to_q", d.shift_clock_to_q);
  visit("shift_setup", d.shift_setup);
  visit("lut_slow", d.lut_slow);
  visit("lut_second", d.lut_second);
  visit("lut_fast", d.lut_fast);
  visit("lut_to_carry", d.lut_to_carry);
  visit("lut_to_ff", d.lut_to_ff);
  visit("carry_to_ff", d.carry_to_ff);
  visit("carry_s", d.carry_s);
  visit("carry_ci", d.carry_ci);
  visit("carry_chain", d.carry_chain);
  visit("carry_cascade", d.carry_cascade);
  visit("uncertainty", d.uncertainty);
  visit("fanout", d.fanout);
  visit("net", d.net);
  visit("clock_mhz", d.clock_mhz);
}

ordered_json delays_to_json(const arch::AdderDelays& delays) {
  ordered_json json = ordered_json::object();
  each_delay(delays, [&](const char* name, const auto& value) { json[name] = value; });
  return json;
}

ordered_json to_json(const arch::Resources& r) {
  return {{"lut", r.lut}, {"ff", r.ff}, {"dsp", r.dsp}, {"bram36", r.bram36}};
}

arch::Resources resources_from_json(const ordered_json& json) {
  return {json.at("lut").get<int64_t>(), json.at("ff").get<int64_t>(),
          json.at("dsp").get<int64_t>(), json.at("bram36").get<double>()};
}

arch::AdderDelays delays_from_json(const ordered_json& json) {
  arch::AdderDelays delays;
  each_delay(delays, [&](const char* name, auto& value) { json.at(name).get_to(value); });
  return delays;
}

}  // namespace

ordered_json partition_to_json(const arch::HardwareGraph& hardware) {
  ordered_json slrs = ordered_json::array(), crossings = ordered_json::array();
  for (const auto& part : hardware.parts) {
    ordered_json cells = ordered_json::array(), nodes = ordered_json::array();
    for (size_t i = part.first; i < part.end; ++i) {
      cells.push_back(hardware.stages[i].name);
      for (const auto& node : hardware.stages[i].graph_nodes) nodes.push_back(node);
    }
    slrs.push_back({{"slr", part.slr},
                    {"instance", "u_slr" + std::to_string(part.slr)},
                    {"cells", cells},
                    {"nodes", nodes},
                    {"resources", to_json(part.used)},
                    {"budget", to_json(part.most)},
                    {"source", "model"}});
    if (part.end == hardware.stages.size()) continue;
    const arch::Stage& crossing = hardware.stages[part.end];
    crossings.push_back(
        {{"name", crossing.name},
         {"from", part.slr},
         {"to", (&part + 1)->slr},
         {"bits", arch::seam_bits(int64_t{crossing.lanes_in} * crossing.in.width)}});
  }
  return {{"slrs", slrs}, {"crossings", crossings}};
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
  if (options.target_mhz) json["target_mhz"] = *options.target_mhz;
  if (options.delays) json["adder_delays"] = delays_to_json(*options.delays);
  if (!options.slrs.empty()) {
    ordered_json slrs = ordered_json::array();
    for (const auto& s : options.slrs)
      slrs.push_back({{"slr", s.slr}, {"budget", to_json(s.most)}});
    json["slrs"] = std::move(slrs);
    json["super_long_lines"] = options.super_long_lines;
  }
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
  if (json.contains("target_mhz")) options.target_mhz = json.at("target_mhz").get<double>();
  if (json.contains("adder_delays"))
    options.delays =
        std::make_shared<const arch::AdderDelays>(delays_from_json(json.at("adder_delays")));
  if (json.contains("slrs")) {
    for (const auto& slr : json.at("slrs"))
      options.slrs.push_back({slr.at("slr").get<int>(), resources_from_json(slr.at("budget"))});
    options.super_long_lines = json.at("super_long_lines").get<int64_t>();
  }
  for (const auto& [name, node] : json.at("nodes").items()) {
    options.nodes[name] = graph::hardware_from_json(node, "hardware.nodes." + name, where);
  }
  return options;
}

}  // namespace mase::emit
