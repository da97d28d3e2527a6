// SPDX-License-Identifier: Apache-2.0
#include "sw/search/metric_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "gen/base/error.h"

namespace mase::search {

namespace {

/// Which runner gives a metric that none of the configured ones does.
const std::vector<std::pair<std::string, std::string>>& catalogue() {
  static const std::vector<std::pair<std::string, std::string>> entries = {
      {"accuracy", "sw_runner.basic_evaluation"},
      {"loss", "sw_runner.basic_evaluation"},
      {"average_bitwidth", "hw_runner.average_bitwidth"},
      {"memory_density", "hw_runner.average_bitwidth"},
      {"latency_cycles", "hw_runner.latency"},
      {"ii_cycles", "hw_runner.latency"},
      {"lut", "hw_runner.resources"},
      {"ff", "hw_runner.resources"},
      {"dsp", "hw_runner.resources"},
      {"bram36", "hw_runner.resources"},
      {"utilisation", "hw_runner.resources"},
      {"software_latency", "hw_runner.software_latency"},
      {"flops", "hw_runner.flops"},
      {"bitops", "hw_runner.bitops"},
      {"model_size_bits", "hw_runner.model_size"}};
  return entries;
}

std::string path_of(const MetricOptions& metric) {
  return "search.strategy.metrics." + metric.name;
}

void check_finite(const MetricOptions& metric, const char* key,
                  const std::optional<double>& value) {
  if (!value || std::isfinite(*value)) return;
  throw UserError("Q033", fmt::format("{}.{} is {}", path_of(metric), key, *value), metric.where,
                  "allowed: a finite number");
}

}  // namespace

MetricTable::MetricTable(const StrategyOptions& strategy,
                         const std::vector<std::shared_ptr<const Runner>>& runners)
    : sum_(strategy.sum_scaled_metrics) {
  std::vector<MetricOptions> metrics = strategy.metrics;
  std::stable_sort(metrics.begin(), metrics.end(),
                   [](const auto& a, const auto& b) { return a.name < b.name; });
  for (const MetricOptions& metric : metrics) {
    check_finite(metric, "scale", metric.scale);
    check_finite(metric, "upper", metric.upper);
    check_finite(metric, "lower", metric.lower);
    const bool objective = metric.scale || metric.direction;
    if (!objective && !metric.upper && !metric.lower) {
      throw UserError("Q031", fmt::format("{} says nothing", path_of(metric)), metric.where,
                      "give scale and direction (an objective), or upper or lower (a constraint)");
    }
    add_metric(metric.name, runners, metric.where);
    if (objective) {
      if (!sum_ && !metric.direction) {
        throw UserError("Q032", fmt::format("{} has no direction", path_of(metric)), metric.where,
                        "add direction = \"minimize\" or \"maximize\", or sum the scaled metrics "
                        "with sum_scaled_metrics = true");
      }
      objectives_.push_back({metric.name, metric.scale.value_or(1.0)});
      if (!sum_) {
        directions_.push_back(*metric.direction);
        objective_names_.push_back(metric.name);
      }
      if (objectives_.back().scale == 0)
        notes_.push_back(fmt::format("{}.scale is 0: it says nothing", path_of(metric)));
    }
    add_limits(metric);
  }
  if (objectives_.empty()) {
    throw UserError("Q031", "search.strategy.metrics has no objective", strategy.where,
                    "add for example accuracy.scale = 1.0 and accuracy.direction = \"maximize\"");
  }
  if (!sum_) return;
  if (!strategy.direction) {
    throw UserError("Q032", "sum_scaled_metrics = true, but the sum has no direction",
                    strategy.where,
                    "add direction = \"maximize\" or \"minimize\" to [search.strategy.setup]");
  }
  directions_ = {*strategy.direction};
  objective_names_ = {"sum"};
}

void MetricTable::add_metric(const std::string& name,
                             const std::vector<std::shared_ptr<const Runner>>& runners,
                             const std::string& where) {
  bool trained = false;
  std::vector<std::string> names;
  const MetricInfo* found = nullptr;
  AnalyticMetric place{.name = name};
  for (size_t r = 0; r < runners.size(); ++r) {
    trained = trained || runners[r]->changes_parameters();
    const auto& infos = runners[r]->metrics();
    for (size_t i = 0; i < infos.size(); ++i) {
      names.push_back(infos[i].name);
      if (infos[i].name != name) continue;
      found = &infos[i];  // of several the last counts
      place.runner = r;
      place.index = i;
    }
  }
  if (found == nullptr) {
    std::string help = nearest_help(name, names);
    for (const auto& [metric, runner] : catalogue()) {
      if (metric == name) help = fmt::format("add [search.strategy.{}]", runner);
    }
    if (name == "latency_ns" || name == "throughput_sps") {
      help = "give [search.strategy.hw_runner.latency] a clock_mhz: a number, or \"estimate\"";
    } else if (name == "fmax_mhz") {
      help = "add clock_mhz = \"estimate\" to [search.strategy.hw_runner.latency]";
    }
    if (names.empty())
      help = "add a runner, for example [search.strategy.sw_runner.basic_evaluation]";
    throw UserError("Q030",
                    fmt::format("search.strategy.metrics.{}: no runner gives this metric", name),
                    where, help);
  }
  if (std::any_of(unknown_.begin(), unknown_.end(), [&](const auto& n) { return n == name; }) ||
      std::any_of(analytic_.begin(), analytic_.end(),
                  [&](const auto& a) { return a.name == name; })) {
    throw UserError("Q030", fmt::format("search.strategy.metrics.{} is given twice", name), where,
                    "keep one of them");
  }
  using Knowledge = MetricInfo::Knowledge;
  const bool formula = found->knowledge == Knowledge::kConfiguration ||
                       (found->knowledge == Knowledge::kHardware && !trained);
  if (formula) {
    analytic_.push_back(place);
  } else {
    unknown_.push_back(name);
  }
}

void MetricTable::add_limits(const MetricOptions& metric) {
  if (metric.lower && metric.upper && *metric.lower > *metric.upper) {
    throw UserError("Q033",
                    fmt::format("{}: lower {} is above upper {}", path_of(metric), *metric.lower,
                                *metric.upper),
                    metric.where, "no value can satisfy both");
  }
  // Relative to the limit, so that constraints of different units weigh alike in a sum.
  const auto size = [](double limit) { return limit == 0 ? 1.0 : std::abs(limit); };
  if (metric.upper) {
    constraints_.push_back(
        {metric.name, 1 / size(*metric.upper), -*metric.upper / size(*metric.upper)});
    constraint_names_.push_back(metric.name + ".upper");
  }
  if (metric.lower) {
    constraints_.push_back(
        {metric.name, -1 / size(*metric.lower), *metric.lower / size(*metric.lower)});
    constraint_names_.push_back(metric.name + ".lower");
  }
}

std::vector<double> MetricTable::row(const std::string& metric, double weight) const {
  std::vector<double> weights(unknown_.size(), 0.0);
  for (size_t m = 0; m < unknown_.size(); ++m) {
    if (unknown_[m] == metric) weights[m] = weight;
  }
  return weights;
}

std::vector<std::vector<double>> MetricTable::objective_weights() const {
  std::vector<std::vector<double>> result;
  for (const Objective& objective : objectives_)
    result.push_back(row(objective.metric, objective.scale));
  if (!sum_) return result;
  std::vector<double> sum(unknown_.size(), 0.0);
  for (const auto& weights : result) {
    for (size_t m = 0; m < sum.size(); ++m) sum[m] += weights[m];
  }
  return {sum};
}

std::vector<std::vector<double>> MetricTable::constraint_weights() const {
  std::vector<std::vector<double>> result;
  for (const Constraint& constraint : constraints_)
    result.push_back(row(constraint.metric, constraint.weight));
  return result;
}

Exact MetricTable::exact(const std::vector<double>& values) const {
  const auto known = [&](const std::string& metric) -> const double* {
    for (size_t i = 0; i < analytic_.size(); ++i) {
      if (analytic_[i].name == metric) return &values[i];
    }
    return nullptr;
  };
  Exact result;
  result.objectives.assign(directions_.size(), 0.0);
  for (size_t i = 0; i < objectives_.size(); ++i) {
    const double* value = known(objectives_[i].metric);
    if (value != nullptr) result.objectives[sum_ ? 0 : i] += objectives_[i].scale * *value;
  }
  for (const Constraint& constraint : constraints_) {
    const double* value = known(constraint.metric);
    result.constraints.push_back(constraint.offset +
                                 (value == nullptr ? 0.0 : constraint.weight * *value));
  }
  return result;
}

void MetricTable::derive(const std::map<std::string, double>& values,
                         Evaluation& evaluation) const {
  const auto value_of = [&](const std::string& metric) {
    const auto found = values.find(metric);
    return found == values.end() ? std::numeric_limits<double>::quiet_NaN() : found->second;
  };
  evaluation.scaled_metrics.clear();
  evaluation.values.assign(directions_.size(), 0.0);
  evaluation.constraints.clear();
  evaluation.metrics.clear();
  for (size_t i = 0; i < objectives_.size(); ++i) {
    const double scaled = objectives_[i].scale * value_of(objectives_[i].metric);
    evaluation.scaled_metrics[objectives_[i].metric] = scaled;
    evaluation.values[sum_ ? 0 : i] += scaled;
  }
  for (const Constraint& constraint : constraints_)
    evaluation.constraints.push_back(constraint.offset +
                                     constraint.weight * value_of(constraint.metric));
  for (const auto& name : unknown_) evaluation.metrics.push_back(value_of(name));
}

}  // namespace mase::search
