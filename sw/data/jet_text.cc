// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "gen/base/error.h"
#include "gen/base/file.h"
#include "sw/data/jet_table.h"

namespace mase::data {

namespace {

constexpr int kLabelColumn = -2;    ///< in a column map: this field is the label
constexpr int kIgnoredColumn = -1;  ///< in a column map: a field nobody asked for

[[noreturn]] void fail(const std::string& where, size_t line, size_t column,
                       const std::string& what, const std::string& help = {}) {
  throw UserError("D012", what, fmt::format("{}:{}:{}", where, line, column), help);
}

std::string_view trim(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view unquoted(std::string_view text) {
  text = trim(text);
  if (text.size() >= 3 && text[0] == 'b' && (text[1] == '\'' || text[1] == '"') &&
      text.back() == text[1]) {
    text.remove_prefix(1);  // pandas writes bytes labels as b'g'
  }
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') &&
      text.back() == text.front()) {
    text.remove_prefix(1);
    text.remove_suffix(1);
  }
  return text;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return result;
}

/// Lines of a text with their numbers from 1; the last may lack its newline.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
  }
  bool next(std::string_view& line) {
    if (rest_.empty()) return false;
    const size_t end = rest_.find('\n');
    line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    ++number_;
    return true;
  }
  size_t number() const { return number_; }

 private:
  std::string_view rest_;
  size_t number_ = 0;
};

/// Which field of a row holds which feature.
class ColumnMap {
 public:
  ColumnMap(const std::vector<std::string>& names, const std::string& where, size_t line) {
    std::array<bool, kJetFeatures.size()> found{};
    bool has_label = false;
    for (const auto& raw : names) {
      std::string name = lower(raw);
      if (name == "class" || name == "label") {
        if (has_label) fail(where, line, 1, "two label columns");
        has_label = true;
        targets_.push_back(kLabelColumn);
        continue;
      }
      if (name.starts_with("j_")) name.erase(0, 2);
      const auto at = std::find(kJetFeatures.begin(), kJetFeatures.end(), name);
      if (at == kJetFeatures.end()) {
        targets_.push_back(kIgnoredColumn);
        continue;
      }
      const size_t index = at - kJetFeatures.begin();
      if (found[index]) fail(where, line, 1, fmt::format("column '{}' appears twice", raw));
      found[index] = true;
      targets_.push_back(static_cast<int>(index));
    }
    std::string missing;
    for (size_t i = 0; i < found.size(); ++i) {
      if (!found[i]) missing += fmt::format("{}{}", missing.empty() ? "" : ", ", kJetFeatures[i]);
    }
    if (!missing.empty()) {
      fail(where, line, 1, fmt::format("the jet data lacks the feature column(s) {}", missing),
           "a jsc file needs the 16 features of OpenML 42468, named in its first line (CSV) or "
           "@attribute lines (ARFF)");
    }
    if (!has_label)
      fail(where, line, 1, "the jet data has no label column",
           "name it 'class' or 'label'; values g, q, t, w, z");
  }

  void parse_row(std::string_view line, const std::string& where, size_t number,
                 JetTable& table) const {
    const size_t base = table.features.size();
    table.features.resize(base + kJetFeatures.size());
    std::optional<int64_t> label;
    size_t field = 0;
    size_t start = 0;
    for (;;) {
      const size_t end = std::min(line.find(',', start), line.size());
      if (field >= targets_.size()) {
        fail(where, number, start + 1,
             fmt::format("more than the {} fields that the header names", targets_.size()));
      }
      const std::string_view text = trim(line.substr(start, end - start));
      if (targets_[field] == kLabelColumn) {
        const std::string name = lower(unquoted(text));
        const auto at = std::find(kJetClasses.begin(), kJetClasses.end(), name);
        if (at == kJetClasses.end()) {
          fail(where, number, start + 1, fmt::format("label '{}' is not a jet class", text),
               "allowed: g, q, t, w, z");
        }
        label = at - kJetClasses.begin();
      } else if (targets_[field] >= 0) {
        double value = 0;
        const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || rest != text.data() + text.size() || !std::isfinite(value)) {
          fail(where, number, start + 1,
               fmt::format("'{}' is not a finite number (feature {})", text,
                           kJetFeatures[targets_[field]]));
        }
        table.features[base + targets_[field]] = value;
      }
      ++field;
      if (end == line.size()) break;
      start = end + 1;
    }
    if (field != targets_.size()) {
      fail(where, number, line.size() + 1,
           fmt::format("{} fields where the header names {}", field, targets_.size()),
           "is the file truncated?");
    }
    table.labels.push_back(*label);
  }

 private:
  std::vector<int> targets_;
};

void check_not_empty(const JetTable& table, const std::string& where) {
  if (table.rows() == 0) throw UserError("D012", "the file has no jets", where, "is it truncated?");
}

}  // namespace

JetTable read_jets_csv(std::string_view text, const std::string& where) {
  Lines lines(text);
  std::string_view line;
  if (!lines.next(line) || trim(line).empty())
    throw UserError("D012", "the file is empty", where + ":1:1");
  std::vector<std::string> names;
  for (size_t start = 0;;) {
    const size_t end = std::min(line.find(',', start), line.size());
    names.emplace_back(unquoted(line.substr(start, end - start)));
    if (end == line.size()) break;
    start = end + 1;
  }
  const ColumnMap columns(names, where, 1);
  JetTable table;
  table.kind = "CSV";
  while (lines.next(line)) {
    if (!trim(line).empty()) columns.parse_row(line, where, lines.number(), table);
  }
  check_not_empty(table, where);
  return table;
}

JetTable read_jets_arff(std::string_view text, const std::string& where) {
  Lines lines(text);
  std::string_view line;
  std::vector<std::string> names;
  bool in_data = false;
  while (!in_data && lines.next(line)) {
    const std::string_view content = trim(line);
    if (content.empty() || content.front() == '%') continue;
    const size_t space = std::min(content.find_first_of(" \t"), content.size());
    const std::string word = lower(content.substr(0, space));
    if (word == "@data") {
      in_data = true;
    } else if (word == "@attribute") {
      std::string_view rest = trim(content.substr(space));
      if (rest.empty()) fail(where, lines.number(), 1, "@attribute without a name");
      const bool quoted = rest.front() == '\'' || rest.front() == '"';
      const size_t end = quoted ? rest.find(rest.front(), 1) : rest.find_first_of(" \t{");
      if (end == std::string_view::npos)
        fail(where, lines.number(), 1, "@attribute without a type");
      names.emplace_back(rest.substr(quoted ? 1 : 0, end - (quoted ? 1 : 0)));
    } else if (word != "@relation") {
      fail(where, lines.number(), 1, fmt::format("'{}' is not an ARFF declaration", word),
           "expected @relation, @attribute, @data or a % comment");
    }
  }
  if (!in_data)
    fail(where, lines.number() + 1, 1, "the ARFF file ends before @data", "is it truncated?");
  const ColumnMap columns(names, where, lines.number());
  JetTable table;
  table.kind = "ARFF";
  while (lines.next(line)) {
    const std::string_view content = trim(line);
    if (content.empty() || content.front() == '%') continue;
    if (content.front() == '{')
      fail(where, lines.number(), 1, "sparse ARFF rows are not jets of data set 42468");
    columns.parse_row(line, where, lines.number(), table);
  }
  check_not_empty(table, where);
  return table;
}

JetTable read_jets(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  if (bytes.starts_with("\x89HDF\r\n\x1a\n")) return read_jets_hdf5(path);
  const size_t first = bytes.find_first_not_of(" \t\r\n");
  const std::string where = path.string();
  if (first == std::string::npos) throw UserError("D012", "the file is empty", where + ":1:1");
  if (bytes.find('\0') != std::string::npos) {
    throw UserError(
        "D012", "neither HDF5, ARFF nor CSV (it has zero bytes)", where,
        "expected OpenML 42468 as ARFF or CSV, or the HDF5 file with the table t_allpar_new");
  }
  if (bytes[first] == '@' || bytes[first] == '%') return read_jets_arff(bytes, where);
  return read_jets_csv(bytes, where);
}

}  // namespace mase::data
