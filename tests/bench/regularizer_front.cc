// SPDX-License-Identifier: Apache-2.0
// LUTs against accuracy of trained checkpoints, unrolled: what tests/bench/regularizer_front.sh
// prints.
//   bench_regularizer_front DATASET [--csv FILE] [--svg FILE] [--seconds S] [--yosys]
//   GROUP/LABEL=CKPT[,CKPT...] ...
// The first group is the network without a regulariser; checkpoints of one label differ in their
// seed.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "gen/arch/cost.h"
#include "gen/base/error.h"
#include "gen/base/file.h"
#include "sim/synth/synthesise.h"
#include "sw/data/dataset.h"
#include "sw/model/network.h"
#include "sw/train/checkpoint.h"
#include "sw/train/weight_cost.h"

using namespace mase;

namespace {

struct Point {
  double accuracy = 0, sparsity = 0, proxy = 0;
  int64_t lut = 0, ff = 0, yosys = 0;
};

struct Label {
  std::string group, name;
  std::vector<Point> points;

  double mean(auto member) const {
    double sum = 0;
    for (const auto& point : points) sum += static_cast<double>(point.*member);
    return sum / static_cast<double>(points.size());
  }
  /// Standard deviation of a sample.
  double deviation(auto member) const {
    if (points.size() < 2) return 0;
    const double middle = mean(member);
    double sum = 0;
    for (const auto& point : points)
      sum += std::pow(static_cast<double>(point.*member) - middle, 2);
    return std::sqrt(sum / static_cast<double>(points.size() - 1));
  }
};

struct Settings {
  std::string dataset, csv, svg;
  double seconds = 0.5;
  bool yosys = false;
  std::vector<std::string> labels;
};

Point measure(const std::string& path, const data::Dataset& dataset, const Settings& settings) {
  const graph::Graph graph = train::load_model({}, path, train::LoadType::kPl).graph;
  Point point;
  point.accuracy =
      model::evaluate(model::Network(graph), dataset.test.matrix(), dataset.test.targets())
          .accuracy;
  double weights = 0;
  for (const auto& layer : train::costed_layers(graph)) {
    const auto& weight = graph.find(layer.node)->parameter("weight").data;
    for (size_t i = 0; i < weight.size(); ++i) {
      const auto& row = layer.rows[i / static_cast<size_t>(layer.in)];
      point.sparsity += train::quantised(weight[i], row) == 0 ? 1 : 0;
    }
    weights += static_cast<double>(weight.size());
    point.proxy += static_cast<double>(train::adder_bits(layer, weight.data()));
  }
  point.sparsity /= weights;
  arch::HardwareOptions options{.style = "unrolled"};
  options.adder_seconds = settings.seconds;
  const auto hardware = arch::build_hardware(graph, options);
  const auto resources = arch::estimate(hardware);
  point.lut = resources.lut;
  point.ff = resources.ff;
  if (settings.yosys)
    point.yosys = synth::synthesise(hardware, {.per_node = true, .flat = false}).total.lut;
  return point;
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  size_t begin = 0;
  for (size_t end = 0; end != std::string::npos; begin = end + 1) {
    end = text.find(at, begin);
    parts.push_back(text.substr(begin, end == std::string::npos ? end : end - begin));
  }
  return parts;
}

Label read_label(const std::string& text, const data::Dataset& dataset, const Settings& settings,
                 std::string& csv) {
  const size_t slash = text.find('/'), equals = text.find('=');
  if (slash == std::string::npos || equals == std::string::npos || slash > equals)
    throw UserError("Z001", fmt::format("'{}' is not GROUP/LABEL=CKPT[,CKPT...]", text));
  Label label{text.substr(0, slash), text.substr(slash + 1, equals - slash - 1), {}};
  for (const auto& path : split(text.substr(equals + 1), ',')) {
    const Point point = measure(path, dataset, settings);
    csv += fmt::format("{},{},{},{:.4f},{:.4f},{:.0f},{},{},{}\n", label.group, label.name,
                       label.points.size(), point.accuracy, point.sparsity, point.proxy, point.lut,
                       point.ff, settings.yosys ? std::to_string(point.yosys) : "");
    label.points.push_back(point);
  }
  return label;
}

void print(const std::vector<Label>& labels, bool yosys) {
  fmt::print(
      "| {:<12} | {:<22} | accuracy % | zeros % | LUT proxy |      LUT |  +- |      FF |{}\n", "",
      "", yosys ? "    Yosys |" : "");
  for (const auto& label : labels) {
    fmt::print(
        "| {:<12} | {:<22} | {:4.1f} +- {:3.1f} | {:7.1f} | {:9.0f} | {:8.0f} | {:3.0f} | {:7.0f} "
        "|",
        label.group, label.name, 100 * label.mean(&Point::accuracy),
        100 * label.deviation(&Point::accuracy), 100 * label.mean(&Point::sparsity),
        label.mean(&Point::proxy), label.mean(&Point::lut), label.deviation(&Point::lut),
        label.mean(&Point::ff));
    if (yosys) fmt::print(" {:8.0f} |", label.mean(&Point::yosys));
    fmt::print("\n");
  }
}

/// The cheapest label of every group whose mean accuracy is at most `loss` below the baseline's.
void compare(const std::vector<Label>& labels) {
  const Label& base = labels.front();
  for (const double loss : {0.0, 0.005, 0.01, 0.02}) {
    std::map<std::string, const Label*> best;
    for (const auto& label : labels) {
      if (label.mean(&Point::accuracy) < base.mean(&Point::accuracy) - loss - 1e-12) continue;
      const Label*& least = best[label.group];
      if (!least || label.mean(&Point::lut) < least->mean(&Point::lut)) least = &label;
    }
    for (const auto& [group, label] : best) {
      fmt::print("accuracy >= {:.1f} % (no regulariser {}): {} {} takes {:.0f} LUTs, {:+.1f} %\n",
                 100 * (base.mean(&Point::accuracy) - loss),
                 loss == 0 ? "" : fmt::format("- {:.1f}", 100 * loss), group, label->name,
                 label->mean(&Point::lut),
                 100 * (label->mean(&Point::lut) / base.mean(&Point::lut) - 1));
    }
  }
}

/// Mean accuracy over mean LUTs (logarithmic), a line a group, one standard deviation as whiskers.
std::string plot(const std::vector<Label>& labels) {
  constexpr double kWidth = 720, kHeight = 420, kLeft = 56, kRight = 24, kTop = 28, kBottom = 48;
  constexpr const char* kColours[] = {"#444444", "#0072b2", "#d55e00", "#009e73"};
  double low = 1e18, high = 1, least = 1, most = 0;
  for (const auto& label : labels) {
    const double lut = std::max(label.mean(&Point::lut), 1.0);
    const double middle = label.mean(&Point::accuracy), off = label.deviation(&Point::accuracy);
    low = std::min(low, lut);
    high = std::max(high, lut);
    least = std::min(least, middle - off);
    most = std::max(most, middle + off);
  }
  low /= 1.2;
  high *= 1.2;
  least = std::max(least, most - 0.2);  // what has collapsed is left out
  const auto x = [&](double lut) {
    return kLeft +
           (kWidth - kLeft - kRight) * std::log(std::max(lut, 1.0) / low) / std::log(high / low);
  };
  const auto y = [&](double accuracy) {
    return kTop + (kHeight - kTop - kBottom) * (most - accuracy) / (most - least);
  };
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" "
      "font-family=\"sans-serif\" "
      "font-size=\"12\">\n<rect width=\"{0}\" height=\"{1}\" fill=\"white\"/>\n",
      kWidth, kHeight);
  for (double tick = 100; tick < 2e5; tick *= 10) {
    for (const double step : {1.0, 2.0, 5.0}) {
      if (tick * step < low || tick * step > high) continue;
      svg += fmt::format(
          "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\" stroke=\"#dddddd\"/>"
          "<text x=\"{0:.1f}\" y=\"{3}\" text-anchor=\"middle\">{4:.0f}</text>\n",
          x(tick * step), kTop, kHeight - kBottom, kHeight - kBottom + 16, tick * step);
    }
  }
  for (int percent = 0; percent <= 100; percent += most - least > 0.1 ? 5 : 1) {
    if (percent < 100 * least || percent > 100 * most) continue;
    svg += fmt::format(
        "<line x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\" stroke=\"#dddddd\"/>"
        "<text x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5}</text>\n",
        kLeft, kWidth - kRight, y(percent / 100.0), kLeft - 6, y(percent / 100.0) + 4, percent);
  }
  svg += fmt::format(
      "<text x=\"8\" y=\"16\">hold-out accuracy, %</text><text x=\"{}\" y=\"{}\" "
      "text-anchor=\"end\">LUTs, unrolled</text>\n",
      kWidth - kRight, kHeight - 12);
  std::map<std::string, std::vector<const Label*>> groups;
  for (const auto& label : labels) groups[label.group].push_back(&label);
  size_t index = 0;
  for (auto& [group, members] : groups) {
    const char* colour = kColours[index % 4];
    std::sort(members.begin(), members.end(), [](const Label* a, const Label* b) {
      return a->mean(&Point::lut) < b->mean(&Point::lut);
    });
    std::string line;
    for (const Label* label : members) {
      const double middle = label->mean(&Point::accuracy), off = label->deviation(&Point::accuracy);
      if (middle < least) continue;
      const double at = x(label->mean(&Point::lut));
      line += fmt::format("{:.1f},{:.1f} ", at, y(middle));
      svg += fmt::format(
          "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\" stroke=\"{3}\"/>"
          "<circle cx=\"{0:.1f}\" cy=\"{4:.1f}\" r=\"4\" fill=\"{3}\"><title>{5} "
          "{6}</title></circle>\n",
          at, y(middle + off), y(std::max(middle - off, least)), colour, y(middle), group,
          label->name);
    }
    svg += fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\"/>\n", line, colour);
    svg += fmt::format("<text x=\"{}\" y=\"16\" fill=\"{}\">{}</text>\n", 200 + 150 * index++,
                       colour, group);
  }
  return svg + "</svg>\n";
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("LUTs against accuracy");
  Settings settings;
  app.add_option("dataset", settings.dataset, "file of the jets")->required();
  app.add_option("--csv", settings.csv, "one row a checkpoint");
  app.add_option("--svg", settings.svg, "plot");
  app.add_option("--seconds", settings.seconds, "for the adder graph of a layer");
  app.add_flag("--yosys", settings.yosys, "synthesise, too");
  app.add_option("labels", settings.labels, "GROUP/LABEL=CKPT[,CKPT...]")->required();
  CLI11_PARSE(app, argc, argv);
  try {
    data::DatasetOptions options;
    options.path = settings.dataset;
    const auto dataset = data::load_dataset("jsc", options);
    std::string csv =
        "group,label,seed,accuracy,zero_weights,lut_proxy,lut_model,ff_model,lut_yosys\n";
    std::vector<Label> labels;
    for (const auto& text : settings.labels)
      labels.push_back(read_label(text, dataset, settings, csv));
    print(labels, settings.yosys);
    compare(labels);
    if (!settings.csv.empty()) write_file(settings.csv, csv);
    if (!settings.svg.empty()) write_file(settings.svg, plot(labels));
  } catch (const UserError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
}
