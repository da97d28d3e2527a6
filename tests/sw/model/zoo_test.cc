// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>

#include "gen/base/error.h"
#include "sw/model/zoo.h"

namespace mase::model {
namespace {

using graph::Op;

std::string operators(const graph::Graph& graph) {
  std::string text;
  for (const auto& node : graph.nodes)
    text += to_string(node.op) + (node.op == Op::kLinear ? std::to_string(node.out_features) : "") +
            " ";
  return text;
}

TEST(Zoo, EveryModelHasTheParametersItSays) {
  for (const auto& info : model_infos()) {
    if (info.name == "mlp") continue;
    SCOPED_TRACE(info.name);
    const graph::Graph graph = build_model(info.name, 0);
    EXPECT_EQ(graph::parameter_count(graph), info.parameters);
    EXPECT_EQ(graph::features_out(graph, graph.placeholder()), info.features);
    EXPECT_EQ(graph::features_out(graph, graph.output()), info.classes);
    EXPECT_EQ(graph.nodes.front().name, "x");
    EXPECT_EQ(graph.nodes[1].name, "seq_blocks_0");
    EXPECT_EQ(graph.nodes.back().name, "output");
  }
}

TEST(Zoo, HasTheStructuresOfTheIssue) {
  EXPECT_EQ(operators(build_model("toy", 0)),
            "placeholder flatten linear8 relu linear8 relu linear2 output ");
  EXPECT_EQ(operators(build_model("jsc-tiny", 0)),
            "placeholder batch_norm1d relu linear5 relu output ");
  EXPECT_EQ(operators(build_model("jsc-toy", 0)),
            "placeholder batch_norm1d relu linear8 batch_norm1d relu linear8 batch_norm1d relu "
            "linear5 batch_norm1d relu output ");
  EXPECT_EQ(operators(build_model("jsc_new", 0)), operators(build_model("jsc-toy", 0)));
  EXPECT_EQ(operators(build_model("jsc-10x", 0)),
            "placeholder batch_norm1d relu linear60 batch_norm1d relu linear32 batch_norm1d relu "
            "linear5 batch_norm1d relu output ");
  EXPECT_EQ(operators(build_model("jsc_three_linear_layers", 0)),
            "placeholder batch_norm1d relu linear16 relu linear16 relu linear5 relu output ");
  EXPECT_EQ(operators(build_model("hls4ml-jet", 0)),
            "placeholder linear64 relu linear32 relu linear32 relu linear5 output ");
}

/// Sum of value * (1 + index): a change of any bit or of the order shows.
double signature(const graph::Tensor& tensor) {
  double sum = 0;
  for (size_t i = 0; i < tensor.data.size(); ++i)
    sum += tensor.data[i] * static_cast<double>(i + 1);
  return sum;
}

// torch 1.13.1: torch.manual_seed(0); Sequential(Flatten(), Linear(4, 8), ReLU(), Linear(8, 8),
// ReLU(), Linear(8, 2))
TEST(Zoo, InitialisesAsPyTorchDoes) {
  const graph::Graph toy = build_model("toy", 0);
  const auto& first = toy.find("seq_blocks_1")->parameter("weight");
  EXPECT_EQ(first.shape, (std::vector<int64_t>{8, 4}));
  EXPECT_EQ(first.data[0], -0x1.eaa8p-9);
  EXPECT_EQ(first.data[1], 0x1.12a8bcp-2);
  EXPECT_EQ(toy.find("seq_blocks_1")->parameter("bias").data[0], -0x1.4bde34p-2);
  EXPECT_EQ(toy.find("seq_blocks_3")->parameter("weight").data[1], -0x1.7338f6p-3);
  EXPECT_EQ(toy.find("seq_blocks_3")->parameter("bias").data[1], -0x1.a07824p-8);
  EXPECT_EQ(toy.find("seq_blocks_5")->parameter("weight").data[0], -0x1.b8a11ep-3);
  EXPECT_EQ(toy.find("seq_blocks_5")->parameter("bias").data[1], -0x1.28bc18p-2);
  EXPECT_EQ(signature(first), -0x1.e780dd8000000p+1);
}

TEST(Zoo, SeedDecidesTheParameters) {
  EXPECT_EQ(build_model("jsc-tiny", 3).find("seq_blocks_2")->parameter("weight"),
            build_model("jsc-tiny", 3).find("seq_blocks_2")->parameter("weight"));
  EXPECT_NE(build_model("jsc-tiny", 3).find("seq_blocks_2")->parameter("weight"),
            build_model("jsc-tiny", 4).find("seq_blocks_2")->parameter("weight"));
}

TEST(Zoo, MlpFollowsItsDescription) {
  EXPECT_EQ(operators(build_model("mlp", 0, MlpOptions{{16, 8, 5}, true, "relu"})),
            "placeholder batch_norm1d linear8 batch_norm1d relu linear5 output ");
  EXPECT_EQ(operators(build_model("mlp", 0, MlpOptions{{16, 8, 5}, false, "none"})),
            "placeholder linear8 linear5 output ");
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

TEST(Zoo, ErrorsNameWhatIsWrong) {
  expect_error([] { build_model("jsc-tinny", 0); }, "N001", "jsc-tiny");
  expect_error([] { build_model("mlp", 0); }, "N002", "needs its widths");
  expect_error([] { build_model("mlp", 0, MlpOptions{{16}}); }, "N002", "1 number(s)");
  expect_error([] { build_model("mlp", 0, MlpOptions{{16, 0, 5}}); }, "N002", "width 0");
  expect_error(
      [] {
        build_model("mlp", 0, MlpOptions{{16, 5}, false, "gelu"});
      },
      "N002", "unknown activation 'gelu'");
  expect_error([] { build_model("toy", 0, MlpOptions{{4, 2}}); }, "N003", "fixed structure");
}

}  // namespace
}  // namespace mase::model
