// SPDX-License-Identifier: Apache-2.0
#include "sw/train/regularizer.h"

#include <cmath>
#include <set>

#include "tests/sw/train/trainer_fixture.h"

namespace mase::train {
namespace {

using Kind = RegularizerKind;

/// Node formats that differ, a ReLU of its own, and enough weights that pruning has a choice.
graph::Graph mixed() {
  graph::Graph graph =
      model::build_model("mlp", 3, model::MlpOptions{{4, 12, 8, 2}, false, "relu"});
  int width = 8;
  for (auto& node : graph.nodes) {
    if (node.op == graph::Op::kLinear) {
      node.quant = graph::Quant{.data_in_width = width,
                                .data_in_frac_width = width / 2,
                                .weight_width = width,
                                .weight_frac_width = width - 2,
                                .bias_width = 8,
                                .bias_frac_width = 5};
      --width;
    } else if (node.op == graph::Op::kRelu) {
      node.quant = graph::Quant{.data_in_width = 7, .data_in_frac_width = 4};
    }
  }
  return graph;
}

TrainOptions regularised(Kind kind, double strength, double sparsity) {
  TrainOptions options = fast();
  options.regularizer.kind = kind;
  options.regularizer.strength = strength;
  options.regularizer.final_sparsity = sparsity;
  return options;
}

/// Raw integers of every costed weight.
std::vector<int64_t> raw_weights(const graph::Graph& graph) {
  std::vector<int64_t> raw;
  for (const auto& layer : costed_layers(graph)) {
    const auto& weight = graph.find(layer.node)->parameter("weight").data;
    for (size_t i = 0; i < weight.size(); ++i)
      raw.push_back(quantised(weight[i], layer.rows[i / static_cast<size_t>(layer.in)]));
  }
  return raw;
}

double share_of_zeros(const graph::Graph& graph) {
  const auto raw = raw_weights(graph);
  return static_cast<double>(std::count(raw.begin(), raw.end(), 0)) /
         static_cast<double>(raw.size());
}

/// Adder bits of all digits, those that cost no adder included.
double digit_bits(const graph::Graph& graph) {
  double total = 0;
  for (const auto& layer : costed_layers(graph)) {
    const auto& weight = graph.find(layer.node)->parameter("weight").data;
    for (size_t i = 0; i < weight.size(); ++i)
      total += signed_digits(quantised(weight[i], layer.rows[i / static_cast<size_t>(layer.in)])) *
               layer.input_bits[i % static_cast<size_t>(layer.in)];
  }
  return total;
}

TEST(RegularizerSchedule, WarmsUpRampsAndPrunesAsZhuAndGupta) {
  RegularizerOptions o{.kind = Kind::kLut, .strength = 0.4, .warmup_epochs = 2, .ramp_epochs = 4};
  for (const auto& [epoch, strength] : std::vector<std::pair<int64_t, double>>{
           {0, 0}, {1, 0}, {2, 0.1}, {3, 0.2}, {5, 0.4}, {9, 0.4}})
    EXPECT_DOUBLE_EQ(o.strength_in(epoch), strength) << epoch;
  EXPECT_EQ(o.settled_epoch(20), 5);
  o.ramp_epochs = 0;
  EXPECT_DOUBLE_EQ(o.strength_in(2), 0.4);
  EXPECT_EQ(o.settled_epoch(20), 2);
  o.final_sparsity = 0.8;
  o.prune_begin_epoch = 4;
  o.prune_end_epoch = 8;
  EXPECT_EQ(o.sparsity_after(3, 20), 0);
  EXPECT_DOUBLE_EQ(o.sparsity_after(4, 20), 0.8 * (1 - 0.75 * 0.75 * 0.75));
  EXPECT_DOUBLE_EQ(o.sparsity_after(5, 20), 0.8 * (1 - 0.125));
  EXPECT_DOUBLE_EQ(o.sparsity_after(7, 20), 0.8);
  EXPECT_DOUBLE_EQ(o.sparsity_after(19, 20), 0.8);
  EXPECT_EQ(o.settled_epoch(20), 7);
  o.prune_end_epoch.reset();
  EXPECT_EQ(o.prune_end(20), 15);
  EXPECT_EQ(o.prune_end(5), 5) << "one epoch at least";
}

/// What before_update adds to the gradient is the derivative of strength times the value that is
/// logged, weight by weight.
TEST(RegularizerGradient, EqualsFiniteDifferencesOfTheValue) {
  for (const Kind kind : {Kind::kBitops, Kind::kLut}) {
    const graph::Graph graph = mixed();
    model::Network network(graph, {.precision = model::Precision::k64});
    Learner learner(network, {});
    const RegularizerOptions options{.kind = kind, .strength = 0.7};
    Regularizer regularizer(graph, learner, options, 10, 64);
    const std::vector<double> at = learner.parameters();
    regularizer.before_update(0);
    const auto gradients = learner.gradients();
    std::set<size_t> weights;
    for (const auto& layer : costed_layers(graph)) {
      const auto& gradient = gradients.at(layer.node + ".weight");
      const size_t offset = learner.offset(layer.node + ".weight");
      for (size_t i = 0; i < gradient.size(); ++i) {
        const double h = 1e-7;
        double value[2];
        for (const int side : {0, 1}) {
          auto moved = at;
          moved[offset + i] += side == 0 ? -h : h;
          learner.set_parameters(moved);
          value[side] = 0.7 * regularizer.figures().value;
        }
        EXPECT_NEAR(gradient[i], (value[1] - value[0]) / (2 * h),
                    1e-5 * (1 + std::abs(gradient[i])))
            << layer.node << " " << i;
        EXPECT_NE(gradient[i], 0);
      }
      for (const double g : gradients.at(layer.node + ".bias")) EXPECT_EQ(g, 0);
    }
  }
}

TEST_F(Trainer, RegularizerOfNoStrengthChangesNothing) {
  const TrainResult plain = train(mixed(), small(), fast());
  for (const Kind kind : {Kind::kBitops, Kind::kLut}) {
    const TrainResult zero = train(mixed(), small(), regularised(kind, 0, 0));
    EXPECT_EQ(parameters(zero.last), parameters(plain.last));
    EXPECT_EQ(parameters(zero.best), parameters(plain.best));
    EXPECT_EQ(zero.best_epoch, plain.best_epoch);
    for (size_t i = 0; i < plain.history.size(); ++i) {
      EXPECT_EQ(zero.history[i].train_loss, plain.history[i].train_loss);
      EXPECT_EQ(zero.history[i].hardware->lut_proxy, plain.history[i].hardware->lut_proxy);
    }
  }
}

TEST_F(Trainer, RegularizerZerosWeightsAndTheyStayZero) {
  for (const Kind kind : {Kind::kBitops, Kind::kLut}) {
    SCOPED_TRACE(to_string(kind));
    const graph::Graph graph = mixed();
    const data::Dataset dataset = small();
    model::Network network(graph);
    Learner learner(network, {});
    Regularizer regularizer(graph, learner, {.kind = kind, .strength = 1}, 12, 50);
    std::vector<int64_t> order(static_cast<size_t>(dataset.train.rows));
    for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(i);
    learner.load(dataset.train, order);
    std::vector<size_t> fixed;
    const double zeros_before = share_of_zeros(graph);
    for (int64_t epoch = 0; epoch < 12; ++epoch) {
      for (int64_t first = 0; first + 50 <= dataset.train.rows; first += 50) {
        learner.accumulate(first, 50, 1);
        regularizer.before_update(epoch);
        learner.update(0.02);
        regularizer.after_update();
        const auto raw = raw_weights(network.to_graph());
        for (const size_t i : fixed) ASSERT_EQ(raw[i], 0) << "epoch " << epoch << " weight " << i;
      }
      regularizer.end_epoch(epoch);
      const auto raw = raw_weights(network.to_graph());
      fixed.clear();
      for (size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] == 0) fixed.push_back(i);
      }
    }
    EXPECT_GT(share_of_zeros(network.to_graph()), zeros_before + 0.2);
    EXPECT_DOUBLE_EQ(regularizer.figures().sparsity, share_of_zeros(network.to_graph()));
  }
}

TEST_F(Trainer, ScheduleReachesItsSparsityAndBestKeepsIt) {
  const double before = digit_bits(mixed());
  for (const std::string optimizer : {"adam", "sgd"}) {
    TrainOptions options = regularised(Kind::kBitops, 0, 0.6);
    options.optimizer = optimizer;
    options.max_epochs = 8;
    const TrainResult bits = train(mixed(), small(), options);
    EXPECT_GE(share_of_zeros(bits.last), 0.59);
    EXPECT_LT(share_of_zeros(bits.last), 0.8);
    EXPECT_GE(share_of_zeros(bits.best), 0.59);
    EXPECT_GE(bits.best_epoch, options.regularizer.settled_epoch(8));
    EXPECT_EQ(options.regularizer.settled_epoch(8), 5);
    for (size_t i = 1; i < bits.history.size(); ++i)
      EXPECT_GE(bits.history[i].hardware->sparsity, bits.history[i - 1].hardware->sparsity);

    options.regularizer.kind = Kind::kLut;
    const TrainResult lut = train(mixed(), small(), options);
    for (const auto* graph : {&lut.last, &lut.best}) {
      EXPECT_LE(digit_bits(*graph), 0.4 * before);
      EXPECT_GT(digit_bits(*graph), 0.15 * before);
    }
    EXPECT_LT(share_of_zeros(lut.last), share_of_zeros(bits.last) + 0.1)
        << "digits go before weights";
  }
}

/// A hidden value that no weight reads is computed by none.
TEST_F(Trainer, PrunedColumnsTakeTheirRowsWithThem) {
  TrainOptions options = regularised(Kind::kLut, 0.5, 0.9);
  options.max_epochs = 8;
  const graph::Graph graph = train(mixed(), small(), options).last;
  const auto layers = costed_layers(graph);
  int dead = 0;
  for (size_t l = 0; l + 1 < layers.size(); ++l) {
    const auto& weight = graph.find(layers[l].node)->parameter("weight").data;
    const auto& next = graph.find(layers[l + 1].node)->parameter("weight").data;
    for (int64_t row = 0; row < layers[l].out; ++row) {
      bool read = false;
      for (int64_t o = 0; o < layers[l + 1].out; ++o)
        read |= next[static_cast<size_t>(o * layers[l + 1].in + row)] != 0;
      if (read) continue;
      ++dead;
      for (int64_t i = 0; i < layers[l].in; ++i)
        EXPECT_EQ(weight[static_cast<size_t>(row * layers[l].in + i)], 0);
    }
  }
  EXPECT_GT(dead, 0);
}

/// Stops inside an epoch, after zeros were fixed and digits pruned, reads the file back, goes on.
TEST_F(Trainer, RegularisedRunResumesToTheSameBits) {
  class StopAfter : public TrainListener {
   public:
    void on_step(const StepProgress& p) override {
      if (p.global_step >= 20) stop = true;
    }
    std::atomic<bool> stop{false};
  };
  for (const Kind kind : {Kind::kBitops, Kind::kLut}) {
    for (const std::string optimizer : {"adam", "sgd"}) {
      SCOPED_TRACE(to_string(kind) + " " + optimizer);
      TrainOptions options = regularised(kind, 0.3, 0.7);
      options.optimizer = optimizer;
      options.max_epochs = 7;
      options.regularizer.warmup_epochs = 1;
      options.regularizer.ramp_epochs = 2;
      options.regularizer.prune_end_epoch = 4;
      const TrainResult whole = train(mixed(), small(), options);

      TrainOptions until = options;
      until.directory = folder_ / (to_string(kind) + optimizer);
      until.log_every_n_steps = 1;
      StopAfter stopper;
      until.stop = &stopper.stop;
      const TrainResult part = train(mixed(), small(), until, &stopper);
      ASSERT_TRUE(part.interrupted);
      ASSERT_EQ(part.state.epoch, 2);
      ASSERT_GT(part.state.batch, 0);

      const Loaded loaded = load_model({}, part.last_checkpoint, LoadType::kPl);
      ASSERT_TRUE(loaded.training.has_value());
      EXPECT_EQ(loaded.training->regularizer, options.regularizer);
      options.resume = loaded.training;
      options.resume_best = loaded.best;
      const TrainResult rest = train(loaded.graph, small(), options);
      EXPECT_EQ(parameters(rest.last), parameters(whole.last));
      EXPECT_EQ(parameters(rest.best), parameters(whole.best));
      EXPECT_EQ(rest.best_epoch, whole.best_epoch);
      EXPECT_EQ(rest.history.back().hardware->value, whole.history.back().hardware->value);
      EXPECT_EQ(rest.history.back().hardware->lut_proxy, whole.history.back().hardware->lut_proxy);

      TrainOptions other = options;
      other.regularizer.strength = 0.4;
      expect_error([&] { train(loaded.graph, small(), other); }, "T006",
                   "regularizer-strength = 0.3, now it is 0.4");
      other.regularizer = {};
      expect_error([&] { train(loaded.graph, small(), other); }, "T006", "now it is none");
    }
  }
}

TEST_F(Trainer, RegularizerAppearsInTheEventFile) {
  TrainOptions options = regularised(Kind::kLut, 0.2, 0.5);
  options.directory = folder_ / "with";
  train(mixed(), small(), options);
  options.regularizer = {};
  options.directory = folder_ / "without";
  train(mixed(), small(), options);
  const auto events = [&](const char* run) {
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / run)) {
      if (entry.path().filename().string().starts_with("events.out"))
        return read_file(entry.path());
    }
    return std::string();
  };
  for (const char* tag : {"sparsity_epoch", "lut_proxy_epoch"}) {
    EXPECT_THAT(events("with"), HasSubstr(tag));
    EXPECT_THAT(events("without"), HasSubstr(tag)) << "to compare with";
  }
  EXPECT_THAT(events("with"), HasSubstr("regularizer_epoch"));
  EXPECT_THAT(events("without"), ::testing::Not(HasSubstr("regularizer_epoch")));
}

TEST_F(Trainer, BadRegularizersAreNamed) {
  const auto with = [&](const std::function<void(RegularizerOptions&)>& change) {
    return [&, change] {
      TrainOptions options = regularised(Kind::kLut, 0.1, 0.5);
      change(options.regularizer);
      train(mixed(), small(), options);
    };
  };
  expect_error(with([](auto& o) { o.strength = -1; }), "T009", "regularizer_strength is -1");
  expect_error(with([](auto& o) { o.strength = std::nan(""); }), "T009", "strength is nan");
  expect_error(with([](auto& o) { o.warmup_epochs = 4; }), "T009",
               "regularizer_warmup is 4 allowed: 0 to 3: max_epochs is 4");
  expect_error(with([](auto& o) { o.ramp_epochs = 5; }), "T009", "regularizer_ramp is 5");
  expect_error(with([](auto& o) { o.final_sparsity = 1; }), "T009", "final_sparsity is 1");
  expect_error(with([](auto& o) { o.prune_begin_epoch = 9; }), "T009", "prune_begin_epoch is 9");
  expect_error(with([](auto& o) { o.prune_end_epoch = 5; }), "T009", "prune_end_epoch is 5");
  expect_error(with([](auto& o) {
                 o.prune_begin_epoch = 2;
                 o.prune_end_epoch = 2;
               }),
               "T009", "3 to 4: pruning begins in epoch 2");
  expect_error(
      [&] { train(model::build_model("toy", 0), small(), regularised(Kind::kLut, 0.1, 0)); },
      "T010", "mase-gen transform");
}

}  // namespace
}  // namespace mase::train
