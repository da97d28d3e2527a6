// SPDX-License-Identifier: Apache-2.0
#include "sim/samples.h"

#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <cmath>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "gen/base/error.h"
#include "gen/base/file.h"
#include "gen/fixed/random.h"
#include "sim/npy.h"

namespace mase::sim {

namespace fs = std::filesystem;

namespace {

enum class Kind { kCsv, kNpy };

Kind kind_of(const fs::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (extension == ".csv") return Kind::kCsv;
  if (extension == ".npy") return Kind::kNpy;
  throw UserError(
      "S010",
      fmt::format("{}: samples are kept in .csv or .npy files, not '{}'", path.string(), extension),
      {}, "give the file the extension .csv or .npy");
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> fields;
  for (;;) {
    const size_t comma = line.find(',');
    fields.push_back(trimmed(line.substr(0, comma)));
    if (comma == std::string_view::npos) return fields;
    line.remove_prefix(comma + 1);
  }
}

std::optional<double> number(std::string_view field) {
  if (field.starts_with('+') && !field.starts_with("+-")) field.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc{} || end != field.data() + field.size()) return std::nullopt;
  return value;
}

// What the user sees of a field that may be anything.
std::string shown(std::string_view field) {
  constexpr size_t kLongest = 40;
  std::string text;
  for (const char c : field.substr(0, kLongest))
    text += std::isprint(static_cast<unsigned char>(c)) ? c : '?';
  return fmt::format("'{}{}'", text, field.size() > kLongest ? "..." : "");
}

class CsvReader {
 public:
  explicit CsvReader(const fs::path& path) : path_(path) {}

  Samples read(std::string_view text) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    while (!text.empty()) {
      const size_t end = text.find('\n');
      const std::string_view line = trimmed(text.substr(0, end));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      ++line_;
      if (!line.empty()) row(split(line));
    }
    if (samples_.rows == 0) {
      throw UserError("S011", fmt::format("{}: no samples in this file", path_.string()), {},
                      "write one line a sample, numbers separated by commas");
    }
    return std::move(samples_);
  }

 private:
  void row(const std::vector<std::string_view>& fields) {
    if (first_) {
      first_ = false;
      samples_.columns = static_cast<int64_t>(fields.size());
      bool names = true;
      for (const auto field : fields) names = names && !number(field);
      if (names) return;
    }
    if (static_cast<int64_t>(fields.size()) != samples_.columns) {
      throw UserError("S011",
                      fmt::format("{}: {} columns in this line, {} in the lines before",
                                  path_.string(), fields.size(), samples_.columns),
                      fmt::format("{}:{}", path_.string(), line_),
                      "every line must have the same number of values");
    }
    for (size_t column = 0; column < fields.size(); ++column) {
      const auto value = number(fields[column]);
      if (value && !std::isnan(*value)) {
        samples_.values.push_back(*value);
        continue;
      }
      throw UserError(
          value ? "S013" : "S011",
          fmt::format("{}: line {}, column {}: {} is not {}", path_.string(), line_, column + 1,
                      shown(fields[column]), value ? "a value that hardware can take" : "a number"),
          fmt::format("{}:{}", path_.string(), line_),
          "write decimal numbers, such as -0.25 or 1e-3");
    }
    ++samples_.rows;
  }

  fs::path path_;
  Samples samples_;
  int64_t line_ = 0;
  bool first_ = true;
};

}  // namespace

Samples random_samples(const fixed::Format& format, int64_t rows, int64_t columns, uint64_t seed) {
  Samples samples{rows, columns, {}};
  for (const int64_t q : fixed::random_raw(format, rows * columns, seed))
    samples.values.push_back(std::ldexp(static_cast<double>(q), -format.frac));
  return samples;
}

Samples read_samples(const fs::path& path) {
  const Kind kind = kind_of(path);
  const std::string bytes = read_file(path);
  return kind == Kind::kCsv ? CsvReader(path).read(bytes) : parse_npy(bytes, path.string());
}

void write_samples(const fs::path& path, const Samples& samples) {
  const Kind kind = kind_of(path);
  MASE_CHECK(samples.rows * samples.columns == static_cast<int64_t>(samples.values.size()),
             "{} values for {} x {}", samples.values.size(), samples.rows, samples.columns);
  if (kind == Kind::kNpy) return write_file(path, format_npy(samples));
  fmt::memory_buffer text;
  for (size_t i = 0; i < samples.values.size(); ++i) {
    const bool last = (i + 1) % static_cast<size_t>(samples.columns) == 0;
    fmt::format_to(std::back_inserter(text), "{}{}", samples.values[i], last ? '\n' : ',');
  }
  write_file(path, {text.data(), text.size()});
}

}  // namespace mase::sim
