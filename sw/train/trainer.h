// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "gen/graph/graph.h"
#include "sw/data/dataset.h"
#include "sw/model/network.h"
#include "sw/train/checkpoint.h"

namespace mase::train {

struct TrainOptions {
  std::string optimizer = "adam";
  double learning_rate = 1e-5;
  double weight_decay = 0;
  int64_t max_epochs = 20;
  int64_t max_steps = -1;  ///< negative: no limit
  int64_t accumulate_grad_batches = 1;
  int64_t batch_size = 128;
  int64_t log_every_n_steps = 50;
  uint64_t seed = 0;
  RegularizerOptions regularizer;
  model::Precision precision = model::Precision::k32;
  model::Device device = model::Device::kCpu;
  int threads = 1;
  /// The `software` folder: training_ckpts/{best,last}.ckpt and tensorboard/ are written below it.
  /// Empty: nothing is written.
  std::filesystem::path directory;
  bool tensorboard = true;
  std::optional<TrainingState>
      resume;  ///< from load_model; the graph given to train() must be the checkpoint's
  std::optional<graph::Graph> resume_best;
  const std::atomic<bool>* stop = nullptr;  ///< becomes true: write last.ckpt and come back
};

/// Metrics of a finished epoch.
struct EpochMetrics {
  int64_t epoch = 0;
  double learning_rate = 0;
  double train_loss = 0;  ///< mean over the rows, while parameters were moving
  double validation_loss = 0;
  double validation_accuracy = 0;
  double seconds = 0;  ///< of training alone
  double samples_per_second = 0;
  /// Of the quantised linears after the epoch; none: there are none.
  std::optional<RegularizerFigures> hardware;
};

/// What a progress bar needs, at every log step and at the last batch of an epoch.
struct StepProgress {
  int64_t epoch = 0, max_epochs = 0;
  int64_t batch = 0, batches = 0;  ///< batches done of the epoch
  int64_t global_step = 0;
  double loss = 0, accuracy = 0;  ///< of the latest batch
  double batches_per_second = 0;
};

/// Called from the training loop; must not throw.
class TrainListener {
 public:
  virtual ~TrainListener() = default;
  virtual void on_step(const StepProgress&) {}
  virtual void on_epoch(const EpochMetrics&) {}
};

struct TrainResult {
  graph::Graph best;  ///< lowest validation loss; see train() for runs with a regulariser
  graph::Graph last;
  std::vector<EpochMetrics> history;  ///< epochs this call finished
  int64_t best_epoch = -1;
  double best_loss = 0;
  TrainingState state;  ///< resuming from it goes on exactly here
  bool interrupted = false;
  std::filesystem::path best_checkpoint, last_checkpoint;  ///< empty when nothing is written
};

/// Trains on dataset.train and validates on dataset.validation after every epoch, with the cosine
/// schedule of MASE: the learning rate of epoch e is eta_min + (lr - eta_min) (1 + cos(pi e /
/// max_epochs)) / 2, eta_min = 1e-6. Rows are shuffled anew every epoch from (seed, epoch); equal
/// options give equal parameters to the bit, and so does a run that was stopped and resumed. A last
/// batch of one row joins the one before it, since a batch norm cannot be trained on one row.
/// With a regulariser the best epoch is the one whose validation loss and full regulariser together
/// are least, of those at whose end its schedule is over.
/// Errors: UserError T001 (optimiser), T003 (a number out of range), T004 (model and dataset do not
/// fit), T005 (the loss is not finite), T006 (resuming with other options), T009, T010, B003.
TrainResult train(const graph::Graph& graph, const data::Dataset& dataset,
                  const TrainOptions& options, TrainListener* listener = nullptr);

/// While it lives, the first Ctrl-C sets `requested` and the second ends the process.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  static const std::atomic<bool>& requested();
};

}  // namespace mase::train
