// SPDX-License-Identifier: Apache-2.0
// Samples a second of the training loop of mase-gen: jsc-tiny, Adam, made-up data of the size of a
// jet. Usage: train_throughput [rows] [batch] [epochs] [model] [threads]; prints one line a epoch
// count: median, best.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "sw/model/zoo.h"
#include "sw/train/trainer.h"

int main(int argc, char** argv) {
  const auto argument = [&](int i, const char* otherwise) {
    return std::string(argc > i ? argv[i] : otherwise);
  };
  const int64_t rows = std::stoll(argument(1, "200000"));
  const std::string name = argument(4, "jsc-tiny");
  std::mt19937 random(0);
  std::normal_distribution<float> normal(0, 1);
  std::vector<float> x(static_cast<size_t>(rows * 16));
  std::vector<int64_t> y(static_cast<size_t>(rows));
  for (float& value : x) value = normal(random);
  for (int64_t& label : y) label = static_cast<int64_t>(random() % 5);
  mase::data::Dataset dataset;
  dataset.name = "synthetic";
  dataset.features = 16;
  dataset.classes = 5;
  dataset.train = mase::data::make_split("train", 16, std::move(x), std::move(y));
  dataset.validation = dataset.train.head(1000);
  mase::train::TrainOptions options;
  options.learning_rate = 1e-3;
  options.batch_size = std::stoll(argument(2, "256"));
  options.max_epochs = std::stoll(argument(3, "5"));
  options.threads = std::stoi(argument(5, "1"));
  const auto result = mase::train::train(mase::model::build_model(name, 0), dataset, options);
  std::vector<double> rates;
  for (const auto& epoch : result.history) rates.push_back(epoch.samples_per_second);
  std::sort(rates.begin(), rates.end());
  fmt::print("{:.0f} {:.0f}\n", rates[rates.size() / 2], rates.back());
}
