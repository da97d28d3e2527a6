// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "sw/search/sampler/random_stream.h"
#include "sw/search/sampler/sampler.h"
#include "sw/search/sampler/seen_points.h"

namespace mase::search {

/// What all samplers share: the trials by number in their last state, and the promise never to
/// propose a point twice. A sampler says in `propose` what it would like.
class SamplerBase : public Sampler {
 public:
  SamplerBase(const Problem& problem, const SamplerOptions& options);
  void tell(const Trial& trial) override;
  std::optional<Proposal> ask(int number) override;

 protected:
  /// A wish; it is asked for again (the random numbers go on) while the point is taken. `attempt`:
  /// 0, 1, ... nullopt: no idea, any free point will do.
  virtual std::optional<Proposal> propose(int number, int attempt, RandomStream& random) = 0;

  /// A trial of the space changed its state; called after trials_ has it.
  virtual void changed(const Trial& /*trial*/) {}

  const Problem problem_;  ///< a copy: samplers outlive their callers' problems
  const SamplerOptions options_;
  std::map<int, Trial> trials_;  ///< those whose point is one of the space, by number
  SeenPoints seen_;
};

using SamplerMaker = std::unique_ptr<Sampler> (*)(const Problem&, const SamplerOptions&);

std::unique_ptr<Sampler> make_random(const Problem& problem, const SamplerOptions& options);
std::unique_ptr<Sampler> make_tpe(const Problem& problem, const SamplerOptions& options);
std::unique_ptr<Sampler> make_nsgaii(const Problem& problem, const SamplerOptions& options);
std::unique_ptr<Sampler> make_nsgaiii(const Problem& problem, const SamplerOptions& options);
std::unique_ptr<Sampler> make_qmc(const Problem& problem, const SamplerOptions& options);
std::unique_ptr<Sampler> make_brute_force(const Problem& problem, const SamplerOptions& options);
std::unique_ptr<Sampler> make_gp(const Problem& problem, const SamplerOptions& options);
std::unique_ptr<Sampler> make_greybox(const Problem& problem, const SamplerOptions& options);

}  // namespace mase::search
