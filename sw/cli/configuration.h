// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sw/cli/command_line.h"
#include "sw/cli/config_file.h"

namespace mase::cli {

/// One option after precedence was settled: default < TOML < command line.
struct Setting {
  const Option* option = nullptr;
  Value file, manual;  ///< monostate: not given there
  Value effective;
  std::string where;  ///< where the effective value stands: "--seed", "file.toml:3", or empty for
                      ///< the default
};

/// All that a run was told: the action, every option's effective value, and the tables of the
/// configuration file.
class Configuration {
 public:
  /// Merges and checks. Errors: UserError K005 for what this release cannot do, naming the option
  /// and the place.
  Configuration(CommandLine line, ConfigFile file);
  /// Reads --config and --quant-config, then merges.
  static Configuration load(CommandLine line);

  const std::string& action() const { return action_; }
  const ConfigFile& file() const { return file_; }
  const std::vector<Setting>& settings() const { return settings_; }
  const Setting& setting(std::string_view key) const;

  /// Typed effective values by Option::key. InternalError when the option is of another type or has
  /// no value.
  int64_t integer(std::string_view key) const;
  double real(std::string_view key) const;
  bool flag(std::string_view key) const;
  const std::string& text(std::string_view key) const;
  std::optional<std::string> optional_text(std::string_view key) const;
  bool given(std::string_view key) const { return !setting(key).where.empty(); }

  /// The grid of Name, Default, Config. File, Manual Override, Effective.
  std::string effective_table() const;

  /// What is suspicious but legal, one sentence each: options that mean nothing for the action.
  std::vector<std::string> warnings() const;

  /// <project-dir>/<project>; the project's name is {model}_{task}_{dataset}_{YYYY-MM-DD} unless
  /// one is given. `model`, `dataset`: canonical names.
  std::filesystem::path project_folder(const std::string& model, const std::string& dataset) const;

  /// The effective configuration as TOML: `mase-gen ACTION --config` of it repeats the run from any
  /// folder.
  std::string to_toml(const std::string& project) const;

 private:
  std::string action_;
  ConfigFile file_;
  std::vector<Setting> settings_;
};

}  // namespace mase::cli
