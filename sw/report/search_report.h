// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mase::report {

/// A figure that trials carry, and what the search wants of it.
struct SearchMetric {
  std::string name;       ///< "accuracy", "lut"
  std::string unit;       ///< "LUT", "ns", "" for a plain number
  std::string source;     ///< of the trials' figures: "software", "systemc-model", "model"
  std::string direction;  ///< "maximize", "minimize", or empty: shown, not an objective
  std::optional<double> upper, lower;  ///< constraints
};

struct SearchTrial {
  int number = 0;
  std::string state;                      ///< Optuna's: "COMPLETE", "FAIL", ...
  std::map<std::string, double> metrics;  ///< by name; a metric may be absent
  /// What Verilator and Yosys found for the same design, by name, where it was measured again.
  std::map<std::string, double> measured;
  bool front = false;     ///< on the Pareto front of the study, or its best trial
  bool feasible = true;   ///< meets every constraint
  std::string failure;    ///< why it failed
  double start_ms = 0.0;  ///< since 1970
  double duration_ms = 0.0;
  /// Sampled configuration, node -> key -> value, in the order of the network.
  std::vector<std::pair<std::string, std::vector<std::pair<std::string, std::string>>>> config;
};

struct SearchReport {
  std::string title;  ///< of the page: the project
  /// Shown above the plot in this order: {"network", "jsc-tiny"}, {"sampler", "greybox"}, ...
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<std::string> notes;  ///< sentences under the facts: what is measured, what is absent
  std::string measured_by;  ///< source of SearchTrial::measured: "Verilator 5.006, Yosys 0.23"
  std::vector<SearchMetric> metrics;  ///< the objectives first
  std::vector<SearchTrial> trials;    ///< by number
};

/// One HTML page that needs nothing else, neither files nor a network: metric against metric with
/// the Pareto front, limits and measured figures, the front over time, trial details under the
/// pointer, widths per node, every trial in a table. The part of the URL behind '#' (x, y, until,
/// trial) says what is shown, so that a view can be passed on as a link.
/// Numbers that are not finite are left out. Text is escaped.
std::string search_report_html(const SearchReport& report);

}  // namespace mase::report
