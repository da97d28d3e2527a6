// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/sampler.h"

#include <algorithm>
#include <utility>

#include "gen/base/error.h"
#include "sw/search/sampler/sampler_base.h"

namespace mase::search {
namespace {

constexpr int64_t kModelTrials = 500;  ///< a Gaussian process costs the cube of the trials

/// The catalogue. A name of two makers is an alias.
const std::vector<std::pair<std::string, SamplerMaker>>& catalogue() {
  static const std::vector<std::pair<std::string, SamplerMaker>> rows = {
      {"random", make_random},     {"tpe", make_tpe},
      {"nsgaii", make_nsgaii},     {"nsgaiii", make_nsgaiii},
      {"qmc", make_qmc},           {"brute-force", make_brute_force},
      {"brute", make_brute_force}, {"bruteforce", make_brute_force},
      {"gp", make_gp},             {"greybox", make_greybox},
  };
  return rows;
}

}  // namespace

const std::vector<std::string>& sampler_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const auto& [name, maker] : catalogue()) list.push_back(name);
    list.push_back("auto");
    return list;
  }();
  return names;
}

std::string choose_sampler(const Problem& problem, const SamplerOptions& options) {
  const auto size = problem.size();
  if (size && *size <= options.n_trials) return "brute-force";
  if (options.n_trials > kModelTrials) return "nsgaii";
  return problem.grey_box && problem.grey_box->formulas ? "greybox" : "gp";
}

std::unique_ptr<Sampler> make_sampler(const std::string& name, const Problem& problem,
                                      const SamplerOptions& options) {
  const std::string wanted = name == "auto" ? choose_sampler(problem, options) : name;
  for (const auto& [known, maker] : catalogue()) {
    if (known == wanted) return maker(problem, options);
  }
  throw UserError("S101", fmt::format("sampler: unknown name '{}'", name), {},
                  nearest_help(name, sampler_names()));
}

}  // namespace mase::search
