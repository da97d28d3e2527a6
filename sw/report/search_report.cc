// SPDX-License-Identifier: Apache-2.0
#include "sw/report/search_report.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "embedded/search_page.h"
#include "gen/base/error.h"

namespace mase::report {

namespace {

using Json = nlohmann::ordered_json;

Json figures(const std::map<std::string, double>& values) {
  Json json = Json::object();
  for (const auto& [name, value] : values) {
    if (std::isfinite(value)) json[name] = value;
  }
  return json;
}

Json metric_json(const SearchMetric& metric) {
  Json json = {{"name", metric.name},
               {"unit", metric.unit},
               {"source", metric.source},
               {"direction", metric.direction}};
  if (metric.upper) json["upper"] = *metric.upper;
  if (metric.lower) json["lower"] = *metric.lower;
  return json;
}

Json trial_json(const SearchTrial& trial) {
  Json config = Json::array();
  for (const auto& [node, keys] : trial.config) {
    Json pairs = Json::array();
    for (const auto& [key, value] : keys) pairs.push_back({key, value});
    config.push_back({node, std::move(pairs)});
  }
  return {{"number", trial.number},
          {"state", trial.state},
          {"metrics", figures(trial.metrics)},
          {"measured", figures(trial.measured)},
          {"front", trial.front},
          {"feasible", trial.feasible},
          {"failure", trial.failure},
          {"start", trial.start_ms},
          {"duration", trial.duration_ms},
          {"config", std::move(config)}};
}

/// JSON that may stand inside a <script> element: no text in it can end the element or open a
/// comment.
std::string script_json(const Json& json) {
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    if (c == '<')
      safe += "\\u003c";
    else
      safe += c;
  }
  return safe;
}

std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '&': html += "&amp;"; break;
      case '<': html += "&lt;"; break;
      case '>': html += "&gt;"; break;
      case '"': html += "&quot;"; break;
      default: html += c;
    }
  }
  return html;
}

std::string_view embedded_text(std::string_view name) {
  for (const auto& file : embedded::search_page()) {
    if (file.name == name) return file.content;
  }
  throw InternalError("no embedded file " + std::string(name));
}

}  // namespace

std::string search_report_html(const SearchReport& report) {
  Json data = {{"measured_by", report.measured_by}, {"facts", Json::array()}};
  for (const auto& [name, value] : report.facts) data["facts"].push_back({name, value});
  data["notes"] = report.notes;
  data["metrics"] = Json::array();
  for (const auto& metric : report.metrics) data["metrics"].push_back(metric_json(metric));
  data["trials"] = Json::array();
  for (const auto& trial : report.trials) data["trials"].push_back(trial_json(trial));

  // The page marks where its parts go; each mark stands once, and what is put in is not searched.
  const std::pair<std::string_view, std::string> parts[] = {
      {"<!--TITLE-->", escaped(report.title)},
      {"/*STYLE*/", std::string(embedded_text("search_page.css"))},
      {"<!--HEADING-->", escaped(report.title)},
      {"/*DATA*/", script_json(data)},
      {"/*SCRIPT*/", std::string(embedded_text("search_page.js"))}};
  std::string_view rest = embedded_text("search_page.html");
  std::string html;
  for (const auto& [mark, text] : parts) {
    const size_t at = rest.find(mark);
    MASE_CHECK(at != std::string_view::npos, "a mark is missing in search_page.html");
    html.append(rest.substr(0, at)).append(text);
    rest.remove_prefix(at + mark.size());
  }
  return html.append(rest);
}

}  // namespace mase::report
