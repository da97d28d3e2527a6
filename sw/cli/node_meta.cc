// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/node_meta.h"

#include <sstream>

#include "sw/cli/toml_section.h"

namespace mase::cli {

namespace {

template <typename T>
void add(toml::table& table, const char* key, const std::optional<T>& value) {
  if (value) table.insert(key, *value);
}

void add(toml::table& table, const char* key, const std::optional<graph::Bits>& bits) {
  if (!bits) return;
  if (!bits->per_channel()) {
    table.insert(key, bits->all());
    return;
  }
  toml::array each;
  for (const int one : bits->each()) each.push_back(one);
  table.insert(key, std::move(each));
}

toml::table quant_table(const graph::Quant& quant) {
  toml::table table;
  table.insert("name", quant.name);
  add(table, "data_in_width", quant.data_in_width);
  add(table, "data_in_frac_width", quant.data_in_frac_width);
  add(table, "weight_width", quant.weight_width);
  add(table, "weight_frac_width", quant.weight_frac_width);
  add(table, "bias_width", quant.bias_width);
  add(table, "bias_frac_width", quant.bias_frac_width);
  add(table, "data_out_width", quant.data_out_width);
  add(table, "data_out_frac_width", quant.data_out_frac_width);
  table.insert("rounding", quant.rounding == fixed::Rounding::kFloor ? "floor" : "half_even");
  table.insert("bypass", quant.bypass);
  return table;
}

toml::table hardware_table(const graph::Hardware& hardware) {
  toml::table table;
  add(table, "style", hardware.style);
  add(table, "parallelism_in", hardware.parallelism_in);
  add(table, "parallelism_out", hardware.parallelism_out);
  add(table, "weight_storage", hardware.weight_storage);
  add(table, "multiplier", hardware.multiplier);
  add(table, "fuse", hardware.fuse);
  add(table, "adders_per_stage", hardware.adders_per_stage);
  add(table, "extra_adder_depth", hardware.extra_adder_depth);
  add(table, "target_mhz", hardware.target_mhz);
  return table;
}

}  // namespace

std::string node_meta_toml(const graph::Graph& graph) {
  std::ostringstream text;
  text << "# Nodes of the graph '" << graph.name << "', in the order in which data flows\n";
  for (const auto& node : graph.nodes) {
    toml::table table;
    table.insert("op", to_string(node.op));
    table.insert("type", torch_type(node.op));
    toml::array inputs;
    for (const auto& input : node.inputs) inputs.push_back(input);
    table.insert("inputs", std::move(inputs));
    table.insert("features_out", graph::features_out(graph, node));
    toml::table parameters;
    for (const auto& [name, tensor] : node.parameters) {
      toml::array shape;
      for (const auto extent : tensor.shape) shape.push_back(extent);
      parameters.insert(name, std::move(shape));
    }
    if (!parameters.empty()) table.insert("parameters", std::move(parameters));
    if (node.quant) table.insert("quant", quant_table(*node.quant));
    if (node.hardware) table.insert("hardware", hardware_table(*node.hardware));
    toml::table named;
    named.insert(node.name, std::move(table));
    text << "\n" << toml_text(named);
  }
  return text.str();
}

}  // namespace mase::cli
