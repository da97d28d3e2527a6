// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

#include "gen/fixed/format.h"

namespace mase::sim {

/// A matrix of numbers in natural units, one row a sample.
struct Samples {
  int64_t rows = 0;
  int64_t columns = 0;
  std::vector<double> values;  ///< row-major [rows * columns]

  double at(int64_t row, int64_t column) const {
    return values[static_cast<size_t>(row * columns + column)];
  }
};

/// Samples over the whole range of `format`, the same for a seed on every machine.
Samples random_samples(const fixed::Format& format, int64_t rows, int64_t columns, uint64_t seed);

/// Reads `.csv` (comma separated, with or without one line of column names) or `.npy` (version 1 to
/// 3, C order, little-endian float32, float64, int32 or int64; one dimension is one column).
/// Infinities are numbers. Errors: UserError B001, B002 (file), S010 (unknown extension), S011
/// (CSV: ragged row, text, empty file), S012 (NPY: truncated, Fortran order, big-endian, other
/// types and shapes), S013 (NaN, or an integer that float64 cannot hold); each names the file, and
/// line and column or row and column, counted from 1.
Samples read_samples(const std::filesystem::path& path);

/// Writes `.csv` (no header; the shortest decimal that reads back as the same float64) or `.npy`
/// (float64). Errors: UserError B003, S010.
void write_samples(const std::filesystem::path& path, const Samples& samples);

}  // namespace mase::sim
