// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "gen/base/error.h"
#include "gen/base/file.h"
#include "sw/model/zoo.h"
#include "sw/train/trainer.h"

namespace mase::train {

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
inline data::Dataset small(int64_t rows = 500) {
  data::Dataset dataset = data::toy_tiny();
  dataset.train = dataset.train.head(rows);
  dataset.validation = dataset.validation.head(300);
  return dataset;
}

inline TrainOptions fast() {
  TrainOptions options;
  options.learning_rate = 1e-2;
  options.batch_size = 64;
  options.max_epochs = 4;
  options.log_every_n_steps = 3;
  return options;
}

inline std::vector<double> parameters(const graph::Graph& graph) {
  std::vector<double> values;
  for (const auto& node : graph.nodes) {
    for (const auto& [name, tensor] : node.parameters)
      values.insert(values.end(), tensor.data.begin(), tensor.data.end());
  }
  return values;
}

inline void expect_error(const std::function<void()>& run, const std::string& code,
                         const std::string& text) {
  try {
    run();
    FAIL() << "no error";
  } catch (const UserError& error) {
    EXPECT_EQ(error.code(), code) << error.message();
    EXPECT_THAT(error.message() + " " + error.help(), HasSubstr(text));
  }
}

inline graph::Graph quantised_toy() {
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

}  // namespace mase::train
