// SPDX-License-Identifier: Apache-2.0
#include "sw/search/quantise_keys.h"

#include <algorithm>

namespace mase::search {

namespace {

using graph::Hardware;
using graph::Node;
using graph::Op;
using graph::Quant;
using Type = KeyRule::Type;

bool has_bias(const Node& node) {
  return node.op == Op::kBatchNorm1d || (node.op == Op::kLinear && node.bias);
}

}  // namespace

const std::vector<std::string>& operands() {
  static const std::vector<std::string> names = {"data_in", "weight", "bias", "data_out"};
  return names;
}

bool has_key(const Node& node, const std::string& key) {
  if (key.starts_with("weight_")) return affine(node);
  if (key.starts_with("bias_")) return has_bias(node);
  return true;
}

std::vector<KeyRule> config_rules() {
  std::vector<KeyRule> rules = {{"name", Type::kText, 0, 0, {"integer", "NA"}},
                                {"bypass", Type::kBoolean, 0, 0, {}},
                                {"rounding", Type::kText, 0, 0, {"half_even", "floor"}}};
  for (const std::string& operand : operands()) {
    rules.push_back(
        {operand + "_width", Type::kInteger, fixed::kMinWidth, fixed::kMaxOperandWidth, {}});
    rules.push_back(
        {operand + "_frac_width", Type::kInteger, -fixed::kMaxFrac, fixed::kMaxFrac, {"NA"}});
  }
  return rules;
}

std::vector<KeyRule> hardware_rules(int64_t most_in, int64_t most_out) {
  return {{"style", Type::kText, 0, 0, {"folded", "unrolled"}},
          {"adders_per_stage", Type::kInteger, 1, graph::kMostAdderLevels, {}},
          {"extra_adder_depth", Type::kInteger, 0, graph::kMostAdderLevels, {}},
          {"target_mhz", Type::kInteger, 1, static_cast<int64_t>(graph::kMostTargetMhz), {}},
          {"parallelism_in", Type::kInteger, 1, most_in, {}},
          {"parallelism_out", Type::kInteger, 1, most_out, {}},
          {"weight_storage", Type::kText, 0, 0, {"auto", "lut", "bram"}},
          {"multiplier", Type::kText, 0, 0, {"auto", "dsp", "lut"}},
          {"fuse", Type::kBoolean, 0, 0, {}}};
}

std::vector<KeyRule> global_rules() {
  return {{"target_ii", Type::kInteger, 1, int64_t{1} << 31, {}},
          {"weight_storage", Type::kText, 0, 0, {"auto", "lut", "bram"}},
          {"multiplier", Type::kText, 0, 0, {"auto", "dsp", "lut"}},
          {"fuse", Type::kBoolean, 0, 0, {}},
          {"style", Type::kText, 0, 0, {"folded", "unrolled"}},
          {"adders_per_stage", Type::kInteger, 1, graph::kMostAdderLevels, {}},
          {"extra_adder_depth", Type::kInteger, 0, graph::kMostAdderLevels, {}},
          {"target_mhz", Type::kInteger, 1, static_cast<int64_t>(graph::kMostTargetMhz), {}}};
}

bool is_rule(const std::vector<KeyRule>& rules, const std::string& key) {
  return std::any_of(rules.begin(), rules.end(), [&](const auto& rule) { return rule.key == key; });
}

const ChoiceList* find(const std::vector<ChoiceList>& lists, const std::string& key) {
  for (const auto& list : lists) {
    if (list.key == key) return &list;
  }
  return nullptr;
}

std::optional<int> number(const Choice& choice) {
  const auto* value = std::get_if<int64_t>(&choice);
  return value == nullptr ? std::nullopt : std::optional<int>(static_cast<int>(*value));
}

void set_key(Quant& q, const std::string& key, const Choice& choice) {
  if (key == "rounding" && choice == Choice(std::string("floor")))
    q.rounding = fixed::Rounding::kFloor;
  if (key == "data_in_width") q.data_in_width = number(choice);
  if (key == "data_in_frac_width") q.data_in_frac_width = number(choice);
  if (key == "weight_width") q.weight_width = number(choice);
  if (key == "weight_frac_width") q.weight_frac_width = number(choice);
  if (key == "bias_width") q.bias_width = number(choice);
  if (key == "bias_frac_width") q.bias_frac_width = number(choice);
  if (key == "data_out_width") q.data_out_width = number(choice);
  if (key == "data_out_frac_width") q.data_out_frac_width = number(choice);
}

void settle_fractions(Quant& q) {
  const auto settle = [](const std::optional<graph::Bits>& width,
                         std::optional<graph::Bits>& frac) {
    if (width && !frac) frac = width->half();
  };
  settle(q.data_in_width, q.data_in_frac_width);
  settle(q.weight_width, q.weight_frac_width);
  settle(q.bias_width, q.bias_frac_width);
  settle(q.data_out_width, q.data_out_frac_width);
}

/// Levels and clock take each other's place.
template <typename Table>
void set_registers(Table& table, const std::string& key, const Choice& choice) {
  if (key != "adders_per_stage" && key != "target_mhz") return;
  table.adders_per_stage = std::nullopt;
  table.target_mhz = std::nullopt;
  if (key == "target_mhz")
    table.target_mhz = number(choice);
  else
    table.adders_per_stage = number(choice);
}

void set_key(Hardware& h, const std::string& key, const Choice& choice, bool two_sided) {
  if (key == "style") h.style = std::get<std::string>(choice);
  if (key == "weight_storage") h.weight_storage = std::get<std::string>(choice);
  if (key == "multiplier") h.multiplier = std::get<std::string>(choice);
  if (key == "fuse") h.fuse = std::get<bool>(choice);
  set_registers(h, key, choice);
  if (key == "extra_adder_depth") h.extra_adder_depth = number(choice);
  const bool in = key == "parallelism_in", out = key == "parallelism_out";
  if ((in || out) && !two_sided) h.parallelism_in = h.parallelism_out = std::nullopt;
  if (in) h.parallelism_in = number(choice);
  if (out) h.parallelism_out = number(choice);
}

void set_key(arch::HardwareOptions& options, const std::string& key, const Choice& choice) {
  if (key == "target_ii") options.target_ii = std::get<int64_t>(choice);
  if (key == "weight_storage") options.weight_storage = std::get<std::string>(choice);
  if (key == "multiplier") options.multiplier = std::get<std::string>(choice);
  if (key == "fuse") options.fuse = std::get<bool>(choice);
  if (key == "style") options.style = std::get<std::string>(choice);
  set_registers(options, key, choice);
  if (key == "extra_adder_depth") options.extra_adder_depth = number(choice);
}

}  // namespace mase::search
