// SPDX-License-Identifier: Apache-2.0
#include "tests/support/cuda.h"
#include "tests/sw/train/trainer_fixture.h"

namespace mase::train {
namespace {

using model::Device;
using model::Precision;

TrainResult train_on(Device device, const graph::Graph& graph, Precision precision) {
  TrainOptions options = fast();
  options.device = device;
  options.precision = precision;
  return train(graph, small(4000), options);
}

/// Equal batches in equal order: only the order of summation differs, and in float64 the runs stay
/// together.
TEST(TrainerOnCuda, FollowsTheRunOnTheCpu) {
  MASE_NEED_CUDA();
  const graph::Graph graph = model::build_model("toy", 0);
  const TrainResult cpu = train_on(Device::kCpu, graph, Precision::k64);
  const TrainResult gpu = train_on(Device::kGpu, graph, Precision::k64);
  ASSERT_EQ(gpu.history.size(), cpu.history.size());
  for (size_t e = 0; e < cpu.history.size(); ++e) {
    EXPECT_NEAR(gpu.history[e].train_loss, cpu.history[e].train_loss, 1e-6) << e;
    EXPECT_NEAR(gpu.history[e].validation_loss, cpu.history[e].validation_loss, 1e-6) << e;
  }
}

TEST(TrainerOnCuda, EveryPrecisionLearns) {
  MASE_NEED_CUDA();
  for (const auto precision : {Precision::k32, Precision::k64, Precision::kBf16}) {
    const TrainResult result = train_on(Device::kGpu, model::build_model("toy", 0), precision);
    EXPECT_GT(result.history.back().validation_accuracy, 0.95) << to_string(precision);
  }
}

TEST(TrainerOnCuda, QuantisedTrainingEndsInTheSameNetworkOnBothDevices) {
  MASE_NEED_CUDA();
  const TrainResult result = train_on(Device::kGpu, quantised_toy(), Precision::k32);
  EXPECT_GT(result.history.back().validation_accuracy, 0.95);
  const data::Dataset dataset = small();
  const model::Network cpu(result.best), gpu(result.best, {.device = Device::kGpu});
  EXPECT_EQ(gpu.outputs(dataset.validation.matrix()).values,
            cpu.outputs(dataset.validation.matrix()).values);
}

}  // namespace
}  // namespace mase::train
