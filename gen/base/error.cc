// SPDX-License-Identifier: Apache-2.0
#include "gen/base/error.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

namespace mase {

namespace {

std::string render(const std::string& code, const std::string& what, const std::string& where,
                   const std::string& help) {
  std::string text = fmt::format("error[{}]: {}", code, what);
  if (!where.empty()) text += fmt::format("\n  --> {}", where);
  if (!help.empty()) text += fmt::format("\n  help: {}", help);
  return text;
}

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

UserError::UserError(std::string code, std::string what, std::string where, std::string help,
                     ExitCode exit_code)
    : std::runtime_error(render(code, what, where, help)),
      code_(std::move(code)),
      message_(std::move(what)),
      where_(std::move(where)),
      help_(std::move(help)),
      exit_code_(exit_code) {}

UserError UserError::at(std::string where) const {
  return where_.empty() ? UserError(code_, message_, std::move(where), help_, exit_code_) : *this;
}

void fail_check(const char* file, int line, const char* condition, const std::string& message) {
  throw InternalError(
      fmt::format("bug in mase-gen: {} ({} at {}:{})", message, condition, file, line));
}

std::string nearest_name(std::string_view got, const std::vector<std::string>& known) {
  std::string best;
  size_t best_distance = std::string::npos;
  for (const auto& name : known) {
    const size_t distance = edit_distance(got, name);
    if (distance < best_distance) {
      best_distance = distance;
      best = name;
    }
  }
  const size_t limit = std::max<size_t>(2, std::max(best.size(), got.size()) / 3);
  return best_distance <= limit ? best : std::string{};
}

std::string nearest_help(std::string_view got, const std::vector<std::string>& known) {
  std::vector<std::string> once;
  for (const auto& name : known) {
    if (std::find(once.begin(), once.end(), name) == once.end()) once.push_back(name);
  }
  if (const auto near = nearest_name(got, once); !near.empty()) {
    return fmt::format("did you mean '{}'? Known: {}", near, fmt::join(once, ", "));
  }
  return fmt::format("known: {}", fmt::join(once, ", "));
}

}  // namespace mase
