// SPDX-License-Identifier: Apache-2.0
#include "gen/base/error.h"
#include "sw/search/sampler/sampler_base.h"

namespace mase::search {
namespace {

/// Every point once, in a pseudo-random order that needs no memory: what a prefix of it covers is a
/// fair sample. Points that others took are passed over; those that run are theirs.
class BruteForceSampler : public SamplerBase {
 public:
  using SamplerBase::SamplerBase;

  std::optional<Proposal> ask(int number) override {
    RandomStream random(options_.seed, number);
    // A space of more than 2^62 points has no number for each; nobody will see its end.
    auto point = problem_.size() ? seen_.first_free() : seen_.any_free(random);
    if (!point) return std::nullopt;
    return Proposal{std::move(*point), {}};
  }

 protected:
  std::optional<Proposal> propose(int, int, RandomStream&) override { return std::nullopt; }
};

}  // namespace

std::unique_ptr<Sampler> make_brute_force(const Problem& problem, const SamplerOptions& options) {
  for (const Parameter& parameter : problem.parameters) {
    if (parameter.kind == Parameter::Kind::kReal) {
      throw UserError("S103",
                      fmt::format("sampler brute-force: '{}' is a real number in [{}, {}]",
                                  parameter.name, parameter.low, parameter.high),
                      {}, "give it a list of choices, or use another sampler");
    }
  }
  return std::make_unique<BruteForceSampler>(problem, options);
}

}  // namespace mase::search
