// SPDX-License-Identifier: Apache-2.0
// What a trial costs before sampling and storage: accuracy on 512 samples, latency (SystemC) and
// resources (model) of jsc-three-linear-layers, and what a grey-box sampler's question costs.
#include <fmt/format.h>

#include <chrono>
#include <random>
#include <set>

#include "sw/model/zoo.h"
#include "sw/search/problem_builder.h"
#include "sw/train/learner.h"

using namespace mase;
using namespace mase::search;

namespace {

double seconds(const std::function<void()>& action) {
  const auto begin = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

ChoiceList numbers(const std::string& key, const std::vector<int64_t>& values) {
  return {key, {values.begin(), values.end()}, {}};
}

SpaceOptions space_options() {
  SeedOptions seed{.name = "default", .config = {{"name", {std::string("integer")}, {}}}};
  for (const std::string operand : {"data_in", "weight", "bias"}) {
    seed.config.push_back(numbers(operand + "_width", {2, 3, 4, 5, 6, 8}));
    seed.config.push_back({operand + "_frac_width", {std::string("NA")}, {}});
  }
  seed.hardware = {numbers("parallelism_in", {1, 2, 4}), numbers("parallelism_out", {1, 5})};
  return {.seeds = {seed}};
}

data::Dataset random_rows(int64_t rows) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  std::vector<float> x(static_cast<size_t>(rows * 16));
  for (float& v : x) v = normal(random);
  std::vector<int64_t> labels(static_cast<size_t>(rows));
  for (auto& label : labels) label = static_cast<int64_t>(random() % 5);
  data::Dataset dataset{.name = "random", .features = 16, .classes = 5};
  dataset.train = dataset.validation = dataset.test = data::make_split("rows", 16, x, labels);
  return dataset;
}

}  // namespace

int main() {
  train::set_threads(1);
  const auto dataset = random_rows(512);
  const std::shared_ptr<const Space> space =
      make_space(model::build_model("jsc-three-linear-layers", 1), space_options());
  StrategyOptions strategy;
  strategy.sw_runners = {{"basic_evaluation", {{"num_samples", int64_t{512}, {}}}, {}}};
  strategy.hw_runners = {{"latency", {}, {}}, {"resources", {}, {}}};
  const auto minimised = [](const char* name) {
    return MetricOptions{name, 1.0, Direction::kMinimise, {}, {}, {}};
  };
  strategy.metrics = {minimised("loss"), minimised("latency_cycles"), minimised("lut")};
  const SearchProblem problem(space, strategy, {.dataset = &dataset});
  std::mt19937_64 random(3);
  const auto draw = [&](int count) {
    std::vector<Point> points;
    for (int i = 0; i < count; ++i) {
      Point point;
      for (const auto& p : space->parameters())
        point.push_back(static_cast<double>(random() % static_cast<uint64_t>(p.choices)));
      points.push_back(point);
    }
    return points;
  };
  const auto warm = draw(20), trials = draw(1000), questions = draw(20000);
  for (const auto& point : warm) problem.evaluate(point);
  const auto row = [](const char* what, double time, size_t count) {
    fmt::print("{:<44} {:>10.1f} us\n", what, time * 1e6 / static_cast<double>(count));
  };
  const auto all = [&](const std::vector<Point>& points, auto action) {
    return seconds([&] {
      for (const auto& point : points) action(point);
    });
  };
  const auto& exact = problem.problem().grey_box->exact;
  row("a trial", all(trials, [&](const Point& p) { problem.evaluate(p); }), trials.size());
  row("  of which graph(point)", all(trials, [&](const Point& p) { space->graph(p); }),
      trials.size());
  for (const auto& runner : problem.runners()) {
    double time = 0;
    for (const auto& p : trials) {
      Candidate candidate(space->graph(p), space->hardware_options(p));
      if (runner->needs_hardware()) candidate.hardware();
      time += seconds([&] { runner->run(candidate); });
    }
    row(fmt::format("  of which {}", runner->name()).c_str(), time, trials.size());
  }
  row("  of which build_hardware",
      all(trials,
          [&](const Point& p) {
            Candidate(space->graph(p), space->hardware_options(p)).hardware();
          }),
      trials.size());
  row("exact(point), new", all(questions, [&](const Point& p) { exact(p); }), questions.size());
  // As a sampler climbs: one parameter moves at a time, and no point comes twice.
  std::vector<Point> neighbours{questions.back()};
  std::set<Point> met(questions.begin(), questions.end());
  for (size_t centre = 0; neighbours.size() < questions.size();) {
    Point next = neighbours[centre];
    const size_t moved = random() % next.size();
    const auto choices = static_cast<uint64_t>(space->parameters()[moved].choices);
    next[moved] = static_cast<double>(random() % choices);
    if (!met.insert(next).second) continue;
    neighbours.push_back(std::move(next));
    if (neighbours.size() % 64 == 0) centre = neighbours.size() - 1;
  }
  neighbours.erase(neighbours.begin());
  row("exact(point), a neighbour of one before", all(neighbours, [&](const Point& p) { exact(p); }),
      neighbours.size());
  row("exact(point), known", all(questions, [&](const Point& p) { exact(p); }), questions.size());
}
