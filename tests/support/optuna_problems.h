// SPDX-License-Identifier: Apache-2.0
// The eight problems on which Optuna's samplers were measured (../shared/optuna/problem_spec.md):
// synthetic mixed-precision surfaces and textbook functions on grids.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "sw/search/sampler/problem.h"

namespace mase::test {

struct Evaluation {
  std::vector<double> values;       ///< [objectives], in the problem's directions
  std::vector<double> constraints;  ///< [constraints], feasible <= 0
  std::vector<double> metrics;      ///< [grey_box->metrics]; MPS: the accuracy
};

struct BenchProblem {
  std::string name;
  search::Problem problem;  ///< without grey box
  /// What is known without running; MPS only. problem.grey_box = grey_box gives the grey-box form.
  std::optional<search::GreyBox> grey_box;
  std::function<Evaluation(const search::Point&)> evaluate;
  std::vector<double> reference;  ///< [objectives], of the losses (maximised ones negated); several
                                  ///< objectives only
  double best_known = 0.0;        ///< hypervolume, or the value of a single objective
};

/// MPS1, MPS2, MPS3, MPS4, ACK10, ZDT1G, ZDT3, DTLZ2G.
const std::vector<std::string>& bench_problem_names();
BenchProblem bench_problem(const std::string& name);

/// Anytime score after the first n evaluations: the best value, or the hypervolume of the feasible
/// points over best_known. evaluations: in the order in which they were made.
double score(const BenchProblem& problem, const std::vector<Evaluation>& evaluations, size_t n);

}  // namespace mase::test
