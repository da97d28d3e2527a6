// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gen/base/error.h"

namespace mase::synth {

/// One table of a target file; every key is needed, and no other may be there. Errors: UserError
/// Y012 with file and line.
class TargetReader {
 public:
  TargetReader(const toml::table& table, std::string file, std::string path)
      : table_(table), file_(std::move(file)), path_(std::move(path)) {}

  double number(const char* key) {
    const toml::node& node = need(key);
    const auto value = node.value<double>();
    if (!value || !(*value >= 0) || *value > 1e12) fail(key, &node, "a number of at least 0");
    return *value;
  }
  double positive(const char* key) {
    const double value = number(key);
    if (value == 0) fail(key, table_.get(key), "a number above 0");
    return value;
  }
  int64_t count(const char* key) {
    const toml::node& node = need(key);
    if (!node.is_integer() || *node.value<int64_t>() < 1) fail(key, &node, "an integer above 0");
    return *node.value<int64_t>();
  }
  std::string text(const char* key) {
    const toml::node& node = need(key);
    if (!node.is_string() || node.as_string()->get().empty()) fail(key, &node, "a text");
    return node.as_string()->get();
  }
  /// `size` 0: any but none.
  std::vector<double> numbers(const char* key, size_t size) {
    return numbers_of(need(key), key, size);
  }
  template <size_t N>
  std::array<double, N> row(const char* key) {
    std::array<double, N> out;
    const auto values = numbers(key, N);
    std::copy(values.begin(), values.end(), out.begin());
    return out;
  }
  template <size_t R, size_t C>
  std::array<std::array<double, C>, R> matrix(const char* key) {
    const toml::node& node = need(key);
    const toml::array* rows = node.as_array();
    if (!rows || rows->size() != R) fail(key, &node, fmt::format("{} rows of {} numbers", R, C));
    std::array<std::array<double, C>, R> out;
    for (size_t r = 0; r < R; ++r) {
      const auto values = numbers_of(*rows->get(r), key, C);
      std::copy(values.begin(), values.end(), out[r].begin());
    }
    return out;
  }
  /// The names and texts of a table whose keys are free: ports and pins, properties.
  std::vector<std::pair<std::string, std::string>> texts(const char* key) {
    const toml::node& node = need(key);
    if (!node.is_table() || node.as_table()->empty()) fail(key, &node, "a table of texts");
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& [name, value] : *node.as_table()) {
      const std::string full_name = fmt::format("{}.{}", key, name.str());
      if (!value.is_string()) fail(full_name, &value, "a text");
      out.emplace_back(std::string(name.str()), value.as_string()->get());
    }
    return out;
  }
  /// A list of texts.
  std::vector<std::string> list(const char* key) {
    const toml::node& node = need(key);
    const toml::array* array = node.as_array();
    if (!array || array->empty()) fail(key, &node, "a list of texts");
    std::vector<std::string> out;
    for (const auto& item : *array) {
      if (!item.is_string()) fail(key, &node, "a list of texts");
      out.push_back(item.as_string()->get());
    }
    return out;
  }
  bool has(const char* key) const { return table_.contains(key); }
  /// A key that somebody else reads.
  void leave(const char* key) { asked_.emplace_back(key); }
  TargetReader table(const char* key) {
    const toml::node& node = need(key);
    if (!node.is_table()) fail(key, &node, "a table");
    return {*node.as_table(), file_, key};
  }
  /// "file:line" of a key of this table, or of one in a table of it; of the table itself, where
  /// there is no such key.
  std::string place_of(const std::string& key, const std::string& inner = "") const {
    const toml::node* node = table_.get(key);
    if (node && node->is_table() && !inner.empty()) {
      const toml::node* at = node->as_table()->get(inner);
      if (at) node = at;
    }
    return place(node);
  }
  void finish() const {
    for (const auto& [key, node] : table_) {
      const std::string name(key.str());
      if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) continue;
      throw UserError("Y012", fmt::format("unknown key '{}'", full(name)), place(&node),
                      nearest_help(name, asked_));
    }
  }
  [[noreturn]] void fail(const std::string& key, const toml::node* node,
                         const std::string& wants) const {
    throw UserError("Y012", fmt::format("{} wants {}", full(key), wants), place(node),
                    "configs/targets/xcu250.toml shows every key");
  }

 private:
  const toml::node& need(const char* key) {
    asked_.emplace_back(key);
    const toml::node* node = table_.get(key);
    if (!node) {
      throw UserError("Y012", fmt::format("the key '{}' is missing", full(key)), place(nullptr),
                      "configs/targets/xcu250.toml shows every key");
    }
    return *node;
  }
  std::vector<double> numbers_of(const toml::node& node, const char* key, size_t size) const {
    const std::string wants = size == 0 ? std::string("a list of numbers of at least 0")
                                        : fmt::format("{} numbers of at least 0", size);
    const toml::array* array = node.as_array();
    if (!array || array->empty() || (size != 0 && array->size() != size)) fail(key, &node, wants);
    std::vector<double> values;
    for (const auto& item : *array) {
      const auto value = item.value<double>();
      if (!value || !(*value >= 0)) fail(key, &node, wants);
      values.push_back(*value);
    }
    return values;
  }
  std::string full(const std::string& key) const { return path_.empty() ? key : path_ + "." + key; }
  std::string place(const toml::node* node) const {
    const auto line = (node ? node->source() : table_.source()).begin.line;
    return line == 0 ? file_ : fmt::format("{}:{}", file_, line);
  }

  const toml::table& table_;
  std::string file_, path_;
  std::vector<std::string> asked_;
};

}  // namespace mase::synth
