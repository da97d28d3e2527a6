// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <hdf5.h>
#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "gen/base/error.h"
#include "sw/data/jet_table.h"

namespace mase::data {

namespace {

constexpr const char* kTable = "t_allpar_new";
constexpr size_t kColumns = kJetFeatures.size() + kJetClasses.size();
constexpr hsize_t kChunkRows = 65536;

/// Closes an HDF5 handle of any kind.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  operator hid_t() const { return id_; }
  bool valid() const { return id_ >= 0; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

/// HDF5 prints its error stack to stderr by default; we say it in our own words.
class QuietErrors {
 public:
  QuietErrors() {
    H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~QuietErrors() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }

 private:
  H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

struct RowHash {
  size_t operator()(const std::array<uint64_t, 2>& key) const { return key[0]; }
};

std::vector<std::string> column_names() {
  std::vector<std::string> names;
  for (const auto name : kJetFeatures) names.push_back(fmt::format("j_{}", name));
  for (const auto name : kJetClasses) names.push_back(fmt::format("j_{}", name));
  return names;
}

/// A memory type that picks the 21 columns as doubles; HDF5 converts and leaves the other columns
/// on disk.
void check_columns(hid_t file_type, const std::string& where) {
  if (H5Tget_class(file_type) != H5T_COMPOUND) {
    throw UserError("D013", fmt::format("{} is not a table (compound data set)", kTable), where);
  }
  std::string missing;
  for (const auto& name : column_names()) {
    const int index = H5Tget_member_index(file_type, name.c_str());
    const H5T_class_t kind =
        index < 0 ? H5T_NO_CLASS : H5Tget_member_class(file_type, static_cast<unsigned>(index));
    if (kind != H5T_FLOAT && kind != H5T_INTEGER) missing += (missing.empty() ? "" : ", ") + name;
  }
  if (!missing.empty()) {
    throw UserError("D013", fmt::format("table {} lacks the numeric column(s) {}", kTable, missing),
                    where,
                    "use processed-pythia82-lhc13-all-pt1-50k-r1_h022_e0175_t220_nonu_truth.z as "
                    "it was published");
  }
}

int64_t label_of(const double* one_hot, hsize_t row, const std::string& where) {
  int64_t label = -1;
  int hot = 0;
  for (size_t c = 0; c < kJetClasses.size(); ++c) {
    if (one_hot[c] == 0.0) continue;
    hot += one_hot[c] == 1.0 ? 1 : 2;
    label = static_cast<int64_t>(c);
  }
  if (hot != 1) {
    throw UserError("D012",
                    fmt::format("row {}: the labels j_g, j_q, j_t, j_w, j_z are not one-hot", row),
                    where);
  }
  return label;
}

}  // namespace

JetTable read_jets_hdf5(const std::filesystem::path& path) {
  const std::string where = path.string();
  const QuietErrors quiet;
  const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  if (!file.valid()) {
    throw UserError("D013", "not a readable HDF5 file", where,
                    "is it truncated? compare its size with the published one");
  }
  const Handle dataset(H5Dopen2(file, kTable, H5P_DEFAULT), H5Dclose);
  if (!dataset.valid())
    throw UserError("D013", fmt::format("the HDF5 file has no table {}", kTable), where);
  const Handle file_type(H5Dget_type(dataset), H5Tclose);
  check_columns(file_type, where);
  const Handle space(H5Dget_space(dataset), H5Sclose);
  if (H5Sget_simple_extent_ndims(space) != 1) {
    throw UserError("D013", fmt::format("{} is not one-dimensional", kTable), where);
  }
  hsize_t rows = 0;
  H5Sget_simple_extent_dims(space, &rows, nullptr);
  if (rows == 0) throw UserError("D012", "the file has no jets", where, "is it truncated?");

  const auto names = column_names();
  const Handle memory_type(H5Tcreate(H5T_COMPOUND, kColumns * sizeof(double)), H5Tclose);
  for (size_t i = 0; i < kColumns; ++i)
    H5Tinsert(memory_type, names[i].c_str(), i * sizeof(double), H5T_NATIVE_DOUBLE);

  JetTable table;
  table.kind = "HDF5";
  std::unordered_set<std::array<uint64_t, 2>, RowHash> seen;
  std::vector<double> buffer(kChunkRows * kColumns);
  for (hsize_t first = 0; first < rows; first += kChunkRows) {
    const hsize_t count = std::min(kChunkRows, rows - first);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, &first, nullptr, &count, nullptr);
    const Handle memory(H5Screate_simple(1, &count, nullptr), H5Sclose);
    if (H5Dread(dataset, memory_type, memory, space, H5P_DEFAULT, buffer.data()) < 0) {
      throw UserError(
          "D013",
          fmt::format("rows {} to {} of {} cannot be read", first, first + count - 1, kTable),
          where, "is the file truncated or damaged?");
    }
    for (hsize_t r = 0; r < count; ++r) {
      double* row = buffer.data() + r * kColumns;
      for (size_t c = 0; c < kJetFeatures.size(); ++c) {
        if (!std::isfinite(row[c])) {
          throw UserError(
              "D012", fmt::format("row {}: {} is not a finite number", first + r, names[c]), where);
        }
        row[c] += 0.0;  // -0 and 0 are the same jet
      }
      const int64_t label = label_of(row + kJetFeatures.size(), first + r, where);
      const XXH128_hash_t hash = XXH3_128bits(row, kColumns * sizeof(double));
      if (!seen.insert({hash.low64, hash.high64}).second) {
        ++table.duplicates;
        continue;
      }
      table.features.insert(table.features.end(), row, row + kJetFeatures.size());
      table.labels.push_back(label);
    }
  }
  return table;
}

}  // namespace mase::data
