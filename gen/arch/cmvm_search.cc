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
#include "gen/arch/cmvm_moves.h"
#include "gen/arch/cmvm_network.h"
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
      const uint64_t part = uint64_t{1} << problem.input[static_cast<size_t>(i)].arrival;
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
constexpr double kStepsPerSecond = 12e6;
constexpr double kSecondsADigit = 5e-4;
constexpr int kChains = 2;  ///< lines of search, whatever the number of threads

struct Cost {
  int64_t value = 0;
  int depth = 0;
  explicit Cost(const AdderGraph& graph)
      : value(graph.lut_estimate() + kLutsAnAdder * graph.adders()), depth(graph.depth()) {}
  friend auto operator<=>(const Cost&, const Cost&) = default;
};

/// One line of search: the most promising starts, then many small changes that may cost a little,
/// less and less as the budget goes.
class Chain {
 public:
  Chain(const AdderProblem& problem, std::optional<int> limit, int64_t budget, uint64_t seed)
      : problem_(problem), limit_(limit), budget_(budget), random_(seed) {}

  /// `index` is the place among the starts to begin with.
  AdderGraph run(size_t index) {
    rank_starts();
    begin(index);
    descend();
    return std::move(*best_);
  }

 private:
  static constexpr double kHeat = 7;  ///< at the beginning, as `Cost` counts
  static constexpr int kEpochs = 10;  ///< networks that are made of the graph, one after the other

  void rank_starts() {
    for (const bool tree : {false, true}) {
      for (const int digits : {0, 1, 2, 8}) {
        Start start;
        start.common_digits = digits;
        start.tree = tree;
        starts_.emplace_back(terms_of(problem_, limit_, start), start);
        steps_ +=
            static_cast<int64_t>(problem_.weight.size()) * (tree ? problem_.outputs : 16) / 16;
      }
    }
    std::stable_sort(starts_.begin(), starts_.end(),
                     [](const auto& x, const auto& y) { return x.first < y.first; });
    // The best tree and the best without one come first: which wins is seen only at the end.
    const auto other = std::find_if(starts_.begin(), starts_.end(), [&](const auto& entry) {
      return entry.second.tree != starts_.front().second.tree;
    });
    std::rotate(starts_.begin() + 1, other, other + 1);
  }

  /// The best of several starts becomes the current graph.
  void begin(size_t first) {
    const int64_t since = steps_, room = (budget_ - steps_) / 10;
    for (size_t count = 1; count <= 2 * starts_.size(); ++count) {
      const size_t round = first + count - 1;
      Start start = starts_[round % starts_.size()].second;
      if (round >= starts_.size()) vary(start.ranking);
      AdderGraph graph = first_graph(problem_, limit_, start, steps_);
      const Cost cost(graph);
      if (!best_ || cost < *best_cost_) take(std::move(graph));
      if (best_ &&
          (steps_ - since) * static_cast<int64_t>(count + 1) > room * static_cast<int64_t>(count))
        break;
    }
    MASE_CHECK(best_, "no start keeps to {} levels", limit_.value_or(-1));
  }

  void descend() {
    const int64_t room = budget_ - steps_;
    while (steps_ < budget_ && best_->adders() > 1) {
      const double left = static_cast<double>(budget_ - steps_) / static_cast<double>(room);
      Network network(problem_, *current_, limit_, random_() % 2 == 0);
      Moves(network, random_())
          .run(std::clamp<int64_t>(room / kEpochs, 1, budget_ - steps_), kHeat * left);
      steps_ += network.steps();
      take(network.graph());
    }
  }

  double unit() { return static_cast<double>(random_() >> 11) * 0x1p-53; }

  void vary(Ranking& ranking) {
    static constexpr double kNoises[] = {0.0, 0.05, 0.2, 0.5};
    ranking.first = unit();
    ranking.overlap = unit();
    ranking.slack = unit();
    ranking.noise = kNoises[random_() % std::size(kNoises)];
    ranking.seed = random_();
  }

  /// Makes the graph the current one, unless it is too deep, and remembers the best.
  void take(AdderGraph graph) {
    if (limit_ && graph.depth() > *limit_) return;
    const Cost cost(graph);
    if (!best_ || cost < *best_cost_) {
      best_ = graph;
      best_cost_ = cost;
    }
    current_ = std::move(graph);
  }

  const AdderProblem& problem_;
  std::optional<int> limit_;
  int64_t budget_, steps_ = 0;
  std::mt19937_64 random_;
  std::vector<std::pair<int64_t, Start>> starts_;  ///< with their terms
  std::optional<AdderGraph> current_, best_;
  std::optional<Cost> best_cost_;
};

}  // namespace

AdderGraph optimise_adders(const AdderProblem& problem, const AdderGraphOptions& options) {
  const int least = minimum_depth(problem);
  if (options.depth_limit && *options.depth_limit < least) {
    throw UserError("A013",
                    fmt::format("constant matrix: depth limit {} is too low", *options.depth_limit),
                    {}, fmt::format("{} levels of adders are the fewest", least));
  }
  std::optional<int> limit = options.depth_limit;
  if (limit) limit = std::min(*limit, kMostLevels);
  const double seconds = options.seconds.value_or(
      std::clamp(kSecondsADigit * static_cast<double>(terms_of(problem, {}, {})), 0.25, 4.0));
  const auto budget = static_cast<int64_t>(seconds * kStepsPerSecond);
  std::vector<std::optional<AdderGraph>> graphs(kChains);
  std::vector<std::exception_ptr> failures(kChains);
  std::atomic<int> next = 0;
  const auto work = [&] {
    for (int c = next++; c < kChains; c = next++) {
      const auto index = static_cast<size_t>(c);
      try {
        Chain chain(problem, limit, budget, options.seed * kChains + index);
        graphs[index] = chain.run(index);
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
