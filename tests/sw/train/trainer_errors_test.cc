// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include <cmath>
#include <csignal>

#include "tests/sw/train/trainer_fixture.h"

namespace mase::train {
namespace {

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
