// SPDX-License-Identifier: Apache-2.0
#include "sw/report/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "gen/base/error.h"

namespace mase::report {

namespace {

enum class Align { kLeft, kCentre, kRight };

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// Pads to `width` columns counted in code points, which does not depend on the locale.
std::string pad(std::string_view text, size_t width, Align align) {
  const size_t used = std::min(width, display_width(text));
  const size_t free = width - used;
  const size_t left = align == Align::kLeft ? 0 : align == Align::kRight ? free : free / 2;
  return std::string(left, ' ') + std::string(text) + std::string(free - left, ' ');
}

std::vector<std::string> chop(std::string_view text, size_t width) {
  std::vector<std::string> lines;
  std::string line;
  size_t columns = 0;
  for (const char c : text) {
    if (!is_continuation(c)) {
      if (columns == width) {
        lines.push_back(std::exchange(line, {}));
        columns = 0;
      }
      ++columns;
    }
    line += c;
  }
  lines.push_back(line);
  return lines;
}

bool is_number(std::string_view text) {
  double value;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

size_t display_width(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

std::string python_repr(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

std::string python_dict(const std::vector<std::pair<std::string, double>>& items, int digits) {
  std::string text = "{";
  for (const auto& [name, value] : items) {
    const double rounded = std::strtod(fmt::format("{:.{}f}", value, digits).c_str(), nullptr);
    if (text.size() > 1) text += ", ";
    text += fmt::format("'{}': {}", name, python_repr(rounded));
  }
  return text + "}";
}

std::vector<std::string> wrap_words(std::string_view text, size_t width) {
  std::vector<std::string> lines;
  std::string line;
  size_t at = 0;
  while (at < text.size()) {
    const size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, end - at);
    if (!line.empty() && display_width(line) + 1 + display_width(word) > width) {
      lines.push_back(std::exchange(line, {}));
    }
    if (!line.empty()) line += ' ';
    line += word;
    at = end + 1;
  }
  if (!line.empty() || lines.empty()) lines.push_back(line);
  return lines;
}

Table::Table(std::vector<std::string> header) : header_(std::move(header)) {}

void Table::add_row(std::vector<std::string> cells) {
  MASE_CHECK(cells.size() == header_.size(), "row of {} cells in a table of {} columns",
             cells.size(), header_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::grid(size_t wrap) const {
  std::vector<size_t> widths;
  for (size_t c = 0; c < header_.size(); ++c) {
    size_t width = display_width(header_[c]);
    for (const auto& row : rows_) {
      width = std::max(width, std::min(wrap, display_width(row[c])));
    }
    widths.push_back(width);
  }
  std::string rule = "+";
  for (const size_t width : widths) rule += std::string(width + 2, '-') + "+";
  rule += "\n";

  const auto render = [&](const std::vector<std::string>& cells) {
    std::vector<std::vector<std::string>> lines;
    size_t height = 1;
    for (size_t c = 0; c < cells.size(); ++c) {
      lines.push_back(chop(cells[c], widths[c]));
      height = std::max(height, lines.back().size());
    }
    std::string text;
    for (size_t h = 0; h < height; ++h) {
      text += "|";
      for (size_t c = 0; c < cells.size(); ++c) {
        const std::string_view cell = h < lines[c].size() ? std::string_view(lines[c][h]) : "";
        text += " " + pad(cell, widths[c], c == 0 ? Align::kLeft : Align::kCentre) + " |";
      }
      text += "\n";
    }
    return text;
  };
  std::string text = rule + render(header_) + rule;
  for (const auto& row : rows_) text += render(row);
  return text + rule;
}

std::string Table::pipes() const {
  std::vector<size_t> widths;
  std::vector<Align> aligns;
  for (size_t c = 0; c < header_.size(); ++c) {
    size_t width = display_width(header_[c]) + 2;
    bool numbers = !rows_.empty();
    for (const auto& row : rows_) {
      width = std::max(width, display_width(row[c]));
      numbers = numbers && is_number(row[c]);
    }
    widths.push_back(width);
    aligns.push_back(numbers || c >= right_from_ ? Align::kRight : Align::kLeft);
  }
  const auto render = [&](const std::vector<std::string>& cells) {
    std::string text = "|";
    for (size_t c = 0; c < cells.size(); ++c)
      text += " " + pad(cells[c], widths[c], aligns[c]) + " |";
    return text + "\n";
  };
  std::string text = render(header_) + "|";
  for (size_t c = 0; c < widths.size(); ++c) {
    text += std::string(widths[c] + 2, '-') + (c + 1 == widths.size() ? "|\n" : "+");
  }
  for (const auto& row : rows_) text += render(row);
  return text;
}

std::string Table::rules(size_t width) const {
  std::string rule;
  for (size_t i = 0; i < width; ++i) rule += "─";
  rule += "\n";
  const size_t column = width / std::max<size_t>(1, header_.size());
  const auto render = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (const auto& cell : cells)
      line += pad(cell, std::max(column, display_width(cell) + 1), Align::kCentre);
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
  };
  std::string text = rule + render(header_) + rule;
  for (const auto& row : rows_) text += render(row);
  return text + rule;
}

}  // namespace mase::report
