// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/sampler_base.h"

namespace mase::search {
namespace {

constexpr int kAttempts = 64;

bool is_finished(TrialState state) {
  return state != TrialState::kRunning && state != TrialState::kWaiting;
}

}  // namespace

SamplerBase::SamplerBase(const Problem& problem, const SamplerOptions& options)
    : problem_(problem), options_(options), seen_(problem_, options.seed) {}

void SamplerBase::tell(const Trial& trial) {
  // A trial of another program may be known before all of its parameters are.
  if (!is_point_of(problem_, trial.point)) return;
  const auto known = trials_.find(trial.number);
  if (known != trials_.end() && is_finished(known->second.state) && !is_finished(trial.state)) {
    return;  // late news
  }
  seen_.add(trial.point);
  trials_[trial.number] = trial;
  changed(trial);
}

std::optional<Proposal> SamplerBase::ask(int number) {
  RandomStream random(options_.seed, number);
  std::map<std::string, std::string> attributes;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto proposal = propose(number, attempt, random);
    if (!proposal) break;
    if (!seen_.taken(proposal->point)) return proposal;
    attributes = std::move(proposal->attributes);
  }
  auto point = seen_.any_free(random);
  if (!point) return std::nullopt;
  return Proposal{std::move(*point), std::move(attributes)};
}

}  // namespace mase::search
