// SPDX-License-Identifier: Apache-2.0
#include "sw/search/trial_evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "sw/search/pandas_json.h"

namespace mase::search {

namespace {

using nlohmann::ordered_json;
using Metrics = std::vector<std::pair<std::string, double>>;

ordered_json to_json(const Choice& choice) {
  return std::visit([](const auto& value) { return ordered_json(value); }, choice);
}

std::string dump(const ordered_json& json) {
  return json.dump(-1, ' ', true, ordered_json::error_handler_t::replace);
}

template <typename Pairs>
std::string metrics_text(const Pairs& metrics) {
  ordered_json json = ordered_json::object();
  for (const auto& [name, value] : metrics) json[name] = value;
  return dump(json);
}

/// Numbers of a stored object; null is NaN. Whatever another worker stored that is no such object
/// is no metric.
Metrics metrics_of(const TrialRecord& record, const char* key) {
  Metrics metrics;
  const auto found = record.user_attributes.find(key);
  if (found == record.user_attributes.end()) return metrics;
  ordered_json json;
  try {
    json = parse_python_json(found->second);
  } catch (const ordered_json::exception&) {
    return metrics;
  }
  if (!json.is_object()) return metrics;
  for (const auto& [name, value] : json.items()) {
    if (value.is_number()) metrics.emplace_back(name, value.get<double>());
    if (value.is_null()) metrics.emplace_back(name, std::numeric_limits<double>::quiet_NaN());
  }
  return metrics;
}

ordered_json runner_json(const RunnerOptions& runner) {
  ordered_json json{{"name", runner.name}};
  for (const auto& setting : runner.settings) json[setting.key] = to_json(setting.value);
  return json;
}

ordered_json metric_json(const MetricOptions& metric) {
  ordered_json json = ordered_json::object();
  if (metric.scale) json["scale"] = *metric.scale;
  if (metric.direction)
    json["direction"] = *metric.direction == Direction::kMaximise ? "maximize" : "minimize";
  if (metric.upper) json["upper"] = *metric.upper;
  if (metric.lower) json["lower"] = *metric.lower;
  return json;
}

}  // namespace

bool is_plain_source(const std::string& source) {
  return source.empty() || source == "formula" || source.find("software") != std::string::npos;
}

StudyHeader study_header(const SearchProblem& problem, const StrategyOptions& strategy,
                         std::string name, Attributes fixed) {
  StudyHeader header{.name = std::move(name),
                     .directions = problem.problem().directions,
                     .metric_names = problem.objective_names(),
                     .constraint_names = problem.constraint_names(),
                     .fixed_attributes = std::move(fixed)};
  const Space& space = problem.space();
  for (size_t i = 0; i < space.parameters().size(); ++i) {
    StoredParameter stored{.parameter = space.parameters()[i]};
    for (const auto& choice : space.choices()[i]) stored.choices.push_back(dump(to_json(choice)));
    header.parameters.push_back(std::move(stored));
  }
  ordered_json runners = ordered_json::array(), metrics = ordered_json::object();
  for (const auto* list : {&strategy.sw_runners, &strategy.hw_runners}) {
    for (const auto& runner : *list) runners.push_back(runner_json(runner));
  }
  std::vector<MetricOptions> sorted = strategy.metrics;
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  for (const auto& metric : sorted) metrics[metric.name] = metric_json(metric);
  header.fixed_attributes["search_space"] = dump(space.name());
  header.fixed_attributes["runners"] = dump(runners);
  header.fixed_attributes["metrics"] = dump(metrics);
  return header;
}

Attributes attributes_of(const Evaluation& evaluation, const ordered_json& configuration) {
  Attributes attributes;
  attributes["software_metrics"] = metrics_text(evaluation.software_metrics);
  attributes["hardware_metrics"] = metrics_text(evaluation.hardware_metrics);
  attributes["scaled_metrics"] = metrics_text(evaluation.scaled_metrics);
  attributes["sampled_config"] = dump(configuration);
  ordered_json sources = ordered_json::object();
  bool plain = true;
  for (const auto& [name, value] : evaluation.hardware_metrics) {
    const auto found = evaluation.sources.find(name);
    if (found == evaluation.sources.end()) continue;
    sources[name] = found->second;
    plain = plain && is_plain_source(found->second);
  }
  if (!plain) attributes["metric_sources"] = dump(sources);
  return attributes;
}

Outcome evaluate_point(const SearchProblem& problem, const Point& point) {
  Evaluation evaluation = problem.evaluate(point);
  Outcome outcome;
  outcome.user_attributes = attributes_of(evaluation, problem.space().sampled_config(point));
  outcome.values = std::move(evaluation.values);
  outcome.constraints = std::move(evaluation.constraints);
  outcome.metrics = std::move(evaluation.metrics);
  return outcome;
}

Evaluation evaluation_of(const SearchProblem& problem, const TrialRecord& record) {
  Evaluation evaluation;
  evaluation.software_metrics = metrics_of(record, "software_metrics");
  evaluation.hardware_metrics = metrics_of(record, "hardware_metrics");
  problem.derive(evaluation);
  for (const auto& runner : problem.runners()) {
    for (const auto& metric : runner->metrics()) evaluation.sources[metric.name] = metric.source;
  }
  for (const auto& [name, value] : metrics_of(record, "scaled_metrics"))
    evaluation.scaled_metrics[name] = value;
  evaluation.values = record.trial.values;
  evaluation.constraints = record.trial.constraints;
  return evaluation;
}

}  // namespace mase::search
