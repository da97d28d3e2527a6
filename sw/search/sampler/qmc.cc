// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "sw/search/sampler/sampler_base.h"
#include "sw/search/sampler/sobol.h"

namespace mase::search {
namespace {

/// Scrambled Sobol points; trial n has point n, so that no counter is shared between workers.
class QmcSampler : public SamplerBase {
 public:
  QmcSampler(const Problem& problem, const SamplerOptions& options)
      : SamplerBase(problem, options),
        sobol_(static_cast<int>(problem.parameters.size()), options.seed) {}

 protected:
  std::optional<Proposal> propose(int number, int attempt, RandomStream&) override {
    // A point whose cell is taken gives way to points far down the sequence that are this trial's.
    constexpr uint32_t kStride = uint32_t{1} << 24;
    const auto u =
        sobol_.at(static_cast<uint32_t>(number) + kStride * static_cast<uint32_t>(attempt));
    Point point(u.size());
    for (size_t i = 0; i < u.size(); ++i) {
      const Parameter& parameter = problem_.parameters[i];
      point[i] = parameter.kind == Parameter::Kind::kReal
                     ? parameter.low + u[i] * (parameter.high - parameter.low)
                     : std::floor(u[i] * parameter.choices);
    }
    return Proposal{std::move(point), {}};
  }

 private:
  Sobol sobol_;
};

}  // namespace

std::unique_ptr<Sampler> make_qmc(const Problem& problem, const SamplerOptions& options) {
  return std::make_unique<QmcSampler>(problem, options);
}

}  // namespace mase::search
