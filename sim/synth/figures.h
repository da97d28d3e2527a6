// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace mase::synth {

/// One figure of hardware/report.json: {"value", "unit", "source"} under `name`.
struct Figure {
  std::string name;
  double value = 0;
  std::string unit;    ///< "LUT", "MHz", "ns", ...
  std::string source;  ///< "yosys", "nextpnr", "vivado-synth", "vivado-routed", with details
};

/// What one tool found out about a design on a target.
struct Figures {
  std::string target;  ///< the part
  std::vector<Figure> metrics;
  std::vector<std::pair<std::string, std::string>> tools;  ///< name, version
};

/// hardware/report.json with these figures in it: they take the place of those of the same name;
/// resources and frequencies of another target go. `report`: the text of an existing one, or empty;
/// what is of another design or not ours counts for nothing. `hash`: of the design.
std::string merge_figures(const std::string& report, const std::string& hash,
                          const Figures& figures);

/// Whether the source of a figure is a tool that looked at resources and timing.
bool is_of_implementation(const std::string& source);

}  // namespace mase::synth
