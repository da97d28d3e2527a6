// SPDX-License-Identifier: Apache-2.0
#include "gen/graph/node_json.h"

#include <fmt/format.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "gen/base/error.h"

namespace mase::graph {

namespace {

using nlohmann::ordered_json;

/// Every value of one JSON object goes through `take`; what is left over is an unknown key.
class Table {
 public:
  Table(const ordered_json& json, std::string path, const std::string& where)
      : json_(json), path_(std::move(path)), where_(where) {
    if (!json.is_object())
      fail("M020", fmt::format("{} is {}, wanted an object", path_, json.type_name()));
  }

  [[noreturn]] void fail(const char* code, const std::string& what,
                         const std::string& help = {}) const {
    throw UserError(code, what, where_, help);
  }

  template <typename T>
  bool take(const char* key, T& value) {
    known_.emplace_back(key);
    const auto it = json_.find(key);
    if (it == json_.end()) return false;
    convert(key, *it, value);
    return true;
  }

  template <typename T>
  void take(const char* key, std::optional<T>& value) {
    T present{};
    if (take(key, present)) value = present;
  }

  const ordered_json* object(const char* key) {
    known_.emplace_back(key);
    const auto it = json_.find(key);
    return it == json_.end() ? nullptr : &*it;
  }

  void finish() const {
    for (const auto& [key, value] : json_.items()) {
      if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
        fail("M021", fmt::format("{}: unknown key '{}'", path_, key), nearest_help(key, known_));
      }
    }
  }

 private:
  [[noreturn]] void wrong(const char* key, const ordered_json& got, const char* wanted) const {
    fail("M022", fmt::format("{}.{} is {}, wanted {}", path_, key, got.dump(), wanted));
  }
  void convert(const char* key, const ordered_json& j, std::string& value) const {
    if (!j.is_string()) wrong(key, j, "a string");
    value = j.get<std::string>();
  }
  void convert(const char* key, const ordered_json& j, bool& value) const {
    if (!j.is_boolean()) wrong(key, j, "true or false");
    value = j.get<bool>();
  }
  void convert(const char* key, const ordered_json& j, double& value) const {
    if (!j.is_number()) wrong(key, j, "a number");
    value = j.get<double>();
  }
  void convert(const char* key, const ordered_json& j, int64_t& value) const {
    if (!j.is_number_integer()) wrong(key, j, "an integer");
    value = j.get<int64_t>();
  }
  void convert(const char* key, const ordered_json& j, int& value) const {
    int64_t wide = 0;
    convert(key, j, wide);
    if (wide < -(1 << 24) || wide > (1 << 24)) wrong(key, j, "an integer of sane size");
    value = static_cast<int>(wide);
  }
  void convert(const char* key, const ordered_json& j, Bits& value) const {
    const char* const wanted = "an integer, or an array of them, one a channel";
    const auto one = [&](const ordered_json& item) {
      if (!item.is_number_integer()) wrong(key, j, wanted);
      int bits = 0;
      convert(key, item, bits);
      return bits;
    };
    if (!j.is_array()) {
      value = one(j);
      return;
    }
    if (j.empty()) wrong(key, j, wanted);
    std::vector<int> each;
    for (const auto& item : j) each.push_back(one(item));
    value = each;
  }
  template <typename T>
  void convert(const char* key, const ordered_json& j, std::vector<T>& value) const {
    if (!j.is_array()) wrong(key, j, "an array");
    for (const auto& item : j) convert(key, item, value.emplace_back());
  }

  const ordered_json& json_;
  std::string path_;
  const std::string& where_;
  std::vector<std::string> known_;
};

template <typename T>
void put(ordered_json& json, const char* key, const std::optional<T>& value) {
  if (value) json[key] = *value;
}

void put(ordered_json& json, const char* key, const std::optional<Bits>& bits) {
  if (!bits) return;
  if (bits->per_channel())
    json[key] = bits->each();
  else
    json[key] = bits->all();
}

ordered_json quant_to_json(const Quant& q) {
  ordered_json json;
  json["name"] = q.name;
  put(json, "data_in_width", q.data_in_width);
  put(json, "data_in_frac_width", q.data_in_frac_width);
  put(json, "weight_width", q.weight_width);
  put(json, "weight_frac_width", q.weight_frac_width);
  put(json, "bias_width", q.bias_width);
  put(json, "bias_frac_width", q.bias_frac_width);
  put(json, "data_out_width", q.data_out_width);
  put(json, "data_out_frac_width", q.data_out_frac_width);
  if (q.rounding == fixed::Rounding::kFloor) json["rounding"] = "floor";
  if (q.bypass) json["bypass"] = true;
  return json;
}

Quant quant_from_json(const ordered_json& json, const std::string& path, const std::string& where) {
  Quant q;
  Table table(json, path, where);
  table.take("name", q.name);
  table.take("data_in_width", q.data_in_width);
  table.take("data_in_frac_width", q.data_in_frac_width);
  table.take("weight_width", q.weight_width);
  table.take("weight_frac_width", q.weight_frac_width);
  table.take("bias_width", q.bias_width);
  table.take("bias_frac_width", q.bias_frac_width);
  table.take("data_out_width", q.data_out_width);
  table.take("data_out_frac_width", q.data_out_frac_width);
  table.take("bypass", q.bypass);
  std::string rounding = "half_even";
  table.take("rounding", rounding);
  if (rounding != "half_even" && rounding != "floor") {
    table.fail("M023", fmt::format("{}.rounding is '{}'", path, rounding),
               nearest_help(rounding, {"half_even", "floor"}));
  }
  q.rounding = rounding == "floor" ? fixed::Rounding::kFloor : fixed::Rounding::kHalfEven;
  table.finish();
  return q;
}

ordered_json attributes_to_json(const Node& node) {
  if (node.op == Op::kLinear) {
    return {{"in_features", node.in_features},
            {"out_features", node.out_features},
            {"bias", node.bias}};
  }
  if (node.op == Op::kBatchNorm1d) {
    return {{"num_features", node.num_features}, {"eps", node.eps}, {"momentum", node.momentum}};
  }
  return nullptr;
}

void attributes_from_json(Node& node, const ordered_json* json, const std::string& where) {
  const ordered_json empty = ordered_json::object();
  const std::string path = node.name + ".attrs";
  Table table(json ? *json : empty, path, where);
  const auto required = [&](const char* key, int64_t& value) {
    if (!table.take(key, value)) table.fail("M024", fmt::format("{}.{} is missing", path, key));
  };
  if (node.op == Op::kLinear) {
    required("in_features", node.in_features);
    required("out_features", node.out_features);
    table.take("bias", node.bias);
  } else if (node.op == Op::kBatchNorm1d) {
    required("num_features", node.num_features);
    table.take("eps", node.eps);
    table.take("momentum", node.momentum);
  }
  table.finish();
}

Node node_from_json(const ordered_json& json, size_t index, const std::string& where) {
  Node node;
  Table table(json, fmt::format("nodes[{}]", index), where);
  std::string op;
  if (!table.take("name", node.name))
    table.fail("M024", fmt::format("nodes[{}].name is missing", index));
  if (!table.take("op", op)) table.fail("M024", fmt::format("{}: op is missing", node.name));
  const auto parsed = parse_op(op);
  if (!parsed) {
    table.fail(
        "M025", fmt::format("{}: unknown op '{}'", node.name, op),
        nearest_help(op, {"placeholder", "flatten", "linear", "batch_norm1d", "relu", "output"}));
  }
  node.op = *parsed;
  table.take("inputs", node.inputs);
  table.take("shape", node.shape);
  attributes_from_json(node, table.object("attrs"), where);
  if (const auto* quant = table.object("quant"))
    node.quant = quant_from_json(*quant, node.name + ".quant", where);
  if (const auto* hw = table.object("hardware"))
    node.hardware = hardware_from_json(*hw, node.name + ".hardware", where);
  table.finish();
  return node;
}

}  // namespace

ordered_json hardware_to_json(const Hardware& h) {
  ordered_json json = ordered_json::object();
  put(json, "style", h.style);
  put(json, "parallelism_in", h.parallelism_in);
  put(json, "parallelism_out", h.parallelism_out);
  put(json, "weight_storage", h.weight_storage);
  put(json, "multiplier", h.multiplier);
  put(json, "fuse", h.fuse);
  put(json, "adders_per_stage", h.adders_per_stage);
  put(json, "extra_adder_depth", h.extra_adder_depth);
  put(json, "target_mhz", h.target_mhz);
  return json;
}

Hardware hardware_from_json(const ordered_json& json, const std::string& path,
                            const std::string& where) {
  Hardware h;
  Table table(json, path, where);
  table.take("style", h.style);
  table.take("parallelism_in", h.parallelism_in);
  table.take("parallelism_out", h.parallelism_out);
  table.take("weight_storage", h.weight_storage);
  table.take("multiplier", h.multiplier);
  table.take("fuse", h.fuse);
  table.take("adders_per_stage", h.adders_per_stage);
  table.take("extra_adder_depth", h.extra_adder_depth);
  table.take("target_mhz", h.target_mhz);
  table.finish();
  return h;
}

ordered_json graph_to_json(const Graph& graph) {
  ordered_json nodes = ordered_json::array();
  for (const auto& node : graph.nodes) {
    ordered_json json;
    json["name"] = node.name;
    json["op"] = to_string(node.op);
    if (!node.inputs.empty()) json["inputs"] = node.inputs;
    if (!node.shape.empty()) json["shape"] = node.shape;
    if (auto attributes = attributes_to_json(node); !attributes.is_null())
      json["attrs"] = std::move(attributes);
    if (node.quant) json["quant"] = quant_to_json(*node.quant);
    if (node.hardware) json["hardware"] = hardware_to_json(*node.hardware);
    nodes.push_back(std::move(json));
  }
  return {{"name", graph.name}, {"task", graph.task}, {"nodes", std::move(nodes)}};
}

Graph graph_from_json(const ordered_json& json, const std::string& where) {
  Graph graph;
  Table table(json, "graph", where);
  if (!table.take("name", graph.name)) table.fail("M024", "graph.name is missing");
  table.take("task", graph.task);
  const auto* nodes = table.object("nodes");
  table.finish();
  if (nodes == nullptr || !nodes->is_array())
    table.fail("M024", "graph.nodes is missing or no array");
  for (size_t i = 0; i < nodes->size(); ++i)
    graph.nodes.push_back(node_from_json((*nodes)[i], i, where));
  return graph;
}

}  // namespace mase::graph
