// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include "tests/sw/train/trainer_fixture.h"

namespace mase::train {
namespace {

TEST_F(Trainer, ToyReachesNinetyNinePercentInFiveEpochs) {
  const data::Dataset dataset = data::toy_tiny();
  for (const uint64_t seed : {0, 1, 2}) {
    TrainOptions options;
    options.learning_rate = 1e-2;
    options.batch_size = 128;
    options.max_epochs = 5;
    options.seed = seed;
    const TrainResult result = train(model::build_model("toy", seed), dataset, options);
    EXPECT_GE(result.history.back().validation_accuracy, 0.99) << "seed " << seed;
    EXPECT_EQ(result.history.size(), 5u);
  }
}

TEST_F(Trainer, EqualSeedsGiveEqualBits) {
  const data::Dataset dataset = small();
  const auto graph = model::build_model("toy", 0);
  TrainOptions options = fast();
  const auto a = parameters(train(graph, dataset, options).last);
  EXPECT_EQ(a, parameters(train(graph, dataset, options).last));
  options.seed = 1;
  EXPECT_NE(a, parameters(train(graph, dataset, options).last));
}

TEST_F(Trainer, WritesBestAndLast) {
  const data::Dataset dataset = small();
  TrainOptions options = fast();
  options.directory = folder_;
  const TrainResult result = train(model::build_model("toy", 0), dataset, options);
  double lowest = std::numeric_limits<double>::infinity();
  for (const auto& epoch : result.history) lowest = std::min(lowest, epoch.validation_loss);
  EXPECT_EQ(result.best_loss, lowest);
  const Checkpoint best = read_checkpoint(folder_ / "training_ckpts" / "best.ckpt");
  const Checkpoint last = read_checkpoint(folder_ / "training_ckpts" / "last.ckpt");
  EXPECT_EQ(parameters(*best.graph), parameters(result.best));
  EXPECT_EQ(parameters(*last.graph), parameters(result.last));
  EXPECT_EQ(best.training->validation_loss, lowest);
  const auto check = model::evaluate(model::Network(result.best), dataset.validation.matrix(),
                                     dataset.validation.targets());
  EXPECT_EQ(check.loss, lowest);
}

TEST_F(Trainer, LogsForTensorBoard) {
  TrainOptions options = fast();
  options.directory = folder_;
  train(model::build_model("toy", 0), small(), options);
  const fs::path logs = folder_ / "tensorboard" / "lightning_logs" / "version_0";
  ASSERT_TRUE(fs::is_directory(logs));
  const std::string bytes = read_file(fs::directory_iterator(logs)->path());
  for (const char* tag :
       {"train_loss_step", "train_acc_step", "val_loss_epoch", "val_acc_epoch", "lr"}) {
    EXPECT_THAT(bytes, HasSubstr(tag));
  }
}

TEST_F(Trainer, FollowsTheCosineSchedule) {
  TrainOptions options = fast();
  const TrainResult result = train(model::build_model("toy", 0), small(), options);
  for (const auto& epoch : result.history) {
    const double want =
        1e-6 + (1e-2 - 1e-6) * (1 + std::cos(M_PI * static_cast<double>(epoch.epoch) / 4)) / 2;
    EXPECT_NEAR(epoch.learning_rate, want, 1e-15);
  }
}

TEST_F(Trainer, StopsAtMaxSteps) {
  TrainOptions options = fast();
  options.max_steps = 11;
  const TrainResult result = train(model::build_model("toy", 0), small(), options);
  EXPECT_EQ(result.state.global_step, 11);
  EXPECT_FALSE(result.interrupted);
  EXPECT_EQ(result.history.size(), 2u)
      << "eight steps of epoch 0, three of epoch 1, each validated";
}

/// Two batches of 32 with accumulation are one of 64: same rows, same mean gradient.
TEST_F(Trainer, AccumulationEqualsTheLargerBatch) {
  TrainOptions options = fast();
  options.precision = model::Precision::k64;
  options.optimizer = "sgd";
  const auto graph = model::build_model("toy", 0);
  const auto a = parameters(train(graph, small(512), options).last);
  options.batch_size = 32;
  options.accumulate_grad_batches = 2;
  const auto b = parameters(train(graph, small(512), options).last);
  for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-12);
}

TEST_F(Trainer, QuantisationAwareTrainingImprovesAQuantisedModel) {
  const data::Dataset dataset = small(4000);
  TrainOptions options = fast();
  graph::Graph graph = quantised_toy();
  const auto before = model::evaluate(model::Network(graph), dataset.validation.matrix(),
                                      dataset.validation.targets());
  const TrainResult result = train(graph, dataset, options);
  const auto after = model::evaluate(model::Network(result.best), dataset.validation.matrix(),
                                     dataset.validation.targets());
  EXPECT_GT(after.accuracy, 0.95);
  EXPECT_LT(after.loss, before.loss);
}

TEST_F(Trainer, Bfloat16AndFloat64Train) {
  for (const auto precision : {model::Precision::kBf16, model::Precision::k64}) {
    TrainOptions options = fast();
    options.precision = precision;
    const TrainResult result = train(model::build_model("toy", 0), small(4000), options);
    EXPECT_GT(result.history.back().validation_accuracy, 0.95) << to_string(precision);
  }
}

TEST_F(Trainer, TrainsOnTheThousandRealJets) {
  const fs::path path = fs::path(MASE_SHARED_DIR) / "data" / "jsc_openml_1000.csv";
  if (!fs::exists(path)) GTEST_SKIP() << "needs " << path;
  const data::Dataset dataset = data::load_jsc({.path = path, .use_cache = false});
  // jsc-tiny ends in a ReLU, under which a class whose outputs are all negative is never learnt: it
  // is lower by structure.
  for (const auto& [name, accuracy] :
       {std::pair{"jsc-tiny", 0.42}, {"jsc-toy", 0.6}, {"hls4ml-jet", 0.64}}) {
    TrainOptions options;
    options.learning_rate = 1e-2;
    options.batch_size = 32;
    options.max_epochs = 30;
    const TrainResult result = train(model::build_model(name, 0), dataset, options);
    EXPECT_GT(result.history[static_cast<size_t>(result.best_epoch)].validation_accuracy, accuracy)
        << name << " (chance is 0.2)";
  }
}

}  // namespace
}  // namespace mase::train
