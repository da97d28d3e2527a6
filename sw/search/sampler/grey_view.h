// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstring>
#include <optional>
#include <unordered_map>
#include <vector>

#include "sw/search/sampler/acquisition.h"
#include "sw/search/sampler/problem.h"
#include "sw/search/sampler/random_stream.h"

namespace mase::search {

/// For sets and maps of points.
struct PointHash {
  size_t operator()(const Point& point) const {
    uint64_t hash = 0;
    for (const double value : point) {
      uint64_t bits;
      std::memcpy(&bits, &value, sizeof bits);
      hash = mix64(hash + bits + 0x9e3779b97f4a7c15ULL);
    }
    return hash;
  }
};

/// What a model-based sampler sees of a problem: everything minimised, objectives and constraints
/// as known parts plus weighted metrics. With the problem's grey box the metrics are its own;
/// without, every objective and every constraint is a metric of weight one and nothing is known but
/// which points are legal.
class GreyView {
 public:
  /// problem: must outlive this. knowledge: use its grey box (there must be one).
  GreyView(const Problem& problem, bool knowledge);

  bool knowledge() const { return knowledge_; }
  int metrics() const { return metrics_; }
  int objectives() const { return static_cast<int>(objective_weights_.size()); }
  int constraints() const { return static_cast<int>(constraint_weights_.size()); }
  /// Some objective or constraint depends on the metric.
  bool needed(int metric) const { return needed_[metric]; }

  /// Some objective depends on no metric.
  bool any_exact_objective() const { return any_exact_objective_; }

  /// Known parts at a legal point, objectives minimised; nullptr: illegal. Cached; the pointer is
  /// valid until the next call.
  const Exact* exact(const Point& point);
  /// The point is legal and breaks no constraint that is known exactly.
  bool allowed(const Point& point) { return known_violation(exact(point)) <= 0.0; }
  /// Sum of the positive values of the constraints known exactly; infinite: illegal (nullptr).
  double known_violation(const Exact* known) const;
  /// Calls of the problem's function, cached answers not counted.
  int64_t calls() const { return calls_; }

  /// The belief about an objective or a constraint from those about the metrics (independent).
  Belief objective(int j, const Exact& exact, const std::vector<Belief>& metrics) const;
  Belief constraint(int c, const Exact& exact, const std::vector<Belief>& metrics) const;

  /// Values of a COMPLETE trial, minimised. Shape: [objectives].
  std::vector<double> values(const Trial& trial) const;

  /// Metrics of a COMPLETE trial. Those of another worker's trial are recovered from its values
  /// where the weights determine them. Shape: [metrics]; NaN: unknown.
  std::vector<double> metrics_of(const Trial& trial);

 private:
  Belief combine(const std::vector<double>& weights, double known,
                 const std::vector<Belief>& metrics) const;
  std::vector<double> recover(const Trial& trial);

  const Problem& problem_;
  bool knowledge_;
  bool any_exact_objective_ = false;
  int metrics_ = 0;
  std::vector<double> sign_;                             ///< [objectives] -1 where maximised
  std::vector<std::vector<double>> objective_weights_;   ///< [objectives][metrics], minimised
  std::vector<std::vector<double>> constraint_weights_;  ///< [constraints][metrics]
  std::vector<bool> needed_;                             ///< [metrics]
  std::vector<bool> exact_constraint_;                   ///< [constraints] no metric in it
  std::unordered_map<Point, std::optional<Exact>, PointHash> cache_;
  int64_t calls_ = 0;
};

}  // namespace mase::search
