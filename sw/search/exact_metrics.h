// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sw/search/metric_table.h"
#include "sw/search/runners.h"
#include "sw/search/space.h"

namespace mase::search {

/// The metrics that are formulas, of any point, computed without running a trial and remembered.
/// Thread-safe.
class ExactMetrics {
 public:
  ExactMetrics(std::shared_ptr<const Space> space,
               const std::vector<std::shared_ptr<const Runner>>& runners,
               std::vector<AnalyticMetric> wanted);

  /// [wanted] values; nullopt: the point is illegal, or no hardware can be made of it.
  std::optional<std::vector<double>> at(const Point& point) const;

  /// Why the first point of which no hardware can be made was refused; empty: there was none yet.
  std::string first_refusal() const;

 private:
  std::optional<std::vector<double>> compute(const Point& point) const;

  /// What a thread computes in.
  struct Desk {
    Space::Configured configured;
    arch::BuildMemory memory;
  };
  Desk free_desk() const;

  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string, std::optional<std::vector<double>>> known;
  };

  std::shared_ptr<const Space> space_;
  std::vector<AnalyticMetric> wanted_;
  std::vector<std::shared_ptr<const Runner>> runners_;  ///< [runners], null where none is wanted
  bool fixed_parameters_;  ///< every point has the same weights: what they become is remembered
  mutable pass::LowerCache lowered_;
  mutable std::mutex refusal_mutex_;
  mutable std::string first_refusal_;
  mutable std::mutex desks_mutex_;
  mutable std::vector<Desk> free_desks_;
  mutable std::array<Shard, 16> shards_;
};

}  // namespace mase::search
