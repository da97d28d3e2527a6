// SPDX-License-Identifier: Apache-2.0
// What a candidate is worth in software.
#include <fmt/format.h>

#include <algorithm>

#include "gen/base/error.h"
#include "sw/search/runner_settings.h"
#include "sw/train/learner.h"
#include "sw/train/trainer.h"

namespace mase::search {

namespace {

const data::Dataset& dataset_of(const RunnerSettings& settings, const RunnerContext& context) {
  MASE_CHECK(context.dataset != nullptr, "{} without a dataset", settings.name());
  return *context.dataset;
}

/// The rows that `data_loader` names. MASE's names of its loaders stand for the splits.
data::Split split_of(RunnerSettings& settings, const data::Dataset& dataset) {
  const std::string loader =
      settings.choice("data_loader", {"train_dataloader", "val_dataloader", "test_dataloader"})
          .value_or("val_dataloader");
  if (loader == "train_dataloader") return dataset.train;
  return loader == "val_dataloader" ? dataset.validation : dataset.test;
}

/// -1, as in MASE: all of them.
std::optional<int64_t> sample_count(RunnerSettings& settings) {
  const auto count = settings.integer("num_samples", -1);
  if (!count || *count == -1) return std::nullopt;
  if (*count == 0) settings.fail(*settings.find("num_samples"), "1 and more, or -1 for all");
  return count;
}

constexpr int64_t kEvaluationBatch = 4096;

/// Accuracy and loss of the candidate, bit-exact where it is quantised.
class BasicEvaluation final : public Runner {
 public:
  BasicEvaluation(RunnerSettings& settings, const RunnerContext& context)
      : Runner(settings.name(), true), network_(context.network) {
    const data::Split split = split_of(settings, dataset_of(settings, context));
    const auto count = sample_count(settings);
    rows_ = count ? split.head(*count) : split;
    metrics_ = {{"loss", "", "software"}, {"accuracy", "fraction", "software"}};
  }

  std::vector<double> run(Candidate& candidate) const override {
    const model::Network network(candidate.graph(), network_);
    const auto result = model::evaluate(network, rows_.matrix(), rows_.targets(), kEvaluationBatch);
    return {result.loss, result.accuracy};
  }

 private:
  model::NetworkOptions network_;
  data::Split rows_;
};

/// Trains the candidate with its quantisation in the loop. Nothing is written to the project.
class BasicTrain final : public Runner {
 public:
  BasicTrain(RunnerSettings& settings, const RunnerContext& context)
      : Runner(settings.name(), true), context_(context), dataset_(dataset_of(settings, context)) {
    rows_ = split_of(settings, dataset_);
    options_.max_epochs = settings.integer("max_epochs", 1, 1000000).value_or(1);
    options_.batch_size = settings.integer("batch_size", 1).value_or(context.batch_size);
    options_.optimizer =
        settings.choice("optimizer", {"adam", "adamw", "sgd"}).value_or(options_.optimizer);
    options_.learning_rate = settings.real("learning_rate", 0).value_or(1e-3);
    options_.weight_decay = settings.real("weight_decay", 0, true).value_or(0);
    options_.accumulate_grad_batches =
        settings.integer("gradient_accumulation_steps", 1).value_or(1);
    options_.max_steps = settings.integer("max_steps", 1).value_or(-1);
    // MASE's num_samples is how many samples the training sees in all.
    if (const auto samples = sample_count(settings)) {
      const int64_t steps = (*samples + options_.batch_size - 1) / options_.batch_size;
      options_.max_steps = options_.max_steps < 0 ? steps : std::min(options_.max_steps, steps);
    }
    options_.regularizer = context.regularizer;
    train::check_regularizer(options_.regularizer, options_.max_epochs);
    options_.seed = context.seed;
    options_.precision = context.network.precision;
    options_.device = context.network.device;
    options_.tensorboard = false;
    options_.stop = context.stop;
    train::parse_optimizer(options_.optimizer);
    metrics_ = {{"loss", "", "software, trained"}, {"accuracy", "fraction", "software, trained"}};
  }

  bool changes_parameters() const override { return true; }

  std::vector<double> run(Candidate& candidate) const override {
    train::TrainOptions options = options_;
    // A trial may leave every layer in floating point.
    if (train::costed_layers(candidate.graph()).empty()) options.regularizer = {};
    train::TrainResult result = train::train(candidate.graph(), dataset_, options);
    if (result.interrupted)
      throw UserError("Q025", "the training of this trial was stopped", {}, {},
                      ExitCode::kCheckFailed);
    // The epoch with the lowest validation loss, as `train` keeps it in best.ckpt.
    candidate.replace_graph(std::move(result.best));
    const model::Network network(candidate.graph(), context_.network);
    const auto evaluation =
        model::evaluate(network, rows_.matrix(), rows_.targets(), kEvaluationBatch);
    return {evaluation.loss, evaluation.accuracy};
  }

 private:
  RunnerContext context_;
  const data::Dataset& dataset_;
  data::Split rows_;
  train::TrainOptions options_;
};

}  // namespace

std::unique_ptr<Runner> make_software_runner(RunnerSettings& settings,
                                             const RunnerContext& context) {
  if (settings.name() == "basic_train") return std::make_unique<BasicTrain>(settings, context);
  return std::make_unique<BasicEvaluation>(settings, context);
}

}  // namespace mase::search
