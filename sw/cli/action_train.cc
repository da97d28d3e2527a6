// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <optional>

#include "gen/base/error.h"
#include "sw/cli/action_session.h"
#include "sw/cli/actions.h"
#include "sw/model/network.h"
#include "sw/report/progress.h"
#include "sw/report/table.h"
#include "sw/train/event_file.h"
#include "sw/train/trainer.h"

namespace mase::cli {

namespace {

using report::Progress;

/// Shows training as one bar an epoch.
class Bars final : public train::TrainListener {
 public:
  Bars(Progress::Mode mode, bool regularised) : mode_(mode), regularised_(regularised) {}

  void on_step(const train::StepProgress& step) override {
    if (!bar_)
      bar_.emplace(fmt::format("Epoch {}", step.epoch), step.batches, mode_, stderr, begin_);
    figures_ = {{"train_acc_step", step.accuracy}};
    figures_.insert(figures_.end(), validation_.begin(), validation_.end());
    bar_->update(step.batch, figures_);
  }

  void on_epoch(const train::EpochMetrics& epoch) override {
    validation_ = {{"val_acc_epoch", epoch.validation_accuracy},
                   {"val_loss_epoch", epoch.validation_loss}};
    if (regularised_ && epoch.hardware) {
      validation_.emplace_back("sparsity_epoch", epoch.hardware->sparsity);
      validation_.emplace_back("lut_proxy_epoch", epoch.hardware->lut_proxy);
    }
    figures_.resize(std::min<size_t>(figures_.size(), 1));
    figures_.insert(figures_.end(), validation_.begin(), validation_.end());
    if (bar_) bar_->finish(figures_);
    bar_.reset();
    begin_ = Progress::Clock::now();
    seconds_ += epoch.seconds;
    samples_ += epoch.samples_per_second * epoch.seconds;
  }

  double samples_per_second() const { return seconds_ > 0 ? samples_ / seconds_ : 0; }

 private:
  Progress::Mode mode_;
  bool regularised_;
  Progress::Clock::time_point begin_ = Progress::Clock::now();  ///< of the epoch
  std::optional<Progress> bar_;
  report::Figures figures_, validation_;
  double seconds_ = 0, samples_ = 0;
};

Progress::Mode mode_of(const Configuration& config) {
  const auto mode = Progress::detect(stderr);
  return mode == Progress::Mode::kTerminal && config.flag("github_ci") ? Progress::Mode::kLines
                                                                       : mode;
}

/// What became of the hardware, for the user.
void log_regularizer(const train::TrainOptions& options, const train::TrainResult& result) {
  if (!options.regularizer.acts()) return;
  for (const auto& epoch : result.history) {
    if (epoch.epoch != result.best_epoch || !epoch.hardware) continue;
    spdlog::info("Regularizer {}: {:.1f} % of the weights are 0, {:.0f} adder bits (LUT proxy)",
                 to_string(options.regularizer.kind), 100 * epoch.hardware->sparsity,
                 epoch.hardware->lut_proxy);
  }
}

train::TrainOptions train_options(const Configuration& config, const Session& session) {
  train::TrainOptions options;
  options.optimizer = config.text("training_optimizer");
  options.learning_rate = config.real("learning_rate");
  options.weight_decay = config.real("weight_decay");
  options.max_epochs = config.integer("max_epochs");
  options.max_steps = config.integer("max_steps");
  options.accumulate_grad_batches = config.integer("accumulate_grad_batches");
  options.batch_size = config.integer("batch_size");
  options.log_every_n_steps = config.integer("log_every_n_steps");
  options.seed = static_cast<uint64_t>(config.integer("seed"));
  options.regularizer = regularizer_options(config);
  options.precision = model::parse_precision(config.text("trainer_precision"));
  options.device = model::parse_accelerator(config.text("accelerator"));
  options.threads = use_threads(config);
  options.directory = session.project() / "software";
  if (config.flag("resume")) {
    options.resume = session.loaded().training;
    options.resume_best = session.loaded().best;
    if (!options.resume) {
      throw UserError("K008", "--resume: the checkpoint has no training state",
                      config.optional_text("load_name").value_or(""),
                      "give a best.ckpt or last.ckpt that mase-gen train wrote");
    }
  }
  return options;
}

class Train final : public Action {
 public:
  ExitCode run(Run& run) const override {
    const Session session(run, kDataset | kResume);
    train::TrainOptions options = train_options(run.config, session);
    const train::InterruptGuard guard;
    options.stop = &train::InterruptGuard::requested();
    session.write_config();
    spdlog::info("Training model '{}'...", session.model_name());
    if (options.resume)
      spdlog::info("Resuming in epoch {}, batch {}", options.resume->epoch, options.resume->batch);
    Bars bars(mode_of(run.config), options.regularizer.acts());
    const auto result = run.profile.step(
        "train", [&] { return train::train(session.graph(), session.dataset(), options, &bars); });
    if (result.interrupted) {
      spdlog::warn(
          "Training was interrupted in epoch {}; {} holds its state, and --resume goes on from "
          "there",
          result.state.epoch, result.last_checkpoint.string());
      return ExitCode::kCheckFailed;
    }
    if (!result.best_checkpoint.empty()) {
      spdlog::info("Best checkpoint: {} (epoch {}, val_loss_epoch {:.4f})",
                   result.best_checkpoint.string(), result.best_epoch, result.best_loss);
    }
    log_regularizer(options, result);
    spdlog::info("Training is completed ({:.0f} samples/s)", bars.samples_per_second());
    return ExitCode::kGood;
  }
};

class Test final : public Action {
 public:
  ExitCode run(Run& run) const override {
    const Session session(run, kDataset | kTrained);
    const Configuration& config = run.config;
    const model::Network network(
        session.graph(), {.precision = model::parse_precision(config.text("trainer_precision")),
                          .device = model::parse_accelerator(config.text("accelerator"))});
    session.write_config();
    spdlog::info("Testing model '{}' ({})...", session.model_name(),
                 to_string(network.arithmetic()));
    const data::Split& split = session.dataset().test;
    const auto result = run.profile.step("test", [&] {
      return model::evaluate(network, split.matrix(), split.targets(),
                             config.integer("batch_size"));
    });
    report::Table table({"Test metric", "DataLoader 0"});
    table.add_row({"test_acc_epoch", report::python_repr(result.accuracy)});
    table.add_row({"test_loss_epoch", report::python_repr(result.loss)});
    fmt::print("{}", table.rules());
    train::EventFile events(session.project() / "software/tensorboard");
    events.scalar("test_acc_epoch", result.accuracy, 0);
    events.scalar("test_loss_epoch", result.loss, 0);
    events.flush();
    spdlog::info("Testing is completed ({} samples)", result.rows);
    return ExitCode::kGood;
  }
};

}  // namespace

std::unique_ptr<Action> make_train() { return std::make_unique<Train>(); }
std::unique_ptr<Action> make_test() { return std::make_unique<Test>(); }

}  // namespace mase::cli
