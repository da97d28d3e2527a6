// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/cmvm_search.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <compare>
#include <exception>
#include <iterator>
#include <thread>

#include "gen/arch/cmvm_digits.h"
#include "gen/base/error.h"

namespace mase::arch {

using namespace cmvm;

int minimum_depth(const AdderProblem& problem) {
  check_problem(problem);
  const std::vector<int64_t> weight = effective_weights(problem);
  int depth = 0;
  for (int o = 0; o < problem.outputs; ++o) {
    uint64_t sum = 0, least = ~uint64_t{0};
    bool positive = !problem.bias.empty() && problem.bias[static_cast<size_t>(o)] != 0;
    if (positive) sum = least = 1;
    for (int i = 0; i < problem.inputs; ++i) {
      const int64_t w = weight[static_cast<size_t>(o) * static_cast<size_t>(problem.inputs) +
                               static_cast<size_t>(i)];
      const uint64_t part = uint64_t{1}
                            << std::min(40, problem.input[static_cast<size_t>(i)].arrival);
      for (const Digit& digit : canonical_digits(w)) {
        sum += part;
        least = std::min(least, part);
        positive |= !digit.negative;
      }
    }
    if (sum == 0) continue;
    if (!positive) sum += least;
    depth = std::max(depth, static_cast<int>(std::bit_width(sum - 1)));
  }
  return depth;
}

namespace {

/// Steps that a nominal core takes in a second.
constexpr double kStepsPerSecond = 8e6;
constexpr int kChains = 2;

/// LUTs decide; an adder more is worth a LUT, since its chain has bits that Yosys does not count.
struct Cost {
  int64_t value = 0;
  int depth = 0;
  explicit Cost(const AdderGraph& graph)
      : value(graph.lut_estimate() + graph.adders()), depth(graph.depth()) {}
  friend auto operator<=>(const Cost&, const Cost&) = default;
};

class Chain {
 public:
  Chain(const AdderProblem& problem, std::optional<int> limit, int64_t budget, uint64_t seed)
      : problem_(problem), limit_(limit), budget_(budget), random_(seed) {}

  AdderGraph run(int index) {
    for (int round = 0; round < 8; ++round) {
      Start start;
      start.common = (round + index) % 2 == 0;
      start.ranking.overlap = 0.5;
      if (round >= 2) vary(start.ranking);
      take(first_graph(problem_, limit_, start, steps_));
      if (2 * steps_ * (round + 2) > budget_ * (round + 1)) break;
    }
    for (int64_t count = 0; steps_ < budget_ && count < 1'000'000; ++count) {
      static constexpr double kDrops[] = {0.02, 0.05, 0.1, 0.2, 0.4};
      Rework how;
      how.drop = kDrops[random_() % std::size(kDrops)];
      how.late = random_() % 2 == 0;
      vary(how.ranking);
      take(rework(problem_, *best_, limit_, how, random_(), steps_));
      steps_ += 100;
    }
    return std::move(*best_);
  }

 private:
  double unit() { return static_cast<double>(random_() >> 11) * 0x1p-53; }

  void vary(Ranking& ranking) {
    static constexpr double kNoises[] = {0.0, 0.05, 0.2, 0.5};
    ranking.first = unit();
    ranking.overlap = unit();
    ranking.slack = unit();
    ranking.noise = kNoises[random_() % std::size(kNoises)];
    ranking.seed = random_();
  }

  void take(AdderGraph graph) {
    if (limit_ && graph.depth() > *limit_) return;
    const Cost cost(graph);
    if (best_ && cost > *cost_) return;
    best_ = std::move(graph);
    cost_ = cost;
  }

  const AdderProblem& problem_;
  std::optional<int> limit_;
  int64_t budget_, steps_ = 0;
  std::mt19937_64 random_;
  std::optional<AdderGraph> best_;
  std::optional<Cost> cost_;
};

}  // namespace

AdderGraph optimise_adders(const AdderProblem& problem, const AdderGraphOptions& options) {
  const int least = minimum_depth(problem);
  if (options.depth_limit && *options.depth_limit < least) {
    throw UserError("A013",
                    fmt::format("constant matrix: depth limit {} is too low", *options.depth_limit),
                    {}, fmt::format("{} levels of adders are the fewest", least));
  }
  const auto budget = static_cast<int64_t>(options.seconds * kStepsPerSecond / kChains);
  std::vector<std::optional<AdderGraph>> graphs(kChains);
  std::vector<std::exception_ptr> failures(kChains);
  std::atomic<int> next = 0;
  const auto work = [&] {
    for (int c = next++; c < kChains; c = next++) {
      const auto index = static_cast<size_t>(c);
      try {
        Chain chain(problem, options.depth_limit, budget, options.seed * kChains + index);
        graphs[index] = chain.run(c);
      } catch (...) {
        failures[index] = std::current_exception();
      }
    }
  };
  const int wanted =
      options.threads > 0 ? options.threads : static_cast<int>(std::thread::hardware_concurrency());
  {
    std::vector<std::jthread> others;
    for (int t = 1; t < std::min(wanted, kChains); ++t) others.emplace_back(work);
    work();
  }
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  size_t best = 0;
  for (size_t c = 1; c < graphs.size(); ++c) {
    if (Cost(*graphs[c]) < Cost(*graphs[best])) best = c;
  }
  check_exact(*graphs[best], problem);
  return std::move(*graphs[best]);
}

}  // namespace mase::arch
