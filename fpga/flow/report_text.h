// SPDX-License-Identifier: Apache-2.0
// What the readers of tools' reports share.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mase::fpga {

/// The lines of a report and what is said about one of them.
class ReportText {
 public:
  /// `code`: of the errors, which name `file` and the line.
  ReportText(const std::string& text, std::string file, const char* code);
  const std::vector<std::string>& lines() const { return lines_; }
  /// `line` counts from 0; beyond the last one the error names the last one.
  [[noreturn]] void fail(size_t line, const std::string& what) const;
  /// Digits of a cell; "<0.01" is small, blank, "NA" and "inf" are none.
  double number(size_t line, const std::string& cell, const std::string& named) const;
  int64_t count(size_t line, const std::string& cell, const std::string& named) const;
  /// nullopt: NA, inf.
  std::optional<double> slack(size_t line, const std::string& cell, const std::string& named) const;

 private:
  std::vector<std::string> lines_;
  std::string file_, code_;
};

std::string trimmed(const std::string& text);

/// "| a | b |" -> {"a", "b"}.
std::vector<std::string> cells_of(const std::string& line);

/// "| Tool Version : Vivado v.2022.2 (lin64) ..." -> "Vivado v.2022.2 (lin64) ..."; empty: not it.
std::string head_value(const std::string& line, const std::string& key);

/// "Vivado v.2022.2.1 (lin64) ..." -> "2022.2.1".
std::string version_of(const std::string& tool);

}  // namespace mase::fpga
