// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/matrix_csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "gen/arch/adder_graph.h"
#include "gen/base/error.h"
#include "gen/base/file.h"

namespace mase::cli {

namespace {

constexpr std::string_view kBlanks = " \t";
constexpr int kMostBits = arch::kMaxWeightBits - 1;  // and a sign

/// Of what stands in a cell, for a message.
std::string quoted(std::string_view cell) {
  constexpr size_t kMost = 40;
  std::string text(cell.substr(0, kMost));
  for (char& c : text) {
    if (std::iscntrl(static_cast<unsigned char>(c))) c = '?';
  }
  return cell.size() <= kMost ? text : text + "...";
}

/// Without blanks at either end, and how many were before.
std::string_view trimmed(std::string_view text, size_t& before) {
  before = std::min(text.find_first_not_of(kBlanks), text.size());
  text.remove_prefix(before);
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

class Parser {
 public:
  explicit Parser(std::string file) : file_(std::move(file)) {}

  IntegerMatrix run(std::string_view text) {
    constexpr std::string_view kMark = "\xEF\xBB\xBF";
    if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
    size_t blank_line = 0;
    while (!text.empty()) {
      ++line_;
      const size_t end = std::min(text.find('\n'), text.size());
      std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (line.ends_with('\r')) line.remove_suffix(1);
      size_t before;
      const std::string_view content = trimmed(line, before);
      if (content.starts_with('#')) continue;
      if (content.empty()) {
        if (blank_line == 0) blank_line = line_;
        continue;
      }
      if (blank_line != 0 && matrix_.rows > 0) {
        line_ = blank_line;
        fail(1, "the line is blank, but rows follow", "remove the line");
      }
      blank_line = 0;
      add_row(line);
    }
    if (matrix_.rows == 0) {
      throw UserError("K020", "the file has no row", file_,
                      "write a line of integers, separated by commas, for each output");
    }
    return std::move(matrix_);
  }

 private:
  void add_row(std::string_view line) {
    int64_t count = 0;
    for (size_t at = 0; at <= line.size(); ++count) {
      const size_t end = std::min(line.find(',', at), line.size());
      size_t before;
      const std::string_view cell = trimmed(line.substr(at, end - at), before);
      matrix_.cells.push_back(number(cell, at + before + 1, count + 1));
      if (static_cast<int64_t>(matrix_.cells.size()) > kMostMatrixCells) {
        fail(at + 1, fmt::format("more than {} cells", kMostMatrixCells), "split the matrix");
      }
      at = end + 1;
    }
    if (matrix_.rows == 0) {
      matrix_.columns = count;
      first_line_ = line_;
    } else if (count != matrix_.columns) {
      fail(line.size() + 1,
           fmt::format("the row has {} cells, but the one in line {} has {}", count, first_line_,
                       matrix_.columns),
           "every row needs a cell for each input");
    }
    ++matrix_.rows;
  }

  int64_t number(std::string_view cell, size_t column, int64_t index) const {
    if (cell.empty()) {
      fail(column, fmt::format("cell {} is empty", index),
           "write 0 where an output does not depend on an input; no comma at the end of a line");
    }
    std::string_view digits = cell;
    if (digits.starts_with('+') || digits.starts_with('-')) digits.remove_prefix(1);
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
      fail(column, fmt::format("cell {}, '{}', is no integer", index, quoted(cell)),
           "multiply the matrix by a power of two and round it to integers; cells are separated by "
           "commas");
    }
    int64_t value = 0;
    const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (result.ec != std::errc() || value >= int64_t{1} << kMostBits) {
      fail(column,
           fmt::format(
               "cell {}, {}, is too large", index,
               cell.size() <= 40 ? std::string(cell) : fmt::format("{}...", cell.substr(0, 40))),
           fmt::format("allowed: -(2^{0} - 1) to 2^{0} - 1", kMostBits));
    }
    return cell.front() == '-' ? -value : value;
  }

  [[noreturn]] void fail(size_t column, const std::string& what, const std::string& help) const {
    throw UserError("K020", what, fmt::format("{}:{}:{}", file_, line_, column), help);
  }

  const std::string file_;
  IntegerMatrix matrix_;
  size_t line_ = 0, first_line_ = 0;
};

}  // namespace

IntegerMatrix parse_integer_matrix(std::string_view text, const std::string& file) {
  return Parser(file).run(text);
}

IntegerMatrix read_integer_matrix(const std::filesystem::path& file) {
  return parse_integer_matrix(read_file(file), file.string());
}

}  // namespace mase::cli
