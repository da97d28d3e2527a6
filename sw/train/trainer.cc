// SPDX-License-Identifier: Apache-2.0
#include "sw/train/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <numbers>
#include <numeric>
#include <random>

#include "gen/base/error.h"
#include "sw/train/event_file.h"

namespace mase::train {

namespace {

constexpr double kEtaMin = 1e-6;

double cosine(double learning_rate, int64_t epoch, int64_t max_epochs) {
  const double phase =
      std::numbers::pi * static_cast<double>(epoch) / static_cast<double>(max_epochs);
  return kEtaMin + (learning_rate - kEtaMin) * (1 + std::cos(phase)) / 2;
}

/// The order of the rows in an epoch: a function of (seed, epoch) alone, so that nothing of it need
/// be stored.
std::vector<int64_t> shuffled(int64_t rows, uint64_t seed, int64_t epoch) {
  std::vector<int64_t> order(static_cast<size_t>(rows));
  std::iota(order.begin(), order.end(), int64_t{0});
  std::seed_seq mix{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32),
                    static_cast<uint32_t>(epoch)};
  std::mt19937_64 random(mix);
  for (size_t i = order.size(); i > 1; --i) {
    const auto j = static_cast<size_t>((static_cast<unsigned __int128>(random()) * i) >> 64);
    std::swap(order[i - 1], order[j]);
  }
  return order;
}

void check(bool good, const char* name, const std::string& got, const char* allowed) {
  if (!good)
    throw UserError("T003", fmt::format("{} is {}", name, got), {},
                    fmt::format("allowed: {}", allowed));
}

void check_options(const TrainOptions& o) {
  check(o.max_epochs >= 1, "max_epochs", std::to_string(o.max_epochs), "1 and more");
  check(o.max_epochs <= 1000000, "max_epochs", std::to_string(o.max_epochs), "at most 1000000");
  check(o.batch_size >= 1, "batch_size", std::to_string(o.batch_size), "1 and more");
  check(o.accumulate_grad_batches >= 1, "accumulate_grad_batches",
        std::to_string(o.accumulate_grad_batches), "1 and more");
  check(o.log_every_n_steps >= 1, "log_every_n_steps", std::to_string(o.log_every_n_steps),
        "1 and more");
  check(o.max_steps != 0, "max_steps", "0", "1 and more, or negative for no limit");
  check(std::isfinite(o.learning_rate) && o.learning_rate > 0, "learning_rate",
        fmt::format("{}", o.learning_rate), "a finite number above 0");
  check(std::isfinite(o.weight_decay) && o.weight_decay >= 0, "weight_decay",
        fmt::format("{}", o.weight_decay), "a finite number, 0 and more");
}

/// The variance of one sample is no number.
void check_batch_norm(const graph::Graph& graph, const TrainOptions& options) {
  if (options.batch_size > 1) return;
  for (const auto& node : graph.nodes) {
    if (node.op != graph::Op::kBatchNorm1d) continue;
    throw UserError(
        "T007",
        fmt::format("batch_size is 1, and {} (batch_norm1d) needs two samples a batch to "
                    "know their variance",
                    node.name),
        {}, "give --batch-size 2 or more");
  }
}

void check_fit(const graph::Graph& graph, const data::Dataset& dataset) {
  const int64_t in = graph::features_out(graph, graph.placeholder());
  const int64_t out = graph::features_out(graph, graph.output());
  if (in != dataset.features || out != dataset.classes) {
    throw UserError(
        "T004",
        fmt::format("model {} takes {} features and has {} outputs, dataset {} has {} features and "
                    "{} classes",
                    graph.name, in, out, dataset.name, dataset.features, dataset.classes),
        {}, "choose a model that was made for this dataset: --info model");
  }
  const bool normalises = std::any_of(graph.nodes.begin(), graph.nodes.end(), [](const auto& n) {
    return n.op == graph::Op::kBatchNorm1d;
  });
  if (dataset.train.rows < (normalises ? 2 : 1) || dataset.validation.rows < 1) {
    throw UserError("T004", fmt::format("dataset {} has {} rows to train and {} to validate on",
                                        dataset.name, dataset.train.rows, dataset.validation.rows));
  }
}

template <class Same>
void same_regularizer(const RegularizerOptions& was, const RegularizerOptions& is, Same same) {
  if (!was.acts() && !is.acts()) return;
  same("regularizer", to_string(was.kind), to_string(is.kind));
  same("regularizer-strength", was.strength, is.strength);
  same("regularizer-warmup", was.warmup_epochs, is.warmup_epochs);
  same("regularizer-ramp", was.ramp_epochs, is.ramp_epochs);
  same("final-sparsity", was.final_sparsity, is.final_sparsity);
  same("prune-begin-epoch", was.prune_begin_epoch, is.prune_begin_epoch);
  same("prune-end-epoch", was.prune_end_epoch.value_or(-1), is.prune_end_epoch.value_or(-1));
}

/// What must be as it was for a resumed run to end where the uninterrupted one would have.
void check_resume(const TrainingState& s, const TrainOptions& o) {
  const auto same = [](const char* name, auto was, auto is) {
    if (was != is) {
      throw UserError(
          "T006",
          fmt::format("the checkpoint was trained with {} = {}, now it is {}", name, was, is), {},
          "resume with the options of the interrupted run, or leave out --resume to start anew "
          "from its weights");
    }
  };
  same("training-optimizer", s.optimizer, o.optimizer);
  same("seed", s.seed, o.seed);
  same("batch-size", s.batch_size, o.batch_size);
  same("learning-rate", s.learning_rate, o.learning_rate);
  same("weight-decay", s.weight_decay, o.weight_decay);
  same("accumulate-grad-batches", s.accumulate_grad_batches, o.accumulate_grad_batches);
  same("max-epochs", s.max_epochs, o.max_epochs);
  same_regularizer(s.regularizer, o.regularizer, same);
  if (s.epoch >= o.max_epochs) {
    throw UserError("T006",
                    fmt::format("the checkpoint has all of its {} epochs behind it", s.max_epochs),
                    {}, "leave out --resume to train its weights further");
  }
}

class Loop {
 public:
  Loop(const graph::Graph& graph, const data::Dataset& dataset, const TrainOptions& options,
       TrainListener* listener)
      : dataset_(dataset),
        options_(options),
        listener_(listener),
        network_(graph, {options.precision, options.device}),
        learner_(network_, {parse_optimizer(options.optimizer), options.weight_decay}) {
    rows_ = dataset.train.rows;
    batches_ = (rows_ + options.batch_size - 1) / options.batch_size;
    if (batches_ > 1 && rows_ % options.batch_size == 1)
      --batches_;  // one row alone cannot be normalised
    result_.best = graph;
    if (!costed_layers(graph).empty())
      regularizer_.emplace(graph, learner_, options.regularizer, options.max_epochs,
                           options.batch_size * options.accumulate_grad_batches);
    if (options.resume) {
      check_resume(*options.resume, options);
      state_ = *options.resume;
      learner_.restore(state_.optimizer_state);
      if (regularizer_) regularizer_->restore(state_.regularizer_state);
      if (options.resume_best) result_.best = *options.resume_best;
    } else {
      state_.seed = options.seed;
      state_.optimizer = options.optimizer;
      state_.learning_rate = options.learning_rate;
      state_.weight_decay = options.weight_decay;
      state_.batch_size = options.batch_size;
      state_.max_epochs = options.max_epochs;
      state_.accumulate_grad_batches = options.accumulate_grad_batches;
      state_.regularizer = options.regularizer;
    }
    if (!options.directory.empty()) {
      result_.best_checkpoint = options.directory / "training_ckpts" / "best.ckpt";
      result_.last_checkpoint = options.directory / "training_ckpts" / "last.ckpt";
      if (options.tensorboard)
        events_ = std::make_unique<EventFile>(options.directory / "tensorboard");
    }
  }

  TrainResult run() {
    save_last();  // from the first moment on there is a checkpoint of this run, and an unwritable
                  // folder shows at once
    while (state_.epoch < options_.max_epochs && !stopping()) train_epoch();
    result_.last = network_.to_graph();
    result_.best_epoch = state_.best_epoch;
    result_.best_loss = state_.best_loss;
    if (state_.best_epoch < 0) result_.best = result_.last;
    result_.state = state_;
    result_.interrupted =
        state_.epoch < options_.max_epochs && options_.stop != nullptr && *options_.stop;
    return std::move(result_);
  }

 private:
  using Clock = std::chrono::steady_clock;

  bool out_of_steps() const {
    return options_.max_steps >= 0 && state_.global_step >= options_.max_steps;
  }
  bool stopping() const { return (options_.stop != nullptr && *options_.stop) || out_of_steps(); }

  void train_epoch() {
    const double learning_rate = cosine(options_.learning_rate, state_.epoch, options_.max_epochs);
    learner_.load(dataset_.train, shuffled(rows_, options_.seed, state_.epoch));
    const auto start = Clock::now();
    const int64_t first_batch = state_.batch;
    const double scale = 1.0 / static_cast<double>(options_.accumulate_grad_batches);
    for (int64_t batch = state_.batch; batch < batches_; ++batch) {
      const int64_t first = batch * options_.batch_size;
      const int64_t count = (batch + 1 == batches_ ? rows_ : first + options_.batch_size) - first;
      const double loss = learner_.accumulate(first, count, scale);
      if (!std::isfinite(loss)) {
        throw UserError(
            "T005",
            fmt::format("the loss became {} in epoch {}, batch {}", loss, state_.epoch, batch), {},
            "lower the learning rate, or look for values that are no numbers in the data; the last "
            "checkpoint is intact");
      }
      state_.epoch_loss += loss * static_cast<double>(count);
      const bool updates =
          (batch + 1) % options_.accumulate_grad_batches == 0 || batch + 1 == batches_;
      if (!updates) continue;
      if (regularizer_) regularizer_->before_update(state_.epoch);
      learner_.update(learning_rate);
      if (regularizer_) regularizer_->after_update();
      ++state_.global_step;
      state_.batch = batch + 1;
      report_step(batch, loss, learning_rate, start, first_batch);
      if (batch + 1 < batches_ && stopping()) {
        keep_state();
        if (out_of_steps()) validate(learning_rate, 0);
        save_last();
        return;
      }
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    finish_epoch(learning_rate, seconds, (batches_ - first_batch) * options_.batch_size);
  }

  void report_step(int64_t batch, double loss, double learning_rate, Clock::time_point start,
                   int64_t first_batch) {
    const bool last = batch + 1 == batches_;
    const bool logs = state_.global_step % options_.log_every_n_steps == 0;
    if (!logs && !(last && listener_ != nullptr)) return;
    const double accuracy = learner_.batch_accuracy();
    if (events_ && logs) {
      events_->scalar("train_loss_step", loss, state_.global_step);
      events_->scalar("train_acc_step", accuracy, state_.global_step);
      events_->scalar("lr", learning_rate, state_.global_step);
    }
    if (listener_ != nullptr) {
      const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
      listener_->on_step({state_.epoch, options_.max_epochs, batch + 1, batches_,
                          state_.global_step, loss, accuracy,
                          static_cast<double>(batch + 1 - first_batch) / std::max(seconds, 1e-9)});
    }
  }

  void validate(double learning_rate, double seconds, int64_t samples = 0) {
    const auto v =
        model::evaluate(network_, dataset_.validation.matrix(), dataset_.validation.targets());
    if (!std::isfinite(v.loss)) {
      throw UserError(
          "T005", fmt::format("the validation loss became {} in epoch {}", v.loss, state_.epoch),
          {}, "lower the learning rate; the last checkpoint is intact");
    }
    const int64_t seen = state_.batch == batches_ ? rows_ : state_.batch * options_.batch_size;
    state_.train_loss = state_.epoch_loss / static_cast<double>(seen);
    state_.validation_loss = v.loss;
    state_.validation_accuracy = v.accuracy;
    EpochMetrics metrics{state_.epoch,
                         learning_rate,
                         state_.train_loss,
                         v.loss,
                         v.accuracy,
                         seconds,
                         seconds > 0 ? static_cast<double>(samples) / seconds : 0,
                         {}};
    if (regularizer_) metrics.hardware = regularizer_->figures();
    result_.history.push_back(metrics);
    if (is_best(metrics)) {
      state_.best_loss = v.loss;
      state_.best_epoch = state_.epoch;
      result_.best = network_.to_graph();
      if (!result_.best_checkpoint.empty())
        write_checkpoint(result_.best, std::nullopt, state_, result_.best_checkpoint);
    }
    if (events_) {
      events_->scalar("val_loss_epoch", v.loss, state_.global_step);
      events_->scalar("val_acc_epoch", v.accuracy, state_.global_step);
      if (metrics.hardware) {
        if (options_.regularizer.acts())
          events_->scalar("regularizer_epoch", metrics.hardware->value, state_.global_step);
        events_->scalar("sparsity_epoch", metrics.hardware->sparsity, state_.global_step);
        events_->scalar("lut_proxy_epoch", metrics.hardware->lut_proxy, state_.global_step);
      }
      events_->flush();
    }
    if (listener_ != nullptr) listener_->on_epoch(metrics);
  }

  /// Lowest validation loss; with a regulariser lowest objective, and no epoch counts against one
  /// at whose end its schedule is over.
  bool is_best(const EpochMetrics& metrics) {
    const RegularizerOptions& regularizer = options_.regularizer;
    if (!regularizer.acts())
      return state_.best_epoch < 0 || metrics.validation_loss < state_.best_loss;
    const double objective =
        metrics.validation_loss + regularizer.strength * metrics.hardware->value;
    double& least = state_.regularizer_state.best_objective;
    const int64_t settled = regularizer.settled_epoch(options_.max_epochs);
    const bool first =
        state_.best_epoch < 0 || (state_.best_epoch < settled && metrics.epoch >= settled);
    if (!first && !(objective < least)) return false;
    least = objective;
    return true;
  }

  void keep_state() {
    state_.optimizer_state = learner_.state();
    if (!regularizer_) return;
    const double objective = state_.regularizer_state.best_objective;
    state_.regularizer_state = regularizer_->state();
    state_.regularizer_state.best_objective = objective;
  }

  void finish_epoch(double learning_rate, double seconds, int64_t samples) {
    if (regularizer_) regularizer_->end_epoch(state_.epoch);
    keep_state();
    validate(learning_rate, seconds, samples);
    ++state_.epoch;
    state_.batch = 0;
    state_.epoch_loss = 0;
    save_last();
  }

  void save_last() {
    if (result_.last_checkpoint.empty()) return;
    keep_state();
    const std::optional<graph::Graph> best =
        state_.best_epoch >= 0 ? std::optional(result_.best) : std::nullopt;
    write_checkpoint(network_.to_graph(), best, state_, result_.last_checkpoint);
  }

  const data::Dataset& dataset_;
  const TrainOptions& options_;
  TrainListener* listener_;
  model::Network network_;
  Learner learner_;
  std::optional<Regularizer> regularizer_;
  std::unique_ptr<EventFile> events_;
  TrainResult result_;
  TrainingState state_;
  int64_t rows_ = 0, batches_ = 0;
};

}  // namespace

TrainResult train(const graph::Graph& graph, const data::Dataset& dataset,
                  const TrainOptions& options, TrainListener* listener) {
  check_options(options);
  check_fit(graph, dataset);
  check_batch_norm(graph, options);
  check_regularizer(options.regularizer, options.max_epochs, graph);
  set_threads(options.threads);
  return Loop(graph, dataset, options, listener).run();
}

}  // namespace mase::train
