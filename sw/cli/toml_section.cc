// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/toml_section.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "gen/base/error.h"
#include "sw/report/table.h"

namespace mase::cli {

std::string place_of(const std::string& file, const toml::node& node) {
  return fmt::format("{}:{}", file, node.source().begin.line);
}

std::string toml_text(const toml::table& table) {
  using toml::format_flags;
  constexpr format_flags kPlain = toml::toml_formatter::default_flags & ~format_flags::indentation &
                                  ~format_flags::allow_literal_strings;
  std::ostringstream text;
  text << toml::toml_formatter{table, kPlain} << '\n';
  return text.str();
}

std::string describe(const toml::node& node) {
  if (const auto* text = node.as_string()) return fmt::format("'{}'", text->get());
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* number = node.as_floating_point()) return report::python_repr(number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  if (node.is_table()) return "a table";
  if (node.is_array()) return "an array";
  return "a date or time";
}

Section::Section(const toml::table& table, std::string file, std::string path)
    : table_(table), file_(std::move(file)), path_(std::move(path)) {}

std::string Section::full(std::string_view key) const {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-';
  });
  const std::string text = bare ? std::string(key) : fmt::format("\"{}\"", key);
  return path_.empty() ? text : path_ + "." + text;
}

std::string Section::where(std::string_view key) const {
  const toml::node* node = table_.get(key);
  return place_of(file_, node ? *node : table_);
}

const toml::node* Section::find(std::string_view key) {
  asked_.emplace_back(key);
  return table_.get(key);
}

void Section::fail(std::string_view key, const std::string& wants) const {
  const toml::node* node = table_.get(key);
  throw UserError(
      "K012",
      fmt::format("{} = {}: must be {}", full(key), node ? describe(*node) : "nothing", wants),
      where(key));
}

void Section::fail_unknown(std::string_view key, const std::vector<std::string>& known) const {
  const std::string near = nearest_name(key, known);
  const std::set<std::string> once(known.begin(), known.end());
  throw UserError("K011", fmt::format("unknown key '{}'", full(key)), where(key),
                  near.empty() ? fmt::format("known here: {}", fmt::join(once, ", "))
                               : fmt::format("did you mean '{}'?", near));
}

std::optional<int64_t> Section::integer(std::string_view key, int64_t least, int64_t greatest) {
  const toml::node* node = find(key);
  if (!node) return std::nullopt;
  const auto* value = node->as_integer();
  if (!value || value->get() < least || value->get() > greatest) {
    fail(key, fmt::format("an integer from {} to {}", least, greatest));
  }
  return value->get();
}

std::optional<double> Section::real(std::string_view key, double above) {
  const toml::node* node = find(key);
  if (!node) return std::nullopt;
  std::optional<double> value;
  if (const auto* real = node->as_floating_point()) value = real->get();
  if (const auto* whole = node->as_integer()) value = static_cast<double>(whole->get());
  if (!value || !(*value > above)) fail(key, fmt::format("a number above {}", above));
  return value;
}

std::optional<bool> Section::boolean(std::string_view key) {
  const toml::node* node = find(key);
  if (!node) return std::nullopt;
  if (!node->is_boolean()) fail(key, "true or false");
  return node->as_boolean()->get();
}

std::optional<std::string> Section::text(std::string_view key) {
  const toml::node* node = find(key);
  if (!node) return std::nullopt;
  if (!node->is_string()) fail(key, "a string");
  return node->as_string()->get();
}

std::optional<std::string> Section::choice(std::string_view key,
                                           const std::vector<std::string>& allowed) {
  auto value = text(key);
  if (value && std::find(allowed.begin(), allowed.end(), *value) == allowed.end()) {
    fail(key, fmt::format("one of {}", fmt::join(allowed, ", ")));
  }
  return value;
}

std::optional<Section> Section::section(std::string_view key) {
  const toml::node* node = find(key);
  if (!node) return std::nullopt;
  if (!node->is_table()) fail(key, "a table");
  return Section(*node->as_table(), file_, full(key));
}

std::vector<std::string> Section::keys_in_file_order() const {
  std::vector<std::pair<toml::source_position, std::string>> placed;
  for (const auto& [key, node] : table_)
    placed.emplace_back(key.source().begin, std::string(key.str()));
  std::sort(placed.begin(), placed.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.line, a.first.column) < std::pair(b.first.line, b.first.column);
  });
  std::vector<std::string> keys;
  for (auto& [position, key] : placed) keys.push_back(std::move(key));
  return keys;
}

void Section::finish() const {
  for (const auto& key : keys_in_file_order()) {
    if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) fail_unknown(key, asked_);
  }
}

}  // namespace mase::cli
