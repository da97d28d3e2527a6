// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/report_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <regex>
#include <sstream>

#include "gen/base/error.h"

namespace mase::fpga {

ReportText::ReportText(const std::string& text, std::string file, const char* code)
    : file_(std::move(file)), code_(code) {
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines_.push_back(line);
  }
}

void ReportText::fail(size_t line, const std::string& what) const {
  // Of what is missing the last line that was read is told: a file may be cut off there.
  const size_t last = std::max<size_t>(lines_.size(), 1);
  const bool at_end = line >= lines_.size();
  throw UserError(code_, what, fmt::format("{}:{}", file_, at_end ? last : line + 1),
                  at_end ? fmt::format("the file ends at line {}: it has to be whole, as the tool "
                                       "wrote it",
                                       last)
                         : "the file has to be as the tool wrote it");
}

double ReportText::number(size_t line, const std::string& cell, const std::string& named) const {
  double value = 0;
  const char* begin = cell.data() + (cell.starts_with('<') ? 1 : 0);
  const char* end = cell.data() + cell.size();
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (error != std::errc{} || stop != end || !std::isfinite(value))
    fail(line, fmt::format("{}: '{}' is no number", named, cell));
  return value;
}

int64_t ReportText::count(size_t line, const std::string& cell, const std::string& named) const {
  const double value = number(line, cell, named);
  if (value < 0 || value != std::floor(value))
    fail(line, fmt::format("{}: '{}' is no count", named, cell));
  return static_cast<int64_t>(value);
}

std::optional<double> ReportText::slack(size_t line, const std::string& cell,
                                        const std::string& named) const {
  if (cell == "NA" || cell == "inf" || cell == "-inf") return std::nullopt;
  return number(line, cell, named);
}

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  size_t begin = line.find('|');
  while (begin != std::string::npos) {
    const size_t end = line.find('|', begin + 1);
    if (end == std::string::npos) break;
    cells.push_back(trimmed(line.substr(begin + 1, end - begin - 1)));
    begin = end;
  }
  return cells;
}

std::string head_value(const std::string& line, const std::string& key) {
  const std::string text = trimmed(line);
  if (!text.starts_with("| " + key)) return "";
  const size_t colon = text.find(':');
  return colon == std::string::npos ? "" : trimmed(text.substr(colon + 1));
}

std::string version_of(const std::string& tool) {
  std::smatch match;
  static const std::regex version(R"(v\.?(\d{4}\.\d+(\.\d+)?))");
  return std::regex_search(tool, match, version) ? match[1].str() : "";
}

}  // namespace mase::fpga
