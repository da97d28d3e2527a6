// SPDX-License-Identifier: Apache-2.0
#include "sw/search/runners.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "gen/base/error.h"
#include "sw/search/runner_settings.h"

namespace mase::search {

Candidate::Candidate(graph::Graph graph, arch::HardwareOptions hardware, pass::LowerCache* cache,
                     arch::BuildMemory* memory)
    : graph_(std::move(graph)), options_(std::move(hardware)), cache_(cache), memory_(memory) {}

void Candidate::replace_graph(graph::Graph graph) {
  graph_ = std::move(graph);
  cache_ = nullptr;
  hardware_.reset();
}

const arch::HardwareGraph& Candidate::hardware() {
  if (!hardware_) {
    hardware_ = cache_ == nullptr ? arch::build_hardware(graph_, options_)
                                  : arch::build_hardware(graph_, options_, *cache_, memory_);
  }
  return *hardware_;
}

std::pair<graph::Graph, arch::HardwareOptions> Candidate::release() {
  if (hardware_ && memory_ != nullptr) memory_->stages = std::move(hardware_->stages);
  hardware_.reset();
  return {std::move(graph_), std::move(options_)};
}

RunnerSettings::RunnerSettings(const RunnerOptions& options, bool software)
    : options_(options),
      path_(fmt::format("search.strategy.{}.{}", software ? "sw_runner" : "hw_runner",
                        options.name)) {}

const Setting* RunnerSettings::find(const std::string& key) {
  asked_.push_back(key);
  for (const Setting& setting : options_.settings) {
    if (setting.key == key) return &setting;
  }
  return nullptr;
}

void RunnerSettings::fail(const Setting& setting, const std::string& wants) const {
  const bool text = std::holds_alternative<std::string>(setting.value);
  throw UserError(
      "Q022",
      fmt::format("{}.{} is {}", path_, setting.key,
                  text ? "'" + to_string(setting.value) + "'" : to_string(setting.value)),
      setting.where, "allowed: " + wants);
}

std::optional<int64_t> RunnerSettings::integer(const std::string& key, int64_t least,
                                               int64_t most) {
  const Setting* setting = find(key);
  if (setting == nullptr) return std::nullopt;
  const auto* value = std::get_if<int64_t>(&setting->value);
  if (value == nullptr || *value < least || *value > most) {
    fail(*setting, most == std::numeric_limits<int64_t>::max()
                       ? fmt::format("a whole number, {} and more", least)
                       : fmt::format("a whole number from {} to {}", least, most));
  }
  return *value;
}

std::optional<double> RunnerSettings::real(const std::string& key, double least, bool or_equal) {
  const Setting* setting = find(key);
  if (setting == nullptr) return std::nullopt;
  std::optional<double> value;
  if (const auto* number = std::get_if<double>(&setting->value)) value = *number;
  if (const auto* number = std::get_if<int64_t>(&setting->value))
    value = static_cast<double>(*number);
  if (!value || !std::isfinite(*value) || *value < least || (*value == least && !or_equal))
    fail(*setting, fmt::format("a number, {} {}", or_equal ? "at least" : "above", least));
  return value;
}

std::optional<std::string> RunnerSettings::text(const std::string& key) {
  const Setting* setting = find(key);
  if (setting == nullptr) return std::nullopt;
  const auto* value = std::get_if<std::string>(&setting->value);
  if (value == nullptr) fail(*setting, "a text");
  return *value;
}

std::optional<std::string> RunnerSettings::choice(const std::string& key,
                                                  const std::vector<std::string>& allowed) {
  const Setting* setting = find(key);
  if (setting == nullptr) return std::nullopt;
  const auto* value = std::get_if<std::string>(&setting->value);
  if (value == nullptr || std::find(allowed.begin(), allowed.end(), *value) == allowed.end())
    fail(*setting, fmt::format("{}", fmt::join(allowed, ", ")));
  return *value;
}

void RunnerSettings::finish() const {
  for (const Setting& setting : options_.settings) {
    if (std::find(asked_.begin(), asked_.end(), setting.key) != asked_.end()) continue;
    throw UserError("Q021", fmt::format("{}: unknown key '{}'", path_, setting.key), setting.where,
                    asked_.empty() ? "this runner has no keys" : nearest_help(setting.key, asked_));
  }
}

const std::vector<std::string>& software_runner_names() {
  static const std::vector<std::string> names = {"basic_evaluation", "basic_train"};
  return names;
}

const std::vector<std::string>& hardware_runner_names() {
  static const std::vector<std::string> names = {"average_bitwidth", "latency", "resources",
                                                 "software_latency", "flops",   "bitops",
                                                 "model_size"};
  return names;
}

namespace {

void check_name(const RunnerOptions& options, bool software) {
  const auto& known = software ? software_runner_names() : hardware_runner_names();
  const auto& others = software ? hardware_runner_names() : software_runner_names();
  if (std::find(known.begin(), known.end(), options.name) != known.end()) return;
  const bool other_kind = std::find(others.begin(), others.end(), options.name) != others.end();
  throw UserError("Q020",
                  fmt::format("search.strategy: unknown {} runner '{}'",
                              software ? "software" : "hardware", options.name),
                  options.where,
                  other_kind ? fmt::format("it is a {} runner: write [search.strategy.{}.{}]",
                                           software ? "hardware" : "software",
                                           software ? "hw_runner" : "sw_runner", options.name)
                             : nearest_help(options.name, known));
}

void check_twice(const std::vector<RunnerOptions>& runners) {
  for (size_t i = 0; i < runners.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (runners[i].name == runners[j].name) {
        throw UserError("Q020", fmt::format("runner {} is given twice", runners[i].name),
                        runners[i].where, "keep one of them");
      }
    }
  }
}

}  // namespace

std::vector<std::shared_ptr<const Runner>> make_runners(const StrategyOptions& options,
                                                        const RunnerContext& context) {
  check_twice(options.sw_runners);
  check_twice(options.hw_runners);
  std::vector<std::shared_ptr<const Runner>> runners;
  for (const bool training : {true, false}) {
    for (const RunnerOptions& runner : options.sw_runners) {
      check_name(runner, true);
      if ((runner.name == "basic_train") != training) continue;
      RunnerSettings settings(runner, true);
      runners.push_back(make_software_runner(settings, context));
      settings.finish();
    }
  }
  for (const RunnerOptions& runner : options.hw_runners) {
    check_name(runner, false);
    RunnerSettings settings(runner, false);
    runners.push_back(make_hardware_runner(settings, context));
    settings.finish();
  }
  return runners;
}

}  // namespace mase::search
