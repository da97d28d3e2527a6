// SPDX-License-Identifier: Apache-2.0
#include "sw/search/pandas_json.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "sw/search/storage/python_json.h"

namespace mase::search {

namespace {

using nlohmann::ordered_json;

std::string real_text(double value) {
  if (!std::isfinite(value)) return "null";
  const double size = std::fabs(value);
  // pandas' writer leaves fixed notation where it would lose every digit or print twenty of them.
  if (size >= 1e16 || (size > 0 && size < 1e-15)) return fmt::format("{}", value);
  std::string text = fmt::format("{:.10f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text += '0';
  return text == "-0.0" ? "0.0" : text;
}

std::string quoted(const std::string& text) {
  return ordered_json(text).dump(-1, ' ', true, ordered_json::error_handler_t::replace);
}

void print(const ordered_json& value, size_t depth, std::string& out) {
  const auto line = [&](size_t columns) {
    out += '\n';
    out.append(4 * columns, ' ');
  };
  if (value.is_number_float()) {
    out += real_text(value.get<double>());
  } else if (value.is_string()) {
    out += quoted(value.get_ref<const std::string&>());
  } else if (value.is_array() && !value.empty()) {
    out += '[';
    for (size_t i = 0; i < value.size(); ++i) {
      if (i > 0) out += ',';
      line(depth + 1);
      print(value[i], depth + 1, out);
    }
    line(depth);
    out += ']';
  } else if (value.is_object() && !value.empty()) {
    out += '{';
    bool first = true;
    for (const auto& [key, item] : value.items()) {
      if (!first) out += ',';
      first = false;
      line(depth + 1);
      out += quoted(key) + ":";
      print(item, depth + 1, out);
    }
    line(depth);
    out += '}';
  } else {
    out += value.dump();
  }
}

}  // namespace

std::string pandas_json(const ordered_json& value) {
  std::string out;
  print(value, 0, out);
  return out + "\n";
}

ordered_json parse_python_json(const std::string& text) {
  return ordered_json::parse(replace_python_words(text, PythonWords::kNull));
}

}  // namespace mase::search
