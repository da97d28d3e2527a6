// SPDX-License-Identifier: Apache-2.0
// Samplers of mase-gen against Optuna's measured medians (../shared/optuna/results.csv, columns 4.9
// and 5.0) on the eight problems of problem_spec.md.
// Usage: bench_samplers [samplers|all] [problems|all] [seeds]; lists are comma-separated.
// A row says "above" where our median is not below Optuna's, "within" where it is by no more than
// half of the width of Optuna's interquartile range, else "BELOW". The file holds quartiles only,
// no raw values, so that z is the difference of medians over its standard error as the quartiles
// of normal samples would give it; p is a real one-sided Mann-Whitney U test, against our own
// `random`. `greybox` is compared with Optuna's GP sampler and with the trial of its method in
// results.md ("mark"). Times are of the CPU.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
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

/// Milliseconds of this thread on the CPU.
double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e3 * static_cast<double>(now.tv_sec) + 1e-6 * static_cast<double>(now.tv_nsec);
}

struct Runs {
  std::map<size_t, std::vector<double>> scores;  ///< budget -> [seeds]
  double distinct = 0.0;                         ///< share of the trials of all seeds
  double ms = 0.0;                               ///< of the sampler, a trial
  double last_ms = 0.0;                          ///< the same, of the last kLast trials
};
constexpr int kLast = 20;

Runs run(const std::string& sampler_name, const BenchProblem& bench, int seeds) {
  Runs runs;
  search::Problem problem = bench.problem;
  if (sampler_name == "greybox") problem.grey_box = bench.grey_box;
  double spent = 0.0, spent_last = 0.0;
  size_t trials = 0, distinct = 0, last = 0;
  for (int seed = 0; seed < seeds; ++seed) {
    SamplerOptions options;
    options.seed = static_cast<uint64_t>(seed);
    options.n_trials = 200;
    const auto sampler = search::make_sampler(sampler_name, problem, options);
    std::vector<Evaluation> evaluations;
    std::set<search::Point> points;
    for (int number = 0; number < options.n_trials; ++number) {
      double start = cpu_ms();
      auto proposal = sampler->ask(number);
      if (!proposal) break;
      Trial trial;
      trial.number = number;
      trial.point = std::move(proposal->point);
      trial.attributes = std::move(proposal->attributes);
      sampler->tell(trial);
      double ms = cpu_ms() - start;
      evaluations.push_back(bench.evaluate(trial.point));
      points.insert(trial.point);
      trial.state = TrialState::kComplete;
      trial.values = evaluations.back().values;
      trial.constraints = evaluations.back().constraints;
      if (problem.grey_box) trial.metrics = evaluations.back().metrics;
      start = cpu_ms();
      sampler->tell(trial);
      ms += cpu_ms() - start;
      spent += ms;
      if (number < options.n_trials - kLast) continue;
      spent_last += ms;
      ++last;
    }
    for (const size_t n : kBudgets) runs.scores[n].push_back(score(bench, evaluations, n));
    trials += evaluations.size();
    distinct += points.size();
  }
  runs.ms = spent / static_cast<double>(trials);
  runs.last_ms = last > 0 ? spent_last / static_cast<double>(last) : 0.0;
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

/// Medians of a trial of greybox's method in numpy (results.md, "own GP grey-box" and "EHVI"),
/// which ours are to reach.
double mark_of(const std::string& sampler, const std::string& problem, size_t n) {
  static const std::map<std::pair<std::string, size_t>, double> marks = {
      {{"MPS1", 50}, 65.57},  {{"MPS1", 100}, 65.95},  {{"MPS1", 200}, 66.03},
      {{"MPS2", 50}, 0.9591}, {{"MPS2", 100}, 0.9902}, {{"MPS2", 200}, 0.9977},
      {{"MPS3", 50}, 0.9212}, {{"MPS3", 100}, 0.9632}, {{"MPS3", 200}, 0.9934}};
  const auto at = marks.find({problem, n});
  return sampler == "greybox" && at != marks.end() ? at->second : std::nan("");
}

enum class Verdict { kAbove, kWithin, kBelow };
constexpr const char* kVerdicts[] = {"above", "within", "BELOW"};

struct Tally {
  int rows = 0, above = 0, below = 0;
  double margin = 0.0;  ///< sum of differences of medians over half interquartile ranges
  std::map<std::string, std::string> problems;  ///< verdicts at 50, 100, 200
};

void compare(const std::vector<std::string>& samplers, const std::vector<std::string>& problems,
             int seeds) {
  const OptunaTable optuna = read_optuna();
  std::map<std::string, Tally> tallies;
  fmt::print(
      "| problem | sampler | N | ours | Optuna 4.9 | Optuna 5.0 | mark | z | verdict | p > random "
      "| "
      "distinct | ms/trial | at 200 |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
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
        std::string columns[2] = {"-", "-"}, z_text, verdicts;
        const auto judge = [&](const std::string& against, double difference, double half) {
          const Verdict verdict = difference >= -1e-9          ? Verdict::kAbove
                                  : difference >= -half - 1e-9 ? Verdict::kWithin
                                                               : Verdict::kBelow;
          Tally& tally = tallies[sampler + " against " + against];
          ++tally.rows;
          tally.above += verdict == Verdict::kAbove;
          tally.below += verdict == Verdict::kBelow;
          tally.margin += half > 0.0 ? std::clamp(difference / half, -5.0, 5.0) : 0.0;
          for (auto* text : {&tally.problems[problem_name], &verdicts}) {
            *text += text->empty() ? "" : " ";
            *text += kVerdicts[static_cast<int>(verdict)];
          }
        };
        for (const int version : {0, 1}) {
          const auto at =
              optuna.find({problem_name, optuna_name(sampler), version == 0 ? "v49" : "v5", n});
          if (at == optuna.end()) continue;
          const Quartiles& theirs = at->second;
          columns[version] =
              fmt::format("{:.4g} [{:.4g}, {:.4g}]", theirs.median, theirs.low, theirs.high);
          const double difference = sign * (q.median - theirs.median);
          const double error = std::hypot(q.standard_error(), theirs.standard_error());
          if (error > 0.0)
            z_text += fmt::format("{}{:+.1f}", z_text.empty() ? "" : " ", difference / error);
          judge(version == 0 ? "4.9" : "5.0", difference, 0.5 * (theirs.high - theirs.low));
        }
        const double mark = mark_of(sampler, problem_name, n);
        // A mark has four digits.
        if (std::isfinite(mark)) judge("mark", q.median - mark + 5e-5 * std::abs(mark), 0.0);
        std::vector<double> mine = scores, base = random.scores.at(n);
        for (double& value : mine) value *= sign;
        for (double& value : base) value *= sign;
        fmt::print(
            "| {} | {} | {} | {:.4g} [{:.4g}, {:.4g}] | {} | {} | {} | {} | {} | {:.1g} | {:.0f}% "
            "| {:.3f} | {:.3f} |\n",
            problem_name, sampler, n, q.median, q.low, q.high, columns[0], columns[1],
            std::isfinite(mark) ? fmt::format("{:.4g}", mark) : "-", z_text, verdicts,
            mann_whitney(mine, base), 100 * ours.distinct, ours.ms, ours.last_ms);
      }
      std::fflush(stdout);
    }
  }
  fmt::print(
      "\nby problem, at 50 100 200 trials; mean margin: difference of medians over half of "
      "Optuna's "
      "interquartile range, limited to 5\n");
  for (const auto& [name, tally] : tallies) {
    fmt::print("{}: {} of {} rows at or above, {} within, {} below, mean margin {:+.2f}\n", name,
               tally.above, tally.rows, tally.rows - tally.above - tally.below, tally.below,
               tally.margin / tally.rows);
    for (const auto& [problem, verdicts] : tally.problems)
      fmt::print("  {:7} {}\n", problem, verdicts);
  }
}

/// Milliseconds of ask after 1000 trials: 24 parameters of four choices, two objectives.
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
      const double start = cpu_ms();
      auto proposal = sampler->ask(number);
      const double asked = cpu_ms();
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
      if (number >= 1000) times.push_back(asked - start);
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
  const auto chosen = samplers == "all"
                          ? split("random,tpe,nsgaii,nsgaiii,qmc,brute-force,gp,greybox")
                          : split(samplers);
  compare(chosen, problems == "all" ? bench_problem_names() : split(problems), seeds);
  auto timed = chosen;
  std::erase_if(timed, [](const auto& name) { return name == "gp" || name == "greybox"; });
  if (!timed.empty()) time_sampling(timed);
}
