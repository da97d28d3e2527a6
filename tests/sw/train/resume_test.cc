// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <csignal>

#include "tests/sw/train/trainer_fixture.h"

namespace mase::train {
namespace {

/// Asks for a stop after so many optimiser steps, as Ctrl-C would.
class StopAfter : public TrainListener {
 public:
  explicit StopAfter(int64_t step) : step_(step) {}
  void on_step(const StepProgress& p) override {
    if (p.global_step >= step_) stop = true;
  }
  std::atomic<bool> stop{false};

 private:
  int64_t step_;
};

/// Stops at a step inside an epoch, reads the checkpoint back and goes on: every optimiser, float
/// and quantised.
TEST_F(Trainer, ResumedRunEqualsTheUninterruptedOne) {
  const data::Dataset dataset = small();
  for (const bool quantised : {false, true}) {
    for (const std::string optimizer : {"adam", "adamw", "sgd"}) {
      SCOPED_TRACE(optimizer + (quantised ? " quantised" : " float"));
      const auto graph = quantised ? quantised_toy() : model::build_model("toy", 0);
      TrainOptions options = fast();
      options.optimizer = optimizer;
      options.weight_decay = 1e-3;
      options.accumulate_grad_batches = 3;
      const TrainResult whole = train(graph, dataset, options);

      options.directory = folder_ / optimizer / (quantised ? "q" : "f");
      StopAfter stopper(5);
      options.stop = &stopper.stop;
      options.log_every_n_steps = 1;
      const TrainResult part = train(graph, dataset, options, &stopper);
      EXPECT_TRUE(part.interrupted);
      EXPECT_NE(parameters(part.last), parameters(whole.last));

      const Loaded loaded =
          load_model(model::build_model("toy", 7), part.last_checkpoint, LoadType::kPl);
      ASSERT_TRUE(loaded.training.has_value());
      EXPECT_EQ(loaded.graph.find("seq_blocks_1")->quantised(), quantised);
      TrainOptions again = fast();
      again.optimizer = optimizer;
      again.weight_decay = 1e-3;
      again.accumulate_grad_batches = 3;
      again.resume = loaded.training;
      again.resume_best = loaded.best;
      const TrainResult rest = train(loaded.graph, dataset, again);
      EXPECT_EQ(parameters(rest.last), parameters(whole.last));
      EXPECT_EQ(parameters(rest.best), parameters(whole.best));
      EXPECT_EQ(rest.best_loss, whole.best_loss);
      EXPECT_EQ(rest.best_epoch, whole.best_epoch);
      EXPECT_EQ(rest.history.back().train_loss, whole.history.back().train_loss);
    }
  }
}

TEST_F(Trainer, BatchNormResumesToTheSameBits) {
  std::vector<float> x(16 * 120);
  std::vector<int64_t> y(120);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<float>(std::sin(static_cast<double>(i * i % 977)));
  for (size_t i = 0; i < y.size(); ++i) y[i] = static_cast<int64_t>(i % 5);
  data::Dataset dataset;
  dataset.name = "made up";
  dataset.features = 16;
  dataset.classes = 5;
  dataset.train = dataset.validation = data::make_split("train", 16, x, y);
  TrainOptions options = fast();
  options.batch_size = 17;  // 120 = 7 * 17 + 1: the last row joins the batch before it
  const auto graph = model::build_model("jsc-toy", 0);
  const TrainResult whole = train(graph, dataset, options);
  options.directory = folder_;
  StopAfter stopper(10);
  options.stop = &stopper.stop;
  options.log_every_n_steps = 1;
  const TrainResult part = train(graph, dataset, options, &stopper);
  const Loaded loaded = load_model(graph, part.last_checkpoint, LoadType::kPl);
  options.stop = nullptr;
  options.resume = loaded.training;
  options.resume_best = loaded.best;
  EXPECT_EQ(parameters(train(loaded.graph, dataset, options).last), parameters(whole.last));
}

TEST_F(Trainer, SignalStopsAndLeavesAWholeCheckpoint) {
  const data::Dataset dataset = small();
  TrainOptions options = fast();
  options.directory = folder_;
  options.log_every_n_steps = 1;
  const InterruptGuard guard;
  options.stop = &InterruptGuard::requested();
  class Raise : public TrainListener {
    void on_step(const StepProgress& p) override {
      if (p.global_step == 11) std::raise(SIGINT);
    }
  } listener;
  const TrainResult result = train(model::build_model("toy", 0), dataset, options, &listener);
  EXPECT_TRUE(result.interrupted);
  EXPECT_EQ(result.state.global_step, 11);
  EXPECT_EQ(read_checkpoint(result.last_checkpoint).training->global_step, 11);
}

}  // namespace
}  // namespace mase::train
