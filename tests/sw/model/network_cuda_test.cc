// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "gen/fixed/quantise.h"
#include "gen/pass/evaluate_batch.h"
#include "sw/model/network.h"
#include "sw/model/zoo.h"
#include "tests/support/cuda.h"
#include "tests/support/expect_error.h"
#include "tests/support/networks.h"

namespace mase::model {
namespace {

constexpr NetworkOptions kOnGpu = {.device = Device::kGpu};

/// Compares rows of random integers, extremes among them, with the integer reference.
Arithmetic compare(const graph::Graph& graph, uint64_t seed) {
  const pass::IntegerNetwork reference = pass::lower(graph);
  const Network network(graph, {.precision = Precision::k64, .device = Device::kGpu});
  const fixed::Format f = reference.input();
  const auto span = static_cast<uint64_t>(f.max() - f.min() + 1);
  std::mt19937_64 random(seed);
  std::vector<int64_t> q(static_cast<size_t>(65 * reference.features_in()));
  std::vector<double> x, want;
  for (int64_t& value : q) {
    const auto choice = random() % 8;
    value = static_cast<int64_t>(choice == 0   ? f.min()
                                 : choice == 1 ? f.max()
                                               : f.min() + static_cast<int64_t>(random() % span));
    x.push_back(fixed::dequantise(value, f));
  }
  for (const fixed::Wide value : pass::evaluate_batch(reference, q))
    want.push_back(fixed::dequantise(value, reference.output()));
  const Matrix out = network.outputs(std::span<const double>(x), 32);
  EXPECT_EQ(out.values, want) << "seed " << seed << ", " << to_string(network.arithmetic());
  return network.arithmetic();
}

TEST(NetworkOnCuda, EqualsTheIntegerReferenceAtEveryWidth) {
  MASE_NEED_CUDA();
  std::map<Arithmetic, int> seen;
  for (uint64_t seed = 0; seed < 800 && !::testing::Test::HasFailure(); ++seed) {
    test::RandomNetworkOptions options;
    options.max_width = seed % 2 == 0 ? 32 : seed % 4 == 1 ? 20 : 10;
    options.parallelism = false;
    ++seen[compare(test::random_network(seed, options), seed)];
  }
  EXPECT_GT(seen[Arithmetic::kExactFloat32], 20);
  EXPECT_GT(seen[Arithmetic::kExactFloat64], 20) << "accumulators beyond 2^24";
  EXPECT_GT(seen[Arithmetic::kInteger], 15) << "accumulators beyond 2^53";
}

/// A layer as wide as tensor cores like, whose products TF32 would round.
TEST(NetworkOnCuda, WideLayersDoNotUseTf32) {
  MASE_NEED_CUDA();
  graph::Graph graph{.name = "wide"};
  graph::Node x{.name = "x", .op = graph::Op::kPlaceholder};
  x.shape = {256};
  graph.nodes.push_back(x);
  graph::Node node = graph::make_linear("seq_blocks_0", "x", 256, 256);
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal(0, 0.01);
  for (auto& [name, tensor] : node.parameters) {
    for (double& value : tensor.data) value = static_cast<float>(normal(random));
  }
  node.quant = graph::Quant{.data_in_width = 12,
                            .data_in_frac_width = 8,
                            .weight_width = 8,
                            .weight_frac_width = 10,
                            .bias_width = 8,
                            .bias_frac_width = 8};
  graph.nodes.push_back(node);
  graph.nodes.push_back({.name = "output", .op = graph::Op::kOutput, .inputs = {"seq_blocks_0"}});
  EXPECT_EQ(compare(graph, 2), Arithmetic::kExactFloat32);
}

TEST(NetworkOnCuda, FloatNetworksAreAsOnTheCpu) {
  MASE_NEED_CUDA();
  const graph::Graph graph = build_model("hls4ml-jet", 3);
  const Network cpu(graph), gpu(graph, kOnGpu);
  std::mt19937_64 random(4);
  std::normal_distribution<float> normal(0, 1);
  std::vector<float> x(static_cast<size_t>(500 * cpu.features_in()));
  for (float& value : x) value = normal(random);
  const Matrix want = cpu.outputs(std::span<const float>(x), 128);
  const Matrix got = gpu.outputs(std::span<const float>(x), 128);
  ASSERT_EQ(got.values.size(), want.values.size());
  for (size_t i = 0; i < want.values.size(); ++i)
    ASSERT_NEAR(got.values[i], want.values[i], 1e-5 * (1 + std::abs(want.values[i]))) << i;
}

TEST(NetworkOnCuda, NanIsNamedWithItsRow) {
  MASE_NEED_CUDA();
  graph::Graph graph = build_model("toy", 0);
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
  const Network network(graph, kOnGpu);
  std::vector<float> x(3 * 4, 0.5F);
  x[6] = std::numeric_limits<float>::quiet_NaN();
  test::expect_user_error([&] { network.outputs(std::span<const float>(x)); }, "F003",
                          {"element 6 (row 1, feature 2)"});
}

TEST(NetworkOnCuda, WithoutCudaTheGpuIsRefused) {
  if (test::no_cuda().empty()) GTEST_SKIP() << "a CUDA device is here";
  test::expect_user_error([] { parse_accelerator("gpu"); }, "N011",
                          {"accelerator gpu", "--accelerator cpu", "CMAKE_PREFIX_PATH"});
  test::expect_user_error([] { Network network(build_model("toy", 0), kOnGpu); }, "N011",
                          {"accelerator gpu"});
}

}  // namespace
}  // namespace mase::model
