// SPDX-License-Identifier: Apache-2.0
// Compares what groups of searches found: hypervolume of the trials' fronts after N trials, or of
// the reported fronts as Verilator and Yosys measured them.
//   bench_search_fronts --metrics accuracy:max:0.2 --metrics lut:min:20000:log ...
//     [--at 50,100,200 | --measured] [--svg FILE] LABEL=DIR[,DIR...] ...
// DIR is a search_ckpts folder; a group has one per seed. A metric is NAME:max|min:REFERENCE, with
// :log counted in doublings. Volumes are shares of the volume that all runs together dominate.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gen/base/error.h"
#include "gen/base/file.h"
#include "sw/report/table.h"
#include "sw/search/sampler/pareto.h"

namespace mase {
namespace {

using nlohmann::ordered_json;
using search::Losses;

struct Metric {
  std::string name;
  bool maximise = false, log = false;
  double reference = 0;

  double loss(double value) const {
    const double scaled = log ? std::log2(std::max(value, 1e-9)) : value;
    return maximise ? -scaled : scaled;
  }
};

struct Run {
  std::vector<Losses> points;  ///< in trial order; a trial that failed has none
  std::vector<int> numbers;    ///< [points] of the trials
};

struct Group {
  std::string label;
  std::vector<Run> runs;
};

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  size_t begin = 0;
  for (size_t end; (end = text.find(at, begin)) != std::string::npos; begin = end + 1)
    parts.push_back(text.substr(begin, end - begin));
  parts.push_back(text.substr(begin));
  return parts;
}

Metric parse_metric(const std::string& text) {
  const auto parts = split(text, ':');
  if (parts.size() < 3 || (parts[1] != "max" && parts[1] != "min") ||
      (parts.size() > 3 && parts[3] != "log"))
    throw std::invalid_argument("--metrics " + text + ": NAME:max|min:REFERENCE[:log]");
  return {parts[0], parts[1] == "max", parts.size() > 3, std::stod(parts[2])};
}

/// The metrics of a trial, or nothing when one of them is absent.
bool read_point(const ordered_json& trial, const char* prefix, const std::vector<Metric>& metrics,
                Losses& point) {
  point.clear();
  for (const auto& metric : metrics) {
    bool found = false;
    for (const char* kind : {"software_metrics", "hardware_metrics"}) {
      const auto group = trial.find(prefix + std::string(kind));
      if (group == trial.end() || !group->contains(metric.name)) continue;
      const auto& value = (*group)[metric.name];
      if (!value.is_number()) continue;
      point.push_back(metric.loss(value.get<double>()));
      found = true;
      break;
    }
    if (!found) return false;
  }
  return true;
}

/// A reported trial whose metrics are wanted as tools measured them: no model stands behind one.
bool is_measured(const ordered_json& trial, const std::vector<Metric>& metrics) {
  const auto sources = trial.find("metric_sources");
  if (sources == trial.end()) return false;
  return std::all_of(metrics.begin(), metrics.end(), [&](const Metric& metric) {
    return sources->value(metric.name, "").find("model") == std::string::npos;
  });
}

Run read_run(const std::filesystem::path& folder, const std::vector<Metric>& metrics,
             bool measured) {
  const auto file = folder / (measured ? "best.json" : "log.json");
  const auto json = ordered_json::parse(read_file(file));
  Run run;
  for (const auto& [key, trial] : json.items()) {
    if (measured ? !is_measured(trial, metrics) : trial.value("state", "") != "COMPLETE") continue;
    Losses point;
    if (!read_point(trial, measured ? "" : "user_attrs_", metrics, point)) {
      throw std::invalid_argument(
          fmt::format("{}: trial {} lacks one of the metrics", file.string(), key));
    }
    run.points.push_back(point);
    run.numbers.push_back(trial.value("number", 0));
  }
  return run;
}

Losses reference_of(const std::vector<Metric>& metrics) {
  Losses reference;
  for (const auto& metric : metrics) reference.push_back(metric.loss(metric.reference));
  return reference;
}

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const double at = q * static_cast<double>(values.size() - 1);
  const auto low = static_cast<size_t>(at);
  const size_t high = std::min(low + 1, values.size() - 1);
  return values[low] + (at - std::floor(at)) * (values[high] - values[low]);
}

/// Two-sided p of the Mann-Whitney U test by its normal approximation with correction for ties.
double mann_whitney(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size()), m = static_cast<double>(b.size());
  double u = 0;
  std::vector<double> all = a;
  all.insert(all.end(), b.begin(), b.end());
  for (const double x : a) {
    for (const double y : b) u += x > y ? 1 : x == y ? 0.5 : 0;
  }
  std::sort(all.begin(), all.end());
  double ties = 0;
  for (size_t i = 0; i < all.size();) {
    size_t j = i;
    while (j < all.size() && all[j] == all[i]) ++j;
    const auto t = static_cast<double>(j - i);
    ties += t * t * t - t;
    i = j;
  }
  const double total = n + m;
  const double variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)));
  if (variance <= 0) return 1;
  const double z = std::max(0.0, std::abs(u - n * m / 2) - 0.5) / std::sqrt(variance);
  return std::erfc(z / std::sqrt(2.0));
}

/// Points of all runs of a group that none of them dominates.
std::vector<Losses> pooled_front(const Group& group) {
  std::vector<Losses> all, front;
  for (const auto& run : group.runs) all.insert(all.end(), run.points.begin(), run.points.end());
  const auto ranks = search::domination_ranks(all, all.size());
  for (size_t i = 0; i < all.size(); ++i) {
    if (ranks[i] == 0) front.push_back(all[i]);
  }
  return front;
}

/// One panel for every metric but the first, which is the ordinate of all.
std::string plot(const std::vector<Group>& groups, const std::vector<Metric>& metrics) {
  static const char* const kColours[] = {"#0a6fb8", "#c2410c", "#15803d", "#7e22ce", "#57606a"};
  constexpr int kWidth = 430, kHeight = 340, kLeft = 60, kBottom = 46, kTop = 40;
  const size_t panels = metrics.size() - 1;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" "
      "font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      kWidth * panels, kHeight + 20 + 20 * static_cast<int>(groups.size()));
  for (size_t panel = 0; panel < panels; ++panel) {
    const Metric &x = metrics[panel + 1], &y = metrics[0];
    double low[2] = {1e300, 1e300}, high[2] = {-1e300, -1e300};
    for (const auto& group : groups) {
      for (const auto& run : group.runs) {
        for (const auto& point : run.points) {
          const double at[2] = {point[panel + 1], -point[0]};
          for (int axis = 0; axis < 2; ++axis) {
            low[axis] = std::min(low[axis], at[axis]);
            high[axis] = std::max(high[axis], at[axis]);
          }
        }
      }
    }
    const double left = static_cast<double>(kWidth * panel) + kLeft;
    const auto sx = [&](double v) {
      return left + (v - low[0]) / std::max(1e-12, high[0] - low[0]) * (kWidth - kLeft - 20);
    };
    const auto sy = [&](double v) {
      return kHeight - kBottom -
             (v - low[1]) / std::max(1e-12, high[1] - low[1]) * (kHeight - kBottom - kTop);
    };
    for (int tick = 0; tick <= 4; ++tick) {
      const double vx = low[0] + (high[0] - low[0]) * tick / 4;
      const double vy = low[1] + (high[1] - low[1]) * tick / 4;
      svg += fmt::format(
          "<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\" fill=\"#57606a\">{:.0f}</text>\n"
          "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\" fill=\"#57606a\">{:.3f}</text>\n"
          "<line x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#d7dde3\"/>\n",
          sx(vx), kHeight - kBottom + 18, x.log ? std::exp2(vx) : vx, left - 6, sy(vy) + 4, vy,
          left, left + kWidth - kLeft - 20, sy(vy), sy(vy));
    }
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}{}</text>\n",
                       left + (kWidth - kLeft) / 2.0, kHeight - 8, x.name,
                       x.log ? " (logarithmic)" : "");
    if (panel == 0) svg += fmt::format("<text x=\"8\" y=\"24\">{}</text>\n", y.name);
    for (size_t g = 0; g < groups.size(); ++g) {
      for (const auto& point : pooled_front(groups[g])) {
        svg += fmt::format(
            "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\" fill=\"{}\" fill-opacity=\"0.7\"/>\n",
            sx(point[panel + 1]), sy(-point[0]), kColours[g % std::size(kColours)]);
      }
    }
  }
  for (size_t g = 0; g < groups.size(); ++g) {
    svg += fmt::format(
        "<circle cx=\"{}\" cy=\"{}\" r=\"5\" fill=\"{}\"/><text x=\"{}\" y=\"{}\">{}: front of {} "
        "runs together</text>\n",
        kLeft, kHeight + 16 + 20 * static_cast<int>(g), kColours[g % std::size(kColours)],
        kLeft + 12, kHeight + 20 + 20 * static_cast<int>(g), groups[g].label,
        groups[g].runs.size());
  }
  return svg + "</svg>\n";
}

int compare(const std::vector<Group>& groups, const std::vector<Metric>& metrics,
            std::vector<int> marks) {
  const Losses reference = reference_of(metrics);
  std::vector<Losses> all;
  for (const auto& group : groups) {
    const auto front = pooled_front(group);
    all.insert(all.end(), front.begin(), front.end());
  }
  const double whole = search::hypervolume(all, reference);
  if (!(whole > 0)) throw std::invalid_argument("no run dominates the reference");
  std::vector<std::string> header = {"group", "runs"};
  if (marks.empty()) {
    header.insert(header.end(), {"points", "volume: median [q25, q75]"});
    marks = {1 << 30};
  } else {
    for (const int mark : marks) header.push_back(fmt::format("N={}: median [q25, q75]", mark));
  }
  header.push_back(fmt::format("p against {}", groups.front().label));
  report::Table table(header);
  std::vector<double> first;
  for (const auto& group : groups) {
    std::vector<std::string> row = {group.label, std::to_string(group.runs.size())};
    std::vector<double> shares;
    if (marks.front() == 1 << 30) {
      size_t points = 0;
      for (const auto& run : group.runs) points += run.points.size();
      row.push_back(std::to_string(points));
    }
    for (const int mark : marks) {
      shares.clear();
      for (const auto& run : group.runs) {
        std::vector<Losses> seen;
        for (size_t i = 0; i < run.points.size(); ++i) {
          if (run.numbers[i] < mark) seen.push_back(run.points[i]);
        }
        shares.push_back(search::hypervolume(seen, reference) / whole);
      }
      row.push_back(fmt::format("{:.4f} [{:.4f}, {:.4f}]", quantile(shares, 0.5),
                                quantile(shares, 0.25), quantile(shares, 0.75)));
    }
    if (first.empty()) {
      first = shares;
      row.emplace_back("-");
    } else {
      row.push_back(fmt::format("{:.2g}", mann_whitney(first, shares)));
    }
    table.add_row(row);
  }
  fmt::print("{}", table.pipes());
  return 0;
}

int run(int argc, char** argv) {
  CLI::App app("Hypervolumes of groups of searches");
  std::vector<std::string> metric_texts, group_texts;
  std::vector<int> marks;
  bool measured = false;
  std::string svg;
  app.add_option("--metrics", metric_texts, "NAME:max|min:REFERENCE[:log]")
      ->required()
      ->allow_extra_args(false);  // groups follow
  app.add_option("--at", marks, "numbers of trials")->delimiter(',')->allow_extra_args(false);
  app.add_flag("--measured", measured,
               "the measured trials of best.json instead of all trials of log.json");
  app.add_option("--svg", svg, "plot of the pooled fronts");
  app.add_option("groups", group_texts, "LABEL=DIR[,DIR...]")->required();
  CLI11_PARSE(app, argc, argv);
  std::vector<Metric> metrics;
  for (const auto& text : metric_texts) metrics.push_back(parse_metric(text));
  if (!measured && marks.empty()) marks = {50, 100, 200};
  if (measured) marks.clear();
  std::vector<Group> groups;
  for (const auto& text : group_texts) {
    const size_t at = text.find('=');
    if (at == std::string::npos) throw std::invalid_argument(text + ": LABEL=DIR[,DIR...]");
    Group group{text.substr(0, at), {}};
    for (const auto& folder : split(text.substr(at + 1), ','))
      group.runs.push_back(read_run(folder, metrics, measured));
    groups.push_back(std::move(group));
  }
  if (!svg.empty()) write_file(svg, plot(groups, metrics));
  return compare(groups, metrics, marks);
}

}  // namespace
}  // namespace mase

int main(int argc, char** argv) {
  try {
    return mase::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "bench_search_fronts: " << error.what() << '\n';
    return 2;
  }
}
