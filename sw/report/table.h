// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mase::report {

/// A table of text cells as MASE prints its tables. The three renderings share one content:
///
///   grid()                      pipes()                       metrics() (two columns)
///   +------+---------+          | Original type   |   Total |  ─────────────────────────
///   | Name | Default |          |-----------------+---------|       Test metric      ...
///   +------+---------+          | Linear          |       1 |  ─────────────────────────
///   | seed |    0    |
///   +------+---------+
///
/// Widths count Unicode code points; text is expected to be UTF-8.
class Table {
 public:
  explicit Table(std::vector<std::string> header);

  /// Adds a row; it must have as many cells as the header.
  void add_row(std::vector<std::string> cells);

  size_t rows() const { return rows_.size(); }

  /// pipes() right-aligns all columns from this one on, whatever they hold: "12.5 %" is a number
  /// too.
  void align_right_from(size_t column) { right_from_ = column; }

  /// First column left-aligned, the others centred; a cell longer than `wrap` columns goes on in
  /// the next line.
  std::string grid(size_t wrap = 24) const;

  /// Columns in which every cell is a number are right-aligned, the others left-aligned; two more
  /// columns of width than the header needs, as tabulate's "orgtbl" does for headers.
  std::string pipes() const;

  /// Cells centred between three horizontal rules of `width` columns.
  std::string rules(size_t width = 72) const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
  size_t right_from_ = SIZE_MAX;
};

/// Number of columns a UTF-8 text takes (code points).
size_t display_width(std::string_view text);

/// A real number as Python prints it: shortest text that reads back to the same double ("1e-05",
/// "0.01", "1.0").
std::string python_repr(double value);

/// Named numbers as Python prints a dictionary of them, each rounded to `digits` decimals:
/// "{'loss': 0.668, 'accuracy': 0.668}".
std::string python_dict(const std::vector<std::pair<std::string, double>>& items, int digits = 3);

/// Breaks `text` at spaces into lines of at most `width` columns; a longer word stays whole.
std::vector<std::string> wrap_words(std::string_view text, size_t width);

}  // namespace mase::report
