// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace mase::cli {

/// A matrix of integers as a CSV file has it: a row a line, cells separated by commas.
struct IntegerMatrix {
  int64_t rows = 0, columns = 0;
  std::vector<int64_t> cells;  ///< [rows * columns] row-major
};

inline constexpr int64_t kMostMatrixCells = int64_t{1} << 20;

/// Lines may end in CR LF and begin with a byte order mark (the first), cells may have blanks
/// around them; lines that begin with # and blank lines behind the last row are skipped.
/// Errors: UserError K020 with file:line:column (of the character, from 1) for anything else: a
/// cell that is no decimal integer or is 2^59 or more, a row of another
/// length than the first, a blank line between rows, no row at all, more than kMostMatrixCells.
IntegerMatrix parse_integer_matrix(std::string_view text, const std::string& file);

/// The same from a file. Errors: also B001, B002.
IntegerMatrix read_integer_matrix(const std::filesystem::path& file);

}  // namespace mase::cli
