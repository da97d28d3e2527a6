// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/search_table.h"

#include <limits>

namespace mase::cli {

namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

/// A choice of the search space: lists of candidates under the keys of a node's configuration.
void check_seed_config(Section config) {
  for (const char* key :
       {"name", "data_in_width", "data_in_frac_width", "weight_width", "weight_frac_width",
        "bias_width", "bias_frac_width", "data_out_width", "data_out_frac_width", "rounding",
        "bypass", "channel_multiplier", "channel_multiplier_input", "channel_multiplier_output",
        "parallelism_in", "parallelism_out"}) {
    const toml::node* node = config.find(key);
    if (node && (!node->is_array() || node->as_array()->empty()))
      config.fail(key, "an array of one or more choices");
  }
  config.finish();
}

void check_space(Section space) {
  space.text("name");
  if (auto setup = space.section("setup")) {
    setup->choice("by", {"type", "name"});
    setup->boolean("model_parallel");
    setup->finish();
  }
  if (auto seed = space.section("seed")) {
    for (const auto& name : seed->keys_in_file_order()) {
      auto entry = seed->section(name);
      if (!entry->table().contains("config")) {
        check_seed_config(*entry);  // models that are not graphs have no inner table
        continue;
      }
      check_seed_config(*entry->section("config"));
      entry->finish();
    }
  }
  space.finish();
}

void check_runner(Section runner) {
  runner.text("data_loader");
  runner.integer("num_samples", 1, kMost);
  runner.integer("max_epochs", 1, kMost);
  runner.integer("max_steps", -1, kMost);
  runner.integer("batch_size", 1, kMost);
  runner.real("compare_to", 0);
  runner.text("device");
  runner.text("source");
  runner.finish();
}

void check_runners(Section runners, std::initializer_list<const char*> known) {
  for (const char* name : known) {
    if (const auto runner = runners.section(name)) check_runner(*runner);
  }
  runners.finish();
}

void check_strategy(Section strategy) {
  strategy.text("name");
  strategy.boolean("eval_mode");
  if (const auto runners = strategy.section("sw_runner")) {
    check_runners(*runners, {"basic_evaluation", "basic_train"});
  }
  if (const auto runners = strategy.section("hw_runner")) {
    check_runners(*runners,
                  {"average_bitwidth", "latency", "resource", "flops", "bitops", "model_size"});
  }
  if (auto setup = strategy.section("setup")) {
    setup->integer("n_jobs", -1, kMost);
    setup->integer("n_trials", 1, kMost);
    setup->real("timeout", 0);
    setup->text("sampler");
    setup->integer("seed", 0, kMost);
    setup->boolean("model_parallel");
    setup->boolean("sum_scaled_metrics");
    setup->choice("direction", {"minimize", "maximize"});
    setup->text("storage");
    setup->finish();
  }
  if (auto metrics = strategy.section("metrics")) {
    for (const auto& name : metrics->keys_in_file_order()) {
      auto metric = metrics->section(name);
      metric->real("scale", -std::numeric_limits<double>::infinity());
      metric->choice("direction", {"minimize", "maximize"});
      metric->finish();
    }
  }
  strategy.finish();
}

}  // namespace

void check_search(Section search) {
  if (const auto space = search.section("search_space")) check_space(*space);
  if (const auto strategy = search.section("strategy")) check_strategy(*strategy);
  search.finish();
}

}  // namespace mase::cli
