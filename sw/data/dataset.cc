// SPDX-License-Identifier: Apache-2.0
#include "sw/data/dataset.h"

#include <fmt/format.h>

#include <algorithm>

#include "gen/base/error.h"

namespace mase::data {

namespace {

std::string normalised(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace

Split make_split(std::string name, int64_t columns, std::vector<float> features,
                 std::vector<int64_t> labels) {
  struct Owned {
    std::vector<float> features;
    std::vector<int64_t> labels;
  };
  const auto rows = static_cast<int64_t>(labels.size());
  MASE_CHECK(columns > 0 && static_cast<int64_t>(features.size()) == rows * columns,
             "split {}: {} values for {} rows of {}", name, features.size(), rows, columns);
  auto owned = std::make_shared<Owned>(Owned{std::move(features), std::move(labels)});
  Split split;
  split.name = std::move(name);
  split.rows = rows;
  split.columns = columns;
  split.features = owned->features.data();
  split.labels = owned->labels.data();
  split.storage = std::move(owned);
  return split;
}

Split Split::head(int64_t count) const {
  Split part = *this;
  part.rows = std::min(rows, std::max<int64_t>(count, 0));
  return part;
}

const Split& Dataset::split(const std::string& split_name) const {
  if (split_name == "train") return train;
  if (split_name == "validation" || split_name == "val") return validation;
  if (split_name == "test") return test;
  if (split_name == "pred" && pred) return *pred;
  std::vector<std::string> known = {"train", "validation", "test"};
  if (pred) known.push_back("pred");
  throw UserError("D002", fmt::format("dataset {} has no split '{}'", name, split_name), {},
                  nearest_help(split_name, known));
}

const std::vector<DatasetInfo>& dataset_infos() {
  static const std::vector<DatasetInfo> infos = {
      {"toy_tiny", 4, 2,
       "4 uniform numbers in [-1, 1), label: is their sum positive? 4 x 10,240 rows, embedded",
       "Generated as NumPy's RandomState(0|1|2|3) does for train|validation|test|pred; nothing to "
       "download."},
      {"jsc", 16, 5, "jet substructure classification: 16 features of a jet, classes g q t w z",
       "Reads OpenML data set 42468 (hls4ml_lhc_jets_hlf) as ARFF or CSV, or the HDF5 file "
       "processed-pythia82-lhc13-all-pt1-50k-r1_h022_e0175_t220_nonu_truth.z (CERNBox, LogicNets; "
       "Zenodo record 3602260). "
       "Path: --dataset-path or MASE_DATA. Standardised with the training part's mean and "
       "deviation; seeded split: 80 % train, "
       "20 % hold-out that is both validation and test unless a test fraction is given. Validation "
       "is never training data."},
  };
  return infos;
}

const DatasetInfo& find_dataset(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& info : dataset_infos()) {
    if (normalised(info.name) == normalised(name)) return info;
    known.push_back(info.name);
  }
  throw UserError("D001", fmt::format("unknown dataset '{}'", name), {},
                  nearest_help(normalised(name), known));
}

Dataset load_dataset(const std::string& name, const DatasetOptions& options) {
  const DatasetInfo& info = find_dataset(name);
  return info.name == "toy_tiny" ? toy_tiny() : load_jsc(options);
}

}  // namespace mase::data
