// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gen/graph/graph.h"
#include "gen/pass/quantise.h"
#include "sw/cli/option.h"
#include "sw/search/options.h"

namespace mase::cli {

/// [hardware]
struct HardwareTable {
  std::optional<double> clock_mhz;      ///< clock that latency_ns is reported for
  std::optional<int64_t> target_ii;     ///< cycles a sample may take; parallelism is chosen for it
  std::optional<double> adder_seconds;  ///< search for the adders of an unrolled node
  std::vector<double> slr_budget;       ///< share of each SLR that a design may use
  graph::Hardware standard;             ///< of every node that does not say otherwise
  std::map<std::string, graph::Hardware> nodes;  ///< [hardware.nodes.<node>]
};

/// [mlp]: the model named "mlp".
struct MlpTable {
  std::vector<int64_t> widths;  ///< features of the input, of each layer, of the output
  bool batch_norm = true;
  std::string activation = "relu";
};

/// A value with the line it stands on ("file.toml:7").
struct Located {
  Value value;
  std::string where;
};

/// A TOML file as it was read and checked; nothing of it is unknown or out of range.
struct ConfigFile {
  std::string path;                               ///< empty: there is no file
  std::map<std::string, Located> options;         ///< Option::key -> value
  std::optional<pass::QuantiseOptions> quantise;  ///< [passes.quantize]
  bool quantise_report = true;   ///< its `report`: print the table of changed operators
  std::string quantise_where;    ///< file:line of that table
  bool fold_batch_norm = false;  ///< [passes.fold_batch_norm]
  HardwareTable hardware;
  std::optional<MlpTable> mlp;
  std::optional<search::SearchOptions> search;  ///< [search.*], options of the program apart
  std::string sections;                         ///< every table of the file as TOML text
};

/// Reads and checks a configuration. `text`: its content; `name`: its path for messages.
/// Errors: UserError K010 (not TOML, with line), K011 (unknown key, with line and the nearest
/// known), K012 (wrong type or value, with line), and B001/B002 when the file cannot be read.
ConfigFile read_config(const std::filesystem::path& path);
ConfigFile parse_config(const std::string& text, const std::string& name);

/// --quant-config: takes [passes.quantize] of `other` (a file with that table, or with its keys at
/// top level). Errors: as read_config; K012 when the file has no quantisation.
void take_quantisation(ConfigFile& config, const std::filesystem::path& other);

}  // namespace mase::cli
