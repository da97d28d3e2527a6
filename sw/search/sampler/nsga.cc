// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <cmath>

#include "sw/search/sampler/nsga_elite.h"
#include "sw/search/sampler/sampler_base.h"
#include "sw/search/sampler/space_filling.h"

namespace mase::search {
namespace {

/// Source: Deb et al. 2002 and Deb and Jain 2014, with generations as Optuna has them: a trial's
/// generation is fixed when it is asked for, and no one waits for the slow ones.
class NsgaSampler : public SamplerBase {
 public:
  NsgaSampler(const Problem& problem, const SamplerOptions& options, Niching niching)
      : SamplerBase(problem, options),
        niching_(niching),
        key_(niching == Niching::kCrowding ? "NSGAIISampler:generation"
                                           : "NSGAIIISampler:generation"),
        population_(static_cast<size_t>(options.population > 0
                                            ? options.population
                                            : std::clamp<int64_t>(options.n_trials / 8, 8, 50))),
        start_(problem, options.seed) {}

 protected:
  void changed(const Trial& trial) override {
    if (trial.state != TrialState::kComplete) return;
    // Parents of later generations may be others now. They are a function of the trials told, not
    // of when they were first asked for.
    const size_t generation = generation_of(trial);
    if (parents_.size() > generation + 1) parents_.resize(generation + 1);
  }

  std::optional<Proposal> propose(int number, int attempt, RandomStream& random) override {
    if (attempt == 0) begin();
    Proposal proposal{{}, {{key_, std::to_string(generation_)}}};
    proposal.point = generation_ == 0 ? start_.at(number, attempt) : child(attempt, random);
    return proposal;
  }

 private:
  /// Trials of other samplers belong to generation 0: a study need not start anew.
  size_t generation_of(const Trial& trial) const {
    const auto at = trial.attributes.find(key_);
    if (at == trial.attributes.end()) return 0;
    int generation = 0;
    const std::string& text = at->second;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), generation);
    return end.ec == std::errc() && generation > 0 ? static_cast<size_t>(generation) : 0;
  }

  /// The generation of the trial asked for, and the parents of every generation up to it.
  void begin() {
    std::map<size_t, std::vector<const Trial*>> complete;
    for (const auto& [number, trial] : trials_) {
      if (trial.state == TrialState::kComplete) complete[generation_of(trial)].push_back(&trial);
    }
    generation_ = 0;
    if (!complete.empty()) {
      const auto& [last, members] = *complete.rbegin();
      generation_ = members.size() < population_ ? last : last + 1;
    }
    if (parents_.empty()) parents_.emplace_back();  // generation 0 has none
    while (parents_.size() <= generation_) {
      const size_t generation = parents_.size();
      std::vector<const Trial*> candidates = parents_.back();
      const auto& previous = complete[generation - 1];
      candidates.insert(candidates.end(), previous.begin(), previous.end());
      RandomStream random(options_.seed, -1000 - static_cast<int64_t>(generation));
      parents_.push_back(elite(problem_, candidates, population_, niching_, random));
    }
  }

  const Trial* tournament(const std::vector<const Trial*>& parents, const Trial* excluded,
                          RandomStream& random) const {
    const auto draw = [&] {
      for (;;) {
        const Trial* trial =
            parents[static_cast<size_t>(random.below(static_cast<int64_t>(parents.size())))];
        if (trial != excluded || parents.size() == 1) return trial;
      }
    };
    const Trial *first = draw(), *second = draw();
    return constrained_dominates(problem_, *first, *second) ? first : second;
  }

  Point child(int attempt, RandomStream& random) const {
    constexpr double kCrossover = 0.9, kSwap = 0.5;
    const auto& parents = parents_[generation_];
    if (parents.empty()) return uniform_point(problem_, random);
    Point point;
    if (random.uniform() < kCrossover) {
      const Trial* one = tournament(parents, nullptr, random);
      const Trial* other = tournament(parents, one, random);
      point = one->point;
      for (size_t i = 0; i < point.size(); ++i) {
        if (random.uniform() < kSwap) point[i] = other->point[i];
      }
    } else {
      point =
          parents[static_cast<size_t>(random.below(static_cast<int64_t>(parents.size())))]->point;
    }
    // Children that exist already are made anew, and change more the longer that fails.
    const double rate = (1.0 + attempt / 8) / static_cast<double>(point.size());
    for (size_t i = 0; i < point.size(); ++i) {
      if (random.uniform() < rate) point[i] = mutated(problem_.parameters[i], point[i], random);
    }
    return point;
  }

  /// Any value, or, where there is an order, as often one nearby.
  static double mutated(const Parameter& parameter, double value, RandomStream& random) {
    constexpr double kReach = 0.1;  ///< of the axis
    const bool real = parameter.kind == Parameter::Kind::kReal;
    if (parameter.kind == Parameter::Kind::kNominal || random.uniform() < 0.5) {
      return real ? parameter.low + (parameter.high - parameter.low) * random.uniform()
                  : static_cast<double>(random.below(parameter.choices));
    }
    const double step = kReach * random.normal();
    if (real) {
      const double range = parameter.high - parameter.low;
      return std::clamp(value + step * range, parameter.low, parameter.high);
    }
    const double cells = std::max(1.0, std::round(std::abs(step) * parameter.choices));
    return std::clamp(value + std::copysign(cells, step), 0.0, parameter.choices - 1.0);
  }

  const Niching niching_;
  const std::string key_;
  const size_t population_;
  const SpaceFilling start_;  ///< generation 0: a spread population beats a random one
  size_t generation_ = 0;
  std::vector<std::vector<const Trial*>> parents_;  ///< [generation]
};

}  // namespace

std::unique_ptr<Sampler> make_nsgaii(const Problem& problem, const SamplerOptions& options) {
  return std::make_unique<NsgaSampler>(problem, options, Niching::kCrowding);
}

std::unique_ptr<Sampler> make_nsgaiii(const Problem& problem, const SamplerOptions& options) {
  return std::make_unique<NsgaSampler>(problem, options, Niching::kReferencePoints);
}

}  // namespace mase::search
