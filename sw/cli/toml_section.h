// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <toml++/toml.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mase::cli {

/// Error text of a TOML value: its place in the file.
std::string place_of(const std::string& file, const toml::node& node);

/// A table of a configuration file, read key by key. Every read names the type and the range it
/// wants; whatever was never asked for is an error of `finish`, so that no key is ever ignored.
/// Errors of the readers: UserError K012 with file:line, the full key, what was found and what is
/// allowed.
class Section {
 public:
  /// `path`: full key of the table ("passes.quantize"; empty for the file itself).
  Section(const toml::table& table, std::string file, std::string path);

  const std::string& path() const { return path_; }
  const std::string& file() const { return file_; }
  const toml::table& table() const { return table_; }

  std::string full(std::string_view key) const;   ///< "passes.quantize.by"
  std::string where(std::string_view key) const;  ///< "file.toml:7" of a key, or of the table

  const toml::node* find(std::string_view key);  ///< any type; counts as read
  std::optional<int64_t> integer(std::string_view key, int64_t least, int64_t greatest);
  std::optional<double> real(std::string_view key, double above);
  std::optional<bool> boolean(std::string_view key);
  std::optional<std::string> text(std::string_view key);
  std::optional<std::string> choice(std::string_view key, const std::vector<std::string>& allowed);
  std::optional<Section> section(std::string_view key);
  /// Keys in the order in which the file has them.
  std::vector<std::string> keys_in_file_order() const;

  /// Errors: UserError K011 for the first key that no reader asked for, with the nearest of those
  /// asked for.
  void finish() const;

  /// K012 for the value of `key`.
  [[noreturn]] void fail(std::string_view key, const std::string& wants) const;
  /// K011 for `key`, with the nearest of `known`.
  [[noreturn]] void fail_unknown(std::string_view key, const std::vector<std::string>& known) const;

 private:
  const toml::table& table_;
  std::string file_, path_;
  std::vector<std::string> asked_;
};

/// A table as TOML, the way people write it: double quotes, no indentation, one line break at the
/// end.
std::string toml_text(const toml::table& table);

/// Short text of a TOML value for messages: `'abc'`, `12`, `a table`.
std::string describe(const toml::node& node);

}  // namespace mase::cli
