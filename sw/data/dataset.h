// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mase::data {

/// One part of a dataset: a contiguous row-major matrix and a label a row. Copies share the
/// storage, which is owned memory or a read-only mapping of the cache file.
struct Split {
  std::string name;  ///< "train", "validation", "test", "pred"
  int64_t rows = 0;
  int64_t columns = 0;              ///< features of one sample
  const float* features = nullptr;  ///< [rows, columns]
  const int64_t* labels = nullptr;  ///< [rows], 0..classes-1
  std::shared_ptr<const void> storage;

  std::span<const float> matrix() const { return {features, static_cast<size_t>(rows * columns)}; }
  std::span<const int64_t> targets() const { return {labels, static_cast<size_t>(rows)}; }
  /// The first `count` rows (all of them when there are fewer).
  Split head(int64_t count) const;
};

/// A split that owns its memory. Errors: InternalError when the sizes do not agree.
Split make_split(std::string name, int64_t columns, std::vector<float> features,
                 std::vector<int64_t> labels);

struct DatasetOptions {
  std::filesystem::path
      path;               ///< file, or folder that holds a file of a known name; empty: $MASE_DATA
  bool use_cache = true;  ///< false: neither read nor write the binary cache
  double train_fraction = 0.8;  ///< of the rows, after the seeded shuffle
  /// Of the rows. 0: validation and test are the same hold-out (everything that is not training);
  /// otherwise the last part of this size is test alone, and validation is what lies between.
  double test_fraction = 0.0;
  uint64_t split_seed = 42;  ///< of the shuffle before the split; independent of the training seed
};

struct Dataset {
  std::string name;
  int64_t features = 0;
  int64_t classes = 0;
  std::vector<std::string> feature_names;
  std::vector<std::string> class_names;
  /// Natural value = standardised value * deviation + mean; both empty where nothing was
  /// standardised.
  std::vector<double> mean, deviation;
  std::string source;  ///< file, or how it was made
  std::vector<std::string>
      notes;  ///< for the user: duplicates dropped, cache used, what could not be cached
  Split train, validation, test;
  std::optional<Split> pred;

  /// By name. Errors: UserError D002 naming the split and those that exist.
  const Split& split(const std::string& split_name) const;
};

/// What `--info` says about a dataset.
struct DatasetInfo {
  std::string name;
  int64_t features = 0;
  int64_t classes = 0;
  std::string summary;  ///< one line
  std::string details;  ///< where it comes from, how it is split
};
const std::vector<DatasetInfo>& dataset_infos();

/// Accepts - and _ alike. Errors: UserError D001 with the nearest name.
const DatasetInfo& find_dataset(const std::string& name);

/// Loads by name. Errors: UserError D001 (unknown), D01x (file absent, unreadable, malformed: with
/// line and column).
Dataset load_dataset(const std::string& name, const DatasetOptions& options = {});

/// toy_tiny: NumPy's RandomState(0|1|2|3).rand(10240, 4) for train|validation|test|pred, (r - 0.5)
/// * 2 in float64; the label is the sign of the float64 row sum, as MASE computes it; features are
/// then rounded to float32.
Dataset toy_tiny();

/// Jet tagging from HDF5 (.z), ARFF or CSV; see README.md of this room.
Dataset load_jsc(const DatasetOptions& options);

}  // namespace mase::data
