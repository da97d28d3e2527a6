// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "gen/arch/hardware_graph.h"
#include "gen/graph/graph.h"
#include "sw/search/axes.h"

namespace mase::search {

/// What the keys of the quantisation space are, and what they set.

inline bool affine(const graph::Node& node) {
  return node.op == graph::Op::kLinear || node.op == graph::Op::kBatchNorm1d;
}
inline bool quantisable(const graph::Node& node) {
  return affine(node) || node.op == graph::Op::kRelu;
}

/// "data_in", "weight", "bias", "data_out".
const std::vector<std::string>& operands();

/// Does the operator have this key of `config`?
bool has_key(const graph::Node& node, const std::string& key);

std::vector<KeyRule> config_rules();
/// Of a node that reads `most_in` and writes `most_out` features.
std::vector<KeyRule> hardware_rules(int64_t most_in, int64_t most_out);
std::vector<KeyRule> global_rules();

bool is_rule(const std::vector<KeyRule>& rules, const std::string& key);
const ChoiceList* find(const std::vector<ChoiceList>& lists, const std::string& key);

/// The number of a checked choice; nullopt for "NA".
std::optional<int> number(const Choice& choice);

void set_key(graph::Quant& quant, const std::string& key, const Choice& choice);
/// A fraction that was not given is half the width, as pass::quantise does it.
void settle_fractions(graph::Quant& quant);
/// `two_sided` false: the node has one parallelism, and saying one side replaces both.
void set_key(graph::Hardware& hardware, const std::string& key, const Choice& choice,
             bool two_sided);
void set_key(arch::HardwareOptions& hardware, const std::string& key, const Choice& choice);

}  // namespace mase::search
