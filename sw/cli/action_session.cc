// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/action_session.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cctype>

#include "fpga/flow/small_board.h"
#include "gen/base/error.h"
#include "gen/base/file.h"
#include "sim/synth/target.h"
#include "sw/cli/option_groups.h"
#include "sw/model/zoo.h"

namespace mase::cli {

namespace {

std::optional<model::MlpOptions> mlp_options(const ConfigFile& file) {
  if (!file.mlp) return std::nullopt;
  return model::MlpOptions{file.mlp->widths, file.mlp->batch_norm, file.mlp->activation};
}

graph::Graph zoo_graph(const Configuration& config, const std::string& name) {
  const auto seed = static_cast<uint64_t>(config.integer("seed"));
  // [mlp] may stand in a file that is used with other models too.
  return model::build_model(name, seed, name == "mlp" ? mlp_options(config.file()) : std::nullopt);
}

void check_dataset_named(const Configuration& config) {
  if (config.optional_text("dataset")) return;
  throw UserError("K006", fmt::format("'{}' needs a dataset, and none is named", config.action()),
                  {},
                  "give it as the third word (mase-gen train toy toy_tiny) or as dataset = "
                  "\"toy_tiny\" in TOML");
}

/// A graph may have any name; it becomes part of a folder's.
std::string folder_name(std::string name) {
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_') c = '_';
  }
  return name.empty() ? "unnamed" : name;
}

/// The dataset that a model of the zoo is made for; a graph of the user's own has none.
std::string default_dataset(const std::string& model) {
  for (const auto& known : model::model_infos()) {
    if (known.name == model && !known.dataset.empty()) return known.dataset;
  }
  return "no_dataset";
}

}  // namespace

Session::Session(Run& run, unsigned needs) : run_(run), needs_(needs) {
  const Configuration& config = run.config;
  use_threads(config);
  if (const auto named = config.optional_text("model"))
    model_name_ = model::find_model(*named).name;
  if (const auto named = config.optional_text("dataset"))
    dataset_name_ = data::find_dataset(*named).name;
  if (needs & kDataset) check_dataset_named(config);
  load_graph();
  if (needs & kDataset) {
    dataset_ = load_named_dataset(run);
    check_fit();
  }
  const std::string named_dataset =
      dataset_name_.empty() ? default_dataset(model_name_) : dataset_name_;
  project_ = config.project_folder(model_name_, named_dataset);
  spdlog::info("Project will be created at {}", project_.string());
}

void Session::load_graph() {
  const Configuration& config = run_.config;
  auto path = config.optional_text("load_name");
  auto type = train::parse_load_type(config.text("load_type"));
  const bool resume = (needs_ & kResume) && config.flag("resume");
  if (resume && path && type != train::LoadType::kPl) {
    throw UserError(
        "K008", fmt::format("--resume cannot go on from --load-type {}", config.text("load_type")),
        config.setting("load_name").where,
        "only a checkpoint (--load-type pl) knows the state of a training");
  }
  if (resume && !path) {
    if (model_name_.empty() || dataset_name_.empty()) fail_no_model();
    path = (config.project_folder(model_name_, dataset_name_) / "software/training_ckpts/last.ckpt")
               .string();
    type = train::LoadType::kPl;
  }
  if (!path) {
    if (model_name_.empty()) fail_no_model();
    spdlog::info("Initialising model '{}'...", model_name_);
    loaded_.graph = zoo_graph(config, model_name_);
    if (needs_ & kTrained)
      spdlog::warn("no --load is given: '{}' has fresh weights that were never trained",
                   model_name_);
    return;
  }
  spdlog::info("Initialising model '{}'...", model_name_.empty() ? *path : model_name_);
  loaded_ = run_.profile.step("load", [&] {
    // An mlp's structure is in the file, or in [mlp] for files that hold weights alone.
    const bool known = !model_name_.empty() && (model_name_ != "mlp" || config.file().mlp);
    const auto structure = known ? std::optional(zoo_graph(config, model_name_)) : std::nullopt;
    return train::load_model(structure, *path, type);
  });
  for (const auto& note : loaded_.notes) spdlog::warn("{}", note);
  if (model_name_.empty()) model_name_ = folder_name(loaded_.graph.name);
  spdlog::info("Loaded {} from {}", type == train::LoadType::kMz ? "mase graph" : "checkpoint",
               *path);
}

void Session::fail_no_model() const {
  throw UserError("K006",
                  fmt::format("'{}' needs a model{}, and none is named", run_.config.action(),
                              (needs_ & kDataset) ? " and a dataset" : ""),
                  {},
                  "give them as words (mase-gen train toy toy_tiny), in TOML (model = \"toy\"), or "
                  "a graph with --load");
}

void Session::check_fit() const {
  const auto& last = loaded_.graph.output();
  const int64_t features = graph::features_out(loaded_.graph, loaded_.graph.placeholder());
  const int64_t classes = graph::features_out(loaded_.graph, last);
  if (features == dataset_->features && classes == dataset_->classes) return;
  throw UserError("K009",
                  fmt::format("model '{}' ({} features, {} classes) and dataset '{}' ({} features, "
                              "{} classes) do not fit",
                              model_name_, features, classes, dataset_->name, dataset_->features,
                              dataset_->classes),
                  {}, "mase-gen --info lists which model is made for which dataset");
}

const data::Dataset& Session::dataset() const {
  MASE_CHECK(dataset_.has_value(), "action '{}' did not ask for a dataset", run_.config.action());
  return *dataset_;
}

void Session::write_config() const {
  write_file(project_ / "config.toml", run_.config.to_toml(project_.filename().string()));
}

int use_threads(const Configuration& config) {
  const int count = static_cast<int>(std::max<int64_t>(1, config.integer("num_workers")));
  train::set_threads(count);
  return count;
}

data::Dataset load_named_dataset(Run& run) {
  const Configuration& config = run.config;
  check_dataset_named(config);
  const std::string name = data::find_dataset(config.text("dataset")).name;
  spdlog::info("Initialising dataset '{}'...", name);
  data::DatasetOptions options;
  options.path = config.optional_text("dataset_path").value_or("");
  options.use_cache = !config.flag("disable_dataset_cache");
  auto dataset = run.profile.step("dataset", [&] { return data::load_dataset(name, options); });
  for (const auto& note : dataset.notes) spdlog::info("{}", note);
  return dataset;
}

train::RegularizerOptions regularizer_options(const Configuration& config) {
  train::RegularizerOptions options;
  options.kind = train::parse_regularizer(config.text("regularizer"));
  if (options.kind == train::RegularizerKind::kNone) {
    for (const auto& [short_name, key] : regularizer_keys()) {
      if (config.given("regularizer") || !config.given(key)) continue;
      const Setting& setting = config.setting(key);
      throw UserError("K020",
                      fmt::format("{} is {}, but no regularizer is chosen", setting.option->flag(),
                                  to_text(setting.effective)),
                      setting.where == setting.option->flag() ? "" : setting.where,
                      "add --regularizer lut or bitops ([train.regularizer] name = \"lut\"), or "
                      "leave it out");
    }
    return options;
  }
  options.strength = config.real("regularizer_strength");
  options.warmup_epochs = config.integer("regularizer_warmup");
  options.ramp_epochs = config.integer("regularizer_ramp");
  options.final_sparsity = config.real("final_sparsity");
  options.prune_begin_epoch = config.integer("prune_begin_epoch");
  if (config.given("prune_end_epoch")) options.prune_end_epoch = config.integer("prune_end_epoch");
  return options;
}

arch::HardwareOptions hardware_options(const Configuration& config) {
  const HardwareTable& table = config.file().hardware;
  arch::HardwareOptions options;
  options.target_ii = table.target_ii;
  if (table.standard.weight_storage) options.weight_storage = *table.standard.weight_storage;
  if (table.standard.multiplier) options.multiplier = *table.standard.multiplier;
  if (table.standard.fuse) options.fuse = *table.standard.fuse;
  if (table.standard.style) options.style = *table.standard.style;
  options.adders_per_stage = table.standard.adders_per_stage;
  options.extra_adder_depth = table.standard.extra_adder_depth;
  options.adder_seconds = table.adder_seconds;
  options.target_mhz = table.standard.target_mhz;
  // Small boards have no table of delays, and only target_mhz needs one.
  if (fpga::target_family(config.text("target")) == "xcup") {
    options.delays = std::make_shared<const arch::AdderDelays>(
        synth::adder_delays(synth::load_target(config.text("target"))));
  }
  options.nodes = table.nodes;
  return options;
}

}  // namespace mase::cli
