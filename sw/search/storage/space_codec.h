// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sw/search/storage/storage.h"

namespace mase::search {

/// A row of trial_params.
struct StoredParam {
  std::string name;
  double value = 0.0;        ///< internal representation: number, or index of a categorical choice
  std::string distribution;  ///< JSON text
};

/// Turns points into rows of trial_params and back.
class SpaceCodec {
 public:
  SpaceCodec() = default;
  /// Errors: UserError R013 (a name twice or too long, choices that do not match).
  explicit SpaceCodec(const StudyHeader& header);

  size_t size() const { return parameters_.size(); }
  const std::string& name(size_t i) const { return parameters_[i].parameter.name; }
  /// The distribution as Optuna's distribution_to_json writes it.
  const std::string& distribution(size_t i) const { return distributions_[i]; }

  /// [parameters] what the rows say; nullopt where nothing fits the axis. `others`: there are
  /// parameters that this space does not have.
  struct Decoded {
    std::vector<std::optional<double>> point;
    bool others = false;
    /// Every axis has a value (those of one choice always do), and there is nothing else.
    bool whole() const;
    Point get() const;
  };
  Decoded decode(const std::vector<StoredParam>& rows);

  /// The same for the attribute `fixed_params` of an enqueued trial, which holds the values
  /// themselves. Parameters that the space does not have are left out, as Optuna does. nullopt: a
  /// value that the axis does not have.
  std::optional<std::vector<std::optional<double>>> decode_fixed(const nlohmann::json& fixed) const;
  std::string encode_fixed(const std::vector<std::optional<double>>& point) const;

  /// Is this a value of axis i?
  bool contains(size_t i, double value) const;

  /// The user attribute `mase:space`: what the indices mean.
  nlohmann::json describe() const;
  /// What differs from a described space, a line each; empty: the same.
  std::vector<std::string> differences(const nlohmann::json& stored) const;
  /// Python refuses a study in which a parameter changes its class, its choices or its scale:
  /// what is wrong with a stored distribution of the parameter, if anything.
  std::optional<std::string> conflict(const std::string& name,
                                      const std::string& distribution) const;

 private:
  bool fits(size_t i, const std::string& distribution);

  std::vector<StoredParameter> parameters_;
  std::vector<nlohmann::json> choices_;  ///< [parameters] list of what Optuna sees
  std::vector<std::string> constraint_names_;
  std::vector<std::string> distributions_;
  std::unordered_map<std::string, size_t> index_;
  std::vector<std::unordered_map<std::string, bool>> known_;  ///< [parameters] distribution -> fits
};

}  // namespace mase::search
