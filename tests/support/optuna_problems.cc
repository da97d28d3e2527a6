// SPDX-License-Identifier: Apache-2.0
#include "tests/support/optuna_problems.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "sw/search/sampler/pareto.h"

namespace mase::test {
namespace {

using search::Direction;
using search::Parameter;
using search::Point;

constexpr double kSensitivity[] = {1.0, 0.45, 0.6, 0.25, 0.4, 0.15, 0.1, 0.9};
constexpr double kKiloMacs[] = {442, 1180, 2359, 1180, 2359, 590, 1180, 131};
constexpr double kKiloParameters[] = {0.9, 2.3, 4.6, 9.2, 18.4, 36.9, 73.7, 5.1};
constexpr int kWidths[] = {2, 4, 8};
constexpr int kDataWidths[] = {4, 8};
constexpr int kParallelisms[] = {1, 2, 4, 8};
constexpr double kWeightNoise[] = {0.25, 0.035, 0.0008};
constexpr double kDataNoise[] = {0.06, 0.0015};
constexpr double kBiasNoise[] = {0.05, 0.008, 0.0002};

/// One layer's choices; bias and parallelism are 8 and 1 where they are not searched.
struct Layer {
  int id, weight, data, bias = -1, parallelism = -1;  ///< indices of choices, -1: not searched
};

enum class Extra { kNothing, kBias, kParallelism };

struct Surface {
  std::vector<int> ids;
  Extra extra;

  std::vector<Layer> layers(const Point& x) const {
    std::vector<Layer> layers;
    size_t at = 0;
    for (const int id : ids) {
      Layer layer{id, static_cast<int>(x[at]), static_cast<int>(x[at + 1])};
      at += 2;
      if (extra == Extra::kBias) layer.bias = static_cast<int>(x[at++]);
      if (extra == Extra::kParallelism) layer.parallelism = static_cast<int>(x[at++]);
      layers.push_back(layer);
    }
    return layers;
  }

  double accuracy(const Point& x) const {
    int64_t hash = 17;
    for (const double v : x) hash = (hash * 31 + static_cast<int64_t>(v) + 1) % 1000003;
    const double noise = static_cast<double>(hash) / 1000003 - 0.5;
    const auto all = layers(x);
    double e = 0.0;
    for (const Layer& l : all) {
      double sum = kWeightNoise[l.weight] + kDataNoise[l.data];
      if (extra == Extra::kBias) sum += kBiasNoise[l.bias];
      e += kSensitivity[l.id] * sum;
    }
    for (size_t j = 0; j + 1 < all.size(); ++j) {
      e += 4 * std::sqrt(kSensitivity[all[j].id] * kSensitivity[all[j + 1].id]) *
           kWeightNoise[all[j].weight] * kWeightNoise[all[j + 1].weight];
    }
    const double a = 0.92 * std::exp(-e) + 0.10 * (1 - std::exp(-e)) + 0.006 * noise;
    return std::floor(a * 512 + 0.5) / 512;
  }

  double latency_us(const Point& x) const {
    double largest = 0.0, sum = 0.0;
    for (const Layer& l : layers(x)) {
      const int pack = kWidths[l.weight] <= 4 && kDataWidths[l.data] == 4 ? 2 : 1;
      const double cycles =
          std::ceil(kKiloMacs[l.id] * 1000 / (8 * kParallelisms[l.parallelism] * pack));
      largest = std::max(largest, cycles);
      sum += cycles;
    }
    return (largest + 0.15 * sum) / 200;
  }

  double luts(const Point& x) const {
    double sum = 0.0;
    for (const Layer& l : layers(x)) {
      const int w = kWidths[l.weight], a = kDataWidths[l.data];
      sum += 300 + 8 * kParallelisms[l.parallelism] * (1.2 * w * a + 4 * (w + a));
    }
    return sum;
  }

  double energy_uj(const Point& x) const {
    double sum = 0.0;
    for (const Layer& l : layers(x)) {
      sum += kKiloMacs[l.id] * (0.05 + 0.2 * kWidths[l.weight] * kDataWidths[l.data] / 64) / 1000;
    }
    return sum;
  }

  double average_bits(const Point& x) const {
    double bits = 0.0, parameters = 0.0;
    for (const Layer& l : layers(x)) {
      double sum = kWidths[l.weight] + 0.5 * kDataWidths[l.data];
      if (extra == Extra::kBias) sum += 0.05 * kWidths[l.bias];
      bits += kKiloParameters[l.id] * sum;
      parameters += kKiloParameters[l.id];
    }
    return bits / parameters;
  }
};

void add(BenchProblem& bench, const std::string& name, int choices) {
  bench.problem.parameters.push_back({name, Parameter::Kind::kOrdinal, choices});
}

/// The objectives and constraints are exact + weights * accuracy.
void define(BenchProblem& bench, const Surface& surface, std::vector<double> accuracy_weights,
            std::function<search::Exact(const Point&)> exact) {
  for (const int id : surface.ids) {
    const std::string suffix = std::to_string(id);
    add(bench, "w" + suffix, 3);
    add(bench, "a" + suffix, 2);
    if (surface.extra == Extra::kBias) add(bench, "b" + suffix, 3);
    if (surface.extra == Extra::kParallelism) add(bench, "p" + suffix, 4);
  }
  search::GreyBox grey;
  grey.metrics = 1;
  for (const double weight : accuracy_weights) grey.objective_weights.push_back({weight});
  grey.constraint_weights.assign(static_cast<size_t>(bench.problem.constraints), {0.0});
  grey.exact = [exact](const Point& x) { return std::optional(exact(x)); };
  bench.grey_box = std::move(grey);
  bench.evaluate = [=](const Point& x) {
    const double accuracy = surface.accuracy(x);
    const search::Exact known = exact(x);
    Evaluation evaluation{known.objectives, known.constraints, {accuracy}};
    for (size_t j = 0; j < accuracy_weights.size(); ++j) {
      evaluation.values[j] += accuracy_weights[j] * accuracy;
    }
    return evaluation;
  };
}

void define_mps(BenchProblem& bench) {
  const std::vector<int> all = {0, 1, 2, 3, 4, 5, 6, 7};
  auto& problem = bench.problem;
  if (bench.name == "MPS1") {
    problem.directions = {Direction::kMaximise};
    bench.best_known = 66.03457999999999;
    const Surface surface{all, Extra::kParallelism};
    define(bench, surface, {100.0}, [surface](const Point& x) {
      return search::Exact{{-0.02 * surface.latency_us(x) - 0.0005 * surface.luts(x)}, {}};
    });
  } else if (bench.name == "MPS3") {
    problem.directions = {Direction::kMaximise, Direction::kMinimise, Direction::kMinimise};
    problem.constraints = 1;
    bench.reference = {-0.10, 2600, 2.4};
    bench.best_known = 2840.1176888386135;
    const Surface surface{all, Extra::kParallelism};
    define(bench, surface, {1.0, 0.0, 0.0}, [surface](const Point& x) {
      return search::Exact{{0.0, surface.latency_us(x), surface.energy_uj(x)},
                           {surface.luts(x) / 15000 - 1}};
    });
  } else {
    problem.directions = {Direction::kMaximise, Direction::kMinimise};
    bench.reference = {-0.10, 12.5};
    const bool small = bench.name == "MPS4";
    bench.best_known = small ? 6.3232838114754095 : 6.2868518106800035;
    const Surface surface =
        small ? Surface{{0, 4, 7}, Extra::kNothing} : Surface{all, Extra::kBias};
    define(bench, surface, {1.0, 0.0}, [surface](const Point& x) {
      return search::Exact{{0.0, surface.average_bits(x)}, {}};
    });
  }
}

Evaluation ackley(const Point& x) {
  double squares = 0.0, cosines = 0.0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double z = 0.5 * (x[i] - static_cast<double>((3 + 4 * i) % 21));
    squares += z * z;
    cosines += std::cos(2 * M_PI * z);
  }
  const double n = static_cast<double>(x.size());
  return {{20 + M_E - 20 * std::exp(-0.2 * std::sqrt(squares / n)) - std::exp(cosines / n)}};
}

Evaluation zdt(const Point& x, double scale, bool third) {
  double sum = 0.0;
  for (size_t i = 1; i < x.size(); ++i) sum += x[i] / scale;
  const double f1 = x[0] / scale, g = 1 + 9 * sum / (static_cast<double>(x.size()) - 1);
  double h = 1 - std::sqrt(f1 / g);
  if (third) h -= f1 / g * std::sin(10 * M_PI * f1);
  return {{f1, g * h}};
}

Evaluation dtlz2(const Point& x) {
  double g = 0.0;
  for (size_t i = 2; i < x.size(); ++i) g += (x[i] / 10 - 0.5) * (x[i] / 10 - 0.5);
  const double a = x[0] / 10 * M_PI / 2, b = x[1] / 10 * M_PI / 2;
  return {{(1 + g) * std::cos(a) * std::cos(b), (1 + g) * std::cos(a) * std::sin(b),
           (1 + g) * std::sin(a)}};
}

void define_textbook(BenchProblem& bench) {
  auto& problem = bench.problem;
  const auto axes = [&](int count, int choices) {
    for (int i = 0; i < count; ++i) add(bench, "x" + std::to_string(i), choices);
  };
  if (bench.name == "ACK10") {
    axes(10, 21);
    problem.directions = {Direction::kMinimise};
    bench.evaluate = ackley;
  } else if (bench.name == "DTLZ2G") {
    axes(7, 11);
    problem.directions.assign(3, Direction::kMinimise);
    bench.reference = {2, 2, 2};
    bench.best_known = 7.411636372464171;
    bench.evaluate = dtlz2;
  } else {
    const bool third = bench.name == "ZDT3";
    axes(third ? 10 : 12, 16);
    if (third) {
      for (auto& parameter : problem.parameters) parameter.kind = Parameter::Kind::kReal;
    }
    problem.directions.assign(2, Direction::kMinimise);
    bench.reference = {1.1, 8.0};
    bench.best_known = third ? 8.921718448036065 : 8.429940108741095;
    bench.evaluate = [third](const Point& x) { return zdt(x, third ? 1.0 : 15.0, third); };
  }
}

}  // namespace

const std::vector<std::string>& bench_problem_names() {
  static const std::vector<std::string> names = {"MPS1",  "MPS2",  "MPS3", "MPS4",
                                                 "ACK10", "ZDT1G", "ZDT3", "DTLZ2G"};
  return names;
}

BenchProblem bench_problem(const std::string& name) {
  const auto& names = bench_problem_names();
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    throw std::invalid_argument("no benchmark problem " + name);
  }
  BenchProblem bench;
  bench.name = name;
  name.starts_with("MPS") ? define_mps(bench) : define_textbook(bench);
  return bench;
}

double score(const BenchProblem& bench, const std::vector<Evaluation>& evaluations, size_t n) {
  std::vector<std::vector<double>> losses;
  for (size_t i = 0; i < std::min(n, evaluations.size()); ++i) {
    const auto& constraints = evaluations[i].constraints;
    if (std::any_of(constraints.begin(), constraints.end(), [](double c) { return c > 0; }))
      continue;
    losses.push_back(search::losses(bench.problem, evaluations[i].values));
  }
  if (bench.reference.empty()) {
    double best = std::numeric_limits<double>::infinity();
    for (const auto& loss : losses) best = std::min(best, loss[0]);
    return bench.problem.directions[0] == Direction::kMaximise ? -best : best;
  }
  return search::hypervolume(losses, bench.reference) / bench.best_known;
}

}  // namespace mase::test
