// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sw/search/runners.h"

namespace mase::search {

/// The settings of one runner, read key by key; what nobody asked for is an error of finish().
/// Errors of the readers: UserError Q022 with place, key, what was found and what is allowed.
class RunnerSettings {
 public:
  RunnerSettings(const RunnerOptions& options, bool software);

  const std::string& name() const { return options_.name; }
  const std::string& path() const { return path_; }  ///< "search.strategy.hw_runner.latency"
  const std::string& where() const { return options_.where; }

  const Setting* find(const std::string& key);  ///< any type; counts as read
  std::optional<int64_t> integer(const std::string& key, int64_t least,
                                 int64_t most = std::numeric_limits<int64_t>::max());
  /// Above (or, `or_equal`, from) `least`, and finite.
  std::optional<double> real(const std::string& key, double least, bool or_equal = false);
  std::optional<std::string> choice(const std::string& key,
                                    const std::vector<std::string>& allowed);
  std::optional<std::string> text(const std::string& key);

  /// Errors: UserError Q021 for a key that was never asked for, with the nearest.
  void finish() const;
  [[noreturn]] void fail(const Setting& setting, const std::string& wants) const;

 private:
  const RunnerOptions& options_;
  std::string path_;
  std::vector<std::string> asked_;
};

std::unique_ptr<Runner> make_software_runner(RunnerSettings& settings,
                                             const RunnerContext& context);
std::unique_ptr<Runner> make_hardware_runner(RunnerSettings& settings,
                                             const RunnerContext& context);

std::unique_ptr<Runner> make_latency_runner(RunnerSettings& settings, const RunnerContext& context);

}  // namespace mase::search
