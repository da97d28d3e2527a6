// SPDX-License-Identifier: Apache-2.0
#include "sw/model/network.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <random>

#include "gen/base/error.h"
#include "gen/fixed/quantise.h"
#include "gen/pass/lower.h"
#include "sw/model/zoo.h"
#include "tests/support/networks.h"
#include "tests/support/vectors.h"

namespace mase::model {
namespace {

using fixed::Format;
using fixed::Wide;
using graph::Op;

/// x -> one node -> output.
graph::Graph single(graph::Node node, int64_t features, const Format& input) {
  graph::Graph graph{.name = "single"};
  graph::Node x{.name = "x", .op = Op::kPlaceholder};
  x.shape = {features};
  x.quant = graph::Quant{.data_in_width = input.width, .data_in_frac_width = input.frac};
  graph.nodes.push_back(x);
  graph.nodes.push_back(std::move(node));
  graph.nodes.push_back({.name = "output", .op = Op::kOutput, .inputs = {graph.nodes.back().name}});
  return graph;
}

graph::Quant affine_quant(const nlohmann::json& c) {
  const Format in = test::format_of(c["data_in"]), w = test::format_of(c["weight"]);
  graph::Quant q{.data_in_width = in.width,
                 .data_in_frac_width = in.frac,
                 .weight_width = w.width,
                 .weight_frac_width = w.frac};
  if (!c["bias"].is_null()) {
    const Format b = test::format_of(c["bias"]);
    q.bias_width = b.width;
    q.bias_frac_width = b.frac;
  }
  return q;
}

std::vector<double> natural(const nlohmann::json& rows, int frac) {
  std::vector<double> values;
  for (const auto& row : rows) {
    for (const auto& v : row) values.push_back(std::ldexp(v.get<double>(), -frac));
  }
  return values;
}

void expect_rows(const Network& network, const nlohmann::json& x, int x_frac,
                 const nlohmann::json& y, int y_frac) {
  const Matrix out = network.outputs(std::span<const double>(natural(x, x_frac)), 5);
  const auto want = natural(y, y_frac);
  ASSERT_EQ(out.values.size(), want.size());
  for (size_t i = 0; i < want.size(); ++i) ASSERT_EQ(out.values[i], want[i]) << "value " << i;
}

TEST(GoldenVectors, QuantiseInLibTorch) {
  MASE_NEED_SHARED("vectors/quantise.json");
  for (const auto& c : test::load_vectors("quantise")["cases"]) {
    graph::Graph graph{.name = "q"};
    graph::Node x{.name = "x", .op = Op::kPlaceholder};
    x.shape = {1};
    graph.nodes.push_back(x);
    graph.nodes.push_back(graph::make_relu("seq_blocks_0", "x"));
    const Format format = test::format_of(c);
    const graph::Quant q{.data_in_width = format.width, .data_in_frac_width = format.frac};
    if (format.is_signed) {
      // Signed: a linear of weight 1 hands the rounded value through.
      graph::Node node = graph::make_linear("seq_blocks_0", "x", 1, 1, false);
      node.parameters["weight"].data = {1};
      node.quant = q;
      node.quant->weight_width = 2;
      node.quant->weight_frac_width = 0;
      graph.nodes[1] = node;
    } else {
      graph.nodes[1].quant = q;
    }
    graph.nodes.push_back({.name = "output", .op = Op::kOutput, .inputs = {"seq_blocks_0"}});
    const auto value = static_cast<float>(std::strtod(c["x"].get<std::string>().c_str(), nullptr));
    const Matrix out = Network(graph).outputs(std::span<const float>(&value, 1));
    ASSERT_EQ(out.values[0], std::ldexp(c["q"].get<double>(), -format.frac)) << c.dump();
  }
}

TEST(GoldenVectors, LinearInLibTorch) {
  MASE_NEED_SHARED("vectors/linear.json");
  for (const auto& c : test::load_vectors("linear")["cases"]) {
    const bool bias = !c["b"].is_null();
    graph::Node node =
        graph::make_linear("seq_blocks_0", "x", c["in_features"], c["out_features"], bias);
    node.parameters["weight"].data = natural(c["w"], test::format_of(c["weight"]).frac);
    if (bias)
      node.parameters["bias"].data =
          natural(nlohmann::json::array({c["b"]}), test::format_of(c["bias"]).frac);
    node.quant = affine_quant(c);
    for (auto& [name, tensor] : node.parameters) tensor.dtype = graph::Dtype::kF64;
    const Format in = test::format_of(c["data_in"]);
    const NetworkOptions wide{.precision = Precision::k64};  // golden weights of up to 32 bits
    expect_rows(Network(single(node, c["in_features"], in), wide), c["x"], in.frac, c["acc"],
                c["acc_frac"]);
    const Format out = test::format_of(c["data_out"]);
    node.quant->data_out_width = out.width;
    node.quant->data_out_frac_width = out.frac;
    expect_rows(Network(single(node, c["in_features"], in), wide), c["x"], in.frac, c["y"],
                out.frac);
  }
}

TEST(GoldenVectors, BatchNormInLibTorch) {
  MASE_NEED_SHARED("vectors/batch_norm1d.json");
  for (const auto& c : test::load_vectors("batch_norm1d")["cases"]) {
    const auto features = static_cast<int64_t>(c["gamma"].size());
    graph::Node node = graph::make_batch_norm1d("seq_blocks_0", "x", features);
    node.parameters["weight"].data = c["gamma"].get<std::vector<double>>();
    node.parameters["bias"].data = c["beta"].get<std::vector<double>>();
    node.parameters["running_mean"].data = c["running_mean"].get<std::vector<double>>();
    node.parameters["running_var"].data = c["running_var"].get<std::vector<double>>();
    node.eps = c["eps"];
    node.quant = affine_quant(c);
    const Format in = test::format_of(c["data_in"]);
    expect_rows(Network(single(node, features, in)), c["x"], in.frac, c["acc"], c["acc_frac"]);
    const Format out = test::format_of(c["data_out"]);
    node.quant->data_out_width = out.width;
    node.quant->data_out_frac_width = out.frac;
    expect_rows(Network(single(node, features, in)), c["x"], in.frac, c["y"], out.frac);
  }
}

TEST(GoldenVectors, NetworksInLibTorch) {
  MASE_NEED_SHARED("vectors/networks.json");
  for (const auto& net : test::load_vectors("networks")["nets"]) {
    const Network network(test::golden_network(net), {.precision = Precision::k64});
    expect_rows(network, net["x"], test::format_of(net["input"]).frac, net["y"], net["out_frac"]);
  }
}

/// Random integers of the network's input format, extremes among them.
std::vector<Wide> random_input(const pass::IntegerNetwork& network, std::mt19937_64& random) {
  std::vector<Wide> x(static_cast<size_t>(network.features_in()));
  const Format f = network.input();
  for (Wide& value : x) {
    const auto choice = random() % 8;
    const auto span = static_cast<uint64_t>(f.max() - f.min() + 1);
    value = choice == 0   ? f.min()
            : choice == 1 ? f.max()
                          : f.min() + static_cast<Wide>(random() % span);
  }
  return x;
}

/// Compares LibTorch with the integer reference and returns the arithmetic that was chosen.
Arithmetic compare(const graph::Graph& graph, uint64_t seed) {
  const pass::IntegerNetwork reference = pass::lower(graph);
  const Network network(graph, {.precision = Precision::k64});
  std::mt19937_64 random(seed);
  std::vector<double> x, want;
  for (int row = 0; row < 9; ++row) {
    const auto q = random_input(reference, random);
    for (const Wide value : q) x.push_back(fixed::dequantise(value, reference.input()));
    for (const Wide value : pass::evaluate(reference, q))
      want.push_back(fixed::dequantise(value, reference.output()));
  }
  const Matrix out = network.outputs(std::span<const double>(x), 4);
  EXPECT_EQ(out.values.size(), want.size());
  for (size_t i = 0; i < want.size(); ++i) {
    EXPECT_EQ(out.values[i], want[i])
        << "seed " << seed << ", value " << i << ", " << to_string(network.arithmetic());
    if (out.values[i] != want[i]) break;
    EXPECT_FALSE(want[i] == 0 && std::signbit(out.values[i])) << "a zero has no sign";
  }
  return network.arithmetic();
}

TEST(Network, EqualsTheIntegerReferenceAtEveryWidth) {
  std::map<Arithmetic, int> seen;
  for (uint64_t seed = 0; seed < 800; ++seed) {
    test::RandomNetworkOptions options;
    options.max_width = seed % 2 == 0 ? 32 : seed % 4 == 1 ? 20 : 10;
    options.parallelism = false;
    SCOPED_TRACE(seed);
    ++seen[compare(test::random_network(seed, options), seed)];
    if (HasFailure()) break;
  }
  EXPECT_GT(seen[Arithmetic::kExactFloat32], 20);
  EXPECT_GT(seen[Arithmetic::kExactFloat64], 20) << "accumulators beyond 2^24";
  EXPECT_GT(seen[Arithmetic::kInteger], 15) << "accumulators beyond 2^53";
}

graph::Quant uniform(int width, int frac) {
  return {.data_in_width = width,
          .data_in_frac_width = frac,
          .weight_width = width,
          .weight_frac_width = frac,
          .bias_width = width,
          .bias_frac_width = frac};
}

TEST(Network, ChoosesTheNarrowestExactArithmetic) {
  const auto with = [](int width) {
    graph::Graph graph = build_model("hls4ml-jet", 0);
    for (auto& node : graph.nodes) {
      if (node.op == Op::kLinear) node.quant = uniform(width, width - 2);
    }
    return Network(graph).arithmetic();
  };
  EXPECT_EQ(Network(build_model("hls4ml-jet", 0)).arithmetic(), Arithmetic::kFloat);
  EXPECT_EQ(with(8), Arithmetic::kExactFloat32);
  EXPECT_EQ(with(16), Arithmetic::kExactFloat64);
  EXPECT_EQ(with(31), Arithmetic::kInteger);
}

/// A float batch norm before a quantised linear: each kind of node keeps its own arithmetic.
TEST(Network, MixesFloatAndQuantisedNodes) {
  graph::Graph graph = build_model("jsc-tiny", 5);
  graph.find("seq_blocks_2")->quant = uniform(6, 3);
  graph::Node& bn = *graph.find("seq_blocks_0");
  for (size_t c = 0; c < 16; ++c) {
    bn.parameters["weight"].data[c] = 1 + 0.125 * static_cast<double>(c);
    bn.parameters["running_mean"].data[c] = 0.25;
  }
  const Network network(graph);
  EXPECT_EQ(network.arithmetic(), Arithmetic::kExactFloat32);
  std::mt19937 random(1);
  std::vector<float> x(16 * 50);
  for (float& value : x) value = std::normal_distribution<float>(0, 1.5F)(random);
  const Matrix out = network.outputs(std::span<const float>(x));

  const graph::Node& linear = *graph.find("seq_blocks_2");
  const Format format{6, 3, true};
  int compared = 0;
  for (int64_t row = 0; row < 50; ++row) {
    std::vector<int64_t> q(16);
    bool near_tie = false;
    for (size_t c = 0; c < 16; ++c) {
      const double y = std::max(
          0.0, (x[row * 16 + c] - 0.25) / std::sqrt(1 + 1e-5) * bn.parameters["weight"].data[c]);
      near_tie = near_tie || std::abs(std::abs(y * 8 - std::floor(y * 8)) - 0.5) <
                                 1e-4;  // float32 may round it elsewhere
      q[c] = fixed::quantise(y, format);
    }
    if (near_tie) continue;
    ++compared;
    for (size_t o = 0; o < 5; ++o) {
      int64_t acc = fixed::quantise(linear.parameter("bias").data[o], format) * 8;
      for (size_t c = 0; c < 16; ++c)
        acc += q[c] * fixed::quantise(linear.parameter("weight").data[o * 16 + c], format);
      EXPECT_EQ(out.values[row * 5 + o], std::max<int64_t>(acc, 0) / 64.0);
    }
  }
  EXPECT_GT(compared, 40);
}

TEST(Network, BypassAndNaAreFloat) {
  graph::Graph graph = build_model("hls4ml-jet", 2);
  const graph::Graph plain = graph;
  graph.find("seq_blocks_0")->quant = uniform(4, 2);
  graph.find("seq_blocks_0")->quant->bypass = true;
  graph.find("seq_blocks_2")->quant = uniform(4, 2);
  graph.find("seq_blocks_2")->quant->name = "NA";
  std::vector<float> x(32, 0.3F);
  EXPECT_EQ(Network(graph).outputs(std::span<const float>(x)).values,
            Network(plain).outputs(std::span<const float>(x)).values);
}

TEST(Network, InfinitiesSaturateAndNanIsNamed) {
  graph::Graph graph = build_model("hls4ml-jet", 2);
  for (auto& node : graph.nodes) {
    if (node.op == Op::kLinear) node.quant = uniform(8, 4);
  }
  const Network network(graph);
  std::vector<float> huge(16, std::numeric_limits<float>::infinity()), large(16, 1e30F), nan(32, 0);
  huge[3] = large[3] = -huge[3];
  large[3] = -1e30F;
  EXPECT_EQ(network.outputs(std::span<const float>(huge)).values,
            network.outputs(std::span<const float>(large)).values);
  nan[19] = std::numeric_limits<float>::quiet_NaN();
  try {
    network.outputs(std::span<const float>(nan));
    FAIL();
  } catch (const UserError& error) {
    EXPECT_EQ(error.code(), "F003");
    EXPECT_NE(error.message().find("x: element 19 (row 1, feature 3)"), std::string::npos)
        << error.message();
  }
}

TEST(Network, ParametersGoInAndOutUnchanged) {
  const graph::Graph graph = build_model("jsc-toy", 9);
  Network network(graph);
  EXPECT_EQ(network.to_graph().find("seq_blocks_2")->parameters,
            graph.find("seq_blocks_2")->parameters);
  const graph::Graph other = build_model("jsc-toy", 10);
  network.copy_from(other);
  graph::Graph copy = graph;
  network.copy_to(copy);
  for (const auto& node : other.nodes) EXPECT_EQ(copy.find(node.name)->parameters, node.parameters);
}

/// A folded batch norm has float64 weights; what is evaluated must be what is emitted, not its
/// float32 neighbour.
TEST(Network, KeepsFloat64WeightsThatFloat32WouldRoundAcrossATie) {
  graph::Node node = graph::make_linear("seq_blocks_0", "x", 1, 1, false);
  node.parameters["weight"] = {
      {1, 1}, graph::Dtype::kF64, {0.5 + 0x1p-40}};  // float32: 0.5, which rounds to 0
  node.quant = graph::Quant{
      .data_in_width = 4, .data_in_frac_width = 0, .weight_width = 4, .weight_frac_width = 0};
  const Network network(single(node, 1, {4, 0, true}));
  const std::vector<double> x = {3};
  EXPECT_EQ(network.outputs(std::span<const double>(x)).values[0], 3);
  EXPECT_EQ(network.to_graph().find("seq_blocks_0")->parameter("weight").data[0], 0.5 + 0x1p-40);
}

TEST(Network, BatchSizeDoesNotChangeQuantisedResults) {
  graph::Graph graph = build_model("hls4ml-jet", 2);
  for (auto& node : graph.nodes) {
    if (node.op == Op::kLinear) node.quant = uniform(12, 8);
  }
  std::mt19937 random(3);
  std::vector<float> x(16 * 33);
  for (float& value : x) value = std::normal_distribution<float>(0, 1)(random);
  const Network network(graph);
  EXPECT_EQ(network.outputs(std::span<const float>(x), 1).values,
            network.outputs(std::span<const float>(x), 4096).values);
}

TEST(Score, UsesTheFirstOfEqualOutputsAndExactLoss) {
  const Matrix outputs{3, 2, {0, 0, 1, 3, 2, 2}};
  const std::vector<int64_t> labels = {0, 1, 1};
  const Evaluation e = score(outputs, labels);
  EXPECT_EQ(e.predictions, (std::vector<int64_t>{0, 1, 0}));
  EXPECT_DOUBLE_EQ(e.accuracy, 2.0 / 3);
  EXPECT_NEAR(e.loss, (std::log(2) + std::log(1 + std::exp(-2)) + std::log(2)) / 3, 1e-15);
  const std::vector<int64_t> wrong = {0, 1, 2};
  EXPECT_THROW(score(outputs, wrong), UserError);
}

void expect_error(const std::function<void()>& run, const std::string& code,
                  const std::string& text) {
  try {
    run();
    FAIL() << "no error";
  } catch (const UserError& error) {
    EXPECT_EQ(error.code(), code);
    EXPECT_NE((error.message() + " " + error.help()).find(text), std::string::npos)
        << error.message() << " " << error.help();
  }
}

TEST(NetworkOptions, UnknownAndMissingDevicesAndPrecisionsAreNamed) {
  EXPECT_EQ(parse_accelerator("auto"), Device::kCpu);
  expect_error([] { parse_accelerator("mps"); }, "N011", "mps");
  expect_error([] { parse_accelerator("cpuu"); }, "N011", "cpu");
  EXPECT_EQ(parse_precision("64"), Precision::k64);
  expect_error([] { parse_precision("16-mixed"); }, "N010", "16-mixed");
  expect_error([] { parse_precision("8"); }, "N010", "unknown trainer-precision '8'");
}

TEST(Network, MissingFormatsAreNamedAtOnce) {
  graph::Graph graph = build_model("hls4ml-jet", 2);
  graph.find("seq_blocks_0")->quant = graph::Quant{.data_in_width = 8};
  expect_error([&] { Network network(graph); }, "G030", "seq_blocks_0");
}

}  // namespace
}  // namespace mase::model
