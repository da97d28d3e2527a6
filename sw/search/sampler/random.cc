// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/sampler_base.h"

namespace mase::search {
namespace {

/// Uniform over the free points.
class RandomSampler : public SamplerBase {
 public:
  using SamplerBase::SamplerBase;

 protected:
  std::optional<Proposal> propose(int, int, RandomStream& random) override {
    return Proposal{uniform_point(problem_, random), {}};
  }
};

}  // namespace

std::unique_ptr<Sampler> make_random(const Problem& problem, const SamplerOptions& options) {
  return std::make_unique<RandomSampler>(problem, options);
}

}  // namespace mase::search
