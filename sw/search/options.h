// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sw/search/sampler/problem.h"

namespace mase::search {

/// What `[search.*]` of a configuration says, as it stands there: types are TOML's, ranges and
/// names are checked by who uses them (make_space, make_runners, SearchProblem), which is why
/// everything carries its place in the file.

/// One scalar of a configuration.
using Choice = std::variant<bool, int64_t, double, std::string>;

/// `8`, `0.5`, `true`, `NA`: for messages, tables and parameter values.
std::string to_string(const Choice& choice);

/// `data_in_width = [4, 8]`.
struct ChoiceList {
  std::string key;
  std::vector<Choice> values;
  std::string where;  ///< "file.toml:17"; may be empty
};

/// `[search.search_space.seed.<name>.config]` and, beside it, `.hardware`.
struct SeedOptions {
  std::string name;                  ///< a node, a type ("linear"), or "default"
  std::vector<ChoiceList> config;    ///< in file order; hardware keys may stand here as well
  std::vector<ChoiceList> hardware;  ///< in file order
  std::string where;
};

/// `[search.search_space]`.
struct SpaceOptions {
  std::string name = "graph/quantize/mixed_precision_ptq";
  std::string by = "name";           ///< `setup.by`: "name" or "type"
  std::vector<SeedOptions> seeds;    ///< in file order
  std::vector<ChoiceList> hardware;  ///< `[search.search_space.hardware]`: global choices
  std::string where;
};

/// `num_samples = 512`.
struct Setting {
  std::string key;
  Choice value;
  std::string where;
};

/// `[search.strategy.sw_runner.<name>]` or `[search.strategy.hw_runner.<name>]`.
struct RunnerOptions {
  std::string name;
  std::vector<Setting> settings;
  std::string where;
};

/// `[search.strategy.metrics]`, one entry. A metric with a scale or a direction is an objective;
/// one with limits alone is a constraint.
struct MetricOptions {
  std::string name;
  std::optional<double> scale;
  std::optional<Direction> direction;
  std::optional<double> upper, lower;  ///< on the unscaled value
  std::string where;
};

/// `[search.strategy]` and `[search.strategy.setup]`.
struct StrategyOptions {
  std::string name = "optuna";
  bool eval_mode = true;
  std::vector<RunnerOptions> sw_runners, hw_runners;  ///< in file order
  std::vector<MetricOptions> metrics;                 ///< in file order

  // setup
  int64_t n_jobs = 1;
  int64_t n_trials = 20;          ///< of the study in total
  std::optional<double> timeout;  ///< seconds
  std::string sampler = "auto";
  bool uniform_weights = false;  ///< tpe, several objectives: no hypervolume weights
  bool sum_scaled_metrics = false;
  std::optional<Direction> direction;  ///< of the sum
  bool deterministic = false;
  std::optional<uint64_t> seed;  ///< absent: the project's
  std::string storage;           ///< empty: search_ckpts/study.db; or postgresql://...
  std::string where;
};

struct SearchOptions {
  SpaceOptions space;
  StrategyOptions strategy;
};

}  // namespace mase::search
