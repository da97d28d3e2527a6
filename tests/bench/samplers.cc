// SPDX-License-Identifier: Apache-2.0
// Samplers of mase-gen against Optuna's measured medians (../shared/optuna/results.csv, columns 4.9
// and 5.0) on the eight problems of problem_spec.md.
// Usage: bench_samplers [samplers|all] [problems|all] [seeds]; lists are comma-separated.
// A row passes when our median is not below Optuna's by more than half of the width of Optuna's
// interquartile range. The file holds quartiles only, no raw values, so that z is the difference of
// medians over its standard error as the quartiles of normal samples would give it; p is a real
// one-sided Mann-Whitney U test, against our own `random`.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "sw/search/sampler/random_stream.h"
#include "sw/search/sampler/sampler.h"
#include "tests/support/optuna_problems.h"

namespace mase::test {
namespace {

using search::Sampler;
using search::SamplerOptions;
using search::Trial;
using search::TrialState;

constexpr size_t kBudgets[] = {50, 100, 200};

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
  return parts;
}

double quantile(std::vector<double> values, double p) {
  std::sort(values.begin(), values.end());
  const double at = p * static_cast<double>(values.size() - 1);
  const auto i = static_cast<size_t>(at);
  const double next = i + 1 < values.size() ? values[i + 1] : values[i];
  return values[i] + (at - static_cast<double>(i)) * (next - values[i]);
}

struct Quartiles {
  double low, median, high;
  int seeds;
  double standard_error() const {
    return 1.2533 * (high - low) / 1.349 / std::sqrt(static_cast<double>(seeds));
  }
};

/// (problem, sampler, version, budget) -> quartiles.
using OptunaTable = std::map<std::tuple<std::string, std::string, std::string, size_t>, Quartiles>;

OptunaTable read_optuna() {
  OptunaTable table;
  const std::string path = std::string(MASE_SHARED_DIR) + "/optuna/results.csv";
  if (!std::filesystem::exists(path)) {
    fmt::print("{} is absent: no comparison\n", path);
    return table;
  }
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);  // head
  while (std::getline(file, line)) {
    const auto cells = split(line);
    table[{cells[0], cells[1], cells[2], std::stoul(cells[3])}] = {
        std::stod(cells[6]), std::stod(cells[7]), std::stod(cells[8]), std::stoi(cells[4])};
  }
  return table;
}

struct Runs {
  std::map<size_t, std::vector<double>> scores;  ///< budget -> [seeds]
  double distinct = 0.0;                         ///< share of the trials of all seeds
  double ms = 0.0;                               ///< of the sampler, a trial
};

Runs run(const std::string& sampler_name, const BenchProblem& bench, int seeds) {
  Runs runs;
  search::Problem problem = bench.problem;
  if (sampler_name == "greybox") problem.grey_box = bench.grey_box;
  std::chrono::duration<double, std::milli> spent{};
  size_t trials = 0, distinct = 0;
  for (int seed = 0; seed < seeds; ++seed) {
    SamplerOptions options;
    options.seed = static_cast<uint64_t>(seed);
    options.n_trials = 200;
    const auto sampler = search::make_sampler(sampler_name, problem, options);
    std::vector<Evaluation> evaluations;
    std::set<search::Point> points;
    for (int number = 0; number < options.n_trials; ++number) {
      const auto start = std::chrono::steady_clock::now();
      auto proposal = sampler->ask(number);
      if (!proposal) break;
      Trial trial;
      trial.number = number;
      trial.point = std::move(proposal->point);
      trial.attributes = std::move(proposal->attributes);
      sampler->tell(trial);
      spent += std::chrono::steady_clock::now() - start;
      evaluations.push_back(bench.evaluate(trial.point));
      points.insert(trial.point);
      trial.state = TrialState::kComplete;
      trial.values = evaluations.back().values;
      trial.constraints = evaluations.back().constraints;
      if (problem.grey_box) trial.metrics = evaluations.back().metrics;
      const auto again = std::chrono::steady_clock::now();
      sampler->tell(trial);
      spent += std::chrono::steady_clock::now() - again;
    }
    for (const size_t n : kBudgets) runs.scores[n].push_back(score(bench, evaluations, n));
    trials += evaluations.size();
    distinct += points.size();
  }
  runs.ms = spent.count() / static_cast<double>(trials);
  runs.distinct = static_cast<double>(distinct) / static_cast<double>(trials);
  return runs;
}

/// One-sided p of "a is larger than b", normal approximation with ties. Source: Mann and Whitney
/// 1947.
double mann_whitney(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> all = a;
  all.insert(all.end(), b.begin(), b.end());
  std::map<double, double> ties;
  for (const double value : all) ties[value] += 1.0;
  double u = 0.0, tie_term = 0.0;
  for (const double x : a) {
    for (const double y : b) u += x > y ? 1.0 : x == y ? 0.5 : 0.0;
  }
  for (const auto& [value, t] : ties) tie_term += t * t * t - t;
  const auto m = static_cast<double>(a.size()), n = static_cast<double>(b.size());
  const double variance = m * n / 12.0 * ((m + n + 1) - tie_term / ((m + n) * (m + n - 1)));
  if (!(variance > 0.0)) return 0.5;
  return 0.5 * std::erfc((u - m * n / 2.0) / std::sqrt(variance) * M_SQRT1_2);
}

/// Medians as the name of results.csv has them.
std::string optuna_name(const std::string& sampler) {
  if (sampler.starts_with("brute")) return "brute";
  return sampler == "greybox" ? "gp" : sampler;
}

struct Tally {
  int rows = 0, passed = 0;
  double margin = 0.0;  ///< sum of differences of medians over half interquartile ranges
};

void compare(const std::vector<std::string>& samplers, const std::vector<std::string>& problems,
             int seeds) {
  const OptunaTable optuna = read_optuna();
  std::map<std::string, Tally> tallies;
  fmt::print(
      "| problem | sampler | N | ours | Optuna 4.9 | Optuna 5.0 | z | pass | p > random | "
      "distinct | ms/trial |\n|---|---|---|---|---|---|---|---|---|---|---|\n");
  for (const auto& problem_name : problems) {
    const BenchProblem bench = bench_problem(problem_name);
    const bool minimised =
        bench.reference.empty() && bench.problem.directions[0] == search::Direction::kMinimise;
    const double sign = minimised ? -1.0 : 1.0;
    const Runs random = run("random", bench, seeds);
    for (const auto& sampler : samplers) {
      if (sampler.starts_with("brute") && bench.problem.size().value_or(1000) > 500) continue;
      if (sampler == "greybox" && !bench.grey_box) continue;
      const Runs ours = run(sampler, bench, seeds);
      for (const size_t n : kBudgets) {
        const auto& scores = ours.scores.at(n);
        const Quartiles q{quantile(scores, 0.25), quantile(scores, 0.5), quantile(scores, 0.75),
                          seeds};
        std::string columns[2] = {"-", "-"}, z_text, verdict;
        bool pass = true, compared = false;
        for (const int version : {0, 1}) {
          const auto at =
              optuna.find({problem_name, optuna_name(sampler), version == 0 ? "v49" : "v5", n});
          if (at == optuna.end()) continue;
          const Quartiles& theirs = at->second;
          columns[version] =
              fmt::format("{:.4g} [{:.4g}, {:.4g}]", theirs.median, theirs.low, theirs.high);
          const double difference = sign * (q.median - theirs.median);
          const double half = 0.5 * (theirs.high - theirs.low);
          pass &= difference >= -half - 1e-9;
          compared = true;
          const double error = std::hypot(q.standard_error(), theirs.standard_error());
          if (error > 0.0)
            z_text += fmt::format("{}{:+.1f}", z_text.empty() ? "" : " ", difference / error);
          Tally& tally = tallies[sampler + (version == 0 ? " against 4.9" : " against 5.0")];
          ++tally.rows;
          tally.passed += difference >= -half - 1e-9;
          tally.margin += half > 0.0 ? std::clamp(difference / half, -5.0, 5.0) : 0.0;
        }
        if (compared) verdict = pass ? "yes" : "NO";
        std::vector<double> mine = scores, base = random.scores.at(n);
        for (double& value : mine) value *= sign;
        for (double& value : base) value *= sign;
        fmt::print(
            "| {} | {} | {} | {:.4g} [{:.4g}, {:.4g}] | {} | {} | {} | {} | {:.1g} | {:.0f}% "
            "| {:.3f} |\n",
            problem_name, sampler, n, q.median, q.low, q.high, columns[0], columns[1], z_text,
            verdict, mann_whitney(mine, base), 100 * ours.distinct, ours.ms);
      }
      std::fflush(stdout);
    }
  }
  fmt::print(
      "\nmean margin: difference of medians over half of Optuna's interquartile range, "
      "limited to 5\n");
  for (const auto& [name, tally] : tallies) {
    fmt::print("{}: {} of {} rows pass, mean margin {:+.2f}\n", name, tally.passed, tally.rows,
               tally.margin / tally.rows);
  }
}

/// Milliseconds of ask and tell after 1000 trials: 24 parameters of four choices, two objectives.
void time_sampling(const std::vector<std::string>& samplers) {
  BenchProblem bench = bench_problem("MPS3");
  bench.problem.directions.pop_back();
  bench.problem.constraints = 0;
  fmt::print("\nsampling at 1000 trials, 24 parameters, two objectives\n");
  for (const auto& sampler_name : samplers) {
    SamplerOptions options;
    options.n_trials = 1100;
    const auto sampler = search::make_sampler(sampler_name, bench.problem, options);
    std::vector<double> times;
    for (int number = 0; number < 1100; ++number) {
      const auto start = std::chrono::steady_clock::now();
      auto proposal = sampler->ask(number);
      const auto asked = std::chrono::steady_clock::now();
      if (!proposal) break;
      Trial trial;
      trial.number = number;
      trial.point = std::move(proposal->point);
      trial.attributes = std::move(proposal->attributes);
      sampler->tell(trial);
      const auto evaluation = bench.evaluate(trial.point);
      trial.state = TrialState::kComplete;
      trial.values = {evaluation.values[0], evaluation.values[1]};
      sampler->tell(trial);
      if (number >= 1000) {
        times.push_back(std::chrono::duration<double, std::milli>(asked - start).count());
      }
    }
    double mean = 0.0;
    for (const double time : times) mean += time / static_cast<double>(times.size());
    fmt::print("{:12} median {:.3f} ms, mean {:.3f} ms, 95 % {:.3f} ms\n", sampler_name,
               quantile(times, 0.5), mean, quantile(times, 0.95));
  }
}

}  // namespace
}  // namespace mase::test

int main(int argc, char** argv) {
  using namespace mase::test;
  const std::string samplers = argc > 1 ? argv[1] : "all", problems = argc > 2 ? argv[2] : "all";
  const int seeds = argc > 3 ? std::stoi(argv[3]) : 20;
  const auto chosen =
      samplers == "all" ? split("random,tpe,nsgaii,nsgaiii,qmc,brute-force") : split(samplers);
  compare(chosen, problems == "all" ? bench_problem_names() : split(problems), seeds);
  auto timed = chosen;
  std::erase_if(timed, [](const auto& name) { return name == "gp" || name == "greybox"; });
  time_sampling(timed);
}
