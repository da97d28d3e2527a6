// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mase::search {

enum class Direction { kMinimise, kMaximise };

/// States of Optuna's storage.
enum class TrialState { kRunning, kWaiting, kComplete, kPruned, kFail };

/// One axis of the space. Discrete axes are known by the index of their choice, as MASE samples
/// them (`suggest_int(name, 0, n - 1)`).
struct Parameter {
  enum class Kind {
    kOrdinal,  ///< choices in an order that means something: widths, parallelisms
    kNominal,  ///< choices without order: styles, "NA" among numbers
    kReal      ///< a real number in [low, high]; benchmark problems only
  };
  std::string name;
  Kind kind = Kind::kOrdinal;
  int choices = 1;               ///< ordinal and nominal; 1: a constant
  double low = 0.0, high = 1.0;  ///< real
};

/// One value per parameter: the choice's index (a whole number), or the real number itself.
using Point = std::vector<double>;

/// What is known of a point without running anything.
struct Exact {
  std::vector<double> objectives;   ///< [objectives] the known share of each
  std::vector<double> constraints;  ///< [constraints] the known share of each
};

/// The part of the problem that is a formula: for every point
///     objective[j]  = exact.objectives[j]  + sum_m objective_weights[j][m]  * metric[m]
///     constraint[c] = exact.constraints[c] + sum_m constraint_weights[c][m] * metric[m]
/// where the metrics (accuracy, loss, a synthesis) are what a trial has to run for. A row of zeros
/// is an objective or constraint that is known exactly.
struct GreyBox {
  int metrics = 0;
  bool formulas = true;  ///< false: exact() tells which points are legal, and nothing else
  std::vector<std::vector<double>> objective_weights;   ///< [objectives][metrics]
  std::vector<std::vector<double>> constraint_weights;  ///< [constraints][metrics]
  /// nullopt: the point is illegal and must never be evaluated. Thread-safe, cheap (microseconds),
  /// a pure function of the point.
  std::function<std::optional<Exact>(const Point&)> exact;
};

struct Problem {
  std::vector<Parameter> parameters;
  std::vector<Direction> directions;  ///< [objectives], at least one
  int constraints = 0;                ///< a point is feasible when every constraint value is <= 0
  std::optional<GreyBox> grey_box;    ///< nothing is known: absent

  /// Number of points; nullopt when a parameter is real or the product exceeds 2^62.
  std::optional<int64_t> size() const;
};

/// One trial as a sampler sees it.
struct Trial {
  int number = 0;  ///< 0, 1, ... of the study
  TrialState state = TrialState::kRunning;
  Point point;
  std::vector<double> values;       ///< [objectives], COMPLETE only
  std::vector<double> constraints;  ///< [constraints], COMPLETE only; empty: unknown, infeasible
  std::vector<double> metrics;      ///< [grey_box->metrics], COMPLETE only; empty: unknown (a trial
                                    ///< of another worker's)
  std::map<std::string, std::string> attributes;  ///< system attributes, JSON texts
};

/// Sum of the positive constraint values; 0 is feasible. Infinite for a finished trial whose
/// constraints are unknown though the problem has some.
double violation(const Problem& problem, const Trial& trial);

}  // namespace mase::search
