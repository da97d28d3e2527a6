// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace mase::data {

/// The 16 features in their canonical order, without the `j_` of the HDF5 file.
inline constexpr std::array<std::string_view, 16> kJetFeatures = {
    "zlogz",      "c1_b0_mmdt", "c1_b1_mmdt",    "c1_b2_mmdt",    "c2_b1_mmdt", "c2_b2_mmdt",
    "d2_b1_mmdt", "d2_b2_mmdt", "d2_a1_b1_mmdt", "d2_a1_b2_mmdt", "m2_b1_mmdt", "m2_b2_mmdt",
    "n2_b1_mmdt", "n2_b2_mmdt", "mass_mmdt",     "multiplicity"};
/// Classes in alphabetical order: label 0 is g, 4 is z.
inline constexpr std::array<std::string_view, 5> kJetClasses = {"g", "q", "t", "w", "z"};

/// The jets of a file as they stand in it, features in canonical order and physical units.
struct JetTable {
  std::vector<double> features;  ///< [rows, 16]
  std::vector<int64_t> labels;   ///< [rows]
  int64_t duplicates = 0;        ///< rows dropped because an equal one came before (HDF5 only)
  std::string kind;              ///< "HDF5", "ARFF", "CSV"
  size_t rows() const { return labels.size(); }
};

/// Chooses by content (HDF5 signature, `@relation`), else CSV.
/// Errors: UserError B001/B002; D012 malformed, with line and column; D013 HDF5 file, table or
/// column missing.
JetTable read_jets(const std::filesystem::path& path);

/// CSV with a header line; columns in any order, further columns ignored, label column `class` or
/// `label`.
JetTable read_jets_csv(std::string_view text, const std::string& where);
/// OpenML's ARFF: dense rows, comments and quotes allowed.
JetTable read_jets_arff(std::string_view text, const std::string& where);
/// Table `t_allpar_new` (a compound data set) with one-hot labels; equal rows are kept once.
JetTable read_jets_hdf5(const std::filesystem::path& path);

}  // namespace mase::data
