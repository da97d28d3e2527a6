// SPDX-License-Identifier: Apache-2.0
#include "sw/search/problem_builder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <random>

#include "gen/base/error.h"
#include "sw/search/exact_metrics.h"
#include "sw/search/metric_table.h"

namespace mase::search {

struct SearchProblem::Impl {
  std::shared_ptr<const Space> space;
  std::vector<std::shared_ptr<const Runner>> runners;
  MetricTable table;
  Problem problem;
  std::vector<std::string> notes;
  std::shared_ptr<const ExactMetrics> exact;  ///< null where nothing is a formula

  mutable std::mutex mutex;  ///< of `measured`
  mutable std::vector<std::shared_ptr<const Runner>> measured;
  mutable bool measured_made = false;

  Candidate candidate(const Point& point) const {
    if (auto reason = space->illegal(point)) throw UserError("Q010", *reason);
    return Candidate(space->graph(point), space->hardware_options(point));
  }

  /// A space in which no network can become hardware is told now, not trial by trial.
  void probe() const {
    std::mt19937_64 random(1);
    std::optional<UserError> first;
    const auto& parameters = space->parameters();
    for (int attempt = 0; attempt < 64; ++attempt) {
      Point point;
      for (const Parameter& p : parameters) {
        const auto choices = static_cast<uint64_t>(p.choices);
        point.push_back(attempt == 0   ? 0.0
                        : attempt == 1 ? static_cast<double>(choices - 1)
                                       : static_cast<double>(random() % choices));
      }
      if (space->illegal(point)) continue;
      try {
        candidate(point).hardware();
        return;
      } catch (const UserError& error) {
        if (!first) first = error;
      }
    }
    if (first) throw *first;
  }

  void make_problem() {
    problem.parameters = space->parameters();
    problem.directions = table.directions();
    problem.constraints = static_cast<int>(table.constraints().size());
    const bool formulas = !table.analytic().empty();
    if (!formulas && !space->may_be_illegal()) return;
    exact = std::make_shared<ExactMetrics>(space, runners, table.analytic());
    GreyBox box;
    box.metrics = static_cast<int>(table.unknown().size());
    box.formulas = formulas;
    box.objective_weights = table.objective_weights();
    box.constraint_weights = table.constraint_weights();
    // The table and the metrics live as long as the function does: samplers may outlive us.
    box.exact = [exact = exact, table = table](const Point& point) -> std::optional<Exact> {
      const auto values = exact->at(point);
      if (!values) return std::nullopt;
      return table.exact(*values);
    };
    problem.grey_box = std::move(box);
  }

  void run(const Runner& runner, Candidate& candidate, Evaluation& into) const {
    const std::vector<double> values = runner.run(candidate);
    const auto& infos = runner.metrics();
    MASE_CHECK(values.size() == infos.size(), "{} gave {} of {} metrics", runner.name(),
               values.size(), infos.size());
    auto& list = runner.software() ? into.software_metrics : into.hardware_metrics;
    for (size_t i = 0; i < infos.size(); ++i) {
      const auto same = [&](const auto& entry) { return entry.first == infos[i].name; };
      const auto found = std::find_if(list.begin(), list.end(), same);
      if (found == list.end()) {
        list.emplace_back(infos[i].name, values[i]);
      } else {
        found->second = values[i];  // evaluated after the training
      }
      into.sources[infos[i].name] = infos[i].source;
    }
  }

  const std::vector<std::shared_ptr<const Runner>>& measuring() const {
    const std::lock_guard lock(mutex);
    if (!measured_made) {
      std::vector<std::shared_ptr<const Runner>> made;
      for (const auto& runner : runners) {
        if (auto twin = runner->measured()) made.push_back(std::move(twin));
      }
      measured = std::move(made);
      measured_made = true;
    }
    return measured;
  }
};

std::string SearchProblem::first_refusal() const {
  return impl_->exact ? impl_->exact->first_refusal() : std::string();
}

SearchProblem::SearchProblem(std::shared_ptr<const Space> space, const StrategyOptions& strategy,
                             const RunnerContext& context)
    : impl_(std::make_unique<Impl>()) {
  impl_->space = std::move(space);
  impl_->runners = make_runners(strategy, context);
  impl_->table = MetricTable(strategy, impl_->runners);
  impl_->notes = impl_->space->notes();
  for (const auto& note : impl_->table.notes()) impl_->notes.push_back(note);
  const bool hardware = std::any_of(impl_->runners.begin(), impl_->runners.end(),
                                    [](const auto& runner) { return runner->needs_hardware(); });
  if (hardware) impl_->probe();
  impl_->make_problem();
}

SearchProblem::~SearchProblem() = default;

const Space& SearchProblem::space() const { return *impl_->space; }
const Problem& SearchProblem::problem() const { return impl_->problem; }
const std::vector<std::shared_ptr<const Runner>>& SearchProblem::runners() const {
  return impl_->runners;
}
const std::vector<std::string>& SearchProblem::objective_names() const {
  return impl_->table.objective_names();
}
const std::vector<std::string>& SearchProblem::constraint_names() const {
  return impl_->table.constraint_names();
}
const std::vector<std::string>& SearchProblem::metric_names() const {
  return impl_->table.unknown();
}
const std::vector<std::string>& SearchProblem::notes() const { return impl_->notes; }

std::string SearchProblem::unit(const std::string& metric) const {
  for (const auto& runner : impl_->runners) {
    for (const MetricInfo& info : runner->metrics()) {
      if (info.name == metric) return info.unit;
    }
  }
  return {};
}

Evaluation SearchProblem::evaluate(const Point& point) const {
  Candidate candidate = impl_->candidate(point);
  Evaluation result;
  for (const auto& runner : impl_->runners) impl_->run(*runner, candidate, result);
  derive(result);
  return result;
}

bool SearchProblem::can_remeasure() const {
  return std::any_of(impl_->runners.begin(), impl_->runners.end(),
                     [](const auto& runner) { return runner->can_be_measured(); });
}

void SearchProblem::find_measuring_tools() const { impl_->measuring(); }

Evaluation SearchProblem::remeasure(const Point& point, const Evaluation& before) const {
  Candidate candidate = impl_->candidate(point);
  Evaluation result = before;
  Evaluation scratch;
  // Trained weights are not stored; training is a function of the seed.
  for (const auto& runner : impl_->runners) {
    if (runner->changes_parameters()) impl_->run(*runner, candidate, scratch);
  }
  for (const auto& runner : impl_->measuring()) impl_->run(*runner, candidate, result);
  derive(result);
  return result;
}

void SearchProblem::derive(Evaluation& evaluation) const {
  std::map<std::string, double> values;
  for (const auto& list : {evaluation.software_metrics, evaluation.hardware_metrics}) {
    for (const auto& [name, value] : list) values[name] = value;
  }
  impl_->table.derive(values, evaluation);
}

}  // namespace mase::search
