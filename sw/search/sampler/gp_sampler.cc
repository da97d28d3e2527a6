// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/gp_sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sw/search/sampler/gp_moves.h"

namespace mase::search {
namespace {

constexpr int kWholeSpace = 512;    ///< in a space not larger every free point is scored
constexpr int kScalarisations = 2;  ///< tried for one that is not exhausted
constexpr int kNeighbours = 64;     ///< of a climb's point that are looked at in a step
constexpr int kIncumbents = 10;     ///< of one objective
constexpr int kClimbSteps = 10;

/// How much is searched for the best candidate: less where every candidate costs several models.
struct Effort {
  int random, mutated, climbs;
};
Effort effort_for(int models) { return models <= 2 ? Effort{100, 200, 4} : Effort{50, 100, 3}; }

bool all_finite(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

}  // namespace

GpSampler::GpSampler(const Problem& problem, const SamplerOptions& options, bool knowledge)
    : SamplerBase(problem, options),
      view_(problem_, knowledge),
      models_(problem_, view_, options.startup_trials),
      sobol_(static_cast<int>(problem.parameters.size()), options.seed) {}

void GpSampler::changed(const Trial& trial) {
  if (trial.state != TrialState::kComplete || observed_.contains(trial.number)) return;
  if (trial.values.size() != problem_.directions.size() || !all_finite(trial.values)) return;
  observed_.insert(trial.number);
  models_.observe(trial.point, view_.metrics_of(trial));
}

std::optional<Proposal> GpSampler::propose(int, int, RandomStream& random) {
  return Proposal{uniform_point(problem_, random), {}};
}

std::optional<Proposal> GpSampler::ask(int number) {
  RandomStream random(options_.seed, number);
  calls_before_ = view_.calls();
  std::optional<Point> point;
  const bool start = static_cast<int>(observed_.size()) < options_.startup_trials;
  if (start) {
    point = start_point(number, random);
  } else if (models_.ready()) {
    point = search(number, random);
  }
  if (!point) point = any_allowed(random);
  if (!point) return std::nullopt;
  return Proposal{std::move(*point), {}};
}

std::optional<Point> GpSampler::start_point(int number, RandomStream& random) {
  if (number < 2) {
    Point corner;
    for (const Parameter& parameter : problem_.parameters) {
      const bool real = parameter.kind == Parameter::Kind::kReal;
      const double low = real ? parameter.low : 0.0;
      const double high = real ? parameter.high : parameter.choices - 1.0;
      corner.push_back(number == 0 ? low : high);
    }
    if (!seen_.contains(corner) && view_.allowed(corner)) return corner;
  }
  for (uint32_t attempt = 0; attempt < 16; ++attempt) {
    // Points far down the sequence are this trial's own, should the first be taken or not allowed.
    const auto u = sobol_.at(static_cast<uint32_t>(number) + (attempt << 24));
    Point point(u.size());
    for (size_t i = 0; i < u.size(); ++i) {
      const Parameter& parameter = problem_.parameters[i];
      point[i] = parameter.kind == Parameter::Kind::kReal
                     ? parameter.low + u[i] * (parameter.high - parameter.low)
                     : std::floor(u[i] * parameter.choices);
    }
    if (!seen_.contains(point) && view_.allowed(point)) return point;
  }
  return any_allowed(random);
}

std::vector<Point> GpSampler::incumbents() const {
  struct Row {
    double violation;
    std::vector<double> values;
    const Point* point;
  };
  std::vector<Row> rows;
  for (const int number : observed_) {
    const Trial& trial = trials_.at(number);
    const double excess = violation(problem_, trial);
    rows.push_back({std::isnan(excess) ? std::numeric_limits<double>::infinity() : excess,
                    view_.values(trial), &trial.point});
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return a.violation != b.violation ? a.violation < b.violation : a.values < b.values;
  });
  std::vector<Point> points;
  if (rows.empty() || rows[0].violation > 0.0 || view_.objectives() == 1) {
    for (const Row& row : rows) {
      if (static_cast<int>(points.size()) == kIncumbents) break;
      points.push_back(*row.point);
    }
    return points;
  }
  std::erase_if(rows, [](const Row& row) { return row.violation > 0.0; });
  std::vector<Losses> feasible;
  for (const Row& row : rows) feasible.push_back(row.values);
  const std::vector<int> ranks = domination_ranks(feasible, 1);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (ranks[i] == 0) points.push_back(*rows[i].point);
  }
  return points;
}

std::vector<GpSampler::Scored> GpSampler::score(std::vector<Point> candidates, const GpGoal& goal,
                                                PointSet& visited) {
  std::vector<Point> allowed;
  std::vector<Exact> known;
  std::vector<size_t> origins;
  for (size_t i = 0; i < candidates.size(); ++i) {
    Point& point = candidates[i];
    if (!visited.insert(point).second || seen_.contains(point)) continue;
    if (!budget_left()) break;
    const Exact* exact = view_.exact(point);
    if (view_.known_violation(exact) > 0.0) continue;
    known.push_back(*exact);
    allowed.push_back(std::move(point));
    origins.push_back(i);
  }
  const auto beliefs = models_.beliefs(allowed);
  std::vector<Scored> scored;
  for (size_t i = 0; i < allowed.size(); ++i) {
    const double value = goal.score(known[i], beliefs[i]);
    if (!std::isnan(value)) scored.push_back({std::move(allowed[i]), value, origins[i]});
  }
  return scored;
}

std::optional<Point> GpSampler::search(int number, RandomStream& random) {
  std::vector<Point> running;
  for (const auto& [other, trial] : trials_) {
    if (trial.state == TrialState::kRunning && other != number) running.push_back(trial.point);
  }
  models_.set_running(running);
  std::vector<Losses> known;
  for (const int done : observed_) {
    const Trial& trial = trials_.at(done);
    if (violation(problem_, trial) == 0.0) known.push_back(view_.values(trial));
  }
  const auto fantasies = models_.beliefs(running);
  for (size_t i = 0; i < running.size(); ++i) {
    const Exact* exact = view_.exact(running[i]);
    if (exact == nullptr) continue;
    bool feasible = true;
    for (int c = 0; c < view_.constraints(); ++c) {
      feasible = feasible && view_.constraint(c, *exact, fantasies[i]).mean <= 0.0;
    }
    if (!feasible) continue;
    known.emplace_back();
    for (int j = 0; j < view_.objectives(); ++j) {
      known.back().push_back(view_.objective(j, *exact, fantasies[i]).mean);
    }
  }
  // A scalarisation whose best point is known already has nothing to offer: the next one.
  for (int attempt = 0; attempt < kScalarisations; ++attempt) {
    const GpGoal goal(view_, known, number, random);
    auto best = maximise(goal, random);
    if (!best) return std::nullopt;
    if (!goal.exhausted(best->score)) return best->point;
  }
  auto best = maximise(GpGoal(view_, known, GpGoal::kHypervolumeTurn, random), random);
  if (!best) return std::nullopt;
  return best->point;
}

std::optional<GpSampler::Scored> GpSampler::maximise(const GpGoal& goal, RandomStream& random) {
  const Effort effort = effort_for(models_.models());
  PointSet visited;
  std::vector<Point> pool;
  const auto size = problem_.size();
  const bool whole = size && *size <= kWholeSpace;
  if (whole) {
    for (int64_t i = 0; i < *size; ++i) pool.push_back(point_at(problem_, i));
  } else {
    for (int i = 0; i < effort.random; ++i) pool.push_back(uniform_point(problem_, random));
    const std::vector<Point> bases = incumbents();
    for (int i = 0; i < effort.mutated && !bases.empty(); ++i) {
      const auto& base = bases[static_cast<size_t>(random.below(bases.size()))];
      pool.push_back(mutated(problem_, base, 1 + static_cast<int>(random.below(3)), random));
    }
  }
  std::vector<Scored> scored = score(std::move(pool), goal, visited);
  if (scored.empty()) return std::nullopt;
  const auto better = [](const Scored& a, const Scored& b) { return a.score > b.score; };
  std::stable_sort(scored.begin(), scored.end(), better);
  if (whole) return scored[0];
  if (static_cast<int>(scored.size()) > effort.climbs) scored.resize(effort.climbs);
  Scored best = scored[0];
  std::vector<Scored> climbs = std::move(scored);
  for (int step = 0; step < kClimbSteps && !climbs.empty(); ++step) {
    // All climbs advance together: one large prediction is cheaper than many small ones.
    std::vector<Point> around;
    std::vector<size_t> climb_of;
    for (size_t i = 0; i < climbs.size(); ++i) {
      for (Point& point : exchange_neighbours(problem_, climbs[i].point, kNeighbours, random)) {
        around.push_back(std::move(point));
        climb_of.push_back(i);
      }
    }
    std::vector<bool> moved(climbs.size(), false);
    for (Scored& neighbour : score(std::move(around), goal, visited)) {
      const size_t i = climb_of[neighbour.origin];
      if (!better(neighbour, climbs[i])) continue;
      climbs[i] = std::move(neighbour);
      moved[i] = true;
    }
    std::vector<Scored> next;
    for (size_t i = 0; i < climbs.size(); ++i) {
      if (!moved[i]) continue;
      if (better(climbs[i], best)) best = climbs[i];
      next.push_back(std::move(climbs[i]));
    }
    climbs = std::move(next);
  }
  return best;
}

std::optional<Point> GpSampler::any_allowed(RandomStream& random) {
  constexpr int kTries = 200, kDescents = 8, kDescentSteps = 150;
  constexpr int64_t kScan = int64_t{1} << 20;
  const auto free = [&](const Point& point) {
    return !seen_.contains(point) && view_.allowed(point);
  };
  for (int i = 0; i < kTries; ++i) {
    Point point = uniform_point(problem_, random);
    if (free(point)) return point;
  }
  const std::vector<Point> bases = incumbents();
  for (int i = 0; i < kTries && !bases.empty(); ++i) {
    const auto& base = bases[static_cast<size_t>(random.below(bases.size()))];
    Point point = mutated(problem_, base, 1 + static_cast<int>(random.below(3)), random);
    if (free(point)) return point;
  }
  for (int descent = 0; descent < kDescents; ++descent) {
    Point point = uniform_point(problem_, random);
    double excess = view_.known_violation(view_.exact(point));
    for (int i = 0; i < kDescentSteps; ++i) {
      Point next = mutated(problem_, point, 1, random);
      const double moved = view_.known_violation(view_.exact(next));
      if (moved > excess) continue;
      point = std::move(next);
      excess = moved;
      if (free(point)) return point;
    }
  }
  const auto size = problem_.size();
  if (!size || *size > kScan) return std::nullopt;
  for (; cursor_ < *size; ++cursor_) {
    Point point = point_at(problem_, cursor_);
    if (free(point)) return point;
  }
  return std::nullopt;
}

std::unique_ptr<Sampler> make_gp(const Problem& problem, const SamplerOptions& options) {
  return std::make_unique<GpSampler>(problem, options, false);
}

std::unique_ptr<Sampler> make_greybox(const Problem& problem, const SamplerOptions& options) {
  if (!problem.grey_box) return make_gp(problem, options);
  return std::make_unique<GpSampler>(problem, options, true);
}

}  // namespace mase::search
