// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/sampler_base.h"
#include "sw/search/sampler/space_filling.h"

namespace mase::search {
namespace {

class QmcSampler : public SamplerBase {
 public:
  QmcSampler(const Problem& problem, const SamplerOptions& options)
      : SamplerBase(problem, options), points_(problem, options.seed) {}

 protected:
  std::optional<Proposal> propose(int number, int attempt, RandomStream&) override {
    return Proposal{points_.at(number, attempt), {}};
  }

 private:
  SpaceFilling points_;
};

}  // namespace

std::unique_ptr<Sampler> make_qmc(const Problem& problem, const SamplerOptions& options) {
  return std::make_unique<QmcSampler>(problem, options);
}

}  // namespace mase::search
