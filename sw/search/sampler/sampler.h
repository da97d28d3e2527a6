// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sw/search/sampler/problem.h"

namespace mase::search {

struct SamplerOptions {
  uint64_t seed = 0;
  int64_t n_trials = 100;        ///< the study's total; population sizes and `auto` depend on it
  int startup_trials = 10;       ///< tpe, gp, greybox: trials before the model is used
  int population = 0;            ///< nsgaii, nsgaiii; 0: from the budget
  bool uniform_weights = false;  ///< tpe, several objectives: 1 each instead of hypervolume
                                 ///< contributions
};

/// What to evaluate next, and what the study stores beside it.
struct Proposal {
  Point point;
  std::map<std::string, std::string> attributes;  ///< system attributes of the trial, JSON texts
};

/// Chooses points. Not thread-safe: the study calls it under its lock. Random numbers are a
/// function of (seed, trial number) alone, so that the same trials told give the same proposal,
/// also after a restart from the database.
class Sampler {
 public:
  virtual ~Sampler() = default;

  /// A trial began (kRunning, kWaiting with a fixed point) or ended. Called once per change of
  /// state, for the study's own trials and for those of other workers alike.
  virtual void tell(const Trial& trial) = 0;

  /// The point of trial `number`: never one that has been evaluated or is running. nullopt: every
  /// legal point is taken. A FAILed point counts as taken.
  virtual std::optional<Proposal> ask(int number) = 0;
};

/// "random", "tpe", "nsgaii", "nsgaiii", "qmc", "brute-force" (also "brute", "bruteforce"), "gp",
/// "greybox", "auto". Errors: UserError S101 (unknown name, with the nearest),
/// S102 later (no legal point can be found).
std::unique_ptr<Sampler> make_sampler(const std::string& name, const Problem& problem,
                                      const SamplerOptions& options);

/// The names above, for help and errors.
const std::vector<std::string>& sampler_names();

/// What "auto" becomes: "brute-force" when the space is not larger than the budget, "greybox" or
/// "gp" up to 500 trials, "nsgaii" beyond.
std::string choose_sampler(const Problem& problem, const SamplerOptions& options);

}  // namespace mase::search
