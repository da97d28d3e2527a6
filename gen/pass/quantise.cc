// SPDX-License-Identifier: Apache-2.0
#include "gen/pass/quantise.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <regex>

#include "gen/base/error.h"

namespace mase::pass {

namespace {

using graph::Node;
using graph::Op;
using graph::Quant;

/// The entry that picks the node, or -1 for the default.
class Picker {
 public:
  explicit Picker(const QuantiseOptions& options) : options_(options) {
    if (options.by != QuantiseBy::kRegexName) return;
    for (const auto& [pattern, config] : options.configs) {
      try {
        patterns_.emplace_back(pattern);
      } catch (const std::regex_error& error) {
        throw UserError("P011",
                        fmt::format("passes.quantize: '{}' is no regular expression: {}", pattern,
                                    error.what()),
                        {},
                        "ECMAScript syntax, matched against the whole node name, for example "
                        "\"seq_blocks_[0-4]\"");
      }
    }
  }

  int pick(const Node& node) const {
    for (size_t i = 0; i < options_.configs.size(); ++i) {
      const std::string& key = options_.configs[i].first;
      const bool picked = options_.by == QuantiseBy::kType ? key == to_string(node.op)
                          : options_.by == QuantiseBy::kName
                              ? key == node.name
                              : std::regex_match(node.name, patterns_[i]);
      if (picked) return static_cast<int>(i);
    }
    return -1;
  }

 private:
  const QuantiseOptions& options_;
  std::vector<std::regex> patterns_;
};

void need(const Node& node, const std::optional<graph::Bits>& value, const char* key) {
  if (value) return;
  throw UserError(
      "P010",
      fmt::format("{} ({}): its quantisation config lacks {}", node.name, to_string(node.op), key),
      {},
      fmt::format("give {} (and {}, or \"NA\" for half of it)", key,
                  std::string(key).replace(std::string(key).find("_width"), 6, "_frac_width")));
}

void settle_frac(const std::optional<graph::Bits>& width, std::optional<graph::Bits>& frac) {
  if (width && !frac) frac = width->half();
}

/// Keeps the keys that the operator has and settles "NA" fractions.
Quant restricted(const Node& node, Quant quant) {
  need(node, quant.data_in_width, "data_in_width");
  const bool affine = node.op != Op::kRelu;
  const bool has_bias = node.op == Op::kBatchNorm1d || (node.op == Op::kLinear && node.bias);
  if (affine) need(node, quant.weight_width, "weight_width");
  if (!affine) quant.weight_width = quant.weight_frac_width = std::nullopt;
  if (has_bias) need(node, quant.bias_width, "bias_width");
  if (!has_bias) quant.bias_width = quant.bias_frac_width = std::nullopt;
  settle_frac(quant.data_in_width, quant.data_in_frac_width);
  settle_frac(quant.weight_width, quant.weight_frac_width);
  settle_frac(quant.bias_width, quant.bias_frac_width);
  settle_frac(quant.data_out_width, quant.data_out_frac_width);
  return quant;
}

bool quantisable(Op op) { return op == Op::kLinear || op == Op::kBatchNorm1d || op == Op::kRelu; }

}  // namespace

QuantiseResult quantise(const graph::Graph& graph, const QuantiseOptions& options) {
  graph::verify(graph);
  const Picker picker(options);
  QuantiseResult result{.graph = graph};
  std::map<std::string, QuantiseRow> rows;
  std::vector<bool> applied(options.configs.size(), false);
  for (auto& node : result.graph.nodes) {
    const std::string type = torch_type(node.op);
    bool changed = false;
    if (quantisable(node.op)) {
      const int picked = picker.pick(node);
      if (picked >= 0) applied[static_cast<size_t>(picked)] = true;
      const Quant& config =
          picked < 0 ? options.default_config : options.configs[static_cast<size_t>(picked)].second;
      if (config.enabled()) {
        node.quant = restricted(node, config);
        changed = true;
      }
    }
    // The placeholder and the output are listed by their own name, as MASE does.
    QuantiseRow& row = rows[type];
    row.original_type = type;
    row.op = to_string(node.op);
    ++row.total;
    row.changed += changed;
    result.nodes.push_back({node.name, type, changed ? type + "Integer" : type, changed});
  }
  for (auto& [type, row] : rows) result.rows.push_back(row);
  for (size_t i = 0; i < applied.size(); ++i) {
    if (!applied[i]) result.never_applied.push_back(options.configs[i].first);
  }
  graph::verify(result.graph);
  return result;
}

}  // namespace mase::pass
