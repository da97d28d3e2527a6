// SPDX-License-Identifier: Apache-2.0
// Options of the search. In a configuration file they may also stand in [search.strategy.setup],
// where MASE has them.
#include "sw/cli/option_groups.h"

namespace mase::cli {

std::vector<Option> search_options() {
  return {
      {.flags = {"--storage"},
       .key = "storage",
       .type = Type::kPath,
       .metavar = "FILE|URL",
       .help = "database that keeps the study: a file of SQLite, or postgresql://USER@HOST/NAME, "
               "which several machines may work on. Python's Optuna opens both.",
       .uses = kSearch,
       .standard_text = "<project>/software/search_ckpts/study.db"},
      {.flags = {"--study-name"},
       .key = "study_name",
       .type = Type::kText,
       .metavar = "NAME",
       .help = "name of the study in that database; a study that is there goes on.",
       .uses = kSearch,
       .standard_text = "<project>"},
      {.flags = {"--n-trials"},
       .key = "n_trials",
       .type = Type::kInteger,
       .metavar = "NUM",
       .standard = int64_t{100},
       .help = "trials of the whole study; those that are in the database count.",
       .uses = kSearch,
       .minimum = 1,
       .maximum = 1e9},
      {.flags = {"--n-jobs"},
       .key = "n_jobs",
       .type = Type::kInteger,
       .metavar = "NUM",
       .standard = int64_t{1},
       .help = "threads that evaluate trials; -1 means one for every CPU.",
       .uses = kSearch,
       .minimum = -1,
       .maximum = 4096},
      {.flags = {"--sampler"},
       .key = "sampler",
       .type = Type::kText,
       .metavar = "NAME",
       .standard = std::string("auto"),
       .help = "what chooses the next trial: auto, random, tpe, nsgaii, nsgaiii, qmc, brute-force, "
               "gp or greybox.",
       .uses = kSearch},
      {.flags = {"--timeout"},
       .key = "timeout",
       .type = Type::kReal,
       .metavar = "SECONDS",
       .help = "no trial begins after this time.",
       .uses = kSearch,
       .minimum = 0,
       .standard_text = "no limit"},
      {.flags = {"--deterministic"},
       .key = "deterministic",
       .type = Type::kFlag,
       .standard = false,
       .help = "make the study a function of the seed, whatever --n-jobs is: results are told in "
               "the order of the trials. One job is reproducible without it.",
       .uses = kSearch},
      {.flags = {"--remeasure"},
       .key = "remeasure",
       .type = Type::kFlag,
       .standard = true,
       .help = "measure the best trials with Verilator and Yosys before they are reported; "
               "--remeasure=false reports them as they were modelled.",
       .uses = kSearch},
      {.flags = {"--remeasure-limit"},
       .key = "remeasure_limit",
       .type = Type::kInteger,
       .metavar = "NUM",
       .standard = int64_t{50},
       .help = "trials that are measured at most; of a longer front those first that span most of "
               "its hypervolume.",
       .uses = kSearch,
       .minimum = 1,
       .maximum = 1e6},
      {.flags = {"--emit-best"},
       .key = "emit_best",
       .type = Type::kFlag,
       .standard = false,
       .help = "emit the winner's design into the project. Of a Pareto front the winner is the "
               "trial with the best sum of scaled metrics, or the one of --emit-trial.",
       .uses = kSearch},
      {.flags = {"--emit-trial"},
       .key = "emit_trial",
       .type = Type::kInteger,
       .metavar = "NUM",
       .help = "emit the design of this trial of the study.",
       .uses = kSearch,
       .minimum = 0,
       .maximum = 1e9},
  };
}

const std::vector<std::string>& search_setup_options() {
  static const std::vector<std::string> keys = {"storage",       "study_name", "n_trials",
                                                "n_jobs",        "sampler",    "timeout",
                                                "deterministic", "remeasure",  "remeasure_limit"};
  return keys;
}

}  // namespace mase::cli
