// SPDX-License-Identifier: Apache-2.0
#include "sw/search/search_results.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "sw/report/table.h"
#include "sw/search/pandas_json.h"
#include "sw/search/trial_evaluation.h"

namespace mase::search {

namespace {

using nlohmann::ordered_json;

const char* name_of(TrialState state) {
  switch (state) {
    case TrialState::kRunning: return "RUNNING";
    case TrialState::kWaiting: return "WAITING";
    case TrialState::kComplete: return "COMPLETE";
    case TrialState::kPruned: return "PRUNED";
    case TrialState::kFail: return "FAIL";
  }
  return "";
}

/// A stored attribute; what is no JSON is shown as the text that it is.
ordered_json parsed(const std::string& text) {
  try {
    return parse_python_json(text);
  } catch (const ordered_json::exception&) {
    return text;
  }
}

ordered_json moment(const std::optional<int64_t>& milliseconds) {
  return milliseconds ? ordered_json(*milliseconds) : ordered_json(nullptr);
}

ordered_json log_entry(const TrialRecord& record, size_t objectives) {
  ordered_json entry{{"number", record.trial.number}};
  for (size_t i = 0; i < objectives; ++i) {
    const std::string key = objectives == 1 ? "value" : fmt::format("values_{}", i);
    const auto& values = record.trial.values;
    entry[key] = i < values.size() ? ordered_json(values[i]) : ordered_json(nullptr);
  }
  std::map<std::string, ordered_json> attributes;
  for (const char* key :
       {"hardware_metrics", "sampled_config", "scaled_metrics", "software_metrics"})
    attributes[key] = nullptr;
  for (const auto& [key, text] : record.user_attributes) attributes[key] = parsed(text);
  for (auto& [key, value] : attributes) entry["user_attrs_" + key] = std::move(value);
  entry["state"] = name_of(record.trial.state);
  entry["datetime_start"] = moment(record.start_ms);
  entry["datetime_complete"] = moment(record.complete_ms);
  entry["duration"] = record.start_ms && record.complete_ms
                          ? ordered_json(*record.complete_ms - *record.start_ms)
                          : ordered_json(nullptr);
  return entry;
}

template <typename Metrics>
ordered_json object_of(const Metrics& metrics) {
  ordered_json json = ordered_json::object();
  for (const auto& [name, value] : metrics) json[name] = value;
  return json;
}

std::vector<std::pair<std::string, std::string>> sources_of(const Evaluation& evaluation) {
  std::vector<std::pair<std::string, std::string>> sources;
  for (const auto& [name, value] : evaluation.hardware_metrics) {
    const auto found = evaluation.sources.find(name);
    if (found != evaluation.sources.end() && !is_plain_source(found->second))
      sources.emplace_back(name, found->second);
  }
  return sources;
}

/// "verilator: latency_cycles, ii_cycles; yosys: lut, ff"
std::string source_text(const Evaluation& evaluation) {
  std::vector<std::string> order;
  std::map<std::string, std::vector<std::string>> names;
  for (const auto& [metric, source] : sources_of(evaluation)) {
    if (!names.contains(source)) order.push_back(source);
    names[source].push_back(metric);
  }
  std::string text;
  for (const auto& source : order)
    text +=
        fmt::format("{}{}: {}", text.empty() ? "" : "; ", source, fmt::join(names[source], ", "));
  return text;
}

/// The tools that measured: "Verilator, Yosys".
std::string tools_of(const Evaluation& evaluation) {
  std::string text;
  for (const std::string tool : {"verilator", "yosys"}) {
    const bool used =
        std::any_of(evaluation.sources.begin(), evaluation.sources.end(),
                    [&](const auto& entry) { return entry.second.starts_with(tool); });
    if (!used) continue;
    std::string name = tool;
    name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

std::string plain_text(const ordered_json& value) {
  return value.is_string() ? value.get<std::string>() : value.is_null() ? "NA" : value.dump();
}

/// {"seq_blocks_2": {"config": {..}, "hardware": {..}}, ..} as rows of text.
auto config_rows(const TrialRecord& record) {
  std::vector<std::pair<std::string, std::vector<std::pair<std::string, std::string>>>> rows;
  const auto found = record.user_attributes.find("sampled_config");
  if (found == record.user_attributes.end()) return rows;
  const ordered_json config = parsed(found->second);
  if (!config.is_object()) return rows;
  for (const auto& [node, tables] : config.items()) {
    auto& row = rows.emplace_back(node, std::vector<std::pair<std::string, std::string>>());
    if (!tables.is_object()) continue;
    for (const auto& [key, value] : tables.items()) {
      if (!value.is_object()) {
        row.second.emplace_back(key, plain_text(value));
        continue;
      }
      for (const auto& [inner, leaf] : value.items())
        row.second.emplace_back(inner, plain_text(leaf));
    }
  }
  return rows;
}

report::SearchTrial page_trial(const SearchProblem& problem, const TrialRecord& record,
                               const std::map<int, const BestTrial*>& best) {
  report::SearchTrial trial{.number = record.trial.number,
                            .state = name_of(record.trial.state),
                            .config = config_rows(record)};
  if (record.trial.state == TrialState::kComplete) {
    const Evaluation evaluation = evaluation_of(problem, record);
    trial.metrics.insert(evaluation.software_metrics.begin(), evaluation.software_metrics.end());
    trial.metrics.insert(evaluation.hardware_metrics.begin(), evaluation.hardware_metrics.end());
    trial.feasible = violation(problem.problem(), record.trial) == 0;
  }
  if (const auto found = best.find(trial.number); found != best.end()) {
    const BestTrial& reported = *found->second;
    trial.front = true;
    trial.feasible = reported.violated.empty();
    if (reported.modelled) {
      for (const auto& [name, value] : reported.evaluation.hardware_metrics) {
        const auto source = reported.evaluation.sources.find(name);
        const auto before = reported.modelled->sources.find(name);
        if (source != reported.evaluation.sources.end() &&
            (before == reported.modelled->sources.end() || before->second != source->second))
          trial.measured[name] = value;
      }
    }
  }
  if (const auto found = record.user_attributes.find("fail_reason");
      found != record.user_attributes.end())
    trial.failure = plain_text(parsed(found->second));
  if (record.start_ms) trial.start_ms = static_cast<double>(*record.start_ms);
  if (record.start_ms && record.complete_ms)
    trial.duration_ms = static_cast<double>(*record.complete_ms - *record.start_ms);
  return trial;
}

}  // namespace

std::string log_json(const std::vector<TrialRecord>& trials, size_t objectives) {
  ordered_json log = ordered_json::object();
  for (const auto& record : trials)
    log[std::to_string(record.trial.number)] = log_entry(record, objectives);
  return pandas_json(log);
}

std::string best_json(const SearchProblem& problem, const std::vector<BestTrial>& trials) {
  ordered_json best = ordered_json::object();
  for (const auto& trial : trials) {
    const Evaluation& evaluation = trial.evaluation;
    ordered_json entry{{"number", trial.record.trial.number}, {"value", evaluation.values}};
    entry["software_metrics"] = object_of(evaluation.software_metrics);
    entry["hardware_metrics"] = object_of(evaluation.hardware_metrics);
    entry["scaled_metrics"] = object_of(evaluation.scaled_metrics);
    entry["sampled_config"] = problem.space().sampled_config(trial.record.trial.point);
    if (const auto sources = sources_of(evaluation); !sources.empty()) {
      for (const auto& [name, source] : sources) entry["metric_sources"][name] = source;
    }
    if (trial.modelled) entry["modelled_metrics"] = object_of(trial.modelled->hardware_metrics);
    if (!trial.violated.empty()) entry["violated_constraints"] = trial.violated;
    best[std::to_string(best.size())] = std::move(entry);
  }
  return pandas_json(best);
}

std::string best_table(const std::vector<BestTrial>& trials) {
  report::Table table({"", "number", "software_metrics", "hardware_metrics", "scaled_metrics"});
  std::vector<std::pair<std::string, std::vector<int>>> sources;  // text -> trials, in their order
  for (const auto& trial : trials) {
    const Evaluation& evaluation = trial.evaluation;
    const int number = trial.record.trial.number;
    table.add_row({std::to_string(table.rows()), std::to_string(number),
                   report::python_dict(evaluation.software_metrics),
                   report::python_dict(evaluation.hardware_metrics),
                   report::python_dict(
                       {evaluation.scaled_metrics.begin(), evaluation.scaled_metrics.end()})});
    const std::string text = source_text(evaluation);
    if (text.empty()) continue;
    const auto same = [&](const auto& entry) { return entry.first == text; };
    auto found = std::find_if(sources.begin(), sources.end(), same);
    if (found == sources.end()) found = sources.insert(sources.end(), {text, {}});
    found->second.push_back(number);
  }
  std::string result = table.pipes();
  for (const auto& [text, numbers] : sources) {
    const std::string of = sources.size() == 1
                               ? ""
                               : fmt::format(" ({} {})", numbers.size() == 1 ? "trial" : "trials",
                                             fmt::join(numbers, ", "));
    result += fmt::format("Sources{}: {}\n", of, text);
  }
  return result;
}

report::SearchReport search_report(const SearchProblem& problem, const StrategyOptions& strategy,
                                   const std::vector<TrialRecord>& trials, const BestResult& best) {
  report::SearchReport page;
  std::map<std::string, const MetricOptions*> wanted;
  for (const auto& metric : strategy.metrics) wanted[metric.name] = &metric;
  for (const bool objective : {true, false}) {
    for (const auto& runner : problem.runners()) {
      for (const auto& info : runner->metrics()) {
        const auto found = wanted.find(info.name);
        const MetricOptions* metric = found == wanted.end() ? nullptr : found->second;
        if ((metric && metric->direction) != objective) continue;
        report::SearchMetric entry{.name = info.name, .unit = info.unit, .source = info.source};
        if (objective)
          entry.direction = *metric->direction == Direction::kMaximise ? "maximize" : "minimize";
        if (metric) {
          entry.upper = metric->upper;
          entry.lower = metric->lower;
        }
        page.metrics.push_back(std::move(entry));
      }
    }
  }
  std::map<int, const BestTrial*> reported;
  for (const auto& trial : best.trials) {
    reported[trial.record.trial.number] = &trial;
    if (trial.modelled && page.measured_by.empty()) page.measured_by = tools_of(trial.evaluation);
  }
  for (const auto& record : trials) page.trials.push_back(page_trial(problem, record, reported));
  page.notes = best.notes;
  return page;
}

}  // namespace mase::search
