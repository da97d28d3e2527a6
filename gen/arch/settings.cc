// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "gen/base/error.h"

namespace mase::arch {

namespace {

using graph::Hardware;

void check_choice(const std::string& value, const char* key,
                  const std::vector<std::string>& allowed) {
  if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
    throw UserError("A002", fmt::format("hardware.{} is '{}'", key, value), {},
                    nearest_help(value, allowed));
  }
}

void check_global(const HardwareOptions& options) {
  check_choice(options.weight_storage, "weight_storage", {"auto", "lut", "bram"});
  check_choice(options.multiplier, "multiplier", {"auto", "dsp", "lut"});
  check_choice(options.style, "style", {"folded", "unrolled"});
  const auto check_least = [](const std::optional<int>& value, const char* key, int least) {
    if (!value || (*value >= least && *value <= graph::kMostAdderLevels)) return;
    throw UserError("A002", fmt::format("hardware.{} is {}", key, *value), {},
                    fmt::format("allowed: {} to {}", least, graph::kMostAdderLevels));
  };
  check_least(options.adders_per_stage, "adders_per_stage", 1);
  check_least(options.extra_adder_depth, "extra_adder_depth", 0);
  if (const auto& mhz = options.target_mhz; mhz && !(*mhz > 0 && *mhz <= graph::kMostTargetMhz)) {
    throw UserError("A002", fmt::format("hardware.target_mhz is {}", *mhz), {},
                    fmt::format("allowed: above 0, up to {}", graph::kMostTargetMhz));
  }
  if (options.target_mhz && options.adders_per_stage) {
    throw UserError("A002",
                    fmt::format("hardware has adders_per_stage {} and target_mhz {}",
                                *options.adders_per_stage, *options.target_mhz),
                    {}, "keep one: both say where registers go");
  }
  constexpr double kMostSeconds = 86400;
  if (const auto& seconds = options.adder_seconds;
      seconds && !(*seconds > 0 && *seconds <= kMostSeconds)) {
    throw UserError("A002", fmt::format("hardware.adder_seconds is {}", *seconds), {},
                    "allowed: above 0, up to 86400");
  }
  if (options.target_ii && *options.target_ii < 1) {
    throw UserError("A003", fmt::format("hardware.target_ii is {}", *options.target_ii), {},
                    "allowed: 1 and more");
  }
}

}  // namespace

Settings::Settings(const graph::Graph& graph, const HardwareOptions& options, bool verified)
    : options_(options) {
  check_global(options);
  if (!verified) verify(graph, options);
  static const Hardware nothing;
  merged_.reserve(options.nodes.size());
  settled_.reserve(graph.nodes.size());
  for (const auto& node : graph.nodes) {
    settled_.push_back(node.hardware ? &*node.hardware : &nothing);
    if (options.nodes.empty()) continue;
    const auto found = options.nodes.find(node.name);
    if (found == options.nodes.end()) continue;
    merged_.push_back(overlay(*settled_.back(), found->second));
    settled_.back() = &merged_.back();
  }
}

void Settings::verify(const graph::Graph& graph, const HardwareOptions& options) {
  std::vector<std::string> names;
  for (const auto& node : graph.nodes) names.push_back(node.name);
  // Overrides go through the graph's own verifier, so that both places have the same rules and
  // messages.
  graph::Graph merged = graph;
  for (const auto& [name, hardware] : options.nodes) {
    graph::Node* node = merged.find(name);
    if (node == nullptr) {
      throw UserError(
          "A001",
          fmt::format("hardware.nodes.{}: no node of graph {} has this name", name, graph.name), {},
          nearest_help(name, names));
    }
    node->hardware = overlay(node->hardware.value_or(Hardware{}), hardware);
  }
  graph::verify(merged, options.nodes.empty() ? "" : "[hardware.nodes]");
}

const std::string& Settings::storage(size_t node) const {
  const auto& own = of(node).weight_storage;
  return own ? *own : options_.weight_storage;
}

const std::string& Settings::multiplier(size_t node) const {
  const auto& own = of(node).multiplier;
  return own ? *own : options_.multiplier;
}

bool Settings::fused(size_t node) const { return of(node).fuse.value_or(options_.fuse); }

bool Settings::unrolled(size_t node) const {
  const auto& own = of(node).style;
  return (own ? *own : options_.style) == "unrolled";
}

UnrollOptions Settings::unroll_options(size_t node) const {
  const Hardware& h = of(node);
  UnrollOptions result{.seconds = options_.adder_seconds};
  const bool own = h.adders_per_stage || h.target_mhz;
  result.target_mhz = own ? h.target_mhz : options_.target_mhz;
  const auto& levels = own ? h.adders_per_stage : options_.adders_per_stage;
  if (levels) result.adders_per_stage = *levels;
  if (result.target_mhz) {
    result.delays = options_.delays;
    if (!result.delays) {
      throw UserError("A017",
                      fmt::format("hardware.target_mhz is {}, but no target says how fast it is",
                                  *result.target_mhz),
                      {}, "name one with --target");
    }
  }
  result.extra_depth = h.extra_adder_depth ? h.extra_adder_depth : options_.extra_adder_depth;
  return result;
}

}  // namespace mase::arch
