// SPDX-License-Identifier: Apache-2.0
#include "sw/search/storage/python_json.h"

#include <cmath>
#include <limits>
#include <string_view>

namespace mase::search {

namespace {

constexpr std::string_view kWords[] = {"NaN", "-Infinity", "Infinity"};

}  // namespace

std::string replace_python_words(const std::string& text, PythonWords by) {
  std::string quoted;
  bool in_string = false;
  for (size_t i = 0; i < text.size();) {
    if (in_string) {
      if (text[i] == '\\' && i + 1 < text.size())
        quoted += text[i++];
      else if (text[i] == '"')
        in_string = false;
      quoted += text[i++];
      continue;
    }
    const std::string_view rest = std::string_view(text).substr(i);
    bool replaced = false;
    for (const auto word : kWords) {
      if (!rest.starts_with(word)) continue;
      if (by == PythonWords::kNull)
        quoted += "null";
      else
        quoted.append("\"").append(word).append("\"");
      i += word.size();
      replaced = true;
      break;
    }
    if (replaced) continue;
    in_string = text[i] == '"';
    quoted += text[i++];
  }
  return quoted;
}

std::optional<nlohmann::json> parse_stored_json(const std::string& text) {
  auto value = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded())
    value = nlohmann::json::parse(replace_python_words(text, PythonWords::kText), nullptr,
                                  /*allow_exceptions=*/false);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

std::optional<double> stored_number(const nlohmann::json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  const auto& word = value.get_ref<const std::string&>();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (word == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (word == "Infinity") return kInfinity;
  if (word == "-Infinity") return -kInfinity;
  return std::nullopt;
}

std::string stored_list(const std::vector<double>& values) {
  std::string text = "[";
  for (const double value : values) {
    if (text.size() > 1) text += ", ";
    if (std::isnan(value))
      text += "NaN";
    else if (std::isinf(value))
      text += value > 0 ? "Infinity" : "-Infinity";
    else
      text += nlohmann::json(value).dump();
  }
  return text + "]";
}

bool same_choice(const nlohmann::json& a, const nlohmann::json& b) {
  if (a.is_number() && b.is_number()) return a.get<double>() == b.get<double>();
  return a.type() == b.type() && a == b;
}

}  // namespace mase::search
