// SPDX-License-Identifier: Apache-2.0
#include "sw/train/trainer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <functional>
#include <limits>

#include "gen/base/error.h"
#include "gen/base/file.h"
#include "sw/model/zoo.h"

namespace mase::train {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Trainer : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() / fmt::format("mase-train-{}-{}", info->name(), ::getpid());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_;
};

/// A small part of toy_tiny, so that a test takes milliseconds.
data::Dataset small(int64_t rows = 500) {
  data::Dataset dataset = data::toy_tiny();
  dataset.train = dataset.train.head(rows);
  dataset.validation = dataset.validation.head(300);
  return dataset;
}

TrainOptions fast() {
  TrainOptions options;
  options.learning_rate = 1e-2;
  options.batch_size = 64;
  options.max_epochs = 4;
  options.log_every_n_steps = 3;
  return options;
}

std::vector<double> parameters(const graph::Graph& graph) {
  std::vector<double> values;
  for (const auto& node : graph.nodes) {
    for (const auto& [name, tensor] : node.parameters)
      values.insert(values.end(), tensor.data.begin(), tensor.data.end());
  }
  return values;
}

void expect_error(const std::function<void()>& run, const std::string& code,
                  const std::string& text) {
  try {
    run();
    FAIL() << "no error";
  } catch (const UserError& error) {
    EXPECT_EQ(error.code(), code) << error.message();
    EXPECT_THAT(error.message() + " " + error.help(), HasSubstr(text));
  }
}

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

graph::Graph quantised_toy() {
  graph::Graph graph = model::build_model("toy", 0);
  for (auto& node : graph.nodes) {
    if (node.op == graph::Op::kLinear) {
      node.quant = graph::Quant{.data_in_width = 8,
                                .data_in_frac_width = 4,
                                .weight_width = 8,
                                .weight_frac_width = 6,
                                .bias_width = 8,
                                .bias_frac_width = 6};
    }
  }
  return graph;
}

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

TEST_F(Trainer, BadOptionsAreNamed) {
  const data::Dataset dataset = small();
  const auto graph = model::build_model("toy", 0);
  const auto with = [&](const std::function<void(TrainOptions&)>& change) {
    return [&, change] {
      TrainOptions options = fast();
      change(options);
      train(graph, dataset, options);
    };
  };
  expect_error(with([](auto& o) { o.optimizer = "adamm"; }), "T001", "adam");
  expect_error(with([](auto& o) { o.batch_size = 0; }), "T003", "batch_size is 0");
  expect_error(with([](auto& o) { o.max_epochs = 0; }), "T003", "max_epochs is 0");
  expect_error(with([](auto& o) { o.max_steps = 0; }), "T003", "max_steps is 0");
  expect_error(with([](auto& o) { o.learning_rate = -1; }), "T003", "learning_rate is -1");
  expect_error(with([](auto& o) { o.learning_rate = std::nan(""); }), "T003",
               "learning_rate is nan");
  expect_error(with([](auto& o) { o.weight_decay = -1; }), "T003", "weight_decay is -1");
  expect_error(with([](auto& o) { o.accumulate_grad_batches = 0; }), "T003",
               "accumulate_grad_batches is 0");
  expect_error([&] { train(model::build_model("jsc-tiny", 0), dataset, fast()); }, "T004",
               "takes 16 features and has 5 outputs, dataset toy_tiny has 4");
}

TEST_F(Trainer, DivergenceIsAnErrorAndKeepsTheLastCheckpoint) {
  TrainOptions options = fast();
  options.learning_rate = 1e30;
  options.optimizer = "sgd";
  options.directory = folder_;
  expect_error([&] { train(model::build_model("toy", 0), small(), options); }, "T005",
               "lower the learning rate");
  EXPECT_TRUE(read_checkpoint(folder_ / "training_ckpts" / "last.ckpt").training.has_value());
}

TEST_F(Trainer, ResumingWithOtherOptionsIsAnError) {
  TrainOptions options = fast();
  options.directory = folder_;
  options.max_steps = 3;
  const auto graph = model::build_model("toy", 0);
  train(graph, small(), options);
  const Loaded loaded = load_model(graph, folder_ / "training_ckpts" / "last.ckpt", LoadType::kPl);
  TrainOptions other = fast();
  other.resume = loaded.training;
  other.batch_size = 32;
  expect_error([&] { train(loaded.graph, small(), other); }, "T006",
               "batch-size = 64, now it is 32");
  other = fast();
  other.resume = loaded.training;
  other.resume->epoch = 4;
  expect_error([&] { train(loaded.graph, small(), other); }, "T006", "all of its 4 epochs");
}

/// A file size limit makes writes fail as a full disk does.
TEST_F(Trainer, FullDiskIsAnErrorAndKeepsTheLastCheckpoint) {
  TrainOptions options = fast();
  options.directory = folder_;
  options.max_epochs = 1;
  const auto graph = model::build_model("toy", 0);
  train(graph, small(), options);
  const fs::path last = folder_ / "training_ckpts" / "last.ckpt";
  const std::string before = read_file(last);
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit small_limit{1000, limit.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small_limit);
  std::string code;
  try {
    train(graph, small(), options);
  } catch (const UserError& error) {
    code = error.code();
  }
  setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(code, "B003");
  EXPECT_EQ(read_file(last), before);
}

TEST_F(Trainer, UnwritableFolderIsAnErrorBeforeTraining) {
  write_file(folder_ / "file", "x");
  TrainOptions options = fast();
  options.directory = folder_ / "file" / "software";
  expect_error([&] { train(model::build_model("toy", 0), small(), options); }, "B003",
               "cannot write");
}

}  // namespace
}  // namespace mase::train
